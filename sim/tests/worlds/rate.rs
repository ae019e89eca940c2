//! What the policy `rate` learns and does in the simulated world.

use dynoscaler::policy::{Bounds, Policy, Rule, RuleName, Schedule};
use dynoscaler_sim::queueing::{Policied, Progress, ServiceShape, ServiceTime, Shape, World, run};

use crate::example::world;

/// Messages that a dyno does in a minute: each takes 3 s.
const THROUGHPUT: f64 = 20.0;

/// A load that keeps so many dynos busy, between a quarter and four times of which are allowed.
fn steady(dynos: u32, minutes: u32) -> World {
    let world = world(Shape::Steady.load(minutes, f64::from(dynos) * THROUGHPUT / 60.0));
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
        let world = World { seed, ..steady(20, 1440) };
        let mut rate = rate(&world);
        let _ = run(&world, &mut rate, &Progress::default());
        let learnt = rate.state().memory.rate().unwrap().estimate().messages_per_dyno_minute();
        assert!(THROUGHPUT / 4.0 <= learnt, "seed {seed}: {learnt} messages a minute");
    }
}
