//! The identity that AWS gives to the operator's credentials.
//!
//! Must not know its use.

use roxmltree::Document;

use super::query::{Query, first, text_of};
use crate::adapters::{AwsError, Http};
use crate::config::ServiceConfig;
use crate::ports::Cause;

/// AWS's service for identities.
#[derive(Debug)]
pub struct Sts {
    query: Query,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Its number.
    pub account: String,
    /// The user or the session of a role, by its full name.
    pub arn: String,
}

impl Sts {
    /// Reached over `http`.
    #[must_use]
    pub fn new(config: &ServiceConfig, http: &Http) -> Self {
        Self { query: Query::new(["STS", "sts", "2011-06-15"], config, http) }
    }

    /// The caller. This call needs no permission.
    ///
    /// # Errors
    /// If there are no credentials, or AWS refuses them.
    pub async fn caller(&self) -> Result<Caller, AwsError> {
        self.query.call("GetCallerIdentity", &[], caller).await
    }
}

fn caller(document: &Document<'_>) -> Result<Caller, Cause> {
    let found = first(document, "GetCallerIdentityResult")?;
    Ok(Caller { account: text_of(found, "Account")?, arn: text_of(found, "Arn")? })
}
