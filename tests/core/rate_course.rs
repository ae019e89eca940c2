//! The policy `rate` through fixed courses of a queue, minute by minute, against the numbers in
//! `rate_course.txt`: its memory and its recommendation.
//!
//! The laws of `rules.rs` and the loads of `queueing.rs` show that the filter is good; this shows
//! that it is the same. An intended change of the filter shows here as a change of numbers: the
//! failure prints the new ones.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use dynoscaler::policy::rate::RateRecord;
use dynoscaler::policy::{
    Backlog, BacklogIncludes, Bounds, Decision, Observation, Part, Policy, RateSettings, Rule,
    State, decide,
};
use jiff::SignedDuration;
use support::example::{RATE, START, scheduled_cycle};

/// One observation: seconds since the one before, dynos, messages waiting and in flight.
type Observed = (i64, u32, u64, u64);

struct Course {
    name: &'static str,
    settings: RateSettings,
    includes: BacklogIncludes,
    in_flight_per_dyno: Option<f64>,
    observed: &'static [Observed],
}

const USUAL: Course = Course {
    name: "",
    settings: RATE,
    includes: BacklogIncludes { in_flight: Part::Ignored, delayed: Part::Ignored },
    in_flight_per_dyno: None,
    observed: &[],
};

/// An empty queue, a burst, dynos that are added, clear it and are removed.
const BURST: &[Observed] = &[
    (60, 1, 0, 0),
    (60, 1, 4, 1),
    (60, 1, 900, 10),
    (60, 4, 1700, 40),
    (60, 9, 2100, 90),
    (60, 9, 1500, 90),
    (61, 9, 800, 90),
    (60, 9, 120, 88),
    (60, 9, 0, 31),
    (59, 6, 0, 12),
    (60, 3, 1, 9),
    (60, 3, 0, 0),
    (60, 1, 0, 0),
];

/// A steady load, a missing observation, a doubled one, and an operator's dynos.
const STEADY: &[Observed] = &[
    (60, 5, 300, 50),
    (60, 5, 310, 50),
    (60, 5, 290, 50),
    (180, 5, 305, 50),
    (1, 5, 305, 50),
    (60, 8, 280, 80),
    (60, 8, 100, 70),
    (60, 8, 20, 50),
    (60, 0, 330, 0),
    (60, 0, 660, 0),
    (60, 5, 940, 50),
    (86_400, 5, 10, 5),
];

/// Observations minutes apart, a queue that empties, and impossible counts in flight.
const GAPS: &[Observed] = &[
    (60, 3, 500, 30),
    (150, 3, 900, 30),
    (240, 6, 700, 60),
    (150, 6, 120, 55),
    (200, 6, 10, 20),
    (120, 6, 0, 400),
    (90, 6, 0, 12),
    (150, 6, 0, 1500),
    (150, 2, 600, 2),
    (100, 2, 30, 20),
];

/// Observations at the shortest and the longest distance allowed, and a second beyond.
const EDGES: &[Observed] = &[
    (60, 3, 900, 30),
    (15, 3, 940, 30),
    (900, 3, 1200, 30),
    (901, 3, 1500, 30),
    (14, 3, 1600, 30),
];

/// A queue that forms although most dynos are idle, one whose dynos hold less than before, and one
/// that would be empty if dynos were a little faster.
const DOUBTFUL: &[Observed] = &[
    (60, 8, 0, 6),
    (60, 8, 0, 6),
    (60, 8, 700, 40),
    (60, 8, 900, 80),
    (60, 4, 0, 40),
    (60, 4, 0, 40),
    (60, 4, 600, 8),
    (60, 4, 700, 8),
    (60, 3, 80, 30),
    (60, 3, 80, 30),
];

/// The last of these alone, before anything is known of the dynos.
const BARELY: &[Observed] = &[(60, 3, 80, 30), (60, 3, 80, 30), (60, 3, 85, 30)];

fn courses() -> Vec<Course> {
    let all = BacklogIncludes { in_flight: Part::Counted, delayed: Part::Counted };
    let low = RateSettings { service_level: 0.6 };
    vec![
        Course { name: "a burst", observed: BURST, ..USUAL },
        Course { name: "a burst, all counted", observed: BURST, includes: all, ..USUAL },
        Course { name: "a burst, a low service level", observed: BURST, settings: low, ..USUAL },
        Course {
            name: "a burst, busy dynos kept",
            observed: BURST,
            in_flight_per_dyno: Some(10.0),
            ..USUAL
        },
        Course { name: "a steady load", observed: STEADY, ..USUAL },
        Course { name: "a steady load, all counted", observed: STEADY, includes: all, ..USUAL },
        Course { name: "observations minutes apart", observed: GAPS, ..USUAL },
        Course { name: "observations at the edges", observed: EDGES, ..USUAL },
        Course { name: "doubtful queues", observed: DOUBTFUL, ..USUAL },
        Course { name: "barely a queue", observed: BARELY, ..USUAL },
    ]
}

fn policy(course: &Course) -> Policy {
    Policy {
        rule: Rule::Rate(course.settings),
        up_cycles: 1,
        down_cycles: 3,
        backlog_includes: course.includes,
        in_flight_per_dyno: course.in_flight_per_dyno,
        ..Policy::new(Bounds { min: 0, max: 40 }, 100.0)
    }
}

/// Six digits: logarithms may differ in the last ones from machine to machine.
fn line(decision: &Decision, record: &RateRecord) -> String {
    let numbers = record.means.iter().chain(&record.covariance);
    let numbers: Vec<String> = numbers.map(|number| format!("{number:.5e}")).collect();
    format!("{:?} {} {:?} {}", decision.reason, decision.required, record.needs, numbers.join(" "))
}

fn numbers(course: &Course) -> String {
    let (policy, mut state, mut at) = (policy(course), State::default(), START);
    let mut text = format!("{}\n", course.name);
    for &(seconds, active, visible, in_flight) in course.observed {
        at += SignedDuration::from_secs(seconds);
        let seen = Observation::new(Backlog { visible, in_flight, delayed: 3 }, active);
        let cycle = scheduled_cycle(at);
        let decision = decide(&policy, &state, &seen, &cycle);
        let record = decision.next.memory.rate().map(|memory| memory.record());
        let line = record.map(|record| line(&decision, &record)).unwrap_or_default();
        let _ = writeln!(text, "  {active} dynos, {visible} + {in_flight}: {line}");
        state = decision.next;
    }
    text
}

#[test]
fn the_filter_gives_the_recorded_numbers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/core/rate_course.txt");
    let expected = fs::read_to_string(path).unwrap_or_default();
    let actual: String = courses().iter().map(numbers).collect();
    for (line, (was, is)) in expected.lines().zip(actual.lines()).enumerate() {
        assert_eq!(is, was, "line {}; all of it is now:\n{actual}", line + 1);
    }
    assert_eq!(actual.lines().count(), expected.lines().count(), "{actual}");
}
