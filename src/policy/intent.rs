//! A committed change, and its outcome, judged by the quantity that Heroku runs now.
//!
//! Must not know: how a change is committed or sent.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::busy::BusyFloor;
use super::rules::Recommendation;
use super::{Change, Cycle, InstanceId, Observation, Policy};

/// How long after the beginning of a cycle its change can still be on its way to Heroku, at worst.
///
/// A cycle sends within the time-outs of its stages, and no later: `cycle` proves that they fit.
/// Two seconds allow for clocks that differ.
pub const LANDING_WINDOW: SignedDuration = SignedDuration::from_secs(23);

/// A committed change and the instance that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The decided change.
    pub change: Change,
    /// When the cycle that decided it began.
    pub at: Timestamp,
    /// The same of the first cycle that decided this change, if it had to be repeated.
    pub since: Timestamp,
    /// The instance that committed it and may still be sending it.
    pub by: InstanceId,
}

/// The outcome of an open intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntentOutcome {
    /// Heroku runs the requested quantity.
    Reached,
    /// It may still arrive: another instance may be about to send it, or Heroku did not answer.
    InFlight,
    /// It never reached Heroku, and is still wanted.
    Lost,
    /// It never reached Heroku, and the load no longer needs it, the limits forbid it, or an operator
    /// holds the cycles.
    Superseded,
    /// An operator set another quantity meanwhile, which is kept.
    ChangedByHand,
}

impl IntentOutcome {
    /// The name in the record.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Reached => "Reached",
            Self::InFlight => "InFlight",
            Self::Lost => "Lost",
            Self::Superseded => "Superseded",
            Self::ChangedByHand => "ChangedByHand",
        }
    }

    /// The outcome of a change while an operator holds the cycles: a lost one is not sent again.
    pub(super) const fn given_up(self) -> Self {
        match self {
            Self::Lost => Self::Superseded,
            Self::Reached | Self::InFlight | Self::Superseded | Self::ChangedByHand => self,
        }
    }
}

/// Of a change that can no longer be on its way.
pub(super) fn outcome(
    intent: Option<&Intent>,
    policy: &Policy,
    seen: &Observation,
    recommendation: Recommendation,
    floor: BusyFloor,
) -> Option<IntentOutcome> {
    let intent = intent?;
    let (from, to) = (intent.change.from, intent.change.to);
    Some(if seen.active == to {
        IntentOutcome::Reached
    } else if seen.active != from {
        IntentOutcome::ChangedByHand
    } else if is_forbidden(intent.change, policy, recommendation, floor) {
        IntentOutcome::Superseded
    } else {
        IntentOutcome::Lost
    })
}

/// As long as a change may still arrive, the quantity that Heroku runs now says nothing about its
/// outcome: it may have been read before, or be an operator's.
///
/// An instance runs one cycle at a time, so that its own earlier change is no longer on its way;
/// after one that Heroku left unanswered it has another name.
///
/// An observation may be as old as the beginning of the cycle. An intent from later than that was
/// stored while this cycle observed; one from much later than now has a wrong time.
pub(super) fn may_be_in_flight(intent: &Intent, cycle: &Cycle) -> bool {
    intent.by != cycle.instance
        && cycle.began.duration_since(intent.at) < LANDING_WINDOW
        && intent.at.duration_since(cycle.now) < LANDING_WINDOW
}

/// Meanwhile the bounds may have changed, or the dynos that it would stop may have become busy. A
/// return to the bounds is not about the load; any other change is dropped once the load no longer
/// needs it. One reading of no messages at 0 dynos is no evidence: SQS's counts are approximate.
fn is_forbidden(
    change: Change,
    policy: &Policy,
    recommendation: Recommendation,
    floor: BusyFloor,
) -> bool {
    let Change { from, to } = change;
    let about_load = policy.bounds.contains(from);
    let stops_busy = to < from.min(floor.dynos);
    let is_needed = if to > from {
        recommendation.dynos > from || from == 0
    } else {
        recommendation.dynos <= to
    };
    !policy.bounds.contains(to) || stops_busy || (about_load && !is_needed)
}
