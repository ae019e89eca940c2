//! The results of a cycle's stages: all that its record is made from.
//!
//! Plain data, complete when a stage returns it. Must not know the form of a record.

use jiff::Timestamp;
use nonempty::NonEmpty;

use crate::policy::{
    Backlog, Change, Counters, Decision, Demand, IntentOutcome, Observation, Policy, Reason,
};
use crate::ports::{CallPool, RequestId};

/// The outcome of one cycle. Without a stage, that stage's part is unknown.
#[derive(Debug)]
pub struct Outcome {
    /// The policy, with the bounds of that time; none if its settings are not valid.
    pub policy: Option<Policy>,
    /// The readings.
    pub readings: Readings,
    /// The first decision about them.
    pub judged: Option<Judged>,
    /// The effect of the decisions.
    pub effect: Effect,
}

impl Outcome {
    /// No decision was made.
    pub fn undecided(policy: Policy, readings: Readings, end: Result<Reason, Failure>) -> Self {
        Self { policy: Some(policy), readings, judged: None, effect: Effect::none(end) }
    }

    /// Nothing is known of the cycle but its failure.
    #[must_use]
    pub fn failed(policy: Option<Policy>, failure: Failure) -> Self {
        let effect = Effect::none(Err(failure));
        Self { policy, readings: Readings::default(), judged: None, effect }
    }
}

/// The readings, each part by itself.
#[derive(Debug, Default)]
pub struct Readings {
    /// Each queue, in the order of the target's.
    pub backlog: Option<NonEmpty<Backlog>>,
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
    /// The input of `policy`, if all of it is known.
    #[must_use]
    pub fn observation(&self, policy: &Policy) -> Option<Observation> {
        let parts = self.backlog.as_ref().zip(self.active);
        parts.map(|(queues, active)| policy.observed(queues, active))
    }
}

/// The first decision of a cycle about the load and about the change before, whether or not it was
/// stored: if it was, no later cycle finds the intent that it settled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The outcome of the change that an earlier cycle committed.
    pub intent: Option<IntentOutcome>,
    /// What the load needs.
    pub demand: Demand,
}

impl Judged {
    #[must_use]
    pub fn by(decision: &Decision, policy: &Policy, seen: &Observation) -> Self {
        let demand = Demand::of(policy, seen, &decision.next.memory);
        Self { intent: decision.outcome, demand }
    }
}

/// The effect of a cycle's decisions.
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

    /// A decision was stored, and nothing else is to be done.
    pub fn settled(decision: &Decision, request_id: RequestId) -> Self {
        Self::stored(decision, request_id, Ok(decision.reason))
    }
}

/// The part of a stored decision that is in the record.
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
    /// When the hold of the cycle ends by itself.
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

/// The failure of a cycle, as its record has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The name that operators search for.
    pub reason: Reason,
    /// What went wrong, with its causes.
    pub error: String,
}
