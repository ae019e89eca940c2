//! The nouns of scaling, valid by construction once `config` and the adapters have built them.

use std::cmp::Ordering;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{DynoLimit, IntentFate, Needs, RateMemory, Reason, Still};

/// The messages in the queue, by what SQS says of them. All counts are approximate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Waiting to be received.
    pub visible: u64,
    /// Received and not yet deleted.
    pub in_flight: u64,
    /// Not to be received yet.
    pub delayed: u64,
}

/// The world as one cycle saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// The queue.
    pub backlog: Backlog,
    /// The quantity that Heroku was asked to keep running.
    pub active: u32,
}

/// Which way the load leans, as the rule of the policy sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It asks for more dynos than there are.
    Above,
    /// It asks for fewer dynos than there are.
    Below,
    /// It asks for as many as there are.
    AtTarget,
}

/// How far a scheduled tick may be ahead of the clock that reads it. One from further ahead is no
/// delivery of the schedule: as a watermark it would silence the schedule until then.
pub const TICK_AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// What is remembered from one cycle to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// The hysteresis counters.
    pub counters: Counters,
    /// What the cycles needed that `counters.down` counts, for the rule `target`.
    pub needs: Needs,
    /// The watermark: the latest scheduled tick that counted.
    pub last_tick: Option<Timestamp>,
    /// A change that was committed and may or may not have reached Heroku yet.
    pub intent: Option<Intent>,
    /// What is known of the quantity that runs; nothing before our first change.
    pub standing: Option<Standing>,
    /// A person's pause.
    pub pause: Option<Pause>,
    /// A limit of Heroku's that a change ran into.
    pub limit: Option<DynoLimit>,
    /// What has been in flight for so long that the busy floor may expire.
    pub still: Option<Still>,
    /// What the rule `rate` has learnt. The other rules carry it along untouched.
    pub rate: Option<RateMemory>,
}

impl State {
    /// The memory with its intent settled, the watermark at the tick of `cycle`, and without what
    /// is over by then. Only the schedule moves the watermark, and only forward.
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

    /// A person's pause, unless it is over by `now`: what is over stays stored until the next write.
    #[must_use]
    pub fn pause_at(&self, now: Timestamp) -> Option<&Pause> {
        self.pause.as_ref().filter(|pause| pause.until.is_none_or(|end| now < end))
    }

    /// A limit of Heroku's, unless it is forgotten by `now` or no cycle can have written it.
    #[must_use]
    pub fn limit_at(&self, now: Timestamp) -> Option<DynoLimit> {
        self.limit.filter(|limit| now < limit.until && limit.is_plausible_at(now))
    }

    /// Whether a cycle that started from `before` would lose something if this were not stored.
    ///
    /// A watermark alone is nothing to lose: a duplicate of a tick that moved nothing does no harm.
    #[must_use]
    pub fn differs_from(&self, before: &Self) -> bool {
        Self { last_tick: before.last_tick, ..self.clone() } != *before
    }
}

/// A quantity that Heroku runs, and whether a person set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// In dynos.
    pub quantity: u32,
    /// When it was first seen, if neither a change of ours nor anything before explains it.
    pub by_hand_since: Option<Timestamp>,
}

/// A person's pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// When it began.
    pub since: Timestamp,
    /// When it ends by itself, if it does.
    pub until: Option<Timestamp>,
    /// Who paused, if that is known.
    pub by: Option<String>,
    /// What for, if that was said.
    pub reason: Option<String>,
}

/// The hysteresis counters, in cycles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// `scale_up_cnt`
    pub up: u32,
    /// `scale_down_cnt`
    pub down: u32,
}

/// A change of the quantity, always absolute, so that doing it twice is doing it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The quantity that was observed.
    pub from: u32,
    /// The quantity to set.
    pub to: u32,
}

impl Change {
    /// Which way it goes.
    #[must_use]
    pub fn direction(self) -> Direction {
        match self.to.cmp(&self.from) {
            Ordering::Greater => Direction::Above,
            Ordering::Less => Direction::Below,
            Ordering::Equal => Direction::AtTarget,
        }
    }
}

/// A committed change and who is about to make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// What was decided.
    pub change: Change,
    /// When the cycle that decided it began.
    pub at: Timestamp,
    /// The same of the first cycle that decided this change, if it had to be repeated.
    pub since: Timestamp,
    /// The instance that committed it and may still be sending it.
    pub by: InstanceId,
}

/// The name of one running copy of the program: one Lambda execution environment, one process.
/// It runs its cycles one after the other, and has another name once it does not know whether what
/// it sent may still arrive.
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

/// What asked for a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// When the cycle was due.
    pub at: Timestamp,
    /// Who asked.
    pub origin: Origin,
}

/// Who asked for a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The scheduled rule: its time is a watermark.
    Schedule,
    /// The scheduled rule, so long ago that it says nothing of now.
    Late,
    /// A person: counted whenever it comes.
    Person,
}

/// One run of the flow: what asked for it, when it runs, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// What asked for it.
    pub tick: Tick,
    /// When it began to look: what it saw was so then, or later.
    pub began: Timestamp,
    /// When it decides, by the clock alone: it ends pauses, limits and holds, and chooses the bounds.
    /// A tick may be a little ahead of it.
    pub now: Timestamp,
    /// Where it runs.
    pub instance: InstanceId,
}

impl Cycle {
    /// A cycle for `tick` that looks and decides when the clock of `instance` says `clock`.
    #[must_use]
    pub fn new(tick: Tick, clock: Timestamp, instance: InstanceId) -> Self {
        Self { tick, began: clock, now: clock, instance }
    }

    /// The same, if it took since `began` to look.
    #[must_use]
    pub fn since(self, began: Timestamp) -> Self {
        Self { began, ..self }
    }
}

/// What one cycle decided.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Decision {
    /// The rule that decided.
    pub reason: Reason,
    /// The quantity that is wanted; the observed one when the cycle holds.
    pub required: u32,
    /// What to send to Heroku, if anything.
    pub change: Option<Change>,
    /// What to remember.
    pub next: State,
    /// What became of the change that an earlier cycle committed.
    pub fate: Option<IntentFate>,
    /// When what holds the cycle ends by itself, if that is known.
    pub until: Option<Timestamp>,
}

impl Decision {
    pub(super) fn hold(
        reason: Reason,
        seen: &Observation,
        next: State,
        fate: Option<IntentFate>,
    ) -> Self {
        Self { reason, required: seen.active, change: None, next, fate, until: None }
    }

    /// Every change starts the counting afresh.
    pub(super) fn change(
        reason: Reason,
        to: u32,
        seen: &Observation,
        before: &State,
        cycle: &Cycle,
        fate: Option<IntentFate>,
    ) -> Self {
        let change = Change { from: seen.active, to };
        let (at, since) = (cycle.began, cycle.began);
        let intent = Intent { change, at, since, by: cycle.instance.clone() };
        let next = State {
            counters: Counters::default(),
            needs: Needs::default(),
            intent: Some(intent),
            ..before.clone()
        };
        Self { reason, required: to, change: Some(change), next, fate, until: None }
    }
}
