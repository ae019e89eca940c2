//! A change of the quantity, and its direction.
//!
//! Must not know why it changes.

use std::cmp::Ordering;

/// The direction in which the quantity should change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More dynos.
    Up,
    /// Fewer dynos.
    Down,
    /// As many as there are.
    Steady,
}

impl Direction {
    /// From one quantity to another.
    #[must_use]
    pub fn between(from: u32, to: u32) -> Self {
        match to.cmp(&from) {
            Ordering::Greater => Self::Up,
            Ordering::Less => Self::Down,
            Ordering::Equal => Self::Steady,
        }
    }
}

/// A change of the quantity, always absolute, so that a repetition has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The quantity that was observed.
    pub from: u32,
    /// The quantity to set.
    pub to: u32,
}

impl Change {
    /// Up or down.
    #[must_use]
    pub fn direction(self) -> Direction {
        Direction::between(self.from, self.to)
    }
}
