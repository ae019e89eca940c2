//! The decision of a cycle, written a second time: from the specification, not from the policy.
//!
//! Must not know how the policy decides.

use super::ledger::Commit;
use super::scenario::Scenario;
use dynoscaler::policy::{Bounds, Change, Counters, DynoLimit, IntentOutcome, Policy, Rule};

/// The stored state, as far as the reference models it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) counters: Counters,
    pub(super) change: Option<Change>,
}

/// The outcome of the change that a commit found open, if it found one, from the quantity that its
/// cycle observed.
pub(super) fn intent_outcome(policy: &Policy, commit: &Commit) -> Option<IntentOutcome> {
    let policy = &allowed(policy, commit);
    let Change { from, to } = commit.before.intent.as_ref().map(|intent| intent.change)?;
    let is_sent_again = if policy.rule == Rule::Step {
        is_wanted(policy, commit, from, to)
    } else {
        // Only a rule that is not modelled here could decide. What leads out of the bounds is decided
        // anew, even if the decision is the same.
        policy.bounds.contains(to) && commit.change == Some(Change { from, to })
    };
    Some(if commit.seen == to {
        IntentOutcome::Reached
    } else if commit.seen != from {
        IntentOutcome::ChangedByHand
    } else if is_sent_again {
        IntentOutcome::Lost
    } else {
        IntentOutcome::Superseded
    })
}

/// With bounds that respect a limit of Heroku's which is remembered. No run is as long as an hour,
/// after which it would be forgotten.
fn allowed(policy: &Policy, commit: &Commit) -> Policy {
    let reachable = |limit: DynoLimit| match limit.dynos.saturating_sub(commit.seen) {
        left if limit.refusals > 3 => commit.seen + left.div_ceil(2),
        left => commit.seen + left,
    };
    let ceiling = commit.before.limit.map_or(u32::MAX, reachable);
    let Bounds { min, max } = policy.bounds;
    Policy { bounds: Bounds { min: min.min(ceiling), max: max.min(ceiling) }, ..*policy }
}

/// The decision instead of a change that a limit forbids: the first time as much of it as the limit
/// may allow, then nothing. None if the limit does not forbid it.
pub(super) fn retreat(refused: &Commit, scenario: &Scenario, attempt: usize) -> Option<Outcome> {
    let limit = scenario.limit?;
    let change = refused.change.filter(|it| it.from < it.to && limit < it.to + scenario.one_off)?;
    let counters = Counters::default();
    if attempt > 1 {
        return Some(Outcome { counters, change: None });
    }
    let most = if limit < change.to { limit } else { change.to - 1 };
    let known = refused.next.limit;
    let most = known.map_or(most, |it| most.min(it.dynos));
    let (from, left) = (refused.seen, most.saturating_sub(refused.seen));
    let left = if known.is_some_and(|it| it.refusals >= 3) { left.div_ceil(2) } else { left };
    let change = (left > 0).then_some(Change { from, to: from + left });
    Some(Outcome { counters, change })
}

/// The dynos that hold messages in flight. No run is so long that this expires.
fn floor(policy: &Policy, commit: &Commit) -> u32 {
    let in_flight = commit.backlog.in_flight;
    match policy.in_flight_per_dyno {
        Some(each) => (in_flight as f64 / each).ceil() as u32,
        None => u32::from(in_flight > 0),
    }
}

/// Whether a change leaves the dynos that hold messages in flight.
pub(super) fn keeps_busy(policy: &Policy, commit: &Commit) -> bool {
    let busy = floor(policy, commit);
    commit.change.is_none_or(|change| change.from < change.to || busy <= change.to)
}

/// A change back to the bounds is always wanted, any other while the load needs it; none
/// that would stop busy dynos or leave the bounds, as a return to the maximum does that went only as
/// far as busy dynos allowed: it is decided anew.
fn is_wanted(policy: &Policy, commit: &Commit, from: u32, to: u32) -> bool {
    if to < from.min(floor(policy, commit)) || !policy.bounds.contains(to) {
        return false;
    }
    let is_needed =
        if from < to { from == 0 || is_above(policy, commit) } else { is_below(policy, commit) };
    !policy.bounds.contains(from) || is_needed
}

fn is_above(policy: &Policy, commit: &Commit) -> bool {
    let (dynos, messages) = (f64::from(commit.seen), commit.backlog.visible as f64);
    if commit.seen == 0 { messages > 0.0 } else { messages > policy.backlog_threshold * dynos }
}

fn is_below(policy: &Policy, commit: &Commit) -> bool {
    let (dynos, messages) = (f64::from(commit.seen), commit.backlog.visible as f64);
    commit.seen > 0 && messages < policy.backlog_threshold * dynos
}

/// The policy `step` once more.
pub(super) fn outcome(policy: &Policy, commit: &Commit) -> Outcome {
    let policy = &allowed(policy, commit);
    let before = commit.before.counters;
    let (n, min, max) = (commit.seen, policy.bounds.min, policy.bounds.max);
    let to = |to| (Counters::default(), (to != n).then_some(Change { from: n, to }));
    let busy = floor(policy, commit);
    let is_open = |limit: DynoLimit| limit.refusals > 0 && n < limit.dynos;
    let is_searched =
        commit.before.limit.is_some_and(is_open) && n < max && is_above(policy, commit);
    let is_lost = intent_outcome(policy, commit) == Some(IntentOutcome::Lost);
    let lost = commit.before.intent.as_ref().filter(|_| is_lost).map(|intent| intent.change.to);
    let (counters, change) = match lost {
        _ if n == 0 && min > 0 => (before, None),
        Some(again) => to(again),
        None if n < min => to(min),
        None if n > max && n <= busy => (before, None),
        None if n > max => to(max.max(busy)),
        None if is_searched => to((n + 1).min(max)),
        None => counted(policy, commit),
    };
    Outcome { counters, change }
}

fn counted(policy: &Policy, commit: &Commit) -> (Counters, Option<Change>) {
    let Counters { up, down } = commit.before.counters;
    let (n, min, max) = (commit.seen, policy.bounds.min, policy.bounds.max);
    let (mut up, mut down, mut to) = (up, down, n);
    if is_above(policy, commit) {
        (up, down) = ((up + 1).min(policy.up_cycles), down.saturating_sub(1));
        to = if up == policy.up_cycles { (n + 1).min(max) } else { n };
    } else if is_below(policy, commit) {
        (down, up) = ((down + 1).min(policy.down_cycles), up.saturating_sub(1));
        let busy = floor(policy, commit).min(n);
        to = if down == policy.down_cycles { n.saturating_sub(1).max(min).max(busy) } else { n };
    } else if n == 0 {
        up = up.saturating_sub(1);
    }
    if to == n {
        (Counters { up, down }, None)
    } else {
        (Counters::default(), Some(Change { from: n, to }))
    }
}
