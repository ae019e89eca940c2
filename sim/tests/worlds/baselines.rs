//! The peers' methods, checked against the numbers worked out from their documentation.

use crate::example::world;
use dynoscaler::policy::{Backlog, Bounds, Policy, Rule};
use dynoscaler_sim::queueing::baseline::{Hpa, Keda, Known, Oracle, Original, TargetTracking};
use dynoscaler_sim::queueing::{Controller, SECOND_US, Seen, ServiceTime, Shape, World};
use support::example::RATE;

const BOUNDS: Bounds = Bounds { min: 1, max: 100 };

fn seen(secs: u64, visible: u64, in_flight: u64, quantity: u32) -> Seen {
    Seen {
        now_us: secs * SECOND_US,
        backlog: Backlog { visible, in_flight, delayed: 0 },
        sent: 0,
        quantity,
    }
}

/// Drives a controller with a constant queue, tick by tick, and returns the quantities.
fn quantities(controller: &mut impl Controller, from: u32, visible: &[u64]) -> Vec<u32> {
    let period_secs = u64::from(controller.period_secs());
    let mut quantity = from;
    (1..)
        .zip(visible)
        .map(|(tick, &visible)| {
            quantity = controller.required(&seen(tick * period_secs, visible, 0, quantity));
            quantity
        })
        .collect()
}

#[test]
fn the_original_acts_on_the_breach_after_the_nth() {
    for cycles in [1_usize, 2, 3, 5] {
        let mut original = Original::new(BOUNDS, cycles as u32, 1, 10.0);
        let quantities = quantities(&mut original, 1, &[100; 6]);
        let first = quantities.iter().position(|quantity| *quantity == 2);
        // Breach N + 1, counted from 0.
        assert_eq!(first, Some(cycles));
    }
}

#[test]
fn the_original_counts_the_threshold_itself_as_a_breach() {
    let mut original = Original::new(BOUNDS, 1, 1, 10.0);
    assert_eq!(quantities(&mut original, 1, &[10, 10]), [1, 2]);
}

#[test]
fn the_original_leaks_one_count_for_each_cycle_on_the_other_side() {
    let mut original = Original::new(BOUNDS, 2, 9, 10.0);
    // Up: 1, 2, leak to 1, 2, then the breach that acts.
    assert_eq!(quantities(&mut original, 1, &[99, 99, 0, 99, 99]), [1, 1, 1, 1, 2]);
}

#[test]
fn the_original_stays_within_the_configured_limits() {
    let mut original = Original::new(Bounds { min: 0, max: 2 }, 1, 1, 10.0);
    assert_eq!(quantities(&mut original, 2, &[99; 4]), [2, 2, 2, 2]);
    assert_eq!(quantities(&mut original, 1, &[0; 6]).last(), Some(&1));
}

#[test]
fn hpa_recommends_the_quotient_rounded_up_unless_it_is_within_the_tolerance() {
    let hpa = Hpa::with_defaults(100.0);
    // 1500 messages at 100 each, the example of AWS's documentation: 10 instances become 15.
    assert_eq!(hpa.recommended(1500, 10), 15);
    // 10 % more or less than 10 pods' worth is still 10; beyond it is rounded up.
    assert_eq!(hpa.recommended(1099, 10), 10);
    assert_eq!(hpa.recommended(1101, 10), 12);
    assert_eq!(hpa.recommended(901, 10), 10);
    assert_eq!(hpa.recommended(899, 10), 9);
    assert_eq!(hpa.recommended(701, 10), 8);
    assert_eq!(hpa.recommended(0, 10), 0);
}

#[test]
fn hpa_at_most_doubles_or_adds_four_within_15_seconds() {
    let hpa = Hpa::with_defaults(1.0);
    assert_eq!([1, 3, 4, 5, 10].map(|pods| hpa.limit_up(pods)), [5, 7, 8, 10, 20]);
    let mut keda = Keda::new(hpa, BOUNDS);
    assert_eq!(quantities(&mut keda, 1, &[90; 6]), [5, 10, 20, 40, 80, 90]);
}

#[test]
fn hpa_goes_down_only_when_the_highest_recommendation_of_300_seconds_allows() {
    let mut keda = Keda::new(Hpa::with_defaults(10.0), BOUNDS);
    let mut visible = vec![100; 1];
    visible.extend([20; 25]);
    let quantities = quantities(&mut keda, 10, &visible);
    // The recommendation of second 15 counts until second 315, which is the 21st tick.
    assert_eq!(quantities.iter().position(|quantity| *quantity < 10), Some(20));
    assert_eq!(quantities[20], 2);
}

#[test]
fn keda_counts_messages_in_flight() {
    let mut keda = Keda::new(Hpa::with_defaults(10.0), BOUNDS);
    assert_eq!(keda.required(&seen(15, 10, 20, 2)), 3);
}

#[test]
fn keda_wakes_a_first_pod_at_its_polls_and_puts_the_last_to_sleep_after_its_cooldown() {
    let mut keda = Keda::new(Hpa::with_defaults(10.0), Bounds { min: 0, max: 9 });
    assert_eq!(keda.required(&seen(15, 50, 0, 0)), 0);
    assert_eq!(keda.required(&seen(30, 50, 0, 0)), 1);
    assert_eq!(keda.required(&seen(330, 0, 0, 1)), 0);
    let mut keda = Keda::new(Hpa::with_defaults(10.0), Bounds { min: 0, max: 9 });
    assert_eq!(keda.required(&seen(30, 1, 0, 1)), 1);
    assert_eq!(keda.required(&seen(300, 0, 0, 1)), 1);
}

#[test]
fn target_tracking_scales_out_on_the_third_minute_to_what_the_value_needs() {
    // 1500 messages, 10 instances, 100 each: 5 more.
    let mut aws = TargetTracking::new(100.0, BOUNDS);
    assert_eq!(quantities(&mut aws, 10, &[1500; 3]), [10, 10, 15]);
}

#[test]
fn target_tracking_scales_in_after_a_quarter_of_an_hour_well_below_the_target() {
    let mut aws = TargetTracking::new(100.0, BOUNDS);
    let quantities_below = quantities(&mut aws, 10, &[300; 15]);
    assert_eq!(quantities_below[13], 10);
    assert_eq!(quantities_below[14], 3);
    // 95 % of the target is no reason.
    let mut aws = TargetTracking::new(100.0, BOUNDS);
    assert_eq!(quantities(&mut aws, 10, &[950; 30]), [10; 30]);
}

#[test]
fn target_tracking_goes_no_lower_than_the_highest_need_of_the_quarter_of_an_hour() {
    let mut aws = TargetTracking::new(100.0, BOUNDS);
    let mut visible = vec![700];
    visible.extend([100; 14]);
    assert_eq!(quantities(&mut aws, 10, &visible).last(), Some(&7));
}

fn oracle() -> Oracle {
    let policy = Policy {
        rule: Rule::Rate(RATE),
        up_cycles: 1,
        down_cycles: 3,
        ..Policy::new(BOUNDS, 30.0)
    };
    // 2.4 messages a second of 2 seconds each keep 4.8 dynos busy.
    let world = world(Shape::Steady.load(60, 2.4));
    let service = ServiceTime { mean_secs: 2.0, ..world.service };
    Oracle::new(World { service, ..world }, Known::NextMinute, policy, RATE)
}

#[test]
fn the_oracle_keeps_what_arrivals_need() {
    // The arrivals may double: (150 + 2 x 4.8 x 30 x 2.5) / (30 x 2.5 + 30) = 8.3
    assert_eq!(oracle().required(&seen(60, 150, 5, 5)), 9);
}

#[test]
fn the_oracle_adds_at_once_and_removes_after_the_highest_need_has_passed() {
    let mut oracle = oracle();
    let busy = oracle.required(&seen(60, 2000, 6, 6));
    assert!(9 < busy);
    assert_eq!(oracle.required(&seen(120, 1, 5, busy)), busy);
    assert_eq!(oracle.required(&seen(180, 1, 5, busy)), busy);
    assert!(oracle.required(&seen(240, 1, 5, busy)) < 9);
}
