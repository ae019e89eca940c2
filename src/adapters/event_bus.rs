//! Puts the news of cycles on EventBridge's default bus, for other programs.
//!
//! By signed requests: the SDK's own crate would be a large part of the function. What could not be
//! put is in the log, as every record is. Must not know what is news, nor who reads the bus.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::aws_error::AwsError;
use super::http::Http;
use super::signed::{Endpoint, Signed};
use crate::config::EventBusConfig;
use crate::fleet::{News, NewsFilter};
use crate::ports::{Clock, REPORT_BUDGET};
use crate::report::{CycleReport, error_chain};

/// The name of the warning that events are not on the bus.
pub const UNDELIVERED: &str = "EventsUndelivered";

/// The source of every event.
const SOURCE: &str = "dynoscaler";

/// As many as one call takes.
const ENTRIES_MAX: usize = 10;

/// The default bus of one region.
#[derive(Debug)]
pub struct EventBus {
    calls: Signed,
    filter: Mutex<NewsFilter>,
}

/// A record that is news.
type Event<'r> = (News, &'r CycleReport);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    source: &'static str,
    detail_type: &'static str,
    detail: String,
    time: i64,
}

#[derive(Debug, thiserror::Error)]
enum EventError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error("an event cannot be written")]
    Unwritable(#[source] serde_json::Error),
    #[error("EventBridge's answer cannot be read")]
    Unreadable(#[source] serde_json::Error),
    #[error("EventBridge took {taken} of {put} events: {code} {message}")]
    Refused { taken: usize, put: usize, code: String, message: String },
}

/// EventBridge answers for each entry, in their order.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answered {
    entries: Vec<Outcome>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    error_code: Option<String>,
    error_message: Option<String>,
}

impl EventBus {
    /// The bus of `config`, reached over `http`; requests are signed with the time of `clock`.
    #[must_use]
    pub fn new(config: &EventBusConfig, http: &Http, clock: impl Clock + Send + 'static) -> Self {
        let EventBusConfig { region, keys, endpoint_url } = config;
        let endpoint_url = endpoint_url.as_ref();
        let (service, name) = ("EventBridge", "events");
        let endpoint = Endpoint { service, name, region, keys, endpoint_url };
        Self { calls: Signed::new(&endpoint, http, clock), filter: Mutex::default() }
    }

    /// Puts what is news of these records on the bus, within [`REPORT_BUDGET`]. Warns of what did
    /// not arrive: a refusal or stop is then news once more in the next cycle.
    pub async fn announce(&self, reports: &[CycleReport]) {
        let events: Vec<Event<'_>> = {
            let mut filter = self.filter();
            let news = |report| Some((filter.news(report)?, report));
            reports.iter().filter_map(news).collect()
        };
        let puts = events.chunks(ENTRIES_MAX).map(|events| self.put_or_warn(events));
        join_all(puts).await;
    }

    async fn put_or_warn(&self, events: &[Event<'_>]) {
        if let Err(error) = self.put(events).await {
            let mut filter = self.filter();
            events.iter().for_each(|(_, report)| filter.forget(report));
            tracing::warn!(
                error_type = UNDELIVERED,
                error = error_chain(&error),
                events = events.len(),
                request_id = events.first().map(|(_, report)| report.request_id.as_str()),
                "these events are not on the bus",
            );
        }
    }

    async fn put(&self, events: &[Event<'_>]) -> Result<(), EventError> {
        let entries: Result<Vec<_>, _> = events.iter().map(entry).collect();
        let body = json!({ "Entries": entries.map_err(EventError::Unwritable)? });
        let answer = self.calls.call("AWSEvents.PutEvents", &body, REPORT_BUDGET).await?;
        let answered: Answered =
            serde_json::from_slice(&answer.body).map_err(EventError::Unreadable)?;
        answered.all_taken()
    }

    fn filter(&self) -> MutexGuard<'_, NewsFilter> {
        self.filter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry((news, report): &Event<'_>) -> serde_json::Result<Entry> {
    Ok(Entry {
        source: SOURCE,
        detail_type: news.label(),
        detail: serde_json::to_string(report)?,
        time: report.timestamp.as_second(),
    })
}

impl Answered {
    fn all_taken(self) -> Result<(), EventError> {
        let put = self.entries.len();
        let refused = self.entries.into_iter().filter_map(|outcome| {
            Some((outcome.error_code?, outcome.error_message.unwrap_or_default()))
        });
        let refused: Vec<_> = refused.collect();
        let taken = put - refused.len();
        match refused.into_iter().next() {
            None => Ok(()),
            Some((code, message)) => Err(EventError::Refused { taken, put, code, message }),
        }
    }
}
