//! The laws of the simulated world.

use dynoscaler::config::{Environment, variable};
use dynoscaler::policy::{Bounds, Policy, Schedule};
use dynoscaler_sim::queueing::baseline::{Constant, Hpa, Keda};
use dynoscaler_sim::queueing::{
    Controller, CountErrors, Course, DynoSpec, Intervention, Load, Method, OnStop, Outcome,
    Progress, SECOND_US, Seen, ServiceShape, ServiceTime, Shape, World, drawn, run,
};
use proptest::prelude::*;

use crate::example::world;
use support::cases;

fn outcome(world: &World, mut controller: impl Controller) -> Outcome {
    run(world, &mut controller, &Progress::default())
}

fn keda() -> Keda {
    Keda::new(Hpa::with_defaults(60.0), Bounds { min: 1, max: 20 })
}

/// Erlang's C: the mean wait in a queue with Poisson arrivals and exponential work.
fn erlang_c_wait_secs(servers: u32, arrivals: f64, service_secs: f64) -> f64 {
    let offered = arrivals * service_secs;
    // Erlang's B by its recurrence, then C from B.
    let blocked = (1..=servers).fold(1.0, |b, n| offered * b / (f64::from(n) + offered * b));
    let utilization = offered / f64::from(servers);
    let waits = blocked / (1.0 - utilization * (1.0 - blocked));
    waits * service_secs / (f64::from(servers) * (1.0 - utilization))
}

#[test]
fn the_mean_wait_of_a_constant_fleet_is_erlangs() {
    for (servers, arrivals) in [(1, 0.5), (5, 4.0), (12, 10.0)] {
        let minutes = (100_000.0 / arrivals / 60.0) as u32;
        let means: Vec<f64> = (0..20)
            .map(|seed| {
                let load = Shape::Steady.load(minutes, arrivals);
                let world = World { initial_dynos: servers, seed, ..world(load) };
                outcome(&world, Constant(servers)).score.wait_mean_secs
            })
            .collect();
        let mean = means.iter().sum::<f64>() / 20.0;
        let variance = means.iter().map(|each| (each - mean).powi(2)).sum::<f64>() / 19.0;
        let standard_error = (variance / 20.0).sqrt();
        let expected = erlang_c_wait_secs(servers, arrivals, 1.0);
        // Student's t with 19 degrees of freedom, 99 % of both sides.
        assert!(
            (mean - expected).abs() < 2.861 * standard_error,
            "{servers} servers: {mean} ± {standard_error}, Erlang says {expected}"
        );
        assert!(standard_error < 0.05 * expected, "the interval is too wide to prove anything");
    }
}

#[test]
fn waits_are_longer_the_more_the_work_varies() {
    let wait_secs = |shape| {
        let mut world = world(Shape::Steady.load(3000, 4.0));
        (world.service.shape, world.initial_dynos) = (shape, 5);
        outcome(&world, Constant(5)).score.wait_mean_secs
    };
    let constant = wait_secs(ServiceShape::Lognormal { cv: 0.0 });
    let memoryless = wait_secs(ServiceShape::Exponential);
    let varied = wait_secs(ServiceShape::Lognormal { cv: 2.0 });
    assert!(constant < 0.6 * memoryless, "{constant} {memoryless}");
    assert!(memoryless < 0.8 * varied, "{memoryless} {varied}");
}

#[test]
fn service_times_have_the_requested_mean_and_drift_from_it() {
    // One dyno that is never idle does as many messages as its time holds.
    let done = |shape, course| {
        let mut world = world(Shape::Steady.load(6000, 4.0));
        world.service = ServiceTime { mean_secs: 1.0, shape, course };
        outcome(&world, Constant(1)).score.done as f64 / 360_000.0
    };
    for shape in [ServiceShape::Exponential, ServiceShape::Lognormal { cv: 1.5 }] {
        assert!((done(shape, Course::CONSTANT) - 1.0).abs() < 0.01);
        // The first quarter of the messages is worked on, whose mean rises from 1 to 1.5.
        assert!(done(shape, Course::Drift { ratio: 3.0 }) < 0.9);
    }
}

#[test]
fn service_times_jump_when_they_are_to() {
    let done = |course| {
        let mut world = world(Shape::Steady.load(6000, 4.0));
        world.service = ServiceTime { course, ..world.service };
        outcome(&world, Constant(1)).score.done as f64 / 360_000.0
    };
    // Only the first quarter of the messages is worked on: a jump of the later ones is not met.
    assert_close_to(done(Course::Jump { at_share: 0.0, ratio: 2.0 }), 0.5, 0.01);
    assert_close_to(done(Course::Jump { at_share: 0.125, ratio: 2.0 }), 0.75, 0.01);
    assert_close_to(done(Course::Jump { at_share: 0.5, ratio: 2.0 }), 1.0, 0.01);
}

fn assert_close_to(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() < tolerance, "{value} is not {expected}");
}

/// What a controller that changes nothing sees, with exact counts.
fn seen_exactly(mut world: World) -> Vec<Seen> {
    world.counts = CountErrors { lag_max_secs: 0, noise: 0.0 };
    let mut witness = Witness::default();
    outcome(&world, &mut witness);
    witness.0
}

#[test]
fn a_dyno_works_on_as_many_messages_as_it_has_threads() {
    let done = |threads, dynos| {
        let mut world = world(Shape::Steady.load(600, 100.0));
        (world.dynos.threads, world.initial_dynos) = (threads, dynos);
        outcome(&world, Constant(dynos)).score.done as f64 / 36_000.0
    };
    assert_close_to(done(1, 3), 3.0, 0.05);
    assert_close_to(done(10, 3), 30.0, 0.3);
}

#[test]
fn a_dyno_with_threads_holds_as_many_messages_per_work_with_a_queue_as_without() {
    let in_flight = |per_second| {
        let mut world = world(Shape::Steady.load(2000, per_second));
        (world.dynos.threads, world.initial_dynos) = (10, 4);
        let seen = seen_exactly(world);
        seen.iter().map(|seen| seen.backlog.in_flight as f64).sum::<f64>() / seen.len() as f64
    };
    // With a queue all 40 threads, without one as many as Little's law says: 20 messages a second
    // of a second each are two dynos' work.
    assert_close_to(in_flight(100.0), 40.0, 0.1);
    assert_close_to(in_flight(20.0), 20.0, 0.5);
}

#[test]
fn a_boot_takes_as_long_as_given() {
    let done = |minutes| {
        let mut world = world(Shape::Steady.load(minutes, 5.0));
        (world.dynos.boot_min_secs, world.dynos.boot_max_secs) = (180.0, 180.0);
        world.initial_dynos = 0;
        outcome(&world, Constant(1)).score.done
    };
    // Requested at the first tick, after a minute.
    assert_eq!(done(4), 0);
    assert!(0 < done(5));
}

#[test]
fn dynos_beyond_those_that_the_database_bears_get_no_more_done() {
    let done = |dynos: u32| {
        let mut world = world(Shape::Steady.load(600, 100.0));
        (world.dynos.threads, world.dynos.database_dynos) = (3, Some(4.0));
        world.initial_dynos = dynos;
        outcome(&world, Constant(dynos)).score.done as f64 / 36_000.0
    };
    assert_close_to(done(2), 6.0, 0.1);
    assert_close_to(done(4), 12.0, 0.2);
    assert_close_to(done(16), 12.0, 0.2);
}

#[test]
fn a_policy_looks_as_often_as_its_world_says() {
    for cycle_secs in [15, 20, 30, 60] {
        let world = World { cycle_secs, ..world(Shape::Steady.load(60, 1.0)) };
        let policy = Policy::new(Bounds { min: 1, max: 2 }, 1.0);
        let method = Method::Policy { policy, schedule: Schedule::default() };
        assert_eq!(method.controller(&world).period_secs(), cycle_secs);
    }
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let run_of = |seed| outcome(&World { seed, ..world(Shape::Daily.load(1440, 5.0)) }, keda());
    assert_eq!(run_of(7), run_of(7));
    assert_ne!(run_of(7), run_of(8));
}

#[test]
fn every_controller_meets_the_same_messages() {
    let world = world(Shape::Spike.load(1440, 5.0));
    let arrived = outcome(&world, keda()).score.arrived;
    assert_eq!(outcome(&world, Constant(3)).score.arrived, arrived);
}

#[test]
fn dyno_hours_are_the_requested_ones() {
    let mut world = world(Shape::Steady.load(120, 1.0));
    // One until the first tick, then five, booting ones included.
    assert_close(outcome(&world, Constant(5)).score.dyno_hours, (1.0 + 5.0 * 119.0) / 60.0);
    world.initial_dynos = 5;
    assert_close(outcome(&world, Constant(5)).score.dyno_hours, 10.0);
}

#[test]
fn a_queue_without_workers_is_above_the_threshold_from_its_first_message_on() {
    let mut world = world(Shape::Steady.load(60, 10.0));
    world.initial_dynos = 0;
    let score = outcome(&world, Constant(0)).score;
    assert!(0.999 < score.above_threshold_share && score.above_threshold_share <= 1.0);
    assert_eq!(score.left_queued, score.arrived);
}

#[test]
fn dynos_that_boot_do_not_work() {
    let mut world = world(Shape::Steady.load(10, 1.0));
    world.initial_dynos = 0;
    (world.dynos.boot_min_secs, world.dynos.boot_max_secs) = (100_000.0, 100_000.0);
    assert_eq!(outcome(&world, Constant(3)).score.done, 0);
}

#[test]
fn a_message_whose_dyno_is_stopped_is_begun_again_unless_the_dyno_may_finish_it() {
    let stopped = |on_stop, mean_secs| {
        let mut world = world(Shape::Steady.load(200, 10.0 / mean_secs));
        world.service = ServiceTime {
            mean_secs,
            shape: ServiceShape::Lognormal { cv: 0.0 },
            course: Course::CONSTANT,
        };
        (world.dynos.on_stop, world.initial_dynos) = (on_stop, 9);
        world.by_hand = vec![Intervention { at_us: 6030 * SECOND_US, quantity: 4 }];
        // A controller that does nothing: its first tick comes after the end.
        outcome(&world, Held).score.done_twice
    };
    assert_eq!(stopped(OnStop::Return, 1.0), 5);
    assert_eq!(stopped(OnStop::Finish, 1.0), 0);
    assert_eq!(stopped(OnStop::Ignore, 1.0), 0);
    assert_eq!(stopped(OnStop::Finish, 500.0), 5);
    assert_eq!(stopped(OnStop::Ignore, 500.0), 5);
}

/// Changes nothing.
struct Held;

impl Controller for Held {
    fn period_secs(&self) -> u32 {
        60
    }

    fn required(&mut self, seen: &Seen) -> u32 {
        seen.quantity
    }
}

/// Remembers its input.
#[derive(Default)]
struct Witness(Vec<Seen>);

impl Controller for &mut Witness {
    fn period_secs(&self) -> u32 {
        60
    }

    fn required(&mut self, seen: &Seen) -> u32 {
        self.0.push(*seen);
        seen.quantity
    }
}

#[test]
fn counts_are_as_late_as_configured_and_no_later() {
    // Without workers and with 100 messages each second, the excess of one count over the one of a
    // minute ago is 60 seconds' worth, and up to 60 more or less as the two are late.
    let mut world = world(Shape::Steady.load(1000, 100.0));
    (world.initial_dynos, world.counts.noise) = (0, 0.0);
    let mut witness = Witness::default();
    outcome(&world, &mut witness);
    let visible = witness.0.iter().map(|seen| seen.backlog.visible as f64);
    let gains_secs: Vec<f64> =
        visible.clone().zip(visible.skip(1)).map(|(a, b)| (b - a) / 100.0).collect();
    let least = gains_secs.iter().copied().fold(f64::MAX, f64::min);
    let most = gains_secs.iter().copied().fold(f64::MIN, f64::max);
    // Poisson arrivals add about a second.
    assert!(-4.0 < least && least < 10.0, "{least}");
    assert!(110.0 < most && most < 124.0, "{most}");
}

#[test]
fn missed_ticks_are_never_delivered() {
    let mut world = world(Shape::Steady.load(1000, 1.0));
    world.missed_ticks_share = 0.3;
    let mut witness = Witness::default();
    outcome(&world, &mut witness);
    assert!((witness.0.len() as f64 - 700.0).abs() < 50.0, "{}", witness.0.len());
}

/// `rate` as it is configured by default, on a load that keeps 5 dynos busy for two days.
fn rate_on_a_steady_load(batch: usize) -> Outcome {
    let environment: Environment = [
        (variable::POLICY, "rate"),
        (variable::MIN_DYNOS, "1"),
        (variable::UP_CYCLES, "1"),
        (variable::MAX_DYNOS, "20"),
        (variable::BACKLOG_THRESHOLD, "20"),
        (variable::DOWN_CYCLES, "5"),
    ]
    .into_iter()
    .collect();
    let world = world(Shape::Steady.load(2 * 1440, 5.0 / 3.0));
    let service = ServiceTime { mean_secs: 3.0, ..world.service };
    let dynos = DynoSpec { batch, ..world.dynos };
    let world = World { service, dynos, initial_dynos: 5, backlog_threshold: 20.0, ..world };
    let policy = environment.policy().unwrap();
    let method = Method::Policy { policy, schedule: Schedule::default() };
    let controller = &mut *method.controller(&world);
    run(&world, controller, &Progress::default())
}

#[test]
fn rate_changes_a_steady_load_less_than_once_an_hour_and_keeps_up_with_it() {
    let score = rate_on_a_steady_load(1).score;
    assert!(score.changes < 48, "{} changes in 48 hours", score.changes);
    assert!(score.above_threshold_share < 0.01);
    assert!(score.dyno_hours < 1.25 * 5.0 * 48.0, "{} dyno-hours", score.dyno_hours);
}

#[test]
fn workers_that_hold_ten_messages_do_not_make_rate_keep_twice_the_dynos_nor_flap() {
    let score = rate_on_a_steady_load(10).score;
    assert!(score.dyno_hours < 1.4 * 5.0 * 48.0, "{} dyno-hours", score.dyno_hours);
    assert!(score.above_threshold_share < 0.02, "{}", score.above_threshold_share);
    assert!(score.changes < 4 * 48, "{} changes in 48 hours", score.changes);
}

fn assert_close(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-6 * right.abs().max(1.0), "{left} is not {right}");
}

prop_compose! {
    fn worlds()(
        shape in prop::sample::select(Shape::ALL.to_vec()),
        on_stop in prop::sample::select(vec![OnStop::Return, OnStop::Finish, OnStop::Ignore]),
        batch in 1_usize..=10,
        threads in 1_usize..=12,
        database_dynos in prop::option::of(0.1..20.0_f64),
        mean_secs in 0.1..100.0_f64,
        cv in 0.0..3.0_f64,
        changes in prop::collection::vec((0_u64..7200, 0_u32..40), 0..30),
        initial_dynos in 0_u32..10,
        missed_ticks_share in 0.0..0.5_f64,
        seed: u64,
    ) -> World {
        let mut world = world(shape.load(120, 4.0 / mean_secs));
        world.service = ServiceTime { mean_secs, shape: ServiceShape::Lognormal { cv }, course: Course::CONSTANT };
        world.dynos = DynoSpec { on_stop, batch, threads, database_dynos, ..world.dynos };
        world.by_hand = changes
            .into_iter()
            .map(|(secs, quantity)| Intervention { at_us: secs * SECOND_US, quantity })
            .collect();
        World { initial_dynos, missed_ticks_share, seed, ..world }
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn no_message_is_lost_or_invented(world in worlds()) {
        for score in [outcome(&world, keda()).score, outcome(&world, Held).score] {
            prop_assert_eq!(score.arrived, score.done + score.left_queued + score.left_in_flight);
            prop_assert!((0.0..=1.0).contains(&score.above_threshold_share));
            prop_assert!(score.wait_p50_secs <= score.wait_p99_secs);
            prop_assert!(score.wait_p99_secs <= score.wait_max_secs);
            prop_assert!(score.wait_mean_secs <= score.wait_max_secs);
        }
    }

    #[test]
    fn the_course_of_a_run_covers_it(world in worlds()) {
        let series = outcome(&world, keda()).series;
        let covered_us = series.width_us * series.points.len() as u64;
        prop_assert!(world.load.duration_us() <= covered_us + series.width_us);
        prop_assert!(series.points.iter().all(|point| point.dynos.min <= point.dynos.mean()));
    }
}

#[test]
fn a_drawn_load_is_its_seeds_alone_and_has_a_rate_at_each_minute() {
    const WEEK_MINUTES: u32 = 7 * 1440;
    assert_eq!(drawn(1, WEEK_MINUTES), drawn(1, WEEK_MINUTES));
    for seed in 1..20 {
        let load = drawn(seed, WEEK_MINUTES);
        assert!((load.mean_per_second() - 1.0).abs() < 1e-9);
        assert!(load.segments().iter().all(|it| it.per_second.is_finite() && 0.0 < it.per_second));
        let rates = |load: &Load| -> Vec<f64> {
            load.segments().iter().map(|segment| segment.per_second).collect()
        };
        assert_ne!(rates(&load), rates(&drawn(seed + 1, WEEK_MINUTES)));
    }
}
