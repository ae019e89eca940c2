//! The decision of one cycle: whether to change the quantity, why, and what to remember.
//!
//! Must not know which of the reasons applies.

use jiff::Timestamp;

use super::{Change, Counters, Cycle, Intent, IntentOutcome, Needs, Observation, Reason, State};

/// The decision of one cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Decision {
    /// The name of what decided.
    pub reason: Reason,
    /// The quantity that is desired; the observed one when the cycle holds.
    pub required: u32,
    /// What to send to Heroku, if anything.
    pub change: Option<Change>,
    /// What to remember.
    pub next: State,
    /// The outcome of the change that an earlier cycle committed.
    pub outcome: Option<IntentOutcome>,
    /// When what holds the cycle ends by itself, if that is known.
    pub until: Option<Timestamp>,
}

impl Decision {
    pub(super) fn hold(
        reason: Reason,
        seen: &Observation,
        next: State,
        outcome: Option<IntentOutcome>,
    ) -> Self {
        Self { reason, required: seen.active, change: None, next, outcome, until: None }
    }

    /// Every change starts the counting afresh.
    pub(super) fn change(
        reason: Reason,
        to: u32,
        seen: &Observation,
        before: &State,
        cycle: &Cycle,
        outcome: Option<IntentOutcome>,
    ) -> Self {
        let change = Change { from: seen.active, to };
        let (at, since) = (cycle.began, cycle.began);
        let intent = Intent { change, at, since, by: cycle.instance.clone() };
        let next = State {
            counters: Counters::default(),
            needs: Needs::default(),
            intent: Some(intent),
            ..before.clone()
        };
        Self { reason, required: to, change: Some(change), next, outcome, until: None }
    }

    /// A change that is decided again is as old as at its first decision.
    pub(super) fn repeating(mut self, before: &State) -> Self {
        if let (Some(next), Some(open)) = (&mut self.next.intent, &before.intent)
            && next.change == open.change
        {
            next.since = open.since;
        }
        self
    }
}
