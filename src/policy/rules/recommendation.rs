//! The recommendation of a rule.
//!
//! Must not know which rule, what is decided from it.

use jiff::Timestamp;

use crate::policy::{Direction, Observation};

/// The dynos that a rule recommends, before bounds, steps and floors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) struct Recommendation {
    /// For the current load.
    pub(in crate::policy) dynos: u32,
    /// Until when no dyno is added, though more are needed, since more do not help.
    pub(in crate::policy) unhelped_until: Option<Timestamp>,
    /// How a removal is stabilised.
    pub(in crate::policy) stabilisation: Stabilisation,
}

/// What keeps a removal from following one low observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Stabilisation {
    /// Nothing: the rule goes in steps from what runs.
    Steps,
    /// The recommendations of the cycles that the down counter counts.
    CountedCycles,
    /// The highest of the recommendations that the rule remembers. Not fewer than the current one.
    Highest(u32),
}

impl Recommendation {
    /// More dynos are added if it recommends more.
    pub(in crate::policy) const fn new(dynos: u32, stabilisation: Stabilisation) -> Self {
        Self { dynos, unhelped_until: None, stabilisation }
    }

    /// No dyno is added to those that run until a time, since more do not help.
    pub(in crate::policy) fn unhelped_until(self, until: Timestamp, seen: &Observation) -> Self {
        Self { dynos: seen.active, unhelped_until: Some(until), ..self }
    }

    /// Its direction from the current quantity.
    pub(in crate::policy) fn direction(self, seen: &Observation) -> Direction {
        Direction::between(seen.active, self.dynos)
    }
}
