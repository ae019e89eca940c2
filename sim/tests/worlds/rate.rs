//! What the policy `rate` learns and does in the simulated world.

use dynoscaler::policy::{Bounds, Policy, RateMemory, Rule, RuleName, Schedule};
use dynoscaler_sim::queueing::{
    Controller, Policied, Progress, Seen, ServiceShape, ServiceTime, Shape, World, run,
};

use crate::example::world;

/// Messages that a dyno does in a minute: each takes 3 s.
const THROUGHPUT: f64 = 20.0;

/// A load that keeps so many dynos busy. Four times as many are allowed.
fn loaded(shape: Shape, dynos: u32, minutes: u32) -> World {
    let world = world(shape.load(minutes, f64::from(dynos) * THROUGHPUT / 60.0));
    let shape = ServiceShape::Lognormal { cv: 1.0 };
    let service = ServiceTime { mean_secs: 60.0 / THROUGHPUT, shape, ..world.service };
    World { service, initial_dynos: dynos, backlog_threshold: 20.0, ..world }
}

fn rate(world: &World) -> Policied {
    let max = 4 * world.initial_dynos;
    let policy = Policy {
        rule: Rule::from(RuleName::Rate),
        up_cycles: 1,
        down_cycles: 5,
        ..Policy::new(Bounds { min: 1, max }, world.backlog_threshold)
    };
    Policied::new(policy, Schedule::default(), world.load.starts_at(), world.cycle_secs)
}

#[test]
fn a_throughput_that_was_learnt_wrong_is_learnt_anew() {
    for seed in [3, 4, 5] {
        let world = World { seed, ..loaded(Shape::Steady, 20, 1440) };
        let mut rate = rate(&world);
        let _ = run(&world, &mut rate, &Progress::default());
        let learnt = rate.state().memory.rate().unwrap().estimate().messages_per_dyno_minute();
        assert!(THROUGHPUT / 4.0 <= learnt, "seed {seed}: {learnt} messages a minute");
    }
}

#[test]
fn a_growing_load_is_no_sign_that_more_dynos_do_not_help() {
    for (shape, seed) in [(Shape::Ramp, 1), (Shape::Spike, 2), (Shape::Daily, 3), (Shape::Batch, 4)]
    {
        let world = World { seed, ..loaded(shape, 8, 720) };
        let mut rate = Watched { policied: rate(&world), held: 0 };
        let _ = run(&world, &mut rate, &Progress::default());
        assert_eq!(rate.held, 0, "{shape:?}, {seed}");
    }
}

/// Counts the cycles that add none since more dynos do not help.
struct Watched {
    policied: Policied,
    held: u32,
}

impl Controller for Watched {
    fn period_secs(&self) -> u32 {
        self.policied.period_secs()
    }

    fn required(&mut self, seen: &Seen) -> u32 {
        let required = self.policied.required(seen);
        let trial = self.policied.state().memory.rate().and_then(RateMemory::trial);
        self.held += u32::from(trial.is_some_and(|trial| trial.hold.is_some()));
        required
    }
}
