//! What happened, in the order in which it happened, as far as a law still asks for it.
//!
//! Must not know: what is allowed.

use std::ops::Range;

use crate::policy::{Backlog, Change, State};
use crate::report::CycleReport;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event {
    /// Heroku told a cycle the quantity.
    Looked { cycle: u32 },
    /// A conditional write was won.
    Committed(Box<Commit>),
    /// A change arrived at Heroku.
    Landed(Landing),
    /// A person set the quantity.
    ByHand { quantity: u32 },
    /// A cycle wrote its record.
    Told { cycle: u32, lateness_secs: i64, report: Box<CycleReport> },
}

/// A conditional write that was won.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Commit {
    pub(super) cycle: u32,
    pub(super) tick: i64,
    pub(super) before: State,
    pub(super) next: State,
    pub(super) seen: u32,
    pub(super) backlog: Backlog,
    pub(super) change: Option<Change>,
}

/// A change of the quantity on Heroku.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Landing {
    pub(super) cycle: u32,
    /// How long ago its cycle began.
    pub(super) age_secs: u32,
    /// How long ago it may have begun.
    pub(super) limit_secs: u64,
    pub(super) asked: u32,
    pub(super) quantity: u32,
}

/// All that happened and is not forgotten.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    events: Vec<Event>,
    judged: usize,
}

impl Ledger {
    pub(super) fn note(&mut self, event: Event) {
        self.events.push(event);
    }

    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }

    /// What the laws have not judged yet.
    pub(super) const fn fresh(&self) -> Range<usize> {
        self.judged..self.events.len()
    }

    /// When a cycle was told the quantity.
    pub(super) fn look(&self, cycle: u32) -> Option<usize> {
        self.events.iter().position(|event| *event == Event::Looked { cycle })
    }

    /// The last commit of a cycle, and when it was. One that ran into a limit of Heroku's has two.
    pub(super) fn commit(&self, cycle: u32) -> Option<(usize, &Commit)> {
        self.commits().rfind(|(_, commit)| commit.cycle == cycle)
    }

    /// The commit by which a cycle settled what it had found.
    pub(super) fn first_commit(&self, cycle: u32) -> Option<&Commit> {
        self.commits().map(|(_, commit)| commit).find(|commit| commit.cycle == cycle)
    }

    /// Every commit, and when it was.
    pub(super) fn commits(&self) -> impl DoubleEndedIterator<Item = (usize, &Commit)> {
        self.events.iter().enumerate().filter_map(|(at, event)| match event {
            Event::Committed(commit) => Some((at, &**commit)),
            Event::Looked { .. } | Event::Landed(_) | Event::ByHand { .. } | Event::Told { .. } => {
                None
            }
        })
    }

    /// How often the change of a cycle arrived in a stretch of the ledger.
    pub(super) fn landings(&self, cycle: u32, stretch: Range<usize>) -> usize {
        let stretch = self.events.get(stretch).unwrap_or_default();
        stretch.iter().filter(|it| matches!(it, Event::Landed(it) if it.cycle == cycle)).count()
    }

    /// Drops what no law asks for any more: all before the looks of the cycles that go on, and
    /// before the look of the last commit if its change is not settled.
    pub(super) fn forget(&mut self, going_on: &[u32]) {
        let last = self.commits().next_back();
        let (last_at, open) = last
            .map_or((None, None), |(at, commit)| (Some(at), commit.change.map(|_| commit.cycle)));
        let needs = |cycle: u32| open == Some(cycle) || going_on.contains(&cycle);
        let first = self
            .events
            .iter()
            .position(|event| matches!(event, Event::Looked { cycle } if needs(*cycle)));
        let mut at = 0..;
        self.events.retain(|event| {
            let at = at.next();
            let is_in_time = first.is_some_and(|first| Some(first) <= at);
            match event {
                Event::Looked { cycle } => needs(*cycle),
                Event::Committed(commit) => at == last_at || needs(commit.cycle),
                Event::Landed(_) | Event::ByHand { .. } => is_in_time,
                Event::Told { .. } => false,
            }
        });
        self.judged = self.events.len();
    }
}
