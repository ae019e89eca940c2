//! What a rule remembers from one cycle to the next.
//!
//! Must not know what is learnt from a cycle, where it is stored.

use jiff::Timestamp;

use super::RateMemory;
use crate::policy::{Observation, Policy, Rule};

/// The memory of the rules that learn.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one a target, which is moved a few times a cycle"
)]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RuleMemory {
    /// Nothing.
    #[default]
    Empty,
    /// By the rule `rate`.
    Rate(RateMemory),
}

impl RuleMemory {
    /// The memory of `rate`.
    #[must_use]
    pub const fn rate(&self) -> Option<&RateMemory> {
        match self {
            Self::Rate(memory) => Some(memory),
            Self::Empty => None,
        }
    }

    /// Messages in flight that one dyno holds, if the rule of `policy` has learnt it.
    pub(in crate::policy) fn held(&self, policy: &Policy, seen: &Observation) -> Option<f64> {
        match (policy.rule, self) {
            (Rule::Rate(_), Self::Rate(memory)) => memory.held(seen),
            (Rule::Rate(_) | Rule::Step | Rule::Target { .. }, _) => None,
        }
    }

    /// Empty, if it was learnt at an impossible time.
    pub(in crate::policy) fn learnt(self, is_plausible: impl Fn(Timestamp) -> bool) -> Self {
        match self {
            Self::Rate(memory) if is_plausible(memory.at()) => Self::Rate(memory),
            Self::Rate(_) | Self::Empty => Self::Empty,
        }
    }
}

impl From<Option<RateMemory>> for RuleMemory {
    fn from(memory: Option<RateMemory>) -> Self {
        memory.map_or(Self::Empty, Self::Rate)
    }
}
