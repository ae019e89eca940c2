//! Robustness of `rate`: flapping, prefetching workers, late and wrong counts, missed
//! cycles, service times that drift.

use std::fmt::Write;

use dynoscaler::policy::{Policy, Rule, Schedule};
use dynoscaler_cli::simulate::{Basis, watched};
use dynoscaler_cli::text::{fixed, percent};
use dynoscaler_sim::queueing::{Contender, CountErrors, Course, Method, Shape, World};

use crate::loads;

/// A disturbance.
struct Trial {
    what: &'static str,
    shape: Shape,
    change: fn(&mut World),
}

const TRIALS: [Trial; 14] = [
    Trial { what: "steady load", shape: Shape::Steady, change: |_| {} },
    Trial {
        what: "steady load, workers hold ten messages",
        shape: Shape::Steady,
        change: |world| world.dynos.batch = 10,
    },
    Trial { what: "daily load", shape: Shape::Daily, change: |_| {} },
    Trial {
        what: "workers hold ten messages",
        shape: Shape::Daily,
        change: |world| world.dynos.batch = 10,
    },
    Trial {
        what: "dynos work with ten threads",
        shape: Shape::Daily,
        change: |world| {
            world.dynos.threads = 10;
            world.service.mean_secs *= 10.0;
        },
    },
    Trial {
        what: "boots take 60 to 120 s",
        shape: Shape::Daily,
        change: |world| (world.dynos.boot_min_secs, world.dynos.boot_max_secs) = (60.0, 120.0),
    },
    Trial {
        what: "boots take 120 to 180 s",
        shape: Shape::Daily,
        change: |world| (world.dynos.boot_min_secs, world.dynos.boot_max_secs) = (120.0, 180.0),
    },
    Trial {
        what: "the minute world: exact counts 3 % off, and a dyno works two minutes after its request",
        shape: Shape::Daily,
        change: |world| {
            world.counts = CountErrors { lag_max_secs: 0, noise: 0.03 };
            (world.dynos.boot_min_secs, world.dynos.boot_max_secs) = (120.0, 120.0);
        },
    },
    Trial {
        what: "counts up to three minutes late",
        shape: Shape::Daily,
        change: |world| world.counts = CountErrors { lag_max_secs: 180, ..world.counts },
    },
    Trial {
        what: "counts 20 % off",
        shape: Shape::Daily,
        change: |world| world.counts = CountErrors { noise: 0.2, ..world.counts },
    },
    Trial {
        what: "every fifth cycle missed",
        shape: Shape::Daily,
        change: |world| world.missed_ticks_share = 0.2,
    },
    Trial {
        what: "messages take twice the time by the end",
        shape: Shape::Daily,
        change: |world| world.service.course = Course::Drift { ratio: 2.0 },
    },
    Trial {
        what: "messages take twice the time from the middle on",
        shape: Shape::Daily,
        change: |world| world.service.course = Course::Jump { at_share: 0.5, ratio: 2.0 },
    },
    Trial {
        what: "the database bears six dynos",
        shape: Shape::Daily,
        change: |world| world.dynos.database_dynos = Some(6.0),
    },
];

/// A table of all trials.
pub(crate) fn all(basis: &Basis) -> String {
    let mut text =
        "### Robustness of `rate`\n\n| trial | above | dynos needed | dynos | changes an \
                    hour |\n|---|--:|--:|--:|--:|\n"
            .to_owned();
    for policy in basis.policies() {
        let Rule::Rate(_) = policy.rule else { continue };
        for trial in &TRIALS {
            let _ = writeln!(text, "| {} |", row(policy, trial).join(" | "));
        }
    }
    text + "\n"
}

fn row(policy: Policy, trial: &Trial) -> [String; 5] {
    let mut world = loads::world(loads::synthetic(trial.shape));
    (trial.change)(&mut world);
    let method = Method::Policy { policy, schedule: Schedule::default() };
    let contender = Contender { name: "rate", settings: String::new(), method };
    let contest = watched(world, vec![contender]);
    let score = contest.entries[0].outcome.score;
    let hours = 7.0 * 24.0;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let changes = score.changes as f64;
    [
        trial.what.to_owned(),
        percent(score.above_threshold_share),
        fixed(contest.dynos_needed().0, 2),
        fixed(score.dyno_hours / hours, 2),
        fixed(changes / hours, 2),
    ]
}
