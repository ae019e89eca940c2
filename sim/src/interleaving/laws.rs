//! Judges from the ledger whether the laws hold, for any events in any order.

use std::fmt;

use super::law::{Law, Violation};
use super::ledger::{Commit, Event, Landing, Ledger};
use super::reference::{self, Outcome};
use super::scenario::Scenario;
use super::world::World;
use dynoscaler::policy::{Change, Reason, ReasonKind, Rule};
use dynoscaler::report::CycleReport;

/// The laws that a single step can break: only new events of the ledger are judged.
pub(super) fn after_step(scenario: &Scenario, world: &World) -> Result<(), Violation> {
    let judge = Judge { scenario, ledger: &world.ledger };
    world.ledger.fresh().try_for_each(|at| match &world.ledger.events()[at] {
        Event::Committed(commit) => judge.committed(at, commit),
        Event::Landed(landing) => judge.landed(at, landing),
        Event::Recorded { cycle, tick, lateness_secs, report } => {
            judge.taken(*tick, *lateness_secs, report)?;
            judge.recorded(*cycle, report)
        }
        Event::Observed { .. } | Event::ByHand { .. } => Ok(()),
    })
}

/// The laws of a complete run, after it has settled.
pub(super) fn after_all(scenario: &Scenario, world: &World) -> Result<(), Violation> {
    let judge = Judge { scenario, ledger: &world.ledger };
    let open = world.ledger.commits().next_back().filter(|(_, commit)| commit.change.is_some());
    judge.unless(open.is_none(), Law::NeverForgotten, &open)?;
    let stopped = world.quantity == 0 && scenario.policy.bounds.min > 0;
    let is_settled =
        world.stored.state.intent.is_none() && (stopped || world.quantity == scenario.ends_at());
    judge.unless(is_settled, Law::Settles, &(world.quantity, &world.stored))
}

/// A tick that is later than this says nothing about the present.
const LATE_AFTER_SECS: i64 = 15 * 60;

/// Judges the ledger of a scenario.
struct Judge<'a> {
    scenario: &'a Scenario,
    ledger: &'a Ledger,
}

impl Judge<'_> {
    fn unless(&self, holds: bool, law: Law, found: &dyn fmt::Debug) -> Result<(), Violation> {
        if holds || self.scenario.waived.contains(&law) {
            Ok(())
        } else {
            Err(Violation { law, found: format!("{found:?}") })
        }
    }

    fn landed(&self, at: usize, landing: &Landing) -> Result<(), Violation> {
        let Some((committed, commit)) = self.ledger.commit(landing.cycle) else {
            return self.unless(false, Law::NeverWithoutCommit, landing);
        };
        let to = commit.change.map(|change| change.to);
        self.unless(to == Some(landing.requested), Law::NeverWithoutCommit, landing)?;
        let landings = self.ledger.landings(landing.cycle, 0..at + 1);
        self.unless(landings == 1, Law::NeverTwice, landing)?;
        let is_allowed = self.scenario.policy.bounds.contains(landing.quantity)
            || commit.change.is_some_and(|change| self.returns_to_max(change, landing.quantity));
        let is_requested = landing.quantity == landing.requested;
        self.unless(is_allowed && is_requested, Law::WithinBounds, landing)?;
        let is_fresh = u64::from(landing.age_secs) <= landing.limit_secs;
        self.unless(is_fresh, Law::NeverOld, landing)?;
        let settled = self.ledger.commits().find(|(at, _)| committed < *at);
        self.unless(settled.is_none(), Law::NeverOld, &(landing, settled))
    }

    /// The way back to the maximum may end at the busy dynos.
    fn returns_to_max(&self, change: Change, quantity: u32) -> bool {
        let max = self.scenario.policy.bounds.max;
        max <= quantity && quantity < change.from
    }

    fn committed(&self, at: usize, commit: &Commit) -> Result<(), Violation> {
        let earlier = self.ledger.commits().rev().find(|(earlier, _)| *earlier < at);
        let earlier = earlier.map(|(_, commit)| commit);
        let retreat = earlier.filter(|earlier| earlier.cycle == commit.cycle);
        let is_later = earlier.is_none_or(|earlier| earlier.tick < commit.tick);
        self.unless(is_later || retreat.is_some(), Law::TickOnce, &(earlier, commit))?;
        self.unless(
            reference::keeps_busy(&self.scenario.policy, commit),
            Law::WithinBounds,
            commit,
        )?;
        let starts_there = commit.change.is_none_or(|change| change.from == commit.seen);
        self.unless(starts_there, Law::NeverOld, commit)?;
        let open = earlier.and_then(|earlier| earlier.change);
        let found = commit.before.intent.as_ref().map(|intent| intent.change);
        self.unless(open == found, Law::NeverForgotten, &(earlier, commit))?;
        if let Some(refused) = retreat {
            return self.retreated(at, refused, commit);
        }
        if let Some(earlier) = earlier.filter(|earlier| earlier.change.is_some()) {
            self.settled(at, earlier, commit)?;
        }
        if self.scenario.policy.rule == Rule::Step {
            let expected = reference::outcome(&self.scenario.policy, commit);
            let got = Outcome { counters: commit.next.counters, change: commit.change };
            self.unless(got == expected, Law::AsReference, &(expected, commit))?;
        }
        Ok(())
    }

    /// A cycle decides once more only if Heroku refused its change for a limit, and then as much of
    /// it as the limit allows.
    fn retreated(&self, at: usize, refused: &Commit, commit: &Commit) -> Result<(), Violation> {
        let landings = self.ledger.landings(commit.cycle, 0..at);
        self.unless(landings == 0, Law::NeverTwice, &(refused, commit))?;
        let earlier = self.ledger.commits().filter(|(it, _)| *it < at);
        let attempt = earlier.filter(|(_, it)| it.cycle == commit.cycle).count();
        let expected = reference::retreat(refused, self.scenario, attempt);
        let got = Outcome { counters: commit.next.counters, change: commit.change };
        self.unless(expected == Some(got), Law::AsReference, &(expected, refused, commit))
    }

    /// The events between the observation from which a change was decided and the observation that
    /// settles it: its own landing, an operator's change, and before its commit the change of a
    /// concurrent cycle. Its landing never comes later.
    fn settled(&self, at: usize, earlier: &Commit, commit: &Commit) -> Result<(), Violation> {
        let observations =
            self.ledger.observation(earlier.cycle).zip(self.ledger.observation(commit.cycle));
        let Some((from, to)) = observations.filter(|(from, to)| from < to) else {
            return self.unless(false, Law::NeverOld, &(earlier, commit));
        };
        let late = self.ledger.landings(earlier.cycle, to..at);
        self.unless(late == 0, Law::NeverOld, &(earlier, commit))?;
        let (mut runs, mut explained) = (earlier.seen, earlier.change.map(|it| it.to));
        let mut is_committed = false;
        for event in &self.ledger.events()[from..to] {
            match event {
                Event::Landed(landing) => {
                    let is_its_own = landing.cycle == earlier.cycle;
                    self.unless(is_its_own || !is_committed, Law::NeverOld, &(earlier, landing))?;
                    (runs, explained) = (landing.quantity, explained.filter(|_| is_its_own));
                }
                Event::ByHand { quantity } => (runs, explained) = (*quantity, None),
                Event::Committed(it) => is_committed |= it.cycle == earlier.cycle,
                Event::Observed { .. } | Event::Recorded { .. } => {}
            }
        }
        let is_known = explained.is_none_or(|to| [earlier.seen, to].contains(&commit.seen));
        self.unless(runs == commit.seen && is_known, Law::NeverForgotten, &(earlier, commit))
    }

    /// The last commit has the newest tick that counted.
    fn taken(&self, tick: i64, lateness_secs: i64, report: &CycleReport) -> Result<(), Violation> {
        let is_late = lateness_secs > LATE_AFTER_SECS;
        self.unless(is_late == (report.reason == Reason::LateTick), Law::TickOnce, report)?;
        let newest = self.ledger.commits().next_back().map(|(_, commit)| commit.tick);
        let is_duplicate = Some(tick) <= newest;
        let counts = report.reason != Reason::DuplicateTick;
        self.unless(counts || is_duplicate, Law::TickOnce, &(newest, report))
    }

    fn recorded(&self, cycle: u32, report: &CycleReport) -> Result<(), Violation> {
        let commit = self.ledger.first_commit(cycle);
        let decides_nothing =
            matches!(report.reason.kind(), ReasonKind::Silent | ReasonKind::Unread)
                || report.reason == Reason::ChangeInFlight;
        self.unless(!decides_nothing || commit.is_none(), Law::NothingUnread, report)?;
        let Some(commit) = commit else { return Ok(()) };
        let moves_a_stop = report.reason == Reason::StoppedByHand && commit.change.is_some();
        self.unless(!moves_a_stop, Law::NothingUnread, report)?;
        let expected = reference::intent_outcome(&self.scenario.policy, commit);
        let found = (expected, commit, report);
        self.unless(report.intent == expected, Law::NeverForgotten, &found)
    }
}
