//! How far one change may go: the bounds and the longest step.
//!
//! Must not know: why the change is wanted.

use super::{Observation, Policy};

/// The quantity that an addition may reach.
pub(super) fn raised(policy: &Policy, seen: &Observation, wanted: u32) -> u32 {
    let reachable = policy.max_step_up.map_or(u32::MAX, |step| seen.active.saturating_add(step));
    wanted.min(reachable).min(policy.bounds.max)
}

/// The quantity that a removal may reach, without the busy floor.
pub(super) fn lowered(policy: &Policy, seen: &Observation, wanted: u32) -> u32 {
    let reachable = policy.max_step_down.map_or(0, |step| seen.active.saturating_sub(step));
    wanted.max(reachable).max(policy.bounds.min)
}
