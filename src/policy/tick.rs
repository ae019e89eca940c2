//! What requested a cycle, and when and where it runs.
//!
//! Must not know what a cycle reads or decides.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::Reason;

/// How far a scheduled tick may be ahead of the clock that reads it. One from further ahead is no
/// delivery of the schedule: as a watermark it would block the schedule until then.
pub const TICK_AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// By how much two clocks may differ that both count as right.
pub(super) const CLOCKS_DIFFER_MAX: SignedDuration = SignedDuration::from_mins(1);

/// What requested a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// When the cycle was due.
    pub at: Timestamp,
    /// What requested it.
    pub origin: Origin,
}

/// What requested a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The event rule: its time is a watermark.
    Schedule,
    /// The event rule, so long ago that the event says nothing about the present.
    Late,
    /// A queue, with a message that has no time of the schedule: the queue may deliver it again.
    Undated,
    /// An operator: such a tick always counts.
    Operator,
}

impl Origin {
    /// Why a tick of this origin counts nothing, whatever is observed.
    #[must_use]
    pub const fn discounts(self) -> Option<Reason> {
        match self {
            Self::Late => Some(Reason::LateTick),
            Self::Undated => Some(Reason::UndatedTick),
            Self::Schedule | Self::Operator => None,
        }
    }
}

/// The name of one running copy of the program: one Lambda execution environment, one process.
/// It runs its cycles one after the other, and has another name once it does not know whether a
/// change that it sent may still arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceId(String);

impl InstanceId {
    /// An id that no other running instance has.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One run of the flow: what requested it, when it runs, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// What requested it.
    pub tick: Tick,
    /// When it began to observe: no reading is older.
    pub began: Timestamp,
    /// When it decides, by the clock alone: it ends pauses, limits and holds, and chooses the
    /// bounds. A tick may be a little ahead of it.
    pub now: Timestamp,
    /// Where it runs.
    pub instance: InstanceId,
}

impl Cycle {
    /// A cycle for `tick` that observes and decides when the clock of `instance` shows `clock`.
    #[must_use]
    pub fn new(tick: Tick, clock: Timestamp, instance: InstanceId) -> Self {
        Self { tick, began: clock, now: clock, instance }
    }

    /// The same, if it has observed since `began`.
    #[must_use]
    pub fn since(self, began: Timestamp) -> Self {
        Self { began, ..self }
    }
}
