//! What the stages of a cycle found and did: all that its record is made from.
//!
//! Plain data, complete when a stage returns it. Must not know how a record looks.

use jiff::Timestamp;

use crate::policy::{
    Backlog, Change, Counters, Decision, Demand, IntentOutcome, Observation, Policy, Reason,
};
use crate::ports::{CallPool, RequestId};

/// What one cycle came to. What belongs to a stage that it did not reach is unknown.
#[derive(Debug)]
pub struct Outcome {
    /// The policy, with the bounds that were in force.
    pub policy: Policy,
    /// What was read.
    pub readings: Readings,
    /// What was judged of it.
    pub judged: Option<Judged>,
    /// What came of that.
    pub effect: Effect,
}

impl Outcome {
    /// No decision was made.
    pub fn undecided(policy: Policy, readings: Readings, end: Result<Reason, Failure>) -> Self {
        Self { policy, readings, judged: None, effect: Effect::none(end) }
    }
}

/// What was read, each part by itself.
#[derive(Debug, Default)]
pub struct Readings {
    /// The queue.
    pub backlog: Option<Backlog>,
    /// The quantity.
    pub active: Option<u32>,
    /// The counters, before they counted this cycle.
    pub counters: Option<Counters>,
    /// What is left of the account's calls.
    pub calls: Option<CallPool>,
    /// Heroku's id of the call.
    pub request_id: RequestId,
}

impl Readings {
    /// What a policy decides from, if all of it is known.
    #[must_use]
    pub fn observation(&self) -> Option<Observation> {
        let parts = self.backlog.zip(self.active);
        parts.map(|(backlog, active)| Observation { backlog, active })
    }
}

/// What the first decision of a cycle says of the load and of the change before, whether or not the
/// decision was stored: if it was, no later cycle finds the intent that it settled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// What became of the change that an earlier cycle committed.
    pub intent: Option<IntentOutcome>,
    /// What the load requests.
    pub demand: Demand,
}

impl Judged {
    /// What `decision` says.
    #[must_use]
    pub fn by(decision: &Decision, policy: &Policy, seen: &Observation) -> Self {
        let demand = Demand::of(policy, seen, &decision.next.memory);
        Self { intent: decision.outcome, demand }
    }
}

/// What came of a cycle's decisions.
#[derive(Debug)]
pub struct Effect {
    /// The last decision that was stored.
    pub stored: Option<Settled>,
    /// The change that Heroku confirmed.
    pub made: Option<Change>,
    /// Heroku's id of the last change that it answered.
    pub request_id: RequestId,
    /// The reason of the cycle.
    pub end: Result<Reason, Failure>,
}

impl Effect {
    /// Nothing was stored.
    pub fn none(end: Result<Reason, Failure>) -> Self {
        Self { stored: None, made: None, request_id: None, end }
    }

    /// A decision was stored, and nothing was changed.
    pub fn stored(
        decision: &Decision,
        request_id: RequestId,
        end: Result<Reason, Failure>,
    ) -> Self {
        Self { stored: Some(decision.into()), request_id, ..Self::none(end) }
    }

    /// A decision was stored, and that is all there is to do.
    pub fn settled(decision: &Decision, request_id: RequestId) -> Self {
        Self::stored(decision, request_id, Ok(decision.reason))
    }
}

/// What a record says of a decision that was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The quantity that is required.
    pub required: u32,
    /// The change, which a dry run does not make.
    pub change: Option<Change>,
    /// The counters.
    pub counters: Counters,
    /// The most dynos that Heroku allows, if that is remembered.
    pub limit: Option<u32>,
    /// When what holds the cycle ends by itself.
    pub until: Option<Timestamp>,
}

impl From<&Decision> for Settled {
    fn from(decision: &Decision) -> Self {
        Self {
            required: decision.required,
            change: decision.change,
            counters: decision.next.counters,
            limit: decision.next.limit.map(|limit| limit.dynos),
            until: decision.until,
        }
    }
}

/// A cycle that failed, as its record says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The name that operators search for.
    pub reason: Reason,
    /// What went wrong, with its causes.
    pub error: String,
}
