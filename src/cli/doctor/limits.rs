//! Whether the counts and the bounds by the hour mean what somebody can have meant.
//!
//! Must not know how a policy counts.

use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::cli::bounds;
use crate::cli::text::{age, cycles_last, plural};
use crate::config::variable;
use crate::target::Target;

const COUNTS: &str = "counts";
const BOUNDS: &str = "bounds";

/// A load that lasts so long is answered by a person.
const LASTS_MAX: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn check(
    target: &Target,
    schedule: Option<&str>,
    every: SignedDuration,
    now: Timestamp,
) -> Vec<Finding> {
    let counts = [
        (variable::UP_CYCLES, target.policy.up_cycles, "added"),
        (variable::DOWN_CYCLES, target.policy.down_cycles, "removed"),
    ];
    let counts = counts.into_iter().filter_map(|(name, cycles, done)| {
        let lasts = cycles_last(every, cycles.into());
        (LASTS_MAX < lasts).then(|| {
            too_long(
                name,
                &format!(
                    "{} are {}, which is how long it takes until dynos are {done}",
                    plural(cycles.into(), "cycle"),
                    age(lasts)
                ),
            )
        })
    });
    counts
        .chain(schedule.into_iter().flat_map(|schedule| scheduled(target, schedule, now)))
        .collect()
}

fn too_long(variable: &str, found: &str) -> Finding {
    let mend = format!("Lower {variable}, or say with --every how often a cycle runs.");
    Finding::warning(COUNTS, format!("{variable}: {found}"), mend)
}

/// The bounds in force, and the rules that never are.
fn scheduled(target: &Target, schedule: &str, now: Timestamp) -> Vec<Finding> {
    let next = target.schedule.changes(target.policy.bounds, now).next();
    let in_force = bounds::described(target.policy_at(now).bounds, next);
    let texts: Vec<&str> = schedule.split(';').map(str::trim).collect();
    let hidden = target.schedule.hidden(now).into_iter().filter_map(|rule| {
        let found = format!("rule {}, {}, is never in force: earlier rules apply whenever it does", rule + 1, texts.get(rule)?);
        let mend = "The first rule that applies is in force: put it before them in DYNOSCALER_SCHEDULE, or remove it.";
        Some(Finding::warning(BOUNDS, found, mend))
    });
    let all = [Finding::ok(BOUNDS, in_force)];
    all.into_iter().chain(hidden).collect()
}
