//! A record of a log -> the observation of its cycle.
//!
//! A null field was unknown to the cycle; a missing or invalid one is an error, never 0.

use jiff::Timestamp;
use nonempty::NonEmpty;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::log_file::{Identity, Logged};
use dynoscaler::policy::{Backlog, Observation, Policy, Reason};
use dynoscaler::report::QueueReport;
use dynoscaler::target::{QueueNames, TargetId};

/// The target and the observation of a recorded cycle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recorded {
    pub(super) tick: Timestamp,
    pub(super) active_dynos: Option<u32>,
    pub(super) target: TargetId,
    pub(super) names: QueueNames,
    /// The counts of each queue, if all are known.
    pub(super) queues: Option<NonEmpty<Backlog>>,
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
const QUEUES: &str = "a list of one or more, each with name, sqs_messages, in_flight and delayed";
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
        let (tick, total) = (tick(object)?, total(object)?);
        let (names, queues) = match several(object)? {
            Some((names, queues)) => (names, Some(queues)),
            None => (name("queue").as_str().into(), total.map(NonEmpty::new)),
        };
        Ok(Self {
            tick,
            active_dynos: dynos(object, "active_dynos")?,
            target: TargetId { app: name("app"), process: name("process") },
            names,
            queues,
            dry_run: object.get("dry_run") == Some(&Value::Bool(true)),
            written: text("timestamp").and_then(|time| time.parse().ok()),
            request_id: text("request_id"),
            reason: object.get("reason").and_then(|reason| Reason::deserialize(reason).ok()),
            has_failed: object.get("error").is_some_and(Value::is_string),
        })
    }

    /// A cycle that read everything of one queue.
    pub(crate) fn of(target: TargetId, tick: Timestamp, queue: Backlog, active: u32) -> Self {
        Self {
            tick,
            active_dynos: Some(active),
            target,
            names: QueueNames::from(""),
            queues: Some(NonEmpty::new(queue)),
            dry_run: false,
            written: None,
            request_id: None,
            reason: None,
            has_failed: false,
        }
    }

    /// All counts and the dynos, or none.
    pub(super) fn seen(&self, policy: &Policy) -> Option<Observation> {
        Some(policy.observed(self.queues.as_ref()?, self.active_dynos?))
    }

    /// The same cycle with other messages, of which each queue has the share that it had, and
    /// other dynos.
    pub(super) fn seeing(&self, total: Backlog, active: u32) -> Self {
        let queues = self.queues.as_ref().map(|queues| {
            let (before, count) = (Backlog::total(queues), queues.len());
            queues.as_ref().map(|queue| Backlog {
                visible: share(total.visible, queue.visible, before.visible, count),
                in_flight: share(total.in_flight, queue.in_flight, before.in_flight, count),
                delayed: share(total.delayed, queue.delayed, before.delayed, count),
            })
        });
        Self { queues, active_dynos: Some(active), ..self.clone() }
    }
}

/// The messages of a queue that had `part` of `whole`. Of nothing all had the same part.
fn share(total: u64, part: u64, whole: u64, queues: usize) -> u64 {
    let (part, whole) = if whole == 0 { (1, queues as u64) } else { (part, whole) };
    let share = u128::from(total) * u128::from(part) / u128::from(whole);
    u64::try_from(share).unwrap_or(total)
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

/// The counts of one queue, or the sums of several, if all three are known.
fn total(object: &Map<String, Value>) -> Result<Option<Backlog>, RecordError> {
    let visible = count(object, "sqs_messages")?;
    let (in_flight, delayed) = (count(object, "in_flight")?, count(object, "delayed")?);
    let counts = visible.zip(in_flight).zip(delayed);
    Ok(counts.map(|((visible, in_flight), delayed)| Backlog { visible, in_flight, delayed }))
}

/// The names and the counts of several queues, if the record has them.
fn several(
    object: &Map<String, Value>,
) -> Result<Option<(QueueNames, NonEmpty<Backlog>)>, RecordError> {
    let Some(value) = object.get("queues").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let read = Vec::<QueueReport>::deserialize(value).ok().and_then(NonEmpty::from_vec);
    let queues = read.ok_or_else(|| RecordError::Value {
        field: "queues",
        value: value.clone(),
        bound: QUEUES,
    })?;
    let names = queues.as_ref().map(|queue| queue.name.clone());
    Ok(Some((QueueNames(names), queues.as_ref().map(Backlog::from))))
}

fn dynos(object: &Map<String, Value>, field: &'static str) -> Result<Option<u32>, RecordError> {
    let too_many = |count: u64| RecordError::Value { field, value: count.into(), bound: DYNOS };
    let count = count(object, field)?;
    count.map(|count| u32::try_from(count).map_err(|_| too_many(count))).transpose()
}
