//! Who asks AWS, in which account and region; and whether AWS takes the credentials at all.
//!
//! Must not know what else is asked.

use jiff::Timestamp;

use super::Finding;
use crate::adapters::{AwsError, Caller, Sts};
use crate::cli::world::{Variables, http};
use crate::config::{ServiceConfig, variable};
use crate::report::error_chain;

const IDENTITY: &str = "identity";

/// AWS takes the keys for nobody's, or for somebody else's.
const UNKNOWN: [&str; 4] = [
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// A session that is over.
const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];

/// A signature of another time.
const SKEWED: [&str; 2] = ["RequestExpired", "RequestTimeTooSkewed"];

/// The same in AWS's words, which comes under the code of a wrong signature.
const SKEWED_WORDS: [&str; 2] = ["Signature expired", "Signature not yet current"];

/// Whether it makes sense to ask AWS for anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// It takes the credentials, or did not say.
    Open,
    /// It does not.
    Closed,
}

/// Without a region nobody can be asked, which is a finding of the variables.
pub(super) async fn check(variables: &Variables, now: Timestamp) -> (Vec<Finding>, Access) {
    let Ok(config) = ServiceConfig::sts(variables.environment()) else {
        return (Vec::new(), Access::Open);
    };
    let http = match http() {
        Ok(http) => http,
        Err(error) => {
            let mend = "Set HTTPS_PROXY to the proxy's URL, or to nothing.";
            let found = Finding::error(IDENTITY, error_chain(&error), mend);
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
    let Some(mend) = mend(error, profile, now) else {
        let mend = "Without it the findings below say who was refused.";
        return (Finding::unchecked(IDENTITY, error_chain(error), mend), Access::Open);
    };
    (Finding::error(IDENTITY, error_chain(error), mend), Access::Closed)
}

/// How to get credentials that AWS takes, if that is what is missing.
fn mend(error: &AwsError, profile: Option<&str>, now: Timestamp) -> Option<String> {
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
                || SKEWED_WORDS.iter().any(|words| message.contains(words)) =>
        {
            Some(format!("Set this machine's clock, which shows {now:.0}."))
        }
        AwsError::Refused { code, .. } if EXPIRED.contains(&code.as_str()) => {
            Some(format!("The session is over: aws sso login{of_profile}, or take new keys."))
        }
        AwsError::Refused { code, .. } if UNKNOWN.contains(&code.as_str()) => Some(format!(
            "Take keys that are in force: look at AWS_ACCESS_KEY_ID and AWS_PROFILE, or \
             aws sso login{of_profile}."
        )),
        AwsError::Refused { .. }
        | AwsError::NoRequest { .. }
        | AwsError::Unreachable { .. }
        | AwsError::Unreadable { .. } => None,
    }
}

/// AWS's providers say it in words alone.
fn is_single_sign_on(told: &str) -> bool {
    told.to_ascii_lowercase().contains("sso")
}
