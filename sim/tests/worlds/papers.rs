//! The methods of the field's comparisons, as their papers describe them.

use dynoscaler_sim::queueing::SECOND_US;
use dynoscaler_sim::queueing::baseline::{Adapt, Conpaas, Hist, Look, Planner, React, Reg};

/// The plans for a load in dynos, minute by minute, as if each were followed.
fn plans(planner: &mut impl Planner, loads: &[f64]) -> Vec<f64> {
    let mut dynos = 1;
    (1..)
        .zip(loads)
        .map(|(minute, &arriving)| {
            let now_us = minute * 60 * SECOND_US;
            let planned = planner.planned(&Look { now_us, dynos, arriving, waiting: 0.0 });
            dynos = planned.ceil() as u32;
            planned
        })
        .collect()
}

fn last(planner: &mut impl Planner, loads: &[f64]) -> f64 {
    plans(planner, loads).last().copied().unwrap()
}

#[test]
fn react_adds_one_above_its_upper_share_and_removes_one_below_its_lower() {
    let mut react = React { upper: 0.8, lower: 0.6 };
    assert_eq!(plans(&mut react, &[3.0, 3.0, 3.0, 3.0]), [2.0, 3.0, 4.0, 4.0]);
    assert_eq!(react.planned(&look(4, 2.0)), 3.0);
}

fn look(dynos: u32, arriving: f64) -> Look {
    Look { now_us: 0, dynos, arriving, waiting: 0.0 }
}

#[test]
fn adapt_goes_up_at_once_and_ahead_of_a_rise_and_down_no_faster_than_the_load() {
    let mut adapt = Adapt::default();
    assert_eq!(last(&mut adapt, &[5.0, 5.0]), 5.0);
    assert!(7.0 < last(&mut adapt, &[7.0]));
    let down = plans(&mut adapt, &[2.0, 2.0, 2.0]);
    assert!(down.iter().all(|dynos| 2.0 < *dynos), "{down:?}");
}

#[test]
fn reg_goes_up_by_what_is_there_and_down_by_its_regression() {
    let mut reg = Reg::default();
    assert_eq!(last(&mut reg, &[2.0, 4.0, 6.0]), 6.0);
    // An hour of the same load is a flat parabola.
    assert!((last(&mut reg, &[3.0; 60]) - 3.0).abs() < 1e-6);
}

#[test]
fn hist_plans_tomorrows_hour_for_the_peak_of_todays() {
    let mut hist = Hist::new(1.0, 1.0);
    let day: Vec<f64> = (0..1440).map(|minute| if minute / 60 == 6 { 9.0 } else { 2.0 }).collect();
    let two_days = [day.clone(), day].concat();
    let plans = plans(&mut hist, &two_days);
    // The first minute of the busy hour: known on the second day alone.
    assert!(plans[360] < 9.0);
    assert_eq!(plans[1440 + 360], 9.0);
}

#[test]
fn conpaas_follows_a_line_to_the_end_of_its_interval() {
    let mut conpaas = Conpaas::new(1.0, 10);
    let rise: Vec<f64> = (0..121).map(|minute| f64::from(minute) / 10.0).collect();
    // At minute 120 the load is 12, and 13 when the interval ends.
    assert!((last(&mut conpaas, &rise) - 13.0).abs() < 0.1);
}

#[test]
fn all_of_them_work_off_what_waits() {
    let busy = Look { now_us: 0, dynos: 1, arriving: 1.0, waiting: 4.0 };
    assert_eq!(React::default().planned(&busy), 2.0);
    assert_eq!(Adapt::default().planned(&busy), 5.0);
    assert_eq!(Reg::default().planned(&busy), 5.0);
    assert!(5.0 <= Conpaas::default().planned(&busy));
    let mut hist = Hist::default();
    let five = (0..5).map(|_| hist.planned(&busy)).last();
    assert!(five.is_some_and(|planned| 5.0 <= planned));
}
