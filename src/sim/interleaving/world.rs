//! Heroku, the table and the instances, and a ledger of what happened to them.

use jiff::{SignedDuration, Timestamp};

use super::scenario::Defect;
use crate::policy::{Backlog, Change, Intent, State};
use crate::ports::{Race, Stored, Write};
use crate::report::CycleReport;

/// When every run begins.
const START: Timestamp = Timestamp::constant(1_764_000_000, 0);

/// A call on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    Quantity,
    Load,
    Commit(Box<Write>),
    SetQuantity(u32),
}

/// The kind of a call; a cycle has one of each at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// What the caller gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Failed,
    Quantity(u32),
    Loaded(Box<Stored>),
    Raced(Race),
    Set,
}

/// One place where an instance lives.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// How many instances have lived here: a killed one is replaced by another.
    pub(super) life: u32,
    pub(super) cycle: Option<Cycle>,
}

/// A cycle that runs.
#[derive(Debug, Clone)]
pub(super) struct Cycle {
    pub(super) number: u32,
    pub(super) tick: u32,
    pub(super) began: u32,
    /// What it read of the queue when it began.
    pub(super) backlog: Backlog,
    pub(super) pending: Vec<Call>,
    pub(super) verdicts: Vec<(Kind, Verdict)>,
    /// Everything it was told so far, in order: what it will do follows from that alone.
    pub(super) told: Vec<Verdict>,
    /// Whether it is suspended with an answer that it has not looked at.
    pub(super) sleep: Sleep,
}

/// Whether an instance runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sleep {
    Awake,
    Suspended,
}

/// A conditional write that landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) cycle: u32,
    pub(super) tick: u32,
    pub(super) before: State,
    pub(super) next: State,
    pub(super) seen: u32,
    pub(super) backlog: Backlog,
    pub(super) change: Option<Change>,
    /// How often its change landed on Heroku.
    pub(super) landed: u32,
}

/// A change of the quantity on Heroku.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Landing {
    pub(super) cycle: u32,
    pub(super) began: u32,
    pub(super) minute: u32,
    pub(super) asked: u32,
    pub(super) quantity: u32,
}

/// Everything outside the cycles.
#[derive(Debug, Clone)]
pub struct World {
    pub(super) minute: u32,
    pub(super) quantity: u32,
    pub(super) stored: Stored,
    pub(super) backlog: Backlog,
    pub(super) slots: Vec<Slot>,
    pub(super) commits: Vec<Commit>,
    pub(super) landings: Vec<Landing>,
    pub(super) hands: Vec<u32>,
    pub(super) reports: Vec<(u32, CycleReport)>,
    pub(super) defect: Option<Defect>,
}

impl World {
    pub(super) fn now(&self) -> Timestamp {
        at(self.minute)
    }

    /// Lets a conditional write arrive.
    pub(super) fn commit(&mut self, slot: usize, write: &Write) -> Race {
        let may =
            self.stored.version == write.expected || self.defect == Some(Defect::VersionNotChecked);
        let Some(cycle) = self.slots[slot].cycle.as_ref().filter(|_| may) else {
            return Race::Lost;
        };
        let change = write.state.intent.as_ref().map(|intent: &Intent| intent.change);
        let mut state = write.state.clone();
        if self.defect == Some(Defect::IntentNotStored) {
            state.intent = None;
        }
        self.commits.push(Commit {
            cycle: cycle.number,
            tick: cycle.tick,
            before: self.stored.state.clone(),
            next: state.clone(),
            seen: seen(cycle),
            backlog: cycle.backlog,
            change,
            landed: 0,
        });
        self.stored = Stored { version: Some(write.version()), state };
        Race::Won
    }

    /// Lets a change of the quantity arrive.
    pub(super) fn change_lands(&mut self, slot: usize, asked: u32) {
        let Some(cycle) = self.slots[slot].cycle.as_ref() else { return };
        let (number, began, from) = (cycle.number, cycle.began, seen(cycle));
        self.quantity = match self.defect {
            Some(Defect::RelativeQuantity) => (self.quantity + asked).saturating_sub(from),
            _ => asked,
        };
        if let Some(commit) = self.commits.iter_mut().rev().find(|it| it.cycle == number) {
            commit.landed += 1;
        }
        let (minute, quantity) = (self.minute, self.quantity);
        self.landings.push(Landing { cycle: number, began, minute, asked, quantity });
    }

    /// What a cycle reads of the table.
    pub(super) fn load(&self) -> Stored {
        let mut stored = self.stored.clone();
        if self.defect == Some(Defect::WatermarkNotChecked) {
            stored.state.last_tick = None;
        }
        stored
    }
}

/// The beginning of a minute.
pub(super) fn at(minute: u32) -> Timestamp {
    START + SignedDuration::from_mins(i64::from(minute))
}

/// The quantity that a cycle has read. None decides anything without one.
fn seen(cycle: &Cycle) -> u32 {
    let told = cycle.told.iter().find_map(|verdict| match verdict {
        Verdict::Quantity(quantity) => Some(*quantity),
        Verdict::Failed | Verdict::Loaded(_) | Verdict::Raced(_) | Verdict::Set => None,
    });
    told.unwrap_or(u32::MAX)
}
