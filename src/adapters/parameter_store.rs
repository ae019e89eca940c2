//! Reads secrets from AWS Systems Manager's store of parameters (SSM), and through it from Secrets
//! Manager.
//!
//! By one signed request: the SDK's own crate for SSM has twice the code of that for DynamoDB.
//! Must not know what a secret is for, nor keep one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use jiff::Timestamp;
use reqwest::Request;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::aws::credentials;
use super::http::{Http, HttpError, Resend};
use crate::config::{Parameter, ParameterStoreConfig};
use crate::ports::{Cause, Clock};
use crate::secret::Secret;

/// Half of what a stage has: the secret is wanted for a call.
const READ_WITHIN: Duration = Duration::from_secs(4);

/// The store of one region.
#[derive(Clone)]
pub struct ParameterStore {
    region: String,
    endpoint: String,
    credentials: SharedCredentialsProvider,
    http: Http,
    clock: Arc<dyn Clock + Send>,
}

/// A secret that was not read. It never says what a parameter holds.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {parameter}")]
pub struct SecretError {
    parameter: Parameter,
    #[source]
    cause: ParameterError,
}

#[derive(Debug, thiserror::Error)]
enum ParameterError {
    #[error("no credentials to ask SSM with")]
    NoCredentials(#[source] CredentialsError),
    #[error("the request cannot be made")]
    NoRequest(#[source] Cause),
    #[error("no answer from SSM")]
    Unreachable(#[source] HttpError),
    #[error("SSM answered {status} {id}: {message}", id = .id.as_deref().unwrap_or("without id"))]
    Refused { status: u16, id: Option<String>, message: String },
    /// The reader's words would tell what it read.
    #[error("SSM's answer has no value")]
    NoValue,
    #[error("its value {bound}")]
    NoSecret { bound: &'static str },
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

/// AWS's own words. They name who asked, for what, and no secret.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type")]
    id: String,
    #[serde(alias = "Message")]
    message: Option<String>,
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
        let of_aws = || format!("https://ssm.{region}.{}/", domain(region));
        Self {
            region: region.clone(),
            endpoint: endpoint_url.as_ref().map_or_else(of_aws, ToString::to_string),
            credentials: credentials(keys, region, http),
            http: http.clone(),
            clock: Arc::new(clock),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Reads what a parameter holds, within [`READ_WITHIN`].
    pub(super) async fn read(&self, parameter: &Parameter) -> Result<Secret, SecretError> {
        let secret = self.value(parameter.name()).await.and_then(|value| {
            parameter.secret(&value).map_err(|bound| ParameterError::NoSecret { bound })
        });
        secret.map_err(|cause| SecretError { parameter: parameter.clone(), cause })
    }

    async fn value(&self, name: &str) -> Result<String, ParameterError> {
        let found = self.credentials.provide_credentials().await;
        let identity = found.map_err(ParameterError::NoCredentials)?.into();
        let request = self.request(name, &identity).map_err(ParameterError::NoRequest)?;
        let answer = self.http.send(request, Resend::Once, READ_WITHIN).await;
        value_in(&answer.map_err(ParameterError::Unreachable)?)
    }

    fn request(&self, name: &str, identity: &Identity) -> Result<Request, Cause> {
        let body = json!({ "Name": name, "WithDecryption": true }).to_string();
        let mut request = http::Request::post(&self.endpoint)
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", "AmazonSSM.GetParameter")
            .body(body.into_bytes())?;
        self.sign(&mut request, identity)?;
        Ok(request.try_into()?)
    }

    fn sign(&self, request: &mut http::Request<Vec<u8>>, identity: &Identity) -> Result<(), Cause> {
        let headers = request.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new("POST", &self.endpoint, headers, body)?;
        let params = self.signing_params(identity)?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }

    fn signing_params<'a>(&'a self, identity: &'a Identity) -> Result<SigningParams<'a>, Cause> {
        let params = v4::SigningParams::builder()
            .identity(identity)
            .region(&self.region)
            .name("ssm")
            .time(self.now().try_into()?)
            .settings(SigningSettings::default());
        Ok(params.build()?.into())
    }
}

/// AWS's partitions that are open to the public; `AWS_ENDPOINT_URL_SSM` names any other.
fn domain(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "amazonaws.com.cn",
        Some("eusc") => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

fn value_in(answer: &Answer) -> Result<String, ParameterError> {
    if !answer.status.is_success() {
        return Err(refused(answer));
    }
    let found: Result<Found, _> = serde_json::from_slice(&answer.body);
    found.map(|found| found.parameter.value).map_err(|_| ParameterError::NoValue)
}

fn refused(answer: &Answer) -> ParameterError {
    let status = answer.status.as_u16();
    match serde_json::from_slice::<Refusal>(&answer.body) {
        Ok(Refusal { id, message }) => {
            let message = message.unwrap_or_else(|| "no reason given".to_owned());
            ParameterError::Refused { status, id: Some(id), message }
        }
        Err(_) => ParameterError::Refused { status, id: None, message: answer.excerpt() },
    }
}

/// A clock has nothing to show.
impl fmt::Debug for ParameterStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, endpoint, .. } = self;
        f.debug_struct("ParameterStore")
            .field("region", region)
            .field("endpoint", endpoint)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_public_partition_of_aws_has_its_domain() {
        for (region, expected) in [
            ("eu-west-1", "amazonaws.com"),
            ("us-gov-west-1", "amazonaws.com"),
            ("cn-north-1", "amazonaws.com.cn"),
            ("eusc-de-east-1", "amazonaws.eu"),
        ] {
            assert_eq!(domain(region), expected, "{region}");
        }
    }
}
