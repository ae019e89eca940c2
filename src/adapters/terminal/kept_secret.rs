//! A secret or a targets file that an operator keeps in SSM, where the function reads it.
//!
//! The function may not write there. Must not know what the secret opens.

use std::time::Duration;

use serde_json::json;

use crate::adapters::{AwsError, ParameterStore, SecretError};
use crate::config::Parameter;
use crate::secret::Secret;

/// An operator waits for it.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

impl ParameterStore {
    /// The secret in a parameter, if there is one.
    ///
    /// # Errors
    /// If SSM does not answer with it, or its value is no such secret.
    pub async fn find(&self, parameter: &Parameter) -> Result<Option<Secret>, SecretError> {
        match self.read(parameter).await {
            Ok(secret) => Ok(Some(secret)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores a secret, encrypted with the account's own key of SSM, in place of an earlier one.
    /// What is no secret is stored as it is, as an advanced parameter if only that has room for it.
    ///
    /// # Errors
    /// If SSM refuses it. The error never contains the secret.
    pub async fn keep(&self, parameter: &Parameter, secret: &Secret) -> Result<(), AwsError> {
        let mut body = json!({
            "Name": parameter.name(),
            "Value": secret.expose(),
            "Type": if parameter.is_secret() { "SecureString" } else { "String" },
            "Overwrite": true,
        });
        if !parameter.is_secret() {
            body["Tier"] = "Intelligent-Tiering".into();
        }
        let stored = self.calls.call("AmazonSSM.PutParameter", &body, WRITE_WITHIN).await;
        stored.map(drop).map_err(|error| without(secret, error))
    }
}

/// AWS repeats a value that it does not accept.
fn without(secret: &Secret, error: AwsError) -> AwsError {
    match error {
        AwsError::Refused { service, region, status, code, message } => {
            let message = message.replace(secret.expose(), "***");
            AwsError::Refused { service, region, status, code, message }
        }
        AwsError::NoCredentials { .. }
        | AwsError::NoRequest { .. }
        | AwsError::Unreachable { .. }
        | AwsError::Unreadable { .. } => error,
    }
}
