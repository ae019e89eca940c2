//! How loads are read from files and made up.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use dynoscaler::sim::queueing::{Load, LoadError, SECOND_US, Shape};

#[test]
fn a_csv_is_read_with_and_without_heading_and_its_gaps_are_silent() {
    let csv = "timestamp,value\n2026-01-01 00:00:00,60\n2026-01-01T00:01:00Z,120\n\n2026-01-01 00:10:00,6.0\n";
    let load = Load::from_csv("a", csv).unwrap();
    assert_eq!(load.segments().len(), 3);
    assert_eq!(load.duration_us(), 11 * 60 * SECOND_US);
    assert_close(load.messages(), 186.0);
    assert_close(load.per_second_at(61 * SECOND_US), 2.0);
    assert_close(load.per_second_at(300 * SECOND_US), 0.0);
    assert_close(load.mean_per_second_between(30 * SECOND_US, 90 * SECOND_US), 1.5);
    assert_close(load.clone().scaled_to_mean(5.0).mean_per_second(), 5.0);
    let headless = csv.strip_prefix("timestamp,value\n").unwrap();
    assert_eq!(Load::from_csv("a", headless).unwrap(), load);
}

#[test]
fn a_broken_csv_names_its_line() {
    let row = "2026-01-01 00:00:00,1\n";
    let error = |rest: &str| Load::from_csv("a", &format!("{row}{rest}")).unwrap_err();
    assert!(matches!(error("nonsense 1"), LoadError::Line { line: 2, .. }));
    assert!(matches!(error("yesterday,1"), LoadError::Timestamp { line: 2, .. }));
    assert!(matches!(error("2026-01-01 00:05:00,many"), LoadError::Value { line: 2, .. }));
    assert!(matches!(error("2026-01-01 00:05:00,-1"), LoadError::Value { line: 2, .. }));
    assert!(matches!(error("2026-01-01 00:05:00,NaN"), LoadError::Value { line: 2, .. }));
    assert!(matches!(error("2026-01-01 00:00:00,1"), LoadError::Order { line: 2 }));
    assert_eq!(error(""), LoadError::TooShort);
    let silent = "2026-01-01 00:00:00,0\n2026-01-01 00:05:00,0\n";
    assert_eq!(Load::from_csv("a", silent), Err(LoadError::Empty));
}

#[test]
fn every_shape_has_the_mean_that_was_asked_for() {
    for shape in Shape::ALL {
        assert_close(shape.load(7 * 1440, 3.0).mean_per_second(), 3.0);
    }
}

fn assert_close(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-6 * right.abs().max(1.0), "{left} is not {right}");
}
