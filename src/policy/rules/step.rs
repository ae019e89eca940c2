//! The rule `step`: one dyno more above the threshold, one less below it.
//!
//! Must not know: the counters, the bounds.

use super::recommendation::{Recommendation, Stabilisation};
use crate::policy::{Observation, Policy};

/// With no dyno there is no quotient: one message suffices to recommend one. At 0 dynos nothing is
/// below the threshold, so that the subtraction cannot underflow.
pub(super) fn recommend(policy: &Policy, seen: &Observation) -> Recommendation {
    let active = seen.active;
    let dynos = match policy.backlog_per_instance(seen) {
        None if policy.backlog(seen) > 0 => step_up(policy, active),
        None => active,
        Some(each) if each > policy.backlog_threshold => step_up(policy, active),
        Some(each) if each < policy.backlog_threshold => step_down(policy, active),
        Some(_) => active,
    };
    Recommendation::new(dynos, Stabilisation::Steps)
}

/// A step is one dyno by default.
fn step_up(policy: &Policy, active: u32) -> u32 {
    active.saturating_add(policy.max_step_up.unwrap_or(1))
}

fn step_down(policy: &Policy, active: u32) -> u32 {
    active.saturating_sub(policy.max_step_down.unwrap_or(1))
}
