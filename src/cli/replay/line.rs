//! A line of a log -> a cycle's observations, if it is a record of one.
//!
//! What is null was unknown to the cycle; what is missing or out of bounds is an error, never 0.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::policy::Backlog;

/// What a line is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line {
    /// A record.
    Cycle(Recorded),
    /// Anything else.
    Other,
}

/// What a record tells of its cycle's world.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recorded {
    pub(super) tick: Timestamp,
    pub(super) sqs_messages: Option<u64>,
    pub(super) in_flight: Option<u64>,
    pub(super) delayed: Option<u64>,
    pub(super) active_dynos: Option<u32>,
    /// Whose cycle it was: app, process type, queue.
    pub(super) whose: [String; 3],
}

impl Recorded {
    /// All three counts, or none.
    pub(super) fn backlog(&self) -> Option<Backlog> {
        Some(Backlog {
            visible: self.sqs_messages?,
            in_flight: self.in_flight?,
            delayed: self.delayed?,
        })
    }
}

/// Why a record cannot be decided on.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error("not valid JSON")]
    Json(#[source] serde_json::Error),
    #[error("{field} is missing")]
    Missing { field: &'static str },
    #[error("{field} = {value} must be {bound}")]
    Value { field: &'static str, value: Value, bound: &'static str },
}

const WHOLE: &str = "a whole number, at least 0, or null";
const DYNOS: &str = "a whole number from 0 to 4294967295, or null";
const TIME: &str = "a time such as \"2026-01-31T12:00:00Z\"";

/// Reads a line. One that names a tick means to be a record.
pub(super) fn read(text: &str) -> Result<Line, LineError> {
    let Some(start) = text.find('{') else { return Ok(Line::Other) };
    match serde_json::from_str::<Map<String, Value>>(&text[start..]) {
        Ok(object) if object.contains_key("tick") => recorded(&object).map(Line::Cycle),
        Ok(_) => Ok(Line::Other),
        Err(error) if text.contains("\"tick\"") => Err(LineError::Json(error)),
        Err(_) => Ok(Line::Other),
    }
}

fn recorded(object: &Map<String, Value>) -> Result<Recorded, LineError> {
    Ok(Recorded {
        tick: tick(object)?,
        sqs_messages: count(object, "sqs_messages")?,
        in_flight: count(object, "in_flight")?,
        delayed: count(object, "delayed")?,
        active_dynos: dynos(object, "active_dynos")?,
        whose: ["app", "process", "queue"]
            .map(|field| object.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()),
    })
}

fn value<'a>(object: &'a Map<String, Value>, field: &'static str) -> Result<&'a Value, LineError> {
    object.get(field).ok_or(LineError::Missing { field })
}

fn tick(object: &Map<String, Value>) -> Result<Timestamp, LineError> {
    let value = value(object, "tick")?;
    let time = value.as_str().and_then(|text| text.parse().ok());
    time.ok_or_else(|| LineError::Value { field: "tick", value: value.clone(), bound: TIME })
}

fn count(object: &Map<String, Value>, field: &'static str) -> Result<Option<u64>, LineError> {
    let value = value(object, field)?;
    let count = value.as_u64();
    if value.is_null() || count.is_some() {
        Ok(count)
    } else {
        Err(LineError::Value { field, value: value.clone(), bound: WHOLE })
    }
}

fn dynos(object: &Map<String, Value>, field: &'static str) -> Result<Option<u32>, LineError> {
    let too_many = |count: u64| LineError::Value { field, value: count.into(), bound: DYNOS };
    let count = count(object, field)?;
    count.map(|count| u32::try_from(count).map_err(|_| too_many(count))).transpose()
}
