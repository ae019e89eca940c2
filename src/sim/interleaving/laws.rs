//! What must hold, whatever happens and in whatever order.

use std::fmt;

use super::scenario::Scenario;
use super::world::{Commit, Landing, World};
use crate::policy::{Change, Counters, Policy, Rule, State};

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// Heroku is never sent out of min..max, nor to anything but the quantity that was committed.
    WithinBounds,
    /// Heroku is never changed without a conditional write that was won.
    NeverWithoutCommit,
    /// One decision changes Heroku at most once.
    NeverTwice,
    /// A change lands in the minute in which its cycle looked: what a person did before that was
    /// seen, and no old intent comes after it.
    NeverOld,
    /// A tick counts at most once, and ticks count in their order.
    TickOnce,
    /// A cycle that could not read something, lost the race or saw a duplicate stores nothing.
    NothingUnread,
    /// Counters and changes are those of the rule, written down a second time.
    AsReference,
    /// A decision that did not take effect is repeated, or its record says what came in its place.
    NeverForgotten,
    /// Once nothing fails any more, quantity and state are where an undisturbed run ends.
    Settles,
}

impl Law {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::WithinBounds,
        Self::NeverWithoutCommit,
        Self::NeverTwice,
        Self::NeverOld,
        Self::TickOnce,
        Self::NothingUnread,
        Self::AsReference,
        Self::NeverForgotten,
        Self::Settles,
    ];
}

/// A law that was broken, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The law.
    pub law: Law,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.law, self.found)
    }
}

fn unless(holds: bool, law: Law, found: &dyn fmt::Debug) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { law, found: format!("{found:?}") }) }
}

/// The laws that a single step can break: only the newest entries of the ledger are looked at.
pub(super) fn after_step(scenario: &Scenario, world: &World) -> Result<(), Violation> {
    if let Some(landing) = world.landings.last() {
        landed(scenario, world, landing)?;
    }
    if let Some((commit, earlier)) = world.commits.split_last() {
        committed(scenario, commit, earlier.last())?;
    }
    world.reports.last().map_or(Ok(()), |(cycle, report)| {
        let stored = world.commits.iter().any(|commit| commit.cycle == *cycle);
        let silent = ["DuplicateTick", "LostRace", "ChangeInFlight", "StoppedByHand"];
        let unread = report.error_type.is_some_and(|it| it.ends_with("Unavailable"))
            && report.error_type != Some("CommitUnavailable");
        let must_not = unread || silent[..3].contains(&report.reason);
        unless(!(stored && must_not), Law::NothingUnread, report)
    })
}

fn landed(scenario: &Scenario, world: &World, landing: &Landing) -> Result<(), Violation> {
    let commit = world.commits.iter().rev().find(|commit| commit.cycle == landing.cycle);
    let Some(commit) = commit else {
        return unless(false, Law::NeverWithoutCommit, landing);
    };
    let to = commit.change.map(|change| change.to);
    unless(to == Some(landing.asked), Law::NeverWithoutCommit, landing)?;
    unless(commit.landed == 1, Law::NeverTwice, commit)?;
    let is_allowed = scenario.policy.bounds.contains(landing.quantity);
    unless(is_allowed && landing.quantity == landing.asked, Law::WithinBounds, landing)?;
    unless(landing.began == landing.minute, Law::NeverOld, landing)
}

fn committed(
    scenario: &Scenario,
    commit: &Commit,
    earlier: Option<&Commit>,
) -> Result<(), Violation> {
    let is_later = earlier.is_none_or(|earlier| earlier.tick < commit.tick);
    unless(is_later, Law::TickOnce, &(earlier, commit))?;
    let seen_first = commit.change.is_none_or(|change| change.from == commit.seen);
    unless(seen_first, Law::NeverOld, commit)?;
    let is_plain = scenario.policy.rule == Rule::Step && commit.before.intent.is_none();
    if is_plain {
        let expected = reference(&scenario.policy, &commit.before, commit);
        let got = (commit.next.counters, commit.change);
        unless(got == expected, Law::AsReference, &(expected, commit))?;
    }
    Ok(())
}

/// The rule `step` once more, from the brief and not from the policy's code.
fn reference(policy: &Policy, before: &State, commit: &Commit) -> (Counters, Option<Change>) {
    let (n, m) = (i64::from(commit.seen), commit.backlog.visible as f64);
    let (min, max) = (i64::from(policy.bounds.min), i64::from(policy.bounds.max));
    let (mut up, mut down) = (i64::from(before.counters.up), i64::from(before.counters.down));
    let mut wanted = n;
    if n == 0 && min > 0 {
        return (before.counters, None);
    } else if n < min {
        wanted = min;
    } else if n > max {
        wanted = max;
    } else if (n == 0 && m > 0.0) || m > policy.backlog_threshold * n as f64 {
        (up, down) = ((up + 1).min(policy.up_cycles.into()), (down - 1).max(0));
        wanted = if up == i64::from(policy.up_cycles) { (n + 1).min(max) } else { n };
    } else if n > 0 && m < policy.backlog_threshold * n as f64 {
        (down, up) = ((down + 1).min(policy.down_cycles.into()), (up - 1).max(0));
        wanted = if down == i64::from(policy.down_cycles) { (n - 1).max(min) } else { n };
    }
    if wanted == n {
        (Counters { up: up as u32, down: down as u32 }, None)
    } else {
        (Counters::default(), Some(Change { from: n as u32, to: wanted as u32 }))
    }
}

/// The laws of a whole run, after it has settled.
pub(super) fn after_all(scenario: &Scenario, world: &World) -> Result<(), Violation> {
    for (index, commit) in world.commits.iter().enumerate() {
        if commit.change.is_some() {
            unless(is_remembered(world, commit, index), Law::NeverForgotten, commit)?;
        }
    }
    let last = scenario.load.last().copied().unwrap_or(0);
    let stopped = world.quantity == 0 && scenario.policy.bounds.min > 0;
    let end = if last == 0 { scenario.policy.bounds.min } else { scenario.policy.bounds.max };
    let is_settled = world.stored.state.intent.is_none() && (stopped || world.quantity == end);
    unless(is_settled, Law::Settles, &(world.quantity, &world.stored))
}

/// The next write settles an intent, and the record of its cycle says how, if it lived to write it.
fn is_remembered(world: &World, commit: &Commit, index: usize) -> bool {
    let Some(next) = world.commits.get(index + 1) else {
        return commit.landed == 1 && world.stored.state.intent.is_none();
    };
    let record = world.reports.iter().find(|(cycle, _)| *cycle == next.cycle);
    record.is_none_or(|(_, report)| {
        report.intent.is_some_and(|fate| is_true(world, commit, next, fate))
    })
}

/// Whether that is what became of the change.
fn is_true(world: &World, commit: &Commit, next: &Commit, fate: &str) -> bool {
    let to = commit.change.map(|change| change.to);
    // A person may have set any quantity, that from which the change started included.
    let is_touched = !world.hands.is_empty();
    match fate {
        "Reached" => is_touched || world.landings.iter().any(|it| Some(it.asked) == to),
        "Lost" => (is_touched || commit.landed == 0) && next.change.map(|it| it.to) == to,
        "Superseded" => is_touched || commit.landed == 0,
        // Two cycles may have decided from the same quantity within one minute.
        "ChangedByHand" => is_touched || world.landings.len() > 1,
        _ => false,
    }
}
