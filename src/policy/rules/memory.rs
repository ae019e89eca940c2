//! What a rule remembers from one cycle to the next.
//!
//! Must not know what is learnt from a cycle, where it is stored.

use jiff::Timestamp;

use super::RateMemory;

/// What the rules that learn have learnt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RuleMemory {
    /// Nothing.
    #[default]
    Empty,
    /// By the rule `rate`.
    Rate(RateMemory),
}

impl RuleMemory {
    /// What `rate` has learnt.
    #[must_use]
    pub const fn rate(&self) -> Option<&RateMemory> {
        match self {
            Self::Rate(memory) => Some(memory),
            Self::Empty => None,
        }
    }

    /// Nothing, if it was learnt at a time that cannot be.
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
