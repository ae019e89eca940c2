//! What the load asks for, before any limit: for a person who wonders whether the maximum is too low.
//!
//! Must not know: the counters, what was decided.

use crate::policy::{Observation, Policy};

/// What the load asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// As many dynos as it asks for. `step` and `target` have it from the backlog alone: as many as
    /// bring the backlog per instance to the threshold.
    pub dynos: u32,
    /// Minutes in which the maximum of dynos would work off the backlog. None if it never would, or
    /// if nothing is known of their throughput, which `rate` alone learns.
    pub drain_minutes_at_max: Option<f64>,
}

impl Demand {
    /// Whether all dynos run that are allowed, by the policy or by Heroku, and more are asked for.
    #[must_use]
    pub fn is_pinned(&self, policy: &Policy, limit: Option<u32>, seen: &Observation) -> bool {
        let max = limit.map_or(policy.bounds.max, |limit| policy.bounds.max.min(limit));
        max <= seen.active && max < self.dynos
    }
}
