//! Whether the counts and the bounds by time are plausible.
//!
//! Must not know how a policy counts.

use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::bounds;
use crate::text::{age, cycles_last, plural};
use dynoscaler::config::variable;
use dynoscaler::target::Target;

const COUNTS: &str = "counts";
const BOUNDS: &str = "bounds";

/// An operator answers a load that lasts so long.
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
    counts.chain(scheduled(target, schedule.unwrap_or_default(), now)).collect()
}

fn too_long(variable: &str, found: &str) -> Finding {
    let remedy = format!("Lower {variable}, or set --every to how often a cycle runs.");
    Finding::warning(COUNTS, format!("{variable}: {found}"), remedy)
}

/// The current bounds, and the windows that never apply, as `schedule` has them if that is known.
fn scheduled(target: &Target, schedule: &str, now: Timestamp) -> Vec<Finding> {
    if target.schedule.windows.is_empty() {
        return Vec::new();
    }
    let next = target.schedule.changes(target.policy.bounds, now).next();
    let current = bounds::described(target.policy_at(now).bounds, next);
    let texts: Vec<&str> = schedule.split(';').map(str::trim).collect();
    let hidden = target.schedule.hidden(now).into_iter().map(|window| {
        let text = texts.get(window).filter(|text| !text.is_empty());
        let text = text.map_or_else(String::new, |text| format!(", {text},"));
        let found = format!(
            "window {}{text} never applies: earlier windows apply whenever it would",
            window + 1,
        );
        let remedy = "The first window that applies sets the bounds: put it before them in \
            DYNOSCALER_SCHEDULE, or remove it.";
        Finding::warning(BOUNDS, found, remedy)
    });
    let all = [Finding::ok(BOUNDS, current)];
    all.into_iter().chain(hidden).collect()
}
