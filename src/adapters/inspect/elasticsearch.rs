//! Whether Elasticsearch lets its user create documents, without creating one.
//!
//! Must not know what is written there.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::PATIENCE;
use crate::adapters::Elasticsearch;
use crate::adapters::elasticsearch::{Call, refused, unreachable};
use crate::adapters::http::Resend;
use crate::ports::{Cause, DeliveryError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privilege {
    Granted,
    Denied,
    /// The server does not report it: `OpenSearch`, or one without security.
    Unreported,
}

/// The end of the host names of `OpenSearch` Serverless.
const SERVERLESS: &str = ".aoss.amazonaws.com";

#[derive(Deserialize)]
struct Privileges {
    has_all_requested: bool,
}

impl Elasticsearch {
    /// Whether it is a collection of `OpenSearch` Serverless, which has neither users nor ids that
    /// a client may choose.
    #[must_use]
    pub fn is_serverless(&self) -> bool {
        self.config.url.host_str().is_some_and(|host| host.ends_with(SERVERLESS))
    }

    /// Checks whether the user may create documents.
    ///
    /// # Errors
    /// If there is no answer, or the server has no such user.
    pub async fn inspect(&self) -> Result<Privilege, DeliveryError> {
        let call = self.privileges().map_err(unreachable)?;
        let answer = self.call(&call).await?;
        let reported = serde_json::from_slice::<Privileges>(&answer.body).ok();
        match (reported, answer.status) {
            (Some(Privileges { has_all_requested: true }), StatusCode::OK) => {
                Ok(Privilege::Granted)
            }
            (Some(Privileges { has_all_requested: false }), StatusCode::OK) => {
                Ok(Privilege::Denied)
            }
            (
                _,
                StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED,
            ) => Ok(Privilege::Unreported),
            (_, _) => Err(refused(&answer)),
        }
    }

    fn privileges(&self) -> Result<Call, Cause> {
        let url = self.url(["_security", "user", "_has_privileges"])?;
        let request =
            json!({ "index": [{ "names": [self.config.index], "privileges": ["create"] }] });
        Ok(Call {
            method: Method::POST,
            url,
            body: serde_json::to_vec(&request)?,
            resend: Resend::Once,
            within: PATIENCE,
        })
    }
}
