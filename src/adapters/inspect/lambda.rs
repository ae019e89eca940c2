//! A deployed function as Lambda reports it: its variables, its log group, and whether it is ready.
//!
//! By one signed request: the SDK's own crate takes minutes to build. Must not know what the
//! variables mean.

use std::collections::HashMap;

use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use super::{PATIENCE, signed};
use crate::adapters::answer::Answer;
use crate::adapters::signed::Signed;
use crate::adapters::{AwsError, Http};
use crate::config::ServiceConfig;

/// The version of Lambda's API, which is in each path.
const API: &str = "2015-03-31";

/// The functions of an account and region.
#[derive(Debug)]
pub struct Lambda {
    calls: Signed,
}

#[derive(Debug, Clone)]
pub struct FunctionFacts {
    pub arn: String,
    /// If Lambda could decrypt them.
    pub variables: Result<HashMap<String, String>, Undecrypted>,
    pub log_group: Option<String>,
    pub readiness: Readiness,
}

/// Environment variables that Lambda cannot decrypt for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Undecrypted {
    code: String,
    message: String,
}

/// Whether the deployed version is the one that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    /// The rest of the sentence after the function's name, with Lambda's own message.
    Unready(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    function_arn: String,
    environment: Option<Environment>,
    logging_config: Option<Logging>,
    state: Option<String>,
    state_reason: Option<String>,
    last_update_status: Option<String>,
    last_update_status_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    variables: Option<HashMap<String, String>>,
    error: Option<EnvironmentError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EnvironmentError {
    error_code: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Logging {
    log_group: Option<String>,
}

/// Lambda writes the member in both ways.
#[derive(Deserialize)]
struct Refusal {
    #[serde(alias = "Message")]
    message: String,
}

impl Lambda {
    /// Reached over `http`.
    #[must_use]
    pub fn new(config: &ServiceConfig, http: &Http) -> Self {
        Self { calls: signed("Lambda", "lambda", config, http) }
    }

    /// Reads a function, by name or ARN.
    ///
    /// # Errors
    /// If Lambda does not answer, or has no such function.
    pub async fn function(&self, name: &str) -> Result<FunctionFacts, AwsError> {
        let name: String = byte_serialize(name.as_bytes()).collect();
        let url = self.calls.url(&format!("{API}/functions/{name}/configuration"));
        let request = http::Request::get(url).body(Vec::new());
        let request = request.map_err(|error| self.calls.place.not_made(error.into()))?;
        let answer = self.calls.send(request, PATIENCE).await?;
        if !answer.status.is_success() {
            return Err(self.refused(&answer));
        }
        let reported: Configuration = serde_json::from_slice(&answer.body)
            .map_err(|error| self.calls.place.unreadable(error))?;
        Ok(reported.into())
    }

    /// The code is in a header, and may have an address behind it.
    fn refused(&self, answer: &Answer) -> AwsError {
        let code = answer.headers.get("x-amzn-errortype").and_then(|code| code.to_str().ok());
        let code = code.and_then(|code| code.split(':').next());
        let reported = serde_json::from_slice::<Refusal>(&answer.body);
        let message = reported.map_or_else(|_| answer.excerpt(), |reported| reported.message);
        self.calls.place.refused(answer.status.as_u16(), code, message)
    }
}

impl From<Configuration> for FunctionFacts {
    fn from(reported: Configuration) -> Self {
        let readiness = readiness(&reported);
        Self {
            arn: reported.function_arn,
            variables: reported.environment.map_or_else(|| Ok(HashMap::new()), variables),
            log_group: reported.logging_config.and_then(|logging| logging.log_group),
            readiness,
        }
    }
}

fn variables(environment: Environment) -> Result<HashMap<String, String>, Undecrypted> {
    match environment.error {
        None => Ok(environment.variables.unwrap_or_default()),
        Some(EnvironmentError { error_code, message }) => Err(Undecrypted {
            code: error_code.unwrap_or_else(|| "without id".to_owned()),
            message: message.unwrap_or_else(|| "no reason given".to_owned()),
        }),
    }
}

/// A server that reports neither member has no change in progress.
fn readiness(reported: &Configuration) -> Readiness {
    let unready = |what: &str, reason: &Option<String>| {
        let reason = reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        Readiness::Unready(format!("{what}{reason}"))
    };
    let update_reason = &reported.last_update_status_reason;
    match (reported.state.as_deref(), reported.last_update_status.as_deref()) {
        (_, Some("InProgress")) => unready("is still being updated", update_reason),
        (_, Some("Failed")) => unready("could not be updated", update_reason),
        (None | Some("Active"), _) => Readiness::Ready,
        (Some(state), _) => unready(&format!("is {state}"), &reported.state_reason),
    }
}
