//! AWS's JSON protocol, by signed requests.
//!
//! Must not know which operation is called.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

use super::answer::Answer;
use super::aws_error::AwsError;
use super::signed::Signed;

/// AWS's own message. It names the caller and what was requested, and no secret.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type")]
    id: String,
    #[serde(alias = "Message")]
    message: Option<String>,
}

impl Signed {
    /// The answer of a call that the service did not refuse. It may arrive twice.
    pub(super) async fn call(
        &self,
        operation: &'static str,
        body: &serde_json::Value,
        within: Duration,
    ) -> Result<Answer, AwsError> {
        let request = http::Request::post(self.url(""))
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", operation)
            .body(body.to_string().into_bytes());
        let request = request.map_err(|error| self.place.not_made(error.into()))?;
        let answer = self.send(request, within).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(self.refused(&answer)) }
    }

    fn refused(&self, answer: &Answer) -> AwsError {
        let status = answer.status.as_u16();
        match serde_json::from_slice::<Refusal>(&answer.body) {
            Ok(Refusal { id, message }) => {
                let message = message.unwrap_or_else(|| "no reason given".to_owned());
                // With or without its namespace: servers differ.
                self.place.refused(status, id.rsplit('#').next(), message)
            }
            Err(_) => self.place.refused(status, None, answer.excerpt()),
        }
    }
}
