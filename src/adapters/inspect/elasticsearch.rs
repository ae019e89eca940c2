//! Whether Elasticsearch lets its user create documents, without creating one.
//!
//! Must not know what is written there.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::PATIENCE;
use crate::adapters::Elasticsearch;
use crate::adapters::elasticsearch::Call;
use crate::adapters::http::Resend;
use crate::ports::{Cause, DeliveryError};

/// Whether the user may create documents in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privilege {
    /// It may.
    Granted,
    /// It may not.
    Denied,
    /// The server does not say: `OpenSearch`, or one without security.
    Untold,
}

/// Where the hosts of `OpenSearch` Serverless are.
const SERVERLESS: &str = ".aoss.amazonaws.com";

#[derive(Deserialize)]
struct Privileges {
    has_all_requested: bool,
}

impl Elasticsearch {
    /// Whether it is a collection of `OpenSearch` Serverless, which knows neither users nor ids of
    /// one's own.
    #[must_use]
    pub fn is_serverless(&self) -> bool {
        self.config.url.host_str().is_some_and(|host| host.ends_with(SERVERLESS))
    }

    /// Asks whether the user may create documents.
    ///
    /// # Errors
    /// If there is no answer, or it knows no such user.
    pub async fn inspect(&self) -> Result<Privilege, DeliveryError> {
        let call = self.privileges().map_err(DeliveryError::Unreachable)?;
        let answer = self.ask(&call).await?;
        let told = serde_json::from_slice::<Privileges>(&answer.body).ok();
        match (told, answer.status) {
            (Some(Privileges { has_all_requested: true }), StatusCode::OK) => {
                Ok(Privilege::Granted)
            }
            (Some(Privileges { has_all_requested: false }), StatusCode::OK) => {
                Ok(Privilege::Denied)
            }
            (
                _,
                StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED,
            ) => Ok(Privilege::Untold),
            (_, status) => {
                Err(DeliveryError::Refused { status: status.as_u16(), message: answer.excerpt() })
            }
        }
    }

    fn privileges(&self) -> Result<Call, Cause> {
        let url = self.url(["_security", "user", "_has_privileges"])?;
        let asked =
            json!({ "index": [{ "names": [self.config.index], "privileges": ["create"] }] });
        Ok(Call {
            method: Method::POST,
            url,
            body: serde_json::to_vec(&asked)?,
            resend: Resend::Once,
            within: PATIENCE,
        })
    }
}
