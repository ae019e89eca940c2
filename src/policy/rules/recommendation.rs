//! What a rule recommends.
//!
//! Must not know which rule, what is decided from it.

use crate::policy::{Direction, Observation};

/// The dynos that a rule asks for, before bounds, steps and floors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) struct Recommendation {
    /// For the load of now.
    pub(in crate::policy) dynos: u32,
    /// What a removal is held against.
    pub(in crate::policy) stabilisation: Stabilisation,
}

/// What keeps a removal from following one low look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Stabilisation {
    /// Nothing: the rule goes in steps from what runs.
    Steps,
    /// The recommendations of the cycles that the down counter counts.
    CountedCycles,
    /// The highest of the recommendations that the rule remembers. Not fewer than that of now.
    Highest(u32),
}

impl Recommendation {
    /// Which way it goes from what runs.
    pub(in crate::policy) fn direction(self, seen: &Observation) -> Direction {
        Direction::between(seen.active, self.dynos)
    }
}
