//! The dynos that the load needs, before any limit: it shows an operator whether the maximum is too
//! low.
//!
//! Must not know: the counters, what was decided.

use crate::policy::{Observation, Policy};

/// The demand of the load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// The dynos that it needs. `step` and `target` derive it from the backlog alone: as many as
    /// bring the backlog per instance to the threshold.
    pub dynos: u32,
    /// Minutes in which the maximum of dynos would clear the backlog. None if it never would, or
    /// if nothing is known of their throughput, which `rate` alone learns.
    pub drain_minutes_at_max: Option<f64>,
    /// What is known of the load. `rate` alone learns it.
    pub learnt: Option<LoadReport>,
}

/// What was learnt of the load and the dynos.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadReport {
    /// The arrivals after a jump that is prepared for ÷ those before it.
    pub headroom: f64,
    /// The dynos that the service level needs: those that are ready for such a jump of the usual
    /// arrivals.
    pub level_dynos: u32,
    /// Whether that has become more than the maximum with this observation.
    pub is_newly_out_of_reach: bool,
    /// The dynos that the arrivals keep busy.
    pub busy_dynos: f64,
    /// Messages that a dyno finishes in a minute.
    pub messages_per_dyno_minute: f64,
    /// The dynos that work, as far as they can be seen.
    pub working_dynos: f64,
    /// Messages that all dynos that hold some finish in a minute.
    pub messages_per_minute: f64,
    /// The same before the dynos were added that do not help.
    pub messages_per_minute_before: Option<f64>,
}

impl Demand {
    /// Whether all allowed dynos run, by the policy or by Heroku, and the load needs more.
    #[must_use]
    pub fn is_at_max(&self, policy: &Policy, limit: Option<u32>, seen: &Observation) -> bool {
        let max = limit.map_or(policy.bounds.max, |limit| policy.bounds.max.min(limit));
        max <= seen.active && max < self.dynos
    }

    /// Whether that is so, and the backlog per instance is above the threshold: under full load
    /// it is normal to run at the maximum within the threshold.
    #[must_use]
    pub fn is_pinned(&self, policy: &Policy, limit: Option<u32>, seen: &Observation) -> bool {
        let each = policy.backlog_per_instance(seen);
        let is_above = each.is_some_and(|each| policy.backlog_threshold < each);
        is_above && self.is_at_max(policy, limit, seen)
    }
}
