//! The estimate of the throughput, after a day, against the truth.

use dynoscaler_cli::text::fixed;
use dynoscaler_sim::queueing::{
    Controller, Method, Policied, Progress, SECOND_US, Seen, World, in_parallel, run,
};

use super::{Figure, Scope, worst};
use crate::cases::Case;
use crate::disturbance::{Disturbance, MINUTE, NONE, SLOW_BOOTS, SLOWEST_BOOTS, TEN_THREADS};
use crate::median::median;

const DAY_US: u64 = 86_400 * SECOND_US;

/// `rate`, with the quotient of its estimate and the truth at each look after a day.
struct Recorded {
    policied: Policied,
    truth: f64,
    ratios: Vec<f64>,
}

impl Controller for Recorded {
    fn period_secs(&self) -> u32 {
        self.policied.period_secs()
    }

    fn required(&mut self, seen: &Seen) -> u32 {
        let required = self.policied.required(seen);
        if let Some(memory) = self.policied.state().memory.rate()
            && DAY_US <= seen.now_us
        {
            self.ratios.push(memory.estimate().messages_per_dyno_minute() / self.truth);
        }
        required
    }
}

pub(super) fn figures(scope: &Scope) -> Vec<Figure> {
    let boots =
        [Disturbance { what: "boots of 10 to 60 s", ..NONE }, SLOW_BOOTS, SLOWEST_BOOTS, MINUTE];
    let threads = [Disturbance { what: "one thread", ..NONE }, TEN_THREADS];
    let worlds = boots.iter().flat_map(|boots| threads.iter().map(move |it| (boots, it)));
    worlds.map(|(boots, threads)| figure(scope, *boots, *threads)).collect()
}

fn figure(scope: &Scope, boots: Disturbance, threads: Disturbance) -> Figure {
    let each: Vec<(&Case, u64)> = scope.each().collect();
    let world = |case: &Case, seed| threads.of(boots.of(case.world(seed)));
    let worlds: Vec<(World, Method)> =
        each.iter().map(|(case, seed)| (world(case, *seed), case.rate())).collect();
    let most = in_parallel(&worlds, |(world, method)| median_ratio(world, method));
    let least: Vec<f64> = most.iter().map(|ratio| 1.0 / ratio).collect();
    let ((least, slow), (most, fast)) = (worst(&least, &each), worst(&most, &each));
    Figure {
        what: format!("median estimate ÷ truth: {}, {}", boots.what, threads.what),
        goal: "0.5 to 2".to_owned(),
        measured: format!("{} ({slow}) to {} ({fast})", fixed(1.0 / least, 2), fixed(most, 2)),
        is_met: least.max(most) <= 2.0,
    }
}

fn median_ratio(world: &World, method: &Method) -> f64 {
    let Method::Policy { policy, schedule } = method else { return f64::NAN };
    let starts_at = world.load.starts_at();
    let policied = Policied::new(*policy, schedule.clone(), starts_at, world.cycle_secs);
    let truth = 60.0 * world.messages_per_dyno_second(0.0);
    let mut recorded = Recorded { policied, truth, ratios: Vec::new() };
    let _ = run(world, &mut recorded, &Progress::default());
    median(recorded.ratios)
}
