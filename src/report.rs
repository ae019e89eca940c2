//! The record of a cycle: one wide, flat object, the same in the log and in Elasticsearch.
//!
//! Plain data; must not know how a cycle runs or where its record goes.

use std::error::Error;

use jiff::Timestamp;
use nonempty::NonEmpty;
use serde::{Deserialize, Serialize};

use crate::policy::{Backlog, Change, Direction, IntentOutcome, Reason, RuleName};
use crate::target::QueueNames;
use crate::visible::visible;

/// Declares a record, and with it the list of its fields.
macro_rules! record {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$doc:meta])* pub $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        pub struct $name { $($(#[$doc])* pub $field: $type,)+ }

        /// The fields of a record in order, for those who prepare a place for it.
        pub const FIELDS: &[(&str, Kind)] = &[$((stringify!($field), <$type as Field>::KIND),)+];
    };
}

record! {
    /// One complete cycle. An unknown value is null, never zero; fields of a policy, of a limit, of a
    /// hold or of several queues are left out where there is none, since every byte of a log is paid.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct CycleReport {
        /// When the cycle ended.
        pub timestamp: Timestamp,
        /// How bad it is.
        pub level: Level,
        /// The cycle in one sentence.
        pub message: String,
        /// When the cycle was due.
        pub tick: Timestamp,
        /// The Heroku app.
        pub app: String,
        /// The process type.
        pub process: String,
        /// The queue's name; of several all, between commas.
        pub queue: Option<String>,
        /// The policy's name.
        pub policy: Option<RuleName>,
        /// Messages waiting.
        pub sqs_messages: Option<u64>,
        /// Messages received and not yet deleted.
        pub in_flight: Option<u64>,
        /// Messages not to be received yet.
        pub delayed: Option<u64>,
        /// The same counts of each queue, if there are several.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub queues: Option<Vec<QueueReport>>,
        /// The quantity that was observed.
        pub active_dynos: Option<u32>,
        /// The quantity that was decided.
        pub required_dynos: Option<u32>,
        /// Messages per dyno; null at 0 dynos.
        pub backlog_per_instance: Option<f64>,
        /// The acceptable messages per dyno.
        pub backlog_threshold: Option<f64>,
        /// Never fewer dynos.
        pub min_dynos: Option<u32>,
        /// Never more dynos.
        pub max_dynos: Option<u32>,
        /// The most dynos that Heroku allows, as long as a refusal of its is remembered.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub heroku_limit: Option<u32>,
        /// The dynos that the load needs, before any limit.
        pub asked_dynos: Option<u32>,
        /// Whether all allowed dynos run and the load needs more, as a number: 0 or 1.
        pub at_max: Option<u8>,
        /// Whether that is so and the backlog per instance is above the threshold, as a number: 0
        /// or 1.
        pub pinned: Option<u8>,
        /// Whether more messages wait than the threshold allows, or any at 0 dynos, as a number: 0
        /// or 1.
        pub starved: Option<u8>,
        /// Minutes in which the maximum of dynos would clear the backlog, if that is known.
        pub drain_minutes_at_max: Option<f64>,
        /// The arrivals after a jump that is prepared for ÷ those before it; with `rate`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub headroom: Option<f64>,
        /// The dynos that the arrivals keep busy; with `rate`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub busy_dynos: Option<f64>,
        /// Messages that a dyno finishes in a minute; with `rate`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub messages_per_dyno_minute: Option<f64>,
        /// The dynos that work, as far as they can be seen; with `rate`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub working_dynos: Option<f64>,
        /// Messages that all dynos that hold some finish in a minute; with `rate`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub messages_per_minute: Option<f64>,
        /// The same before the dynos were added that do not help; with `rate`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub messages_per_minute_before: Option<f64>,
        /// Cycles towards one dyno more.
        pub scale_up_cnt: Option<u32>,
        /// Cycles towards one dyno less.
        pub scale_down_cnt: Option<u32>,
        /// What was done.
        pub action: Action,
        /// The rule that decided, or what kept a rule from deciding.
        pub reason: Reason,
        /// The outcome of the change that an earlier cycle committed.
        pub intent: Option<IntentOutcome>,
        /// When the hold of the cycle ends by itself: a pause, an operator's change, a limit of
        /// Heroku's, dynos that do not help.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub hold_until: Option<Timestamp>,
        /// Whether changes were only reported.
        pub dry_run: bool,
        /// How long the cycle took.
        pub duration_ms: i64,
        /// The reason, if the cycle failed.
        pub error_type: Option<Reason>,
        /// Whether the cycle failed, as a number: 0 or 1.
        pub cycle_failed: u8,
        /// What went wrong, with its causes.
        pub error: Option<String>,
        /// The invocation's id.
        pub request_id: String,
        /// The id under which X-Ray and other traces know the invocation.
        pub trace_id: Option<String>,
        /// The calls of Heroku's API that the account has left, as its answer says.
        pub heroku_calls_left: Option<u32>,
        /// Heroku's id of the last call.
        pub heroku_request_id: Option<String>,
        /// Whether it was the first cycle of its instance.
        pub cold_start: bool,
    }
}

/// The line of a round: the cycles of one tick, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoundReport {
    /// When the round ended.
    pub timestamp: Timestamp,
    pub level: Level,
    /// The round in one sentence.
    pub message: String,
    /// The targets whose turn it was.
    pub targets: usize,
    pub succeeded_cycles: usize,
    pub failed_cycles: usize,
    /// Those for which no time was left; they are first in the next round.
    pub deferred_cycles: usize,
    /// The targets of which all allowed dynos run, and the backlog per instance is above the
    /// threshold.
    pub pinned_targets: usize,
    /// The targets whose dynos an operator stopped.
    pub stopped_targets: usize,
    pub duration_ms: i64,
    /// Why the targets are those of an earlier time: their file was not read, or is faulty.
    pub targets_error: Option<String>,
    /// The invocation's id.
    pub request_id: String,
    /// Whether it was the first round of its process.
    pub cold_start: bool,
}

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// An instant.
    Time,
    /// A number.
    Number,
    /// Yes or no.
    Flag,
    /// Objects, in a field that most records lack.
    Objects,
}

/// A type of a field.
trait Field {
    const KIND: Kind;
}

/// What is unknown is null, of whatever kind.
impl<T: Field> Field for Option<T> {
    const KIND: Kind = T::KIND;
}

macro_rules! kinds {
    ($($kind:ident: $($type:ty),+;)+) => {
        $($(impl Field for $type { const KIND: Kind = Kind::$kind; })+)+
    };
}

kinds! {
    Text: String, Level, RuleName, Action, Reason, IntentOutcome;
    Time: Timestamp;
    Number: u8, u32, u64, i64, f64;
    Flag: bool;
    Objects: Vec<QueueReport>;
}

/// One of several queues, under the names that their sums have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueReport {
    pub name: String,
    pub sqs_messages: u64,
    pub in_flight: u64,
    pub delayed: u64,
}

impl QueueReport {
    /// The counts of each of several queues; of one alone there is nothing to tell apart.
    #[must_use]
    pub fn of_several(names: &QueueNames, queues: &NonEmpty<Backlog>) -> Option<Vec<Self>> {
        let named = names.0.iter().zip(queues);
        let reports = named.map(|(name, backlog)| Self::new(name, *backlog));
        (1 < queues.len()).then(|| reports.collect())
    }

    fn new(name: &str, Backlog { visible, in_flight, delayed }: Backlog) -> Self {
        Self { name: name.to_owned(), sqs_messages: visible, in_flight, delayed }
    }
}

impl From<&QueueReport> for Backlog {
    fn from(queue: &QueueReport) -> Self {
        let QueueReport { sqs_messages: visible, in_flight, delayed, .. } = *queue;
        Self { visible, in_flight, delayed }
    }
}

/// How bad a record is, as CloudWatch spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// As it should be.
    Info,
    /// The cycle failed.
    Error,
}

/// What was done to the formation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// More dynos.
    ScaleUp,
    /// Fewer dynos.
    ScaleDown,
    /// Nothing.
    None,
}

impl From<Change> for Action {
    fn from(change: Change) -> Self {
        match change.direction() {
            Direction::Up => Self::ScaleUp,
            Direction::Down => Self::ScaleDown,
            Direction::Steady => Self::None,
        }
    }
}

impl Action {
    /// The word in the record.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::ScaleUp => "scale-up",
            Self::ScaleDown => "scale-down",
            Self::None => "none",
        }
    }
}

/// Services may answer with any text, and a line of the log is cut at 256 KiB. Three of these fit
/// well.
const ERROR_CHARS_MAX: usize = 2_000;

/// An error and all its causes in one visible line, the outermost first; of a very long one the
/// beginning.
#[must_use]
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    let mut parts: Vec<String> = chain.map(ToString::to_string).collect();
    // Some libraries repeat the message of their source.
    parts.dedup_by(|cause, error| error.ends_with(cause.as_str()));
    visible(&parts.join(": ")).chars().take(ERROR_CHARS_MAX).collect()
}
