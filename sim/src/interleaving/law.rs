//! The laws by name, and the report of a broken one.
//!
//! Must not know how they are judged.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// Heroku is never set outside of min..max, nor to another quantity than the committed one, nor
    /// below the dynos that hold messages in flight.
    WithinBounds,
    /// Heroku is never changed without a conditional write that was won.
    NeverWithoutCommit,
    /// One decision changes Heroku at most once.
    NeverTwice,
    /// A change starts from the quantity that its cycle observed and arrives within the window
    /// after that cycle began. Until the observation that settles it, only an operator sets another
    /// quantity; after that observation it does not arrive.
    NeverOld,
    /// A tick counts at most once, ticks count in their order, and a tick that is more than 15
    /// minutes late does not count. One is a duplicate only if it, or a later one, has counted.
    TickOnce,
    /// A cycle with a failed reading, a lost race, a duplicate tick or a change in flight stores
    /// nothing; a cycle that found an operator's stop changes nothing.
    NothingUnread,
    /// Counters, changes and outcomes are those of the reference, a second version of the policy.
    AsReference,
    /// The next write settles a decision, and its record reports the outcome that the ledger has.
    NeverForgotten,
    /// After the last fault, quantity and state become those of an undisturbed run, within a bound.
    /// With `rate` minutes do not count in which a hold is in force, or dynos are kept of an empty
    /// queue: how long either lasts is remembered, which faults may change.
    Settles,
    /// Of two targets in one function, each does only what it could do alone, whatever happens to
    /// the other.
    Isolated,
}

impl Law {
    pub const ALL: [Self; 10] = [
        Self::WithinBounds,
        Self::NeverWithoutCommit,
        Self::NeverTwice,
        Self::NeverOld,
        Self::TickOnce,
        Self::NothingUnread,
        Self::AsReference,
        Self::NeverForgotten,
        Self::Settles,
        Self::Isolated,
    ];
}

/// A broken law, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub law: Law,
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.law, self.found)
    }
}
