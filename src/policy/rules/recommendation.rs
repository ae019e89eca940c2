//! The recommendation of a rule.
//!
//! Must not know which rule, what is decided from it.

use crate::policy::{Direction, Observation};

/// The dynos that a rule recommends, before bounds, steps and floors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) struct Recommendation {
    /// For the current load.
    pub(in crate::policy) dynos: u32,
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
    /// Its direction from the current quantity.
    pub(in crate::policy) fn direction(self, seen: &Observation) -> Direction {
        Direction::between(seen.active, self.dynos)
    }
}
