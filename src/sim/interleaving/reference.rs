//! What a cycle must decide, written down a second time: from the brief, not from the policy.
//!
//! Must not know how the policy decides.

use super::ledger::Commit;
use crate::policy::{Bounds, Change, Counters, Policy, Rule};

/// What is stored, as far as the reference knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) counters: Counters,
    pub(super) change: Option<Change>,
}

/// Which of these must become of the change that a commit found open, told from the quantity that
/// its cycle saw. None if there was none; two if only a rule that is not here could tell.
pub(super) fn fates(policy: &Policy, commit: &Commit) -> Vec<&'static str> {
    let policy = &allowed(policy, commit);
    let Some(Change { from, to }) = commit.before.intent.as_ref().map(|intent| intent.change)
    else {
        return Vec::new();
    };
    let is_sent_again = commit.change == Some(Change { from, to });
    if commit.seen == to {
        vec!["Reached"]
    } else if commit.seen != from {
        vec!["ChangedByHand"]
    } else if policy.rule == Rule::Step {
        vec![if is_wanted(policy, commit, from, to) { "Lost" } else { "Superseded" }]
    } else {
        vec![if is_sent_again { "Lost" } else { "Superseded" }]
    }
}

/// With bounds that respect a limit of Heroku's which is remembered. No run is as long as an hour,
/// after which it would be forgotten.
fn allowed(policy: &Policy, commit: &Commit) -> Policy {
    let ceiling = commit.before.limit.map_or(u32::MAX, |limit| limit.dynos.max(commit.seen));
    let Bounds { min, max } = policy.bounds;
    Policy { bounds: Bounds { min: min.min(ceiling), max: max.min(ceiling) }, ..*policy }
}

/// What is decided instead of a change that a limit forbids; nothing if it does not.
pub(super) fn retreat(refused: &Commit, limit: Option<u32>) -> Option<Outcome> {
    let limit = limit.filter(|limit| refused.change.is_some_and(|it| *limit < it.to))?;
    let from = refused.seen;
    let change = (from < limit).then_some(Change { from, to: limit });
    Some(Outcome { counters: Counters::default(), change })
}

/// A change back to the bounds is always wanted, any other until the load asks for the opposite.
fn is_wanted(policy: &Policy, commit: &Commit, from: u32, to: u32) -> bool {
    let has_turned = if from < to { is_below(policy, commit) } else { is_above(policy, commit) };
    !policy.bounds.contains(from) || !has_turned
}

fn is_above(policy: &Policy, commit: &Commit) -> bool {
    let (dynos, messages) = (f64::from(commit.seen), commit.backlog.visible as f64);
    if commit.seen == 0 { messages > 0.0 } else { messages > policy.backlog_threshold * dynos }
}

fn is_below(policy: &Policy, commit: &Commit) -> bool {
    let (dynos, messages) = (f64::from(commit.seen), commit.backlog.visible as f64);
    commit.seen > 0 && messages < policy.backlog_threshold * dynos
}

/// The rule `step` once more.
pub(super) fn outcome(policy: &Policy, commit: &Commit) -> Outcome {
    let policy = &allowed(policy, commit);
    let before = commit.before.counters;
    let (n, min, max) = (commit.seen, policy.bounds.min, policy.bounds.max);
    let to = |to| (Counters::default(), (to != n).then_some(Change { from: n, to }));
    let lost = fates(policy, commit).contains(&"Lost");
    let lost = commit.before.intent.as_ref().filter(|_| lost).map(|intent| intent.change.to);
    let (counters, change) = match lost {
        _ if n == 0 && min > 0 => (before, None),
        Some(again) => to(again),
        None if n < min => to(min),
        None if n > max => to(max),
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
        to = if down == policy.down_cycles { n.saturating_sub(1).max(min) } else { n };
    }
    if to == n {
        (Counters { up, down }, None)
    } else {
        (Counters::default(), Some(Change { from: n, to }))
    }
}
