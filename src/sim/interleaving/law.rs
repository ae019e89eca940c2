//! The laws by name, and how a broken one is told.
//!
//! Must not know how they are judged.

use std::fmt;

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// Heroku is never sent out of min..max, nor to anything but the quantity that was committed,
    /// nor below the dynos that hold what is in flight.
    WithinBounds,
    /// Heroku is never changed without a conditional write that was won.
    NeverWithoutCommit,
    /// One decision changes Heroku at most once.
    NeverTwice,
    /// A change starts from what its cycle saw and lands within the window after that began: until
    /// the look that settles it nobody but a person sets another quantity, and after that look it
    /// does not land.
    NeverOld,
    /// A tick counts at most once, ticks count in their order, and one that is more than 15 minutes
    /// late does not count.
    TickOnce,
    /// A cycle that could not read something, lost the race, saw a duplicate or a change in flight
    /// stores nothing; one that found a person's stop changes nothing.
    NothingUnread,
    /// Counters, changes and fates are those of the rule, written down a second time.
    AsReference,
    /// A decision is settled by the next write, and what its record says became of it is what the
    /// ledger says.
    NeverForgotten,
    /// Once nothing fails any more, quantity and state are where an undisturbed run ends.
    Settles,
}

impl Law {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::WithinBounds,
        Self::NeverWithoutCommit,
        Self::NeverTwice,
        Self::NeverOld,
        Self::TickOnce,
        Self::NothingUnread,
        Self::AsReference,
        Self::NeverForgotten,
        Self::Settles,
    ];
}

/// A law that was broken, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The law.
    pub law: Law,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.law, self.found)
    }
}
