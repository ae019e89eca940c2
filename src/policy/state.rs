//! What is remembered from one cycle to the next.
//!
//! Must not know what is decided from it, how it is stored.

use jiff::Timestamp;

use super::{Bounds, Cycle, DynoLimit, Intent, Needs, Observation, Origin, RuleMemory, Still};

/// What is remembered from one cycle to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// The hysteresis counters.
    pub counters: Counters,
    /// The needs of the cycles that `counters.down` counts.
    pub needs: Needs,
    /// The watermark: the latest scheduled tick that counted.
    pub last_tick: Option<Timestamp>,
    /// A change that was committed and may or may not have reached Heroku yet.
    pub intent: Option<Intent>,
    /// The last known quantity; none before our first change.
    pub last_known: Option<LastKnownQuantity>,
    /// An operator's pause.
    pub pause: Option<Pause>,
    /// A limit of Heroku's that a change met.
    pub limit: Option<DynoLimit>,
    /// Unchanged messages in flight, for the expiry of the busy floor.
    pub still: Option<Still>,
    /// The memory of a rule. Rules without one carry it along unchanged.
    pub memory: RuleMemory,
}

/// The hysteresis counters, in cycles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// `scale_up_cnt`
    pub up: u32,
    /// `scale_down_cnt`
    pub down: u32,
}

/// A quantity that Heroku ran, and whether an operator set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastKnownQuantity {
    /// In dynos.
    pub quantity: u32,
    /// When it was first observed, if neither a change of ours nor an earlier quantity explains it.
    pub by_hand_since: Option<Timestamp>,
}

/// An operator's pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// When it began.
    pub since: Timestamp,
    /// When it ends by itself, if it does.
    pub until: Option<Timestamp>,
    /// The operator who paused, if known.
    pub by: Option<String>,
    /// The operator's reason, if given.
    pub reason: Option<String>,
}

impl State {
    /// The memory with its intent settled, the watermark at the tick of `cycle`, and without parts
    /// that are over by then. Only the schedule moves the watermark, and only forward.
    pub(super) fn settled_at(&self, cycle: &Cycle) -> Self {
        let scheduled = (cycle.tick.origin == Origin::Schedule).then_some(cycle.tick.at);
        Self {
            last_tick: self.last_tick.max(scheduled),
            intent: None,
            pause: self.pause_at(cycle.now).cloned(),
            limit: self.limit_at(cycle.now),
            ..self.clone()
        }
    }

    /// An operator's pause, unless it is over by `now`: a finished one stays stored until the next
    /// write.
    #[must_use]
    pub fn pause_at(&self, now: Timestamp) -> Option<&Pause> {
        self.pause.as_ref().filter(|pause| pause.until.is_none_or(|end| now < end))
    }

    /// A limit of Heroku's, unless it is forgotten by `now` or no cycle can have written it.
    #[must_use]
    pub fn limit_at(&self, now: Timestamp) -> Option<DynoLimit> {
        self.limit.filter(|limit| now < limit.until && limit.is_plausible_at(now))
    }

    /// `bounds`, as far as a limit of Heroku's allows, as long as it is remembered. Running dynos
    /// are not
    /// given up for it.
    #[must_use]
    pub fn limited(&self, bounds: Bounds, seen: &Observation, now: Timestamp) -> Bounds {
        self.limit_at(now).map_or(bounds, |limit| limit.within(bounds, seen.active))
    }

    /// Whether a cycle that started from `before` would lose something if this were not stored.
    ///
    /// A watermark alone need not be stored: a duplicate of a tick that changed nothing does no
    /// harm.
    #[must_use]
    pub fn differs_from(&self, before: &Self) -> bool {
        Self { last_tick: before.last_tick, ..self.clone() } != *before
    }
}
