//! Where the current settings differ from those in the last cycle's record: a shell's variables
//! need not be the function's.
//!
//! Must not know where either comes from.

use std::fmt::Display;

use super::records::{Label, Record};
use super::text::short;
use dynoscaler::policy::Bounds;
use dynoscaler::target::{Mode, Target};

/// The differences, each as a short text. A field that the record lacks is no difference.
pub(super) fn between(target: &Target, last: &Record) -> Vec<String> {
    // A schedule may have had other bounds then.
    let policy = target.policy_at(last.tick);
    let Bounds { min, max } = policy.bounds;
    let mode = |is_dry_run| if is_dry_run { "on" } else { "off" };
    let threshold = last.backlog_threshold.map(short);
    let all = [
        differs("queue", target.queues.to_string(), last.queue.clone()),
        differs("policy", policy.name().to_owned(), last.policy.as_ref().map(Label::to_string)),
        differs("minimum", min, last.min_dynos),
        differs("maximum", max, last.max_dynos),
        differs("threshold", short(policy.backlog_threshold), threshold),
        differs("dry run", mode(target.mode == Mode::DryRun), Some(mode(last.dry_run))),
    ];
    all.into_iter().flatten().collect()
}

fn differs<T: PartialEq + Display>(name: &str, here: T, there: Option<T>) -> Option<String> {
    let there = there.filter(|there| *there != here)?;
    Some(format!("{name} {here} (last cycle: {there})"))
}
