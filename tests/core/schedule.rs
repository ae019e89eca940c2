//! The schedule: its text, and the bounds at each moment in each time zone.

use dynoscaler::config::{Config, Environment, variable};
use dynoscaler::policy::{Bounds, BoundsChange};
use jiff::Timestamp;

/// The configuration of a function whose bounds are 1 to 5 outside of its schedule.
fn config(schedule: &str) -> Result<Config, String> {
    let environment: Environment = [
        (variable::SCHEDULE, schedule),
        (variable::MIN_DYNOS, "1"),
        (variable::UP_CYCLES, "1"),
        (variable::DOWN_CYCLES, "1"),
        (variable::MAX_DYNOS, "5"),
        (variable::BACKLOG_THRESHOLD, "100"),
        (variable::TOKEN, "HRKU-token"),
        (variable::DESCRIPTION, "dynoscaler"),
        (variable::APP, "my-app"),
        (variable::PROCESS, "worker"),
        (variable::SQS_NAME, "jobs"),
        (variable::TABLE, "state"),
        (variable::REGION, "eu-west-1"),
        (variable::ROLE_KEY_ID, "role"),
        (variable::ROLE_SECRET, "role"),
    ]
    .into_iter()
    .collect();
    Config::in_function(&environment).map_err(|error| error.to_string())
}

fn bounds_at(schedule: &str, time: &str) -> (u32, u32) {
    let config = config(schedule).unwrap();
    let now: Timestamp = time.parse().unwrap();
    let Bounds { min, max } = config.target.schedule.in_force(config.target.policy.bounds, now);
    (min, max)
}

const USUAL: (u32, u32) = (1, 5);

#[test]
fn the_first_window_that_applies_sets_the_bounds() {
    const OFFICE: &str = "mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3";
    const TWICE: &str = "12:00-13:00 7..7; 8..8; mon 9..9";
    for (schedule, time, expected) in [
        ("", "2026-11-26T12:00:00Z", USUAL),
        // Thursday; Paris is an hour ahead in winter.
        (OFFICE, "2026-11-26T06:59:59Z", USUAL),
        (OFFICE, "2026-11-26T07:00:00Z", (2, 10)),
        (OFFICE, "2026-11-26T16:59:59.999Z", (2, 10)),
        (OFFICE, "2026-11-26T17:00:00Z", USUAL),
        // Saturday begins in Paris, whose zone the second window has too.
        (OFFICE, "2026-11-27T22:59:59Z", USUAL),
        (OFFICE, "2026-11-27T23:00:00Z", (0, 3)),
        (OFFICE, "2026-11-29T22:59:59Z", (0, 3)),
        (OFFICE, "2026-11-29T23:00:00Z", USUAL),
        (TWICE, "2026-11-26T12:30:00Z", (7, 7)),
        (TWICE, "2026-11-30T13:00:00Z", (8, 8)),
    ] {
        assert_eq!(bounds_at(schedule, time), expected, "{schedule} at {time}");
    }
}

#[test]
fn hours_may_run_over_midnight_and_belong_to_the_day_on_which_they_begin() {
    const NIGHT: &str = "fri 22:00-06:00 UTC 0..1";
    for (time, expected) in [
        ("2026-11-27T05:59:00Z", USUAL), // Friday morning: Thursday's night
        ("2026-11-27T21:59:59Z", USUAL),
        ("2026-11-27T22:00:00Z", (0, 1)),
        ("2026-11-28T05:59:59Z", (0, 1)),
        ("2026-11-28T06:00:00Z", USUAL),
        ("2026-11-28T22:00:00Z", USUAL),
    ] {
        assert_eq!(bounds_at(NIGHT, time), expected, "{time}");
    }
    assert_eq!(bounds_at("thu 18:00-24:00 2..3", "2026-11-26T23:59:59Z"), (2, 3));
    assert_eq!(bounds_at("thu 18:00-24:00 2..3", "2026-11-27T00:00:00Z"), USUAL);
    assert_eq!(bounds_at("thu 00:00-24:00 2..3", "2026-11-26T12:00:00Z"), (2, 3));
}

/// Clocks in Paris went from 02:00 to 03:00 on 2026-03-29 and from 03:00 back to 02:00 on
/// 2026-10-25, at 01:00 UTC both times.
#[test]
fn the_wall_clock_counts_when_clocks_change() {
    const DAY: &str = "08:00-18:00 Europe/Paris 2..10";
    for (time, expected) in [
        ("2026-03-28T06:59:59Z", USUAL),
        ("2026-03-28T07:00:00Z", (2, 10)), // 08:00 in winter
        ("2026-03-29T05:59:59Z", USUAL),
        ("2026-03-29T06:00:00Z", (2, 10)), // 08:00 in summer
        ("2026-10-24T06:00:00Z", (2, 10)),
        ("2026-10-25T06:00:00Z", USUAL),
        ("2026-10-25T07:00:00Z", (2, 10)),
    ] {
        assert_eq!(bounds_at(DAY, time), expected, "{time}");
    }
    const HOUR: &str = "sun 02:00-03:00 Europe/Paris 3..3";
    for (time, expected) in [
        // The hour that is skipped does not come.
        ("2026-03-29T00:59:59Z", USUAL),
        ("2026-03-29T01:00:00Z", USUAL),
        // The hour that is repeated counts twice.
        ("2026-10-24T23:59:59Z", USUAL),
        ("2026-10-25T00:00:00Z", (3, 3)),
        ("2026-10-25T01:59:59Z", (3, 3)),
        ("2026-10-25T02:00:00Z", USUAL),
    ] {
        assert_eq!(bounds_at(HOUR, time), expected, "{time}");
    }
    // Where clocks change by night and the hours run over it.
    assert_eq!(bounds_at("sat 23:00-05:00 Europe/Paris 0..2", "2026-10-25T03:59:59Z"), (0, 2));
    assert_eq!(bounds_at("sat 23:00-05:00 Europe/Paris 0..2", "2026-10-25T04:00:00Z"), USUAL);
}

#[test]
fn every_part_but_the_bounds_may_be_left_out_and_spaces_do_not_matter() {
    for schedule in [
        "2..3",
        " 2..3 ;",
        "mon-sun 2..3",
        "MON-Wed,thu 2..3",
        "sat-thu 2..3",
        "00:00-24:00 2..3",
        "UTC 2..3",
        "America/Argentina/Buenos_Aires 2..3",
        "mon-fri\t00:01-23:59  Asia/Kolkata   2..3",
    ] {
        assert_eq!(bounds_at(schedule, "2026-11-26T12:00:00Z"), (2, 3), "{schedule}");
    }
}

#[test]
fn an_invalid_schedule_is_refused_with_the_part_that_is_wrong() {
    for (schedule, bound) in [
        (";", "must be windows between semicolons"),
        ("2..3;;4..5", "must be windows between semicolons"),
        ("mon-fri 08:00-18:00", "must be windows between semicolons"),
        ("2..3 mon", "must be windows between semicolons"),
        ("fry 2..3", "must name time zones"),
        ("Mars/Olympus 2..3", "must name time zones"),
        ("mon-fri 8:00-18:00 2..3", "must have hours"),
        // case F11
        ("8-18 2..10", "must have hours"),
        ("monday 2..10", "must name days"),
        ("Mon-Friday 2..10", "must name days"),
        ("Mo-Fr 2..10", "must name days"),
        ("08:00-18:00 mon 2..10", "must be windows between semicolons"),
        ("08:00 2..3", "must have hours"),
        ("08:00-25:00 2..3", "must have hours"),
        ("08:00-08:00 2..3", "must have hours"),
        ("24:00-08:00 2..3", "must have hours"),
        ("08:00-18:00 3..2", "must end each window with min..max"),
        ("-1..2", "must end each window with min..max"),
        ("1..", "must end each window with min..max"),
    ] {
        let error = config(schedule).unwrap_err();
        let expected = format!("DYNOSCALER_SCHEDULE = {schedule:?} {bound}");
        assert!(error.contains(&expected), "{error}");
    }
}

// case F11
#[test]
fn the_window_that_is_wrong_is_named_with_its_part() {
    for (schedule, flaw) in [
        ("sat 0..3; 8-18 2..10", r#"; window 2 has "8-18""#),
        ("mon-fri 08:00-08:00 2..10", r#"; window 1 has "08:00-08:00""#),
        ("monday 2..10", r#"; window 1 has "monday""#),
        ("1..2; 1..2; Mars/Olympus 2..3", r#"; window 3 has "Mars/Olympus""#),
        ("1..2; 5..4", r#"; window 2 has "5..4""#),
        ("1..2; mon 08:00-09:00", r#"; window 2 has "mon 08:00-09:00""#),
        ("1..2;;3..4", "; window 2 is empty"),
    ] {
        let error = config(schedule).unwrap_err();
        assert!(error.ends_with(flaw), "{error}");
    }
}

fn changes(schedule: &str, from: &str, count: usize) -> Vec<(String, u32, u32)> {
    let config = config(schedule).unwrap();
    let changes =
        config.target.schedule.changes(config.target.policy.bounds, from.parse().unwrap());
    let fields = |BoundsChange { at, bounds: Bounds { min, max } }| (at.to_string(), min, max);
    changes.take(count).map(fields).collect()
}

// case F11
#[test]
fn the_changes_to_come_are_those_of_the_current_bounds() {
    for (schedule, from, expected) in [
        (
            "mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3",
            "2026-11-26T12:00:00Z",
            &[
                ("2026-11-26T17:00:00Z", 1, 5),
                ("2026-11-27T07:00:00Z", 2, 10),
                ("2026-11-27T17:00:00Z", 1, 5),
                ("2026-11-27T23:00:00Z", 0, 3),
                ("2026-11-29T23:00:00Z", 1, 5),
            ][..],
        ),
        // A window that changes nothing is no change; the end of a night is.
        (
            "fri 22:00-06:00 1..5; sat 05:00-07:00 3..3",
            "2026-11-27T12:00:00Z",
            &[("2026-11-28T06:00:00Z", 3, 3), ("2026-11-28T07:00:00Z", 1, 5)],
        ),
        // The hour from 02:00 is skipped on one Sunday and repeated on another.
        (
            "sun 02:00-03:00 Europe/Paris 3..3",
            "2026-03-28T12:00:00Z",
            &[("2026-04-05T00:00:00Z", 3, 3)],
        ),
        (
            "sun 02:30-04:00 Europe/Paris 3..3",
            "2026-10-24T12:00:00Z",
            &[
                ("2026-10-25T00:30:00Z", 3, 3),
                ("2026-10-25T01:00:00Z", 1, 5),
                ("2026-10-25T01:30:00Z", 3, 3),
                ("2026-10-25T03:00:00Z", 1, 5),
            ],
        ),
    ] {
        let found = changes(schedule, from, expected.len());
        let found: Vec<_> = found.iter().map(|(at, min, max)| (at.as_str(), *min, *max)).collect();
        assert_eq!(found, expected, "{schedule}");
    }
    for schedule in ["", "2..3", "mon-sun 2..3", "mon 1..5"] {
        assert_eq!(changes(schedule, "2026-11-26T12:00:00Z", 1), [], "{schedule}");
    }
}

// case F11
#[test]
fn a_window_that_earlier_ones_hide_is_found() {
    let now = "2026-11-26T12:00:00Z".parse().unwrap();
    for (schedule, hidden) in [
        ("mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3", &[][..]),
        ("2..3; mon 4..5", &[1]),
        ("mon-fri 2..3; sat-sun 1..1; 08:00-18:00 4..5", &[2]),
        ("08:00-18:00 2..3; wed 09:00-17:00 4..5; wed 4..5", &[1]),
        ("22:00-06:00 2..3; 23:00-24:00 4..5; 00:00-06:00 4..5", &[1, 2]),
        // Of another time zone, whose clocks change on other days.
        ("08:00-18:00 Europe/Paris 2..3; 02:00-12:00 America/New_York 4..5", &[]),
        ("08:00-18:00 Europe/Paris 2..3; 09:00-17:00 Europe/Berlin 4..5", &[1]),
    ] {
        assert_eq!(config(schedule).unwrap().target.schedule.hidden(now), hidden, "{schedule}");
    }
}

#[test]
fn a_time_without_dynos_is_allowed() {
    assert_eq!(bounds_at("0..0", "2026-11-26T12:00:00Z"), (0, 0));
}

#[test]
fn the_highest_maximum_is_that_of_any_window_or_of_none() {
    for (schedule, expected) in [("", 5), ("mon 0..9; 1..3", 9), ("0..3", 5)] {
        let config = config(schedule).unwrap();
        assert_eq!(
            config.target.schedule.highest_max(config.target.policy.bounds),
            expected,
            "{schedule}"
        );
    }
}
