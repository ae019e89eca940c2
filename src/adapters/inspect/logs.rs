//! Reads the function's lines in `CloudWatch` Logs: its records, or its warnings of lost events.
//!
//! `CloudWatch` gives a token for the next page, and may send pages without an event. Servers that
//! stand in for it may cut at the limit and give none: then the next page begins at the time of the
//! last event.
//!
//! By signed requests: the SDK's own crate takes minutes to build. Must not know what a line says,
//! nor how long a caller waits for it.

use std::collections::HashSet;
use std::mem;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{PATIENCE, signed};
use crate::adapters::signed::Signed;
use crate::adapters::{AwsError, Http, UNDELIVERED};
use crate::config::ServiceConfig;

/// Which lines of a log group are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLines {
    /// Those of cycles.
    Records,
    /// The warnings of events that are not on the bus.
    UndeliveredEvents,
}

impl LogLines {
    /// Lambda's own lines have no tick.
    fn pattern(self) -> String {
        match self {
            Self::Records => r#"{ $.tick = "*" }"#.to_owned(),
            Self::UndeliveredEvents => format!(r#"{{ $.error_type = "{UNDELIVERED}" }}"#),
        }
    }
}

/// So many of the longest records fit into the longest answer that is read.
const EVENTS_PER_CALL_MAX: usize = 150;

/// The codes of a service that gets too many calls; a status of 429 or 5xx means the same.
const THROTTLES: [&str; 3] = ["ThrottlingException", "Throttling", "RequestLimitExceeded"];

/// Why a page could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The same page can be requested again a little later.
    #[error("CloudWatch Logs takes no more calls for the moment")]
    Throttled(#[source] AwsError),
    /// `CloudWatch` does not answer, refuses, or has no such group.
    #[error(transparent)]
    Failed(AwsError),
    /// Neither a token nor the time gives a next page.
    #[error("the log has {0} events of one millisecond, and no token for those that may follow")]
    Stuck(usize),
}

impl LogError {
    fn of(error: AwsError) -> Self {
        if is_throttling(&error) { Self::Throttled(error) } else { Self::Failed(error) }
    }
}

fn is_throttling(error: &AwsError) -> bool {
    let AwsError::Refused { status, code, .. } = error else { return false };
    THROTTLES.contains(&code.as_str()) || *status == 429 || 500 <= *status
}

/// The log groups of an account and region.
#[derive(Debug)]
pub struct CloudWatchLogs {
    calls: Signed,
}

impl CloudWatchLogs {
    /// Reached over `http`.
    #[must_use]
    pub fn new(config: &ServiceConfig, http: &Http) -> Self {
        Self { calls: signed("CloudWatch Logs", "logs", config, http) }
    }

    /// The lines of a log group from an instant on, before another one if there is one.
    #[must_use]
    pub fn pages<'a>(
        &'a self,
        group: &'a str,
        lines: LogLines,
        from: Timestamp,
        before: Option<Timestamp>,
    ) -> Pages<'a> {
        let last_ms = before.map(|before| before.as_millisecond() - 1);
        let cursor = Some(Cursor { from_ms: from.as_millisecond(), token: None });
        Pages { logs: self, group, lines, last_ms, cursor, seen: HashSet::new() }
    }
}

/// Some lines, and the time of the last event among them.
#[derive(Debug, Default)]
pub struct Page {
    /// The lines, as a stand-in gives them whether they match or not.
    pub lines: Vec<String>,
    /// None if there was no event.
    pub through: Option<Timestamp>,
}

#[derive(Debug, Clone)]
struct Cursor {
    from_ms: i64,
    token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    #[serde(default)]
    events: Vec<Event>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    /// Milliseconds from 1970 on.
    timestamp: Option<i64>,
    message: Option<String>,
    log_stream_name: Option<String>,
    event_id: Option<String>,
}

/// Lines, page by page, about the oldest first.
#[derive(Debug)]
pub struct Pages<'a> {
    logs: &'a CloudWatchLogs,
    group: &'a str,
    lines: LogLines,
    last_ms: Option<i64>,
    /// Of the next page; None after the last one.
    cursor: Option<Cursor>,
    /// The events at the very instant at which the next page begins.
    seen: HashSet<String>,
}

impl Pages<'_> {
    /// The next page; None after the last one. After an error the same page can be requested again.
    ///
    /// # Errors
    /// If the page cannot be read.
    pub async fn next(&mut self) -> Result<Option<Page>, LogError> {
        let Some(cursor) = self.cursor.clone() else { return Ok(None) };
        let Found { events, next_token } = self.read(&cursor).await?;
        let fresh: Vec<_> = events.iter().filter(|event| self.is_fresh(event, &cursor)).collect();
        let latest_ms = events.iter().filter_map(|event| event.timestamp).max();
        let page = Page {
            lines: fresh.iter().filter_map(|event| event.message.clone()).collect(),
            through: latest_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        };
        let is_cut = EVENTS_PER_CALL_MAX <= events.len();
        let token = next_token.filter(|next| cursor.token.as_ref() != Some(next));
        self.cursor = match (token, latest_ms.filter(|_| is_cut)) {
            (None, None) => None,
            (Some(token), _) => Some(Cursor { token: Some(token), ..cursor }),
            (None, Some(_)) if fresh.is_empty() => return Err(LogError::Stuck(events.len())),
            (None, Some(latest_ms)) => {
                self.remember(&events, &cursor, latest_ms);
                Some(Cursor { from_ms: latest_ms, token: None })
            }
        };
        Ok(Some(page))
    }

    async fn read(&self, cursor: &Cursor) -> Result<Found, LogError> {
        let mut body = json!({
            "logGroupName": self.group,
            "startTime": cursor.from_ms,
            "filterPattern": self.lines.pattern(),
            "limit": EVENTS_PER_CALL_MAX,
        });
        if let Some(last_ms) = self.last_ms {
            body["endTime"] = last_ms.into();
        }
        if let Some(token) = &cursor.token {
            body["nextToken"] = token.as_str().into();
        }
        let calls = &self.logs.calls;
        let answer = calls.call("Logs_20140328.FilterLogEvents", &body, PATIENCE).await;
        let answer = answer.map_err(LogError::of)?;
        let found = serde_json::from_slice(&answer.body);
        found.map_err(|error| LogError::Failed(calls.place.unreadable(error)))
    }

    /// Whether an event was not on the page before, if that page's time led to this one.
    fn is_fresh(&self, event: &Event, cursor: &Cursor) -> bool {
        let is_earlier = event.timestamp.is_some_and(|ms| ms < cursor.from_ms);
        self.seen.is_empty() || !(is_earlier || self.seen.contains(&key(event)))
    }

    /// Remembers the events that the next page will repeat: it begins at the last instant of this
    /// one.
    fn remember(&mut self, events: &[Event], cursor: &Cursor, latest_ms: i64) {
        let is_same_instant = cursor.from_ms == latest_ms;
        let before = if is_same_instant { mem::take(&mut self.seen) } else { HashSet::new() };
        let at_the_end = events.iter().filter(|event| event.timestamp == Some(latest_ms)).map(key);
        self.seen = before.into_iter().chain(at_the_end).collect();
    }
}

/// What distinguishes an event from the others of its instant.
fn key(event: &Event) -> String {
    let parts = [&event.log_stream_name, &event.event_id, &event.message];
    parts.map(|part| part.as_deref().unwrap_or_default()).join("\n")
}
