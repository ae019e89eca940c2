//! A record of a log -> the observation of its cycle.
//!
//! A null field was unknown to the cycle; a missing or invalid one is an error, never 0.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::log_file::{Identity, Logged};
use dynoscaler::policy::{Backlog, Observation, Reason};
use dynoscaler::target::TargetId;

/// The target and the observation of a recorded cycle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recorded {
    pub(super) tick: Timestamp,
    pub(super) sqs_messages: Option<u64>,
    pub(super) in_flight: Option<u64>,
    pub(super) delayed: Option<u64>,
    pub(super) active_dynos: Option<u32>,
    pub(super) target: TargetId,
    pub(super) queue: String,
    dry_run: bool,
    written: Option<Timestamp>,
    request_id: Option<String>,
    reason: Option<Reason>,
    has_failed: bool,
}

/// Why a record cannot be decided on.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    #[error("not valid JSON")]
    Json(#[source] serde_json::Error),
    #[error("{field} is missing")]
    Missing { field: &'static str },
    #[error("{field} = {value} must be {bound}")]
    Value { field: &'static str, value: Value, bound: &'static str },
}

const COUNT: &str = "a whole number, at least 0, or null";
const DYNOS: &str = "a whole number from 0 to 4294967295, or null";
const TIME: &str = "a time such as \"2026-01-31T12:00:00Z\"";

impl Recorded {
    /// Reads a record.
    pub(super) fn read(
        object: serde_json::Result<Map<String, Value>>,
    ) -> Result<Self, RecordError> {
        let object = &object.map_err(RecordError::Json)?;
        let text = |field: &str| object.get(field).and_then(Value::as_str).map(str::to_owned);
        let name = |field: &str| text(field).unwrap_or_default();
        Ok(Self {
            tick: tick(object)?,
            sqs_messages: count(object, "sqs_messages")?,
            in_flight: count(object, "in_flight")?,
            delayed: count(object, "delayed")?,
            active_dynos: dynos(object, "active_dynos")?,
            target: TargetId { app: name("app"), process: name("process") },
            queue: name("queue"),
            dry_run: object.get("dry_run") == Some(&Value::Bool(true)),
            written: text("timestamp").and_then(|time| time.parse().ok()),
            request_id: text("request_id"),
            reason: object.get("reason").and_then(|reason| Reason::deserialize(reason).ok()),
            has_failed: object.get("error").is_some_and(Value::is_string),
        })
    }

    /// All three counts and the dynos, or none.
    pub(super) fn seen(&self) -> Option<Observation> {
        Some(Observation { backlog: self.backlog()?, active: self.active_dynos? })
    }

    /// All three counts, or none.
    pub(super) fn backlog(&self) -> Option<Backlog> {
        Some(Backlog {
            visible: self.sqs_messages?,
            in_flight: self.in_flight?,
            delayed: self.delayed?,
        })
    }

    /// The same cycle with another observation.
    pub(super) fn seeing(&self, seen: Observation) -> Self {
        Self {
            sqs_messages: Some(seen.backlog.visible),
            in_flight: Some(seen.backlog.in_flight),
            delayed: Some(seen.backlog.delayed),
            active_dynos: Some(seen.active),
            ..self.clone()
        }
    }
}

impl Logged for Recorded {
    fn identity(&self) -> Identity<'_> {
        Identity {
            target: (&self.target.app, &self.target.process, self.dry_run),
            tick: self.tick,
            written: self.written,
            request_id: self.request_id.as_deref(),
            reason: self.reason,
            has_failed: self.has_failed,
        }
    }
}

fn value<'a>(
    object: &'a Map<String, Value>,
    field: &'static str,
) -> Result<&'a Value, RecordError> {
    object.get(field).ok_or(RecordError::Missing { field })
}

fn tick(object: &Map<String, Value>) -> Result<Timestamp, RecordError> {
    let value = value(object, "tick")?;
    let time = value.as_str().and_then(|text| text.parse().ok());
    time.ok_or_else(|| RecordError::Value { field: "tick", value: value.clone(), bound: TIME })
}

fn count(object: &Map<String, Value>, field: &'static str) -> Result<Option<u64>, RecordError> {
    let value = value(object, field)?;
    let count = value.as_u64();
    if value.is_null() || count.is_some() {
        Ok(count)
    } else {
        Err(RecordError::Value { field, value: value.clone(), bound: COUNT })
    }
}

fn dynos(object: &Map<String, Value>, field: &'static str) -> Result<Option<u32>, RecordError> {
    let too_many = |count: u64| RecordError::Value { field, value: count.into(), bound: DYNOS };
    let count = count(object, field)?;
    count.map(|count| u32::try_from(count).map_err(|_| too_many(count))).transpose()
}
