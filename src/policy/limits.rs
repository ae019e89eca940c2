//! How far one change may go: the bounds, the longest step, and the dynos that are busy.
//!
//! Must not know: what asked for the change.

use super::{Observation, Policy};

/// The quantity that an addition may reach.
pub(super) fn raised(policy: &Policy, seen: &Observation, wanted: u32) -> u32 {
    let reachable = policy.max_step_up.map_or(u32::MAX, |step| seen.active.saturating_add(step));
    wanted.min(reachable).min(policy.bounds.max)
}

/// The quantity that a removal may reach, busy dynos left aside.
pub(super) fn lowered(policy: &Policy, seen: &Observation, wanted: u32) -> u32 {
    let reachable = policy.max_step_down.map_or(0, |step| seen.active.saturating_sub(step));
    wanted.max(reachable).max(policy.bounds.min)
}

/// The dynos that hold what is in flight. Rounded up: a dyno with one message is busy.
///
/// Heroku stops the highest numbers first and SQS does not tell who holds what, so that this many
/// are needed for none to be stopped at work, and may not suffice.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "not negative; the cast saturates, which keeps every dyno"
)]
pub(super) fn busy(policy: &Policy, seen: &Observation) -> u32 {
    let in_flight = seen.backlog.in_flight as f64;
    policy.in_flight_per_dyno.map_or(0, |each| (in_flight / each).ceil() as u32)
}
