//! The rules, each in its own module: what it recommends and what it learns.
//!
//! The one place that goes from a rule's name to its module. Must not know the counters, what is
//! decided.

mod demand;
mod memory;
pub mod rate;
mod recommendation;
mod step;
mod target;

use jiff::Timestamp;

pub use self::demand::{Demand, LoadReport};
pub use self::memory::RuleMemory;
pub use self::rate::RateMemory;
pub(super) use self::recommendation::{Recommendation, Stabilisation};
use super::{Observation, Policy, Rule};

/// What the rule recommends, and what it remembers of this cycle.
pub(super) fn recommend(
    policy: &Policy,
    before: RuleMemory,
    seen: &Observation,
    now: Timestamp,
) -> (Recommendation, RuleMemory) {
    match &policy.rule {
        Rule::Step => (step::recommend(policy, seen), before),
        Rule::Target { tolerance } => (target::recommend(policy, *tolerance, seen), before),
        Rule::Rate(settings) => {
            let (recommendation, memory) =
                rate::recommend(policy, settings, before.rate(), seen, now);
            (recommendation, RuleMemory::Rate(memory))
        }
    }
}

impl Demand {
    /// The demand of `seen`, with the rule's memory up to this cycle.
    #[must_use]
    pub fn of(policy: &Policy, seen: &Observation, memory: &RuleMemory) -> Self {
        match (&policy.rule, memory.rate()) {
            (Rule::Rate(_), Some(memory)) => rate::demand(policy, memory, seen),
            (Rule::Rate(_) | Rule::Step | Rule::Target { .. }, _) => Self {
                dynos: target::required(policy, seen),
                drain_minutes_at_max: None,
                learnt: None,
            },
        }
    }
}
