//! Reads the records that the function left in `CloudWatch` Logs.
//!
//! Must not know what a record says.

use aws_sdk_cloudwatchlogs::Client;
use jiff::Timestamp;

use super::patient;
use crate::adapters::aws_error::Place;
use crate::adapters::{AwsError, Http};
use crate::config::ServiceConfig;

/// Lambda's own lines have no tick.
const RECORDS: &str = r#"{ $.tick = "*" }"#;

/// Of the longest records so many fit into the longest answer that is read.
const EVENTS_PER_CALL_MAX: i32 = 150;

/// The log groups of an account and region.
#[derive(Debug)]
pub struct CloudWatchLogs {
    client: Client,
    place: Place,
}

impl CloudWatchLogs {
    /// Reached over `http`.
    #[must_use]
    pub fn new(config: &ServiceConfig, http: &Http) -> Self {
        Self {
            client: Client::new(&patient(config, http)),
            place: Place::new("CloudWatch Logs", &config.region),
        }
    }

    /// Every record of a log group since an instant, the oldest first.
    ///
    /// # Errors
    /// If `CloudWatch` does not answer, or knows no such group.
    pub async fn records(&self, group: &str, since: Timestamp) -> Result<Vec<String>, AwsError> {
        let (mut lines, mut page) = (Vec::new(), None);
        loop {
            let asked = self
                .client
                .filter_log_events()
                .log_group_name(group)
                .start_time(since.as_millisecond())
                .filter_pattern(RECORDS)
                .limit(EVENTS_PER_CALL_MAX)
                .set_next_token(page);
            let answer = asked.send().await.map_err(|error| self.place.failed(error))?;
            lines.extend(answer.events.into_iter().flatten().filter_map(|event| event.message));
            page = answer.next_token;
            if page.is_none() {
                return Ok(lines);
            }
        }
    }
}
