//! Whether the counts and the bounds by the hour mean what somebody can have meant.
//!
//! Must not know how a policy counts.

use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::cli::bounds;
use crate::cli::text::{age, cycles_last, plural};
use crate::config::variable;
use crate::cycle::Plan;

const COUNTS: &str = "counts";
const BOUNDS: &str = "bounds";

/// A load that lasts so long is answered by a person.
const LASTS_MAX: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn check(
    plan: &Plan,
    schedule: Option<&str>,
    every: SignedDuration,
    now: Timestamp,
) -> Vec<Finding> {
    let counts = [
        (variable::UP_CYCLES, plan.policy.up_cycles, "added"),
        (variable::DOWN_CYCLES, plan.policy.down_cycles, "removed"),
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
    counts.chain(schedule.into_iter().flat_map(|schedule| scheduled(plan, schedule, now))).collect()
}

fn too_long(variable: &str, found: &str) -> Finding {
    let mend = format!("Lower {variable}, or say with --every how often a cycle runs.");
    Finding::warning(COUNTS, format!("{variable}: {found}"), mend)
}

/// The bounds in force, and the rules that never are.
fn scheduled(plan: &Plan, schedule: &str, now: Timestamp) -> Vec<Finding> {
    let next = plan.schedule.changes(plan.policy.bounds, now).next();
    let in_force = bounds::described(plan.policy_at(now).bounds, next);
    let texts: Vec<&str> = schedule.split(';').map(str::trim).collect();
    let hidden = plan.schedule.hidden(now).into_iter().filter_map(|rule| {
        let found = format!("rule {}, {}, is never in force: earlier rules apply whenever it does", rule + 1, texts.get(rule)?);
        let mend = "The first rule that applies is in force: put it before them in DYNOSCALER_SCHEDULE, or remove it.";
        Some(Finding::warning(BOUNDS, found, mend))
    });
    let all = [Finding::ok(BOUNDS, in_force)];
    all.into_iter().chain(hidden).collect()
}
