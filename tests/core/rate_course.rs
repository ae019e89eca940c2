//! The rule `rate` through fixed courses of a queue, minute by minute, against the numbers in
//! `golden/rate_course.txt`: what it has learnt and what it needs.
//!
//! The laws of `rules.rs` and the loads of `queueing.rs` say that the filter is good; this says that
//! it is the same. A change of the filter is meant, and then shows here as a change of numbers: the
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

/// One look: seconds since the one before, dynos, messages waiting and in flight.
type Look = (i64, u32, u64, u64);

struct Course {
    name: &'static str,
    settings: RateSettings,
    includes: BacklogIncludes,
    in_flight_per_dyno: Option<f64>,
    looks: &'static [Look],
}

const USUAL: Course = Course {
    name: "",
    settings: RATE,
    includes: BacklogIncludes { in_flight: Part::Ignored, delayed: Part::Ignored },
    in_flight_per_dyno: None,
    looks: &[],
};

/// An empty queue, a burst, dynos that come, work it off and go.
const BURST: &[Look] = &[
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

/// A steady load, a look that is missing, a doubled one, and a person's dynos.
const STEADY: &[Look] = &[
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

/// Looks that are minutes apart, a queue that goes, and counts in flight that cannot be.
const GAPS: &[Look] = &[
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

/// Looks exactly as near and as far from each other as they may be, and a second beyond.
const EDGES: &[Look] = &[
    (60, 3, 900, 30),
    (15, 3, 940, 30),
    (900, 3, 1200, 30),
    (901, 3, 1500, 30),
    (14, 3, 1600, 30),
];

/// A queue that forms although most dynos are idle, one whose dynos hold less than they did, and one
/// that would be none if dynos were a little faster.
const DOUBTFUL: &[Look] = &[
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

/// The last of these by itself, before anything is known of the dynos.
const BARELY: &[Look] = &[(60, 3, 80, 30), (60, 3, 80, 30), (60, 3, 85, 30)];

fn courses() -> Vec<Course> {
    let hinted = |hint| RateSettings { messages_per_dyno_minute: Some(hint), ..USUAL.settings };
    let all = BacklogIncludes { in_flight: Part::Counted, delayed: Part::Counted };
    let slow = RateSettings { drain_minutes: 12.0, utilization: 1.2, ..USUAL.settings };
    vec![
        Course { name: "a burst", looks: BURST, ..USUAL },
        Course { name: "a burst, hinted low", looks: BURST, settings: hinted(10.0), ..USUAL },
        Course { name: "a burst, hinted high", looks: BURST, settings: hinted(300.0), ..USUAL },
        Course { name: "a burst, all counted", looks: BURST, includes: all, ..USUAL },
        Course { name: "a burst, drained slowly", looks: BURST, settings: slow, ..USUAL },
        Course {
            name: "a burst, busy dynos kept",
            looks: BURST,
            in_flight_per_dyno: Some(10.0),
            ..USUAL
        },
        Course { name: "a steady load", looks: STEADY, ..USUAL },
        Course { name: "a steady load, hinted", looks: STEADY, settings: hinted(60.0), ..USUAL },
        Course { name: "a steady load, all counted", looks: STEADY, includes: all, ..USUAL },
        Course { name: "looks minutes apart", looks: GAPS, ..USUAL },
        Course {
            name: "looks minutes apart, hinted",
            looks: GAPS,
            settings: hinted(60.0),
            ..USUAL
        },
        Course { name: "looks at the edges", looks: EDGES, settings: hinted(60.0), ..USUAL },
        Course { name: "doubtful queues", looks: DOUBTFUL, settings: hinted(60.0), ..USUAL },
        Course { name: "barely a queue", looks: BARELY, settings: hinted(60.0), ..USUAL },
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

fn told(course: &Course) -> String {
    let (policy, mut state, mut at) = (policy(course), State::default(), START);
    let mut text = format!("{}\n", course.name);
    for &(seconds, active, visible, in_flight) in course.looks {
        at += SignedDuration::from_secs(seconds);
        let seen = Observation { active, backlog: Backlog { visible, in_flight, delayed: 3 } };
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
fn the_filter_gives_the_numbers_that_were_written_down() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/rate_course.txt");
    let expected = fs::read_to_string(path).unwrap_or_default();
    let actual: String = courses().iter().map(told).collect();
    for (line, (was, is)) in expected.lines().zip(actual.lines()).enumerate() {
        assert_eq!(is, was, "line {}; all of it is now:\n{actual}", line + 1);
    }
    assert_eq!(actual.lines().count(), expected.lines().count(), "{actual}");
}
