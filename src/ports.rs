//! What a cycle needs from outside, and how each of these can fail.
//!
//! Must not know its implementations: the adapters, the simulated world and the tests.
//! Each implementation keeps to the budget of the stage.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nonempty::NonEmpty;

use crate::policy::{Backlog, State};
use crate::report::{CycleReport, RoundReport};

/// Why a call to the outside failed.
pub type Cause = Box<dyn Error + Send + Sync>;

/// The three reads, at the same time, each with its retries.
pub const OBSERVE_BUDGET: Duration = Duration::from_secs(8);
/// The one conditional write, with its retry.
pub const COMMIT_BUDGET: Duration = Duration::from_secs(5);
/// The one PATCH.
pub const ACT_BUDGET: Duration = Duration::from_secs(8);
/// The delivery of a record, besides the log.
pub const REPORT_BUDGET: Duration = Duration::from_secs(2);

/// What a cycle of one target needs from outside.
pub trait Ports: Sync {
    type Backlog: BacklogSource;
    type Formation: Formation;
    type State: StateStore;
    type Shared: Shared;

    fn backlog(&self) -> &Self::Backlog;
    fn formation(&self) -> &Self::Formation;
    fn state(&self) -> &Self::State;
    fn shared(&self) -> &Self::Shared;
}

/// A world in memory is often one value, which is each of its ports.
impl<W: BacklogSource + Formation + StateStore + Shared> Ports for W {
    type Backlog = Self;
    type Formation = Self;
    type State = Self;
    type Shared = Self;

    fn backlog(&self) -> &Self {
        self
    }

    fn formation(&self) -> &Self {
        self
    }

    fn state(&self) -> &Self {
        self
    }

    fn shared(&self) -> &Self {
        self
    }
}

/// What all targets of a process share: the clock, the log, and where records go besides.
pub trait Shared: Clock + RecordLog {
    type Sink: ReportSink;

    fn sink(&self) -> Option<&Self::Sink>;
}

pub trait Clock: Sync {
    /// The time, to the millisecond.
    fn now(&self) -> Timestamp;
}

/// The queues of the target.
pub trait BacklogSource: Sync {
    /// Counts the messages of each queue, in the order of the target's, within
    /// [`OBSERVE_BUDGET`]. One that cannot be read makes all of it unknown.
    fn backlog(&self) -> impl Future<Output = Result<NonEmpty<Backlog>, BacklogError>> + Send;
}

/// A queue could not be read. Never a backlog of zero.
#[derive(Debug, thiserror::Error)]
pub enum BacklogError {
    /// No answer, or a refusal.
    #[error("cannot read the attributes of queue {queue}")]
    Unavailable {
        queue: String,
        #[source]
        cause: Cause,
    },
    /// An answer without a count, or with something that is none.
    #[error("queue {queue} has {attribute} = {value:?}, which is no count")]
    NoCount { queue: String, attribute: String, value: Option<String> },
}

/// The process type's place in the formation of its app.
pub trait Formation: Sync {
    /// Reads the quantity, within [`OBSERVE_BUDGET`].
    fn quantity(&self) -> impl Future<Output = Result<Reading, FormationError>> + Send;

    /// Sets the quantity, within [`ACT_BUDGET`]. A repetition has no effect.
    fn set_quantity(
        &self,
        quantity: u32,
    ) -> impl Future<Output = Result<RequestId, FormationError>> + Send;
}

/// Heroku's own id for a call, which its support needs.
pub type RequestId = Option<String>;

/// Heroku's report of the process type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The dynos that Heroku was requested to keep running.
    pub quantity: u32,
    /// The same of the app's other process types together, in dynos.
    pub others: u32,
    /// Whether an operator has put the app into maintenance.
    pub app: AppMode,
    /// What is left of the account's calls, if Heroku reported it.
    pub calls: Option<CallPool>,
    /// The id of the call.
    pub request_id: RequestId,
}

impl Reading {
    /// A process type that is alone in its app, of which nothing else is known.
    #[must_use]
    pub const fn alone(quantity: u32, request_id: RequestId) -> Self {
        Self { quantity, others: 0, app: AppMode::Open, calls: None, request_id }
    }
}

/// Whether an operator has put an app into maintenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppMode {
    /// It is not, or that was not read.
    Open,
    /// It is in Heroku's maintenance mode.
    Maintenance,
}

/// The calls of Heroku's API that an account has left. The pool refills all the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPool {
    /// Calls left.
    pub remaining: u32,
    /// Calls that a full pool has.
    pub size: u32,
}

impl CallPool {
    /// Less than a tenth is left: another program uses up the account's calls.
    #[must_use]
    pub const fn is_scarce(self) -> bool {
        self.remaining < self.size / 10
    }
}

/// The formation could not be read or changed. Several targets may share one read, and its error.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{words}")]
pub struct FormationError {
    pub kind: FormationErrorKind,
    /// The answer, or what there is in place of one.
    pub words: String,
    /// The id of the call that failed.
    pub request_id: RequestId,
    #[source]
    pub cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kinds that a caller distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormationErrorKind {
    /// The token is not known.
    Unauthorized,
    /// The token or its account may not do this.
    Forbidden,
    /// There is no such app or process type.
    NotFound,
    /// The account has no calls left for the moment.
    RateLimited,
    /// Fewer dynos are allowed than were requested. Nothing was changed.
    AboveLimit {
        /// Of the process type or of the app, which is not reported; if a number was named.
        limit: Option<u32>,
    },
    /// No change is accepted for the moment, as during a release or preboot.
    Busy,
    /// The request is refused for another reason.
    Rejected,
    /// The token is kept elsewhere and could not be read there. Nothing was sent.
    NoToken,
    /// No answer, or none that says what happened.
    Unavailable,
}

/// The state item.
pub trait StateStore: Sync {
    /// Reads the latest state, within [`OBSERVE_BUDGET`]. No item yet is a state of its own.
    fn load(&self) -> impl Future<Output = Result<Stored, StateError>> + Send;

    /// Stores a state if the item still has the version that was loaded, within
    /// [`COMMIT_BUDGET`]. The write's own retry finds its own item and has won.
    fn commit(
        &self,
        write: &Write,
    ) -> impl Future<Output = Result<WriteOutcome, CommitError>> + Send;
}

/// A state as it was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// The item's version; none if there is no item yet.
    pub version: Option<u64>,
    /// The state.
    pub state: State,
}

impl Stored {
    /// The version that the next write gives the item.
    const fn next_version(version: Option<u64>) -> u64 {
        match version {
            None => 1,
            Some(version) => version.saturating_add(1),
        }
    }

    /// A dry run's, with the live item of the same target: a pause of either holds, and limits and
    /// quantities are the live cycles' alone, since a dry run sends nothing.
    #[must_use]
    pub fn beside(self, live: State) -> Self {
        let State { pause, limit, last_known, .. } = live;
        let pause = pause.or(self.state.pause);
        Self { state: State { pause, limit, last_known, ..self.state }, ..self }
    }

    /// The same once `state` has been written after it.
    #[must_use]
    pub fn followed_by(&self, state: State) -> Self {
        Self { version: Some(Self::next_version(self.version)), state }
    }
}

/// The write of one cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The version that was loaded and must be unchanged.
    pub expected: Option<u64>,
    /// The new state.
    pub state: State,
    /// When the cycle that decided it began.
    pub at: Timestamp,
    /// Which run of which instance decided it: no two cycles have the same.
    pub by: String,
}

impl Write {
    /// The version that the item gets.
    #[must_use]
    pub fn version(&self) -> u64 {
        Stored::next_version(self.expected)
    }
}

/// How a conditional write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The item is ours.
    Won,
    /// Another cycle wrote first.
    Lost,
}

/// The state could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// No answer, or a refusal.
    #[error("cannot read item {key} of {place}")]
    Unavailable {
        place: String,
        key: String,
        #[source]
        cause: Cause,
    },
    /// The item is not one that this version wrote. It is left as it is.
    #[error("item {key} of {place} has an unreadable {attribute}")]
    Unreadable {
        place: String,
        key: String,
        /// The attribute that is missing or of another kind.
        attribute: &'static str,
    },
}

/// The state could not be written; whether it was is unknown.
#[derive(Debug, thiserror::Error)]
#[error("cannot write item {key} of {place}")]
pub struct CommitError {
    pub place: String,
    pub key: String,
    #[source]
    pub cause: Cause,
}

/// Where records go besides the log.
pub trait ReportSink: Sync {
    /// Delivers records at once, within [`REPORT_BUDGET`]; a record that arrives twice is one.
    /// Those that were refused by themselves are returned.
    ///
    /// # Errors
    /// If none of several arrived, for one and the same cause.
    fn deliver(
        &self,
        reports: &[CycleReport],
    ) -> impl Future<Output = Result<Vec<Undelivered>, DeliveryError>> + Send;
}

/// One of several records, which stayed in the log alone.
#[derive(Debug)]
pub struct Undelivered {
    /// Its place among them.
    pub place: usize,
    pub error: DeliveryError,
}

/// Why a record stayed in the log alone.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct DeliveryError {
    pub kind: DeliveryErrorKind,
    /// What was answered, or what there is in place of an answer.
    pub words: String,
    #[source]
    pub cause: Option<Cause>,
}

/// The kinds that an operator distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryErrorKind {
    /// The user or the password is not accepted.
    Unauthorized,
    /// The record is refused for another reason.
    Rejected,
    /// The password is kept elsewhere and could not be read there. Nothing was sent.
    NoPassword,
    /// The certificate of the authority is kept elsewhere and could not be read there, or is none.
    /// Nothing was sent.
    NoAuthority,
    /// No answer, or none that can be read.
    Unavailable,
}

/// Where every record goes.
pub trait RecordLog: Sync {
    /// Writes one line.
    fn write(&self, report: &CycleReport);
}

/// Where the line of a round goes.
pub trait RoundLog: Sync {
    /// Writes one line.
    fn write_round(&self, report: &RoundReport);
}
