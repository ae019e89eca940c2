//! SPEC's figures of elasticity and DS2's of settling, on courses that are worked out by hand.

use dynoscaler::policy::Bounds;
use dynoscaler_sim::queueing::{SECOND_US, Settling, Shape, Supply, elasticity, settling};

use crate::example::world;

const BOUNDS: Bounds = Bounds { min: 1, max: 100 };

fn from(minute: u64, quantity: u32, running: u32) -> Supply {
    Supply { at_us: minute * 60 * SECOND_US, quantity, running }
}

#[test]
fn a_supply_that_is_the_demand_has_no_figure_above_0() {
    let world = world(Shape::Steady.load(60, 3.5));
    let figures = elasticity(&world, BOUNDS, &[from(0, 4, 4)]);
    let all = [
        figures.under_accuracy,
        figures.over_accuracy,
        figures.under_timeshare,
        figures.over_timeshare,
        figures.instability,
        figures.jitter_per_hour,
    ];
    assert_eq!(all, [0.0; 6]);
}

#[test]
fn too_few_and_too_many_are_relative_to_the_demand_and_do_not_cancel() {
    // An hour that needs 4: a quarter of it with 2, a half with 4, a quarter with 8.
    let world = world(Shape::Steady.load(60, 3.5));
    let course = [from(0, 2, 2), from(15, 4, 4), from(45, 8, 8)];
    let figures = elasticity(&world, BOUNDS, &course);
    assert_eq!((figures.under_accuracy, figures.under_timeshare), (0.125, 0.25));
    assert_eq!((figures.over_accuracy, figures.over_timeshare), (0.25, 0.25));
    assert_eq!(figures.jitter_per_hour, 2.0);
    assert!((figures.instability - 2.0 / 60.0).abs() < 1e-9);
}

#[test]
fn dynos_that_boot_supply_nothing() {
    let world = world(Shape::Steady.load(60, 3.5));
    let figures = elasticity(&world, BOUNDS, &[from(0, 4, 2), from(30, 4, 4)]);
    assert_eq!((figures.under_timeshare, figures.jitter_per_hour), (0.5, 0.0));
}

#[test]
fn settling_counts_changes_of_the_quantity_from_a_step_until_the_next() {
    let course = [from(0, 2, 2), from(10, 5, 2), from(11, 5, 5), from(14, 6, 5), from(20, 2, 2)];
    let after =
        |from: u64, until: u64| settling(&course, from * 60 * SECOND_US, until * 60 * SECOND_US);
    assert_eq!(after(9, 20), Settling { changes: 2, secs: 300.0 }, "a boot is no change");
    assert_eq!(after(10, 11), Settling { changes: 1, secs: 0.0 }, "one at the step counts");
    assert_eq!(after(15, 20), Settling { changes: 0, secs: 0.0 });
}
