//! Reads secrets from AWS Systems Manager's store of parameters (SSM), and through it from Secrets
//! Manager.
//!
//! By one signed request: the SDK's own crate for SSM has twice the code of that for DynamoDB.
//! Must not know what a secret is for, nor keep one.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::aws_error::AwsError;
use super::http::Http;
use super::signed::{Endpoint, Signed};
use crate::config::{Bound, Parameter, ParameterStoreConfig};
use crate::ports::Clock;
use crate::secret::Secret;

/// Half of a stage's time: the secret is needed for a call.
const READ_WITHIN: Duration = Duration::from_secs(4);

/// The store of one region.
#[derive(Debug, Clone)]
pub struct ParameterStore {
    pub(super) calls: Signed,
}

/// A secret that was not read. The error never contains the parameter's value.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {parameter}")]
pub struct SecretError {
    parameter: Parameter,
    #[source]
    cause: ParameterError,
}

#[derive(Debug, thiserror::Error)]
enum ParameterError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The parser's message would contain what it read.
    #[error("SSM's answer has no value")]
    NoValue,
    #[error("its value {bound}")]
    NoSecret { bound: Bound },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    parameter: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Value {
    value: String,
}

impl SecretError {
    /// Whether there is no such parameter.
    #[cfg(feature = "terminal")]
    pub(super) fn is_absent(&self) -> bool {
        matches!(&self.cause, ParameterError::Aws(error) if error.has_code("ParameterNotFound"))
    }
}

impl ParameterStore {
    /// The store of `config`, reached over `http`; requests are signed with the time of `clock`.
    #[must_use]
    pub fn new(
        config: &ParameterStoreConfig,
        http: &Http,
        clock: impl Clock + Send + 'static,
    ) -> Self {
        let ParameterStoreConfig { region, keys, endpoint_url } = config;
        let endpoint_url = endpoint_url.as_ref();
        let endpoint = Endpoint { service: "SSM", name: "ssm", region, keys, endpoint_url };
        Self { calls: Signed::new(&endpoint, http, clock) }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.calls.now()
    }

    /// Reads a parameter's value, within [`READ_WITHIN`].
    pub(super) async fn read(&self, parameter: &Parameter) -> Result<Secret, SecretError> {
        let secret = self.value(parameter.name()).await.and_then(|value| {
            parameter.secret(&value).map_err(|bound| ParameterError::NoSecret { bound })
        });
        secret.map_err(|cause| SecretError { parameter: parameter.clone(), cause })
    }

    async fn value(&self, name: &str) -> Result<String, ParameterError> {
        let body = json!({ "Name": name, "WithDecryption": true });
        let answer = self.calls.call("AmazonSSM.GetParameter", &body, READ_WITHIN).await?;
        let found: Result<Found, _> = serde_json::from_slice(&answer.body);
        found.map(|found| found.parameter.value).map_err(|_| ParameterError::NoValue)
    }
}
