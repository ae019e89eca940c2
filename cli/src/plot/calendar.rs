//! The round instants on a time axis, in UTC.
//!
//! Must not know what is drawn over it.

use jiff::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// From one tick to the next, in seconds.
const STEPS: [i64; 23] = [
    1,
    2,
    5,
    10,
    15,
    30,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
];

const TICKS_MAX: i64 = 11;

/// Some ten round instants between two, each with its name.
pub(super) fn ticks(first: Timestamp, last: Timestamp) -> Vec<(Timestamp, String)> {
    let (from, to) = (first.as_second(), last.as_second());
    let fits = |step: &i64| (to - from) / step < TICKS_MAX;
    let [.., longest] = STEPS;
    let step = STEPS.into_iter().find(fits).unwrap_or(longest);
    let start = from + (step - from.rem_euclid(step)).rem_euclid(step);
    let instants = std::iter::successors(Some(start), |at| Some(at + step));
    let instants =
        instants.take_while(|at| *at <= to).filter_map(|at| Timestamp::from_second(at).ok());
    instants.map(|at| (at, name(at, step))).collect()
}

/// The time of the day, and at midnight the day.
fn name(at: Timestamp, step_secs: i64) -> String {
    let format = if at.as_second().rem_euclid(DAY) == 0 {
        "%b %-d"
    } else if step_secs < MINUTE {
        "%H:%M:%S"
    } else {
        "%H:%M"
    };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(first: &str, last: &str) -> Vec<String> {
        let ticks = ticks(first.parse().unwrap(), last.parse().unwrap());
        ticks.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn ticks_are_round_and_some_ten_however_long_the_time() {
        let evening = names("2026-01-31T21:10:00Z", "2026-02-01T02:30:00Z");
        assert_eq!(evening[..3], ["21:30", "22:00", "22:30"]);
        assert!(evening.contains(&"Feb 1".to_owned()) && evening.len() == 11);
        assert_eq!(names("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"), ["12:00:00"]);
        assert_eq!(names("2026-01-01T12:00:00Z", "2026-01-05T12:00:00Z")[..2], ["12:00", "Jan 2"]);
        for days in 1..2_000 {
            let first: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
            let last = first + jiff::SignedDuration::from_hours(days * 24);
            assert!((1..=13).contains(&ticks(first, last).len()), "{days}");
        }
    }
}
