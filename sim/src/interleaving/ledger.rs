//! The events of a run in their order, as far as a law still needs them.
//!
//! Must not know: what is allowed.

use std::ops::Range;

use dynoscaler::policy::{Backlog, Change, State};
use dynoscaler::report::CycleReport;

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event {
    /// Heroku reported the quantity to a cycle.
    Observed {
        cycle: u32,
    },
    Committed(Box<Commit>),
    /// A change arrived at Heroku.
    Landed(Landing),
    /// An operator set the quantity.
    ByHand {
        quantity: u32,
    },
    /// A cycle wrote its record.
    Recorded {
        cycle: u32,
        tick: i64,
        lateness_secs: i64,
        report: Box<CycleReport>,
    },
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
    /// How long ago it may have begun at most.
    pub(super) limit_secs: u64,
    pub(super) requested: u32,
    pub(super) quantity: u32,
}

/// All events that are still needed.
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

    /// The events that the laws have not judged yet.
    pub(super) const fn fresh(&self) -> Range<usize> {
        self.judged..self.events.len()
    }

    /// When Heroku reported the quantity to a cycle.
    pub(super) fn observation(&self, cycle: u32) -> Option<usize> {
        self.events.iter().position(|event| *event == Event::Observed { cycle })
    }

    /// The last commit of a cycle, and its position. A cycle that met a limit of Heroku's has two.
    pub(super) fn commit(&self, cycle: u32) -> Option<(usize, &Commit)> {
        self.commits().rfind(|(_, commit)| commit.cycle == cycle)
    }

    /// The commit by which a cycle settled an open change.
    pub(super) fn first_commit(&self, cycle: u32) -> Option<&Commit> {
        self.commits().map(|(_, commit)| commit).find(|commit| commit.cycle == cycle)
    }

    /// Every commit, and its position.
    pub(super) fn commits(&self) -> impl DoubleEndedIterator<Item = (usize, &Commit)> {
        self.events.iter().enumerate().filter_map(|(at, event)| match event {
            Event::Committed(commit) => Some((at, &**commit)),
            Event::Observed { .. }
            | Event::Landed(_)
            | Event::ByHand { .. }
            | Event::Recorded { .. } => None,
        })
    }

    /// How often the change of a cycle arrived in a part of the ledger.
    pub(super) fn landings(&self, cycle: u32, stretch: Range<usize>) -> usize {
        let stretch = self.events.get(stretch).unwrap_or_default();
        stretch.iter().filter(|it| matches!(it, Event::Landed(it) if it.cycle == cycle)).count()
    }

    /// Drops what no law needs any more: all before the observations of the running cycles, and
    /// before the observation of the last commit if its change is not settled.
    pub(super) fn forget(&mut self, running: &[u32]) {
        let last = self.commits().next_back();
        let (last_at, open) = last
            .map_or((None, None), |(at, commit)| (Some(at), commit.change.map(|_| commit.cycle)));
        let needs = |cycle: u32| open == Some(cycle) || running.contains(&cycle);
        let first = self
            .events
            .iter()
            .position(|event| matches!(event, Event::Observed { cycle } if needs(*cycle)));
        let mut at = 0..;
        self.events.retain(|event| {
            let at = at.next();
            let is_in_time = first.is_some_and(|first| Some(first) <= at);
            match event {
                Event::Observed { cycle } => needs(*cycle),
                Event::Committed(commit) => at == last_at || needs(commit.cycle),
                Event::Landed(_) | Event::ByHand { .. } => is_in_time,
                Event::Recorded { .. } => false,
            }
        });
        self.judged = self.events.len();
    }
}
