//! Stores a decision by one conditional write. The only maker of [`Committed`].
//!
//! Must not know Heroku.
//!
//! Acting without having won the write does not compile. With a `Committed` in hand, acting does:
//!
//! ```
//! use dynoscaler::cycle::{Committed, act};
//! use dynoscaler::ports::{Clock, Formation};
//!
//! async fn change(formation: &impl Formation, clock: &impl Clock, committed: Committed) {
//!     let _ = act(formation, clock, committed).await;
//! }
//! ```
//!
//! A decision is not one,
//!
//! ```compile_fail,E0308
//! use dynoscaler::cycle::{Committed, act};
//! use dynoscaler::policy::Change;
//! use dynoscaler::ports::{Clock, Formation};
//!
//! async fn change(formation: &impl Formation, clock: &impl Clock, committed: Change) {
//!     let _ = act(formation, clock, committed).await;
//! }
//! ```
//!
//! one cannot be made by hand,
//!
//! ```compile_fail,E0451
//! use dynoscaler::cycle::Committed;
//! use dynoscaler::policy::Change;
//!
//! fn forge(change: Change, at: jiff::Timestamp) -> Committed {
//!     Committed { change, at }
//! }
//! ```
//!
//! and none is used twice.
//!
//! ```compile_fail,E0382
//! use dynoscaler::cycle::{Committed, act};
//! use dynoscaler::ports::{Clock, Formation};
//!
//! async fn change(formation: &impl Formation, clock: &impl Clock, committed: Committed) {
//!     let _ = act(formation, clock, committed).await;
//!     let _ = act(formation, clock, committed).await;
//! }
//! ```

use jiff::Timestamp;

use crate::policy::{Change, Decision, State};
use crate::ports::{CommitError, StateStore, Stored, Write, WriteOutcome};
use crate::target::Mode;

/// A change whose conditional write was won: the right to make it, once.
#[derive(Debug)]
#[must_use = "a committed change that is not made must be repaired by the next cycle"]
pub struct Committed {
    change: Change,
    at: Timestamp,
}

impl Committed {
    /// What was decided.
    #[must_use]
    pub const fn change(&self) -> Change {
        self.change
    }

    /// When the cycle that decided it began.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

/// The outcome of a commit.
#[derive(Debug)]
pub enum Commit {
    /// Won, with a change to make.
    Change(Committed),
    /// Nothing to change on Heroku; the new state is stored.
    Settled,
    /// Another cycle wrote first: this one changes nothing.
    LostRace,
}

/// Which cycle stores a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Whether the change will be made or only reported.
    pub mode: Mode,
    /// When the cycle that decided it began.
    pub at: Timestamp,
    /// Which run of which instance decided it: no two cycles have the same.
    pub by: String,
}

/// Stores the new state of `decision`, if it differs.
///
/// # Errors
/// If it is unknown whether the state was stored; nothing may be sent to Heroku then.
pub async fn commit(
    store: &impl StateStore,
    stored: &Stored,
    decision: &Decision,
    author: Author,
) -> Result<Commit, CommitError> {
    let Author { mode, at, by } = author;
    let state = remembered(decision, mode);
    if decision.change.is_none() && !state.differs_from(&stored.state) {
        return Ok(Commit::Settled);
    }
    let write = Write { expected: stored.version, state, at, by };
    Ok(match (store.commit(&write).await?, decision.change, mode) {
        (WriteOutcome::Lost, _, _) => Commit::LostRace,
        (WriteOutcome::Won, Some(change), Mode::Live) => Commit::Change(Committed { change, at }),
        (WriteOutcome::Won, Some(_), Mode::DryRun) | (WriteOutcome::Won, None, _) => {
            Commit::Settled
        }
    })
}

/// A dry run sends nothing, so that no change of its own can be lost and need repair.
fn remembered(decision: &Decision, mode: Mode) -> State {
    match mode {
        Mode::Live => decision.next.clone(),
        Mode::DryRun => State { intent: None, ..decision.next.clone() },
    }
}
