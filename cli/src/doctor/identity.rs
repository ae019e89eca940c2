//! The caller of AWS, its account and region; and whether AWS accepts the credentials at all.
//!
//! Must not know what else is called.

use jiff::Timestamp;

use super::Finding;
use crate::connection::{Variables, http};
use dynoscaler::adapters::{AwsError, Caller, Sts};
use dynoscaler::config::{ServiceConfig, variable};
use dynoscaler::report::error_chain;

const IDENTITY: &str = "identity";

/// AWS does not know the keys, or they belong to another secret.
const UNKNOWN: [&str; 4] = [
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// An expired session.
const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];

/// A signature of another time.
const SKEWED: [&str; 2] = ["RequestExpired", "RequestTimeTooSkewed"];

/// AWS's message for it, which comes under the code of a wrong signature.
const SKEWED_MESSAGES: [&str; 2] = ["Signature expired", "Signature not yet current"];

/// Whether calls to AWS make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It accepts the credentials, or did not say.
    Open,
    /// It refuses them.
    Closed,
}

/// Without a region nothing can be called, which is a finding of the variables.
pub(crate) async fn check(variables: &Variables, now: Timestamp) -> (Vec<Finding>, Access) {
    let Ok(config) = ServiceConfig::sts(variables.environment()) else {
        return (Vec::new(), Access::Open);
    };
    let http = match http() {
        Ok(http) => http,
        Err(error) => {
            let remedy = "Set HTTPS_PROXY to the proxy's URL, or to nothing.";
            let found = Finding::error(IDENTITY, error_chain(&error), remedy);
            return (vec![found], Access::Closed);
        }
    };
    let profile = variables.environment().get(variable::AWS_PROFILE);
    let (finding, access) = match Sts::new(&config, &http).caller().await {
        Ok(caller) => (known(&caller, &config.region), Access::Open),
        Err(error) => unknown(&error, profile, now),
    };
    (vec![finding], access)
}

fn known(Caller { account, arn }: &Caller, region: &str) -> Finding {
    Finding::ok(IDENTITY, format!("{arn}, in account {account} and region {region}"))
}

fn unknown(error: &AwsError, profile: Option<&str>, now: Timestamp) -> (Finding, Access) {
    let Some(remedy) = remedy(error, profile, now) else {
        let remedy = "Without it the findings below name the refused caller.";
        return (Finding::unchecked(IDENTITY, error_chain(error), remedy), Access::Open);
    };
    (Finding::error(IDENTITY, error_chain(error), remedy), Access::Closed)
}

/// How to get credentials that AWS accepts, if that is the fault.
fn remedy(error: &AwsError, profile: Option<&str>, now: Timestamp) -> Option<String> {
    let of_profile = profile.map_or_else(String::new, |profile| format!(" --profile {profile}"));
    match error {
        AwsError::NoCredentials { cause, .. } if is_single_sign_on(&error_chain(cause)) => {
            Some(format!("Log in again: aws sso login{of_profile}"))
        }
        AwsError::NoCredentials { .. } => Some(format!(
            "Log in: aws sso login{of_profile}, or aws login{of_profile}; or set AWS_PROFILE, or \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )),
        AwsError::Refused { code, message, .. }
            if SKEWED.contains(&code.as_str())
                || SKEWED_MESSAGES.iter().any(|text| message.contains(text)) =>
        {
            Some(format!("Set this machine's clock, which shows {now:.0}."))
        }
        AwsError::Refused { code, .. } if EXPIRED.contains(&code.as_str()) => {
            Some(format!("The session is over: aws sso login{of_profile}, or take new keys."))
        }
        AwsError::Refused { code, .. } if UNKNOWN.contains(&code.as_str()) => Some(format!(
            "Take keys that are valid: check AWS_ACCESS_KEY_ID and AWS_PROFILE, or \
             aws sso login{of_profile}."
        )),
        AwsError::Refused { .. }
        | AwsError::NoRequest { .. }
        | AwsError::Unreachable { .. }
        | AwsError::Unreadable { .. } => None,
    }
}

/// AWS's providers report it in a message alone.
fn is_single_sign_on(message: &str) -> bool {
    message.to_ascii_lowercase().contains("sso")
}
