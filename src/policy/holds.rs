//! What holds a cycle for any load: a pause, an operator's stop, an operator's change.
//!
//! Derived from the state and from the quantity that Heroku runs. Must not know: the load, how an
//! operator pauses.

use jiff::{SignedDuration, Timestamp};

use super::{Cycle, IntentOutcome, LastKnownQuantity, Observation, Policy, Reason, State};

/// Why a cycle holds, and until when, if that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) reason: Reason,
    pub(super) until: Option<Timestamp>,
}

/// The strongest reason to hold, if there is one.
pub(super) fn hold(
    policy: &Policy,
    before: &State,
    seen: &Observation,
    cycle: &Cycle,
) -> Option<Hold> {
    let hold = |reason, until| Some(Hold { reason, until });
    let kept_until = kept_until(policy, before.last_known);
    match &before.pause {
        Some(pause) => hold(Reason::Paused, pause.until),
        None if is_stopped(policy, before.last_known, seen) => hold(Reason::StoppedByHand, None),
        None if kept_until > Some(cycle.now) => hold(Reason::ChangedByHand, kept_until),
        None => None,
    }
}

/// A quantity of 0 where the minimum is higher, unless a change of ours led there: then the
/// minimum has been raised since.
fn is_stopped(policy: &Policy, known: Option<LastKnownQuantity>, seen: &Observation) -> bool {
    let is_ours = known == Some(LastKnownQuantity { quantity: 0, by_hand_since: None });
    seen.active == 0 && policy.bounds.min > 0 && !is_ours
}

/// Until when an operator's quantity is kept. A time beyond all calendars is never reached.
fn kept_until(policy: &Policy, known: Option<LastKnownQuantity>) -> Option<Timestamp> {
    let since = known?.by_hand_since?;
    let kept = SignedDuration::from_mins(policy.manual_hold_minutes.into());
    Some(since.saturating_add(kept).unwrap_or(Timestamp::MAX))
}

/// The last known quantity, given the outcome of a change.
///
/// Before the first change of ours no quantity is known, and no operator's change is noticed.
pub(super) fn last_known(
    before: Option<LastKnownQuantity>,
    outcome: Option<IntentOutcome>,
    seen: &Observation,
    cycle: &Cycle,
) -> Option<LastKnownQuantity> {
    let quantity = seen.active;
    let by_hand = LastKnownQuantity { quantity, by_hand_since: Some(cycle.now) };
    match (outcome, before) {
        (Some(IntentOutcome::Reached), _) => {
            Some(LastKnownQuantity { quantity, by_hand_since: None })
        }
        (Some(IntentOutcome::ChangedByHand), _) => Some(by_hand),
        (_, Some(known)) if known.quantity != quantity => Some(by_hand),
        (_, known) => known,
    }
}
