//! How each method settles after the steps of a load that has two levels.

use std::fmt::Write;

use dynoscaler_cli::text::{duration, fixed};
use dynoscaler_sim::queueing::{
    Method, Progress, SECOND_US, Settling, Shape, in_parallel, run, settling,
};

use crate::cases::{self, Case};
use crate::entrants;
use crate::median::median;

/// The load goes up in the middle of every four hours, and down at their end.
const LEVEL_US: u64 = 7_200 * SECOND_US;

/// A table of all methods at their defaults.
pub(crate) fn all() -> String {
    let case = cases::synthetic(Shape::Square);
    let mut text = "### Settling after a step\n\nOn `square`, which goes up to seven times the load \
                    and down again, two hours each. The median of all steps; the last change within \
                    the two hours.\n\n| method, at its defaults | changes, up | most | last, up | \
                    changes, down | most | last, down |\n|---|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    let defaults: Vec<(&str, Method)> = entrants::all(&case)
        .into_iter()
        .filter_map(|entrant| Some((entrant.name, entrant.settings.into_iter().next()?.1)))
        .collect();
    for row in in_parallel(&defaults, |(name, method)| row(&case, name, method)) {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text + "\n"
}

fn row(case: &Case, name: &str, method: &Method) -> [String; 7] {
    let world = case.world(1);
    let supply = run(&world, &mut *method.controller(&world), &Progress::default()).supply;
    // The first day is for learning.
    let steps = 12..world.load.duration_us() / LEVEL_US;
    let settled = |step: u64| settling(&supply, step * LEVEL_US, (step + 1) * LEVEL_US);
    let (up, down): (Vec<u64>, Vec<u64>) = steps.partition(|step| step % 2 == 1);
    let [up, down] = [up, down].map(|steps| columns(steps.into_iter().map(settled).collect()));
    let [[up, up_most, up_last], [down, down_most, down_last]] = [up, down];
    [name.to_owned(), up, up_most, up_last, down, down_most, down_last]
}

fn columns(settled: Vec<Settling>) -> [String; 3] {
    let changes: Vec<f64> = settled.iter().map(|it| f64::from(it.changes)).collect();
    let most = changes.iter().copied().fold(0.0, f64::max);
    let last = settled.iter().map(|it| it.secs).collect();
    [fixed(median(changes), 0), fixed(most, 0), duration(median(last))]
}
