//! Robustness of `rate`: a load in every world that is harder than the usual one.

use std::fmt::Write;

use dynoscaler_cli::text::{fixed, percent};
use dynoscaler_sim::queueing::{Progress, Score, Shape, World, in_parallel, run};

use crate::cases::{self, Case};
use crate::disturbance::{
    DATABASE, DRIFT, Disturbance, JUMP, LATE, MINUTE, MISSED, NOISY, NONE, PREFETCHING, SLOW_BOOTS,
    SLOWEST_BOOTS, TEN_THREADS,
};

const TRIALS: [(Shape, Disturbance); 15] = [
    (Shape::Steady, NONE),
    (Shape::Steady, PREFETCHING),
    (Shape::Steady, TEN_THREADS),
    (Shape::Daily, NONE),
    (Shape::Daily, PREFETCHING),
    (Shape::Daily, TEN_THREADS),
    (Shape::Daily, SLOW_BOOTS),
    (Shape::Daily, SLOWEST_BOOTS),
    (Shape::Daily, MINUTE),
    (Shape::Daily, LATE),
    (Shape::Daily, NOISY),
    (Shape::Daily, MISSED),
    (Shape::Daily, DRIFT),
    (Shape::Daily, JUMP),
    (Shape::Daily, DATABASE),
];

/// A table of all trials.
pub(crate) fn all() -> String {
    let mut text = "### Robustness of `rate`\n\n| load | world | above | dynos needed | dynos | \
                    changes an hour |\n|---|---|--:|--:|--:|--:|\n"
        .to_owned();
    for row in in_parallel(&TRIALS, |(shape, disturbance)| row(*shape, *disturbance)) {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text + "\n"
}

fn row(shape: Shape, disturbance: Disturbance) -> [String; 6] {
    let case = cases::synthetic(shape);
    let world = disturbance.of(case.world(1));
    let score = score(&case, &world);
    let hours = case.size.hours();
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let changes = score.changes as f64;
    [
        shape.label().to_owned(),
        disturbance.what.to_owned(),
        percent(score.above_threshold_share),
        fixed(world.dynos_needed().0, 2),
        fixed(score.dyno_hours / hours, 2),
        fixed(changes / hours, 2),
    ]
}

fn score(case: &Case, world: &World) -> Score {
    run(world, &mut *case.rate().controller(world), &Progress::default()).score
}
