//! Heroku, the table and the instances, and a ledger of their events.

use std::sync::Arc;
use std::task::Waker;

use jiff::{SignedDuration, Timestamp};

use super::ledger::{Commit, Event, Landing, Ledger};
use super::scenario::{Defect, Scenario};
use dynoscaler::cycle::Instance;
use dynoscaler::policy::{Backlog, Intent, LANDING_WINDOW, Still};
use dynoscaler::ports::{ACT_BUDGET, COMMIT_BUDGET, OBSERVE_BUDGET, Stored, Write, WriteOutcome};

/// The start of every run.
const START: Timestamp = Timestamp::constant(1_764_000_000, 0);

/// The latest arrival of a change after the beginning of its cycle: while its caller still waits
/// for the answer, and after it gave up.
const AWAITED_SECS: u64 = OBSERVE_BUDGET.as_secs() + COMMIT_BUDGET.as_secs() + ACT_BUDGET.as_secs();
const GIVEN_UP_SECS: u64 = LANDING_WINDOW.as_secs().unsigned_abs() - 1;

/// A call on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    Quantity,
    Load,
    Commit(Box<Write>),
    SetQuantity(u32),
}

/// The kind of a call; a cycle has one of each at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Quantity,
    Load,
    Commit,
    SetQuantity,
}

impl Call {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Quantity => Kind::Quantity,
            Self::Load => Kind::Load,
            Self::Commit(_) => Kind::Commit,
            Self::SetQuantity(_) => Kind::SetQuantity,
        }
    }
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Failed,
    Quantity(u32),
    Loaded(Box<Stored>),
    Raced(WriteOutcome),
    Set,
    AboveLimit(u32),
    /// The cycle panics.
    Panic,
}

/// The place of an instance; a killed one is replaced by another.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) number: usize,
    pub(super) instance: Arc<Instance>,
    pub(super) cycle: Option<Cycle>,
}

/// A running cycle.
#[derive(Debug, Clone)]
pub(super) struct Cycle {
    pub(super) number: u32,
    /// The second at which it was due.
    pub(super) tick: i64,
    pub(super) began_secs: u32,
    /// The queue at its beginning, unless the reading failed.
    pub(super) backlog: Option<Backlog>,
    pub(super) pending: Vec<Pending>,
    pub(super) verdicts: Vec<(Kind, Verdict)>,
    /// All its answers so far: they alone determine what it will do.
    pub(super) answers: Vec<(Kind, Verdict)>,
    /// Whether it is suspended with an unread answer.
    pub(super) sleep: Sleep,
    /// Of the future that waits for an answer.
    pub(super) waker: Waker,
}

/// A call of a cycle that has not ended.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) call: Call,
    pub(super) since_secs: u32,
}

/// Whether a cycle runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sleep {
    Awake,
    Suspended,
}

/// A change of the quantity that a cycle sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) cycle: u32,
    pub(super) began_secs: u32,
    pub(super) from: u32,
    pub(super) requested: u32,
}

/// Everything outside the cycles.
#[derive(Debug)]
pub struct World {
    /// How many instances there were.
    pub(super) instances: usize,
    pub(super) now_secs: u32,
    pub(super) quantity: u32,
    /// The most dynos that Heroku allows.
    pub(super) limit: Option<u32>,
    /// Dynos that count against it and that no formation shows.
    pub(super) one_off: u32,
    pub(super) stored: Stored,
    pub(super) slots: Vec<Slot>,
    /// Changes whose callers have given up.
    pub(super) on_their_way: Vec<Sent>,
    pub(super) ledger: Ledger,
    pub(super) defect: Option<Defect>,
}

impl World {
    /// At the start of a run, with these instances.
    pub(super) fn new(scenario: &Scenario, instances: impl Iterator<Item = Slot>) -> Self {
        Self {
            now_secs: 0,
            quantity: scenario.quantity,
            limit: scenario.limit,
            one_off: scenario.one_off,
            stored: Stored::default(),
            slots: instances.collect(),
            instances: scenario.instances,
            on_their_way: Vec::new(),
            ledger: Ledger::default(),
            defect: scenario.defect,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        at(i64::from(self.now_secs))
    }

    /// The time on the clock of an instance.
    pub(super) fn clock(&self, slot: usize) -> Timestamp {
        let began_secs = self.slots[slot].cycle.as_ref().map(|cycle| cycle.began_secs);
        let is_slow =
            self.defect == Some(Defect::SentASecondLate) && began_secs < Some(self.now_secs);
        self.now() - SignedDuration::from_secs(i64::from(is_slow))
    }

    pub(super) const fn minute(&self) -> u32 {
        self.now_secs / 60
    }

    /// Begins the next minute and returns the second of its tick.
    pub(super) fn next_minute(&mut self) -> i64 {
        self.now_secs = (self.minute() + 1) * 60;
        self.now_secs.into()
    }

    pub(super) fn cycles(&self) -> impl Iterator<Item = &Cycle> {
        self.slots.iter().filter_map(|slot| slot.cycle.as_ref())
    }

    /// Begins a cycle, and ends the reading of its queue.
    pub(super) fn begin(&mut self, slot: usize, number: u32, tick: i64, queue: Option<Backlog>) {
        let began_secs = self.now_secs;
        self.slots[slot].cycle = Some(Cycle::new(number, tick, began_secs, queue));
    }

    /// Lets a conditional write arrive.
    pub(super) fn commit(&mut self, slot: usize, write: &Write) -> WriteOutcome {
        let may =
            self.stored.version == write.expected || self.defect == Some(Defect::VersionNotChecked);
        let Some(cycle) = self.slots[slot].cycle.as_ref().filter(|_| may) else {
            return WriteOutcome::Lost;
        };
        let Some(backlog) = cycle.backlog else { return WriteOutcome::Lost };
        let change = write.state.intent.as_ref().map(|intent: &Intent| intent.change);
        let mut state = write.state.clone();
        if self.defect == Some(Defect::IntentNotStored) {
            state.intent = None;
        }
        let commit = Box::new(Commit {
            cycle: cycle.number,
            tick: cycle.tick,
            before: self.stored.state.clone(),
            next: state.clone(),
            seen: cycle.seen(),
            backlog,
            change,
        });
        self.ledger.note(Event::Committed(commit));
        self.stored = Stored { version: Some(write.version()), state };
        WriteOutcome::Won
    }

    /// The place of a call among those that a cycle waits for.
    pub(super) fn pending(&self, slot: usize, kind: Kind) -> Option<usize> {
        let pending = &self.slots[slot].cycle.as_ref()?.pending;
        pending.iter().position(|it| it.call.kind() == kind)
    }

    /// Puts another instance into the place of one that has ended.
    pub(super) fn replace(&mut self, slot: usize, instance: Arc<Instance>) {
        self.slots[slot] = Slot::idle(self.instances, instance);
        self.instances += 1;
    }

    /// An operator sets the quantity.
    pub(super) fn set_by_hand(&mut self, quantity: u32) {
        self.quantity = quantity;
        self.ledger.note(Event::ByHand { quantity });
    }

    /// A change whose caller has given up arrives.
    pub(super) fn arrive(&mut self, change: usize) {
        let sent = self.on_their_way.remove(change);
        self.arrives(sent);
    }

    /// The change that an instance sends to Heroku.
    pub(super) fn sent(&self, slot: usize, requested: u32) -> Option<Sent> {
        let cycle = self.slots[slot].cycle.as_ref()?;
        let (number, began_secs) = (cycle.number, cycle.began_secs);
        Some(Sent { cycle: number, began_secs, from: cycle.seen(), requested })
    }

    /// Lets a change of the quantity arrive, unless Heroku refuses it.
    pub(super) fn arrives(&mut self, sent: Sent) -> Verdict {
        let Sent { cycle, began_secs, from, requested } = sent;
        let is_more = self.quantity < requested;
        if let Some(limit) = self.limit.filter(|limit| is_more && *limit < requested + self.one_off)
        {
            return Verdict::AboveLimit(limit);
        }
        self.quantity = match self.defect {
            Some(Defect::RelativeQuantity) => (self.quantity + requested).saturating_sub(from),
            _ => requested,
        };
        let is_awaited = self.cycles().any(|it| it.number == cycle);
        let limit_secs = if is_awaited { AWAITED_SECS } else { GIVEN_UP_SECS };
        let (age_secs, quantity) = (self.now_secs - began_secs, self.quantity);
        self.ledger.note(Event::Landed(Landing {
            cycle,
            age_secs,
            limit_secs,
            requested,
            quantity,
        }));
        Verdict::Set
    }

    /// The state that a cycle reads.
    pub(super) fn load(&self) -> Stored {
        let mut stored = self.stored.clone();
        if self.defect == Some(Defect::WatermarkNotChecked) {
            stored.state.last_tick = None;
        }
        if self.defect == Some(Defect::BusyDynoStopped) {
            let still = Still { in_flight: 1, active: u32::MAX, since: Timestamp::MIN };
            stored.state.still = Some(still);
        }
        if self.defect == Some(Defect::WindowASecondShort) {
            let intent = stored.state.intent.as_mut();
            intent.into_iter().for_each(|intent| intent.at -= SignedDuration::from_secs(1));
        }
        stored
    }

    /// Drops what no law needs any more.
    pub(super) fn forget(&mut self) {
        let mut going_on: Vec<u32> = self.cycles().map(|cycle| cycle.number).collect();
        going_on.extend(self.on_their_way.iter().map(|sent| sent.cycle));
        self.ledger.forget(&going_on);
    }
}

/// A second of a run.
pub(super) fn at(second: i64) -> Timestamp {
    START + SignedDuration::from_secs(second)
}

impl Slot {
    /// A place with an instance in it that runs no cycle.
    pub(super) const fn idle(number: usize, instance: Arc<Instance>) -> Self {
        Self { number, instance, cycle: None }
    }
}

impl Cycle {
    /// Begins; unless there is a backlog, the queue cannot be read.
    pub(super) fn new(number: u32, tick: i64, began_secs: u32, backlog: Option<Backlog>) -> Self {
        Self {
            number,
            tick,
            began_secs,
            backlog,
            pending: Vec::new(),
            verdicts: Vec::new(),
            answers: Vec::new(),
            sleep: Sleep::Awake,
            waker: Waker::noop().clone(),
        }
    }

    /// How long after its tick it began.
    pub(super) fn lateness_secs(&self) -> i64 {
        i64::from(self.began_secs) - self.tick
    }

    /// The quantity that it has read. No cycle decides without one.
    fn seen(&self) -> u32 {
        let quantity = self.answers.iter().find_map(|(_, verdict)| match verdict {
            Verdict::Quantity(quantity) => Some(*quantity),
            Verdict::Failed
            | Verdict::Loaded(_)
            | Verdict::Raced(_)
            | Verdict::Set
            | Verdict::AboveLimit(_)
            | Verdict::Panic => None,
        });
        quantity.unwrap_or(u32::MAX)
    }
}
