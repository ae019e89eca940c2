//! Facts that are written in two places agree: the README, the template, the events and the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use dynoscaler::config::variable;
use dynoscaler::fleet::{News, TIMEOUT_MIN};
use dynoscaler::policy::{Backlog, Bounds, Counters, Observation, Origin, Policy, State, decide};
use dynoscaler::ports::{ACT_BUDGET, COMMIT_BUDGET, OBSERVE_BUDGET, REPORT_BUDGET};
use dynoscaler::report::FIELDS;
use dynoscaler::tick;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use support::example::scheduled_cycle;

/// For Lambda to start the process, and for the cycle to report that it failed.
const RESERVE: Duration = Duration::from_secs(5);

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The names in backticks that open the rows of the table under a heading of a page.
fn table(page: &str, heading: &str) -> BTreeSet<String> {
    let page = read(page);
    let (_, section) = page.split_once(&format!("\n{heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = cells.flat_map(|row| row.split(" |").next().unwrap().split('`').step_by(2));
    names.filter(|name| !name.trim().is_empty()).map(ToOwned::to_owned).collect()
}

/// Besides the fields, the line in the log has the definition of the metrics.
#[test]
fn the_page_on_operation_explains_every_field_of_a_record_and_no_other() {
    let expected = FIELDS.iter().map(|(name, _)| (*name).to_owned()).chain(["_aws".to_owned()]);
    assert_eq!(table("docs/OPERATIONS.md", "## The record"), expected.collect());
}

#[test]
fn the_page_on_operation_lists_the_kinds_of_events() {
    let expected = News::ALL.map(|news| news.label().to_owned()).into();
    assert_eq!(table("docs/OPERATIONS.md", "## Events"), expected);
}

/// The names of the function's environment in the template, in its order.
pub(crate) fn template_variables() -> Vec<String> {
    let template = read("template.yaml");
    let (_, section) = template.split_once("        Variables:\n").unwrap();
    let names = section.lines().map_while(|line| line.strip_prefix("          "));
    names.map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

/// What a text parameter of the template is, unless it is given.
pub(crate) fn template_default(parameter: &str) -> Option<String> {
    let declaration = format!("\n  {parameter}:\n    Type: String\n    Default: \"");
    let template = read("template.yaml");
    let (_, default) = template.split_once(&declaration)?;
    default.split('"').next().map(ToOwned::to_owned)
}

/// Those that have no parameter of their own go through the one for all others.
#[test]
fn the_template_declares_variables_of_the_code_alone_and_takes_the_others_together() {
    let known: BTreeSet<_> = variable::ALL.iter().map(|name| (*name).to_owned()).collect();
    let declared: BTreeSet<_> = template_variables().into_iter().collect();
    let unknown: Vec<_> = declared.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(declared.contains(variable::SETTINGS));
}

#[test]
fn the_worst_cycle_fits_into_the_functions_timeout() {
    let template = read("template.yaml");
    let (_, rest) = template.split_once("      Timeout: !If [IsFleet, ").unwrap();
    let timeouts = rest.split(']').next().unwrap().split(", ");
    let worst = OBSERVE_BUDGET + COMMIT_BUDGET + ACT_BUDGET + REPORT_BUDGET;
    for timeout in timeouts.map(|seconds| Duration::from_secs(seconds.parse().unwrap())) {
        assert!(worst + RESERVE <= timeout, "{worst:?} + {RESERVE:?} > {timeout:?}");
        assert!(TIMEOUT_MIN <= SignedDuration::try_from(timeout).unwrap(), "{timeout:?}");
        assert!(timeout < Duration::from_secs(60), "a cycle ends before the next is due");
    }
}

#[test]
fn every_event_is_a_tick_of_the_kind_that_it_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let mut kinds = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let event: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let time = event.get("time").and_then(Value::as_str);
        let time: Option<Timestamp> = time.map(|time| time.parse().unwrap());
        let clock = time.filter(|time| time.as_second() > 0).map_or_else(
            || "2026-11-24T12:00:00Z".parse().unwrap(),
            |time| time + SignedDuration::from_secs(20),
        );
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        kinds.push((name, tick::read(&event, clock).origin));
    }
    kinds.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [
        ("delayed-tick.json", Origin::Schedule),
        ("empty.json", Origin::Operator),
        ("eventbridge-scheduler.json", Origin::Schedule),
        ("sam-generate-event.json", Origin::Operator),
        ("scheduled-rule.json", Origin::Schedule),
    ];
    assert_eq!(kinds, expected.map(|(name, origin)| (name.to_owned(), origin)));
}

/// The cells of the rows of the worked example of `step`.
fn worked_example() -> Vec<Vec<String>> {
    let page = read("docs/POLICIES.md");
    let (_, section) = page.split_once("\n| tick | messages | dynos |").unwrap();
    let rows = section.lines().skip(2).map_while(|line| line.strip_prefix("| "));
    rows.map(|row| row.trim_end_matches(" |").split(" | ").map(ToOwned::to_owned).collect())
        .collect()
}

#[test]
fn the_worked_example_is_what_happens() {
    let policy =
        Policy { up_cycles: 2, down_cycles: 3, ..Policy::new(Bounds { min: 1, max: 5 }, 100.0) };
    let mut state = State::default();
    let mut required = None;
    for row in worked_example() {
        let [tick, messages, dynos, each, up, down, why] = &row[..] else { panic!("{row:?}") };
        let at: Timestamp = format!("2026-11-24T{tick}:00Z").parse().unwrap();
        let visible = messages.parse().unwrap();
        let active = dynos.parse().unwrap();
        assert!(required.is_none_or(|required| required == active), "{row:?}");
        let backlog = Backlog { visible, in_flight: 0, delayed: 0 };
        let seen = Observation::new(backlog, active);
        let cycle = scheduled_cycle(at);
        let decision = decide(&policy, &state, &seen, &cycle);
        let Counters { up: up_cnt, down: down_cnt } = decision.next.counters;
        assert_eq!(
            (up_cnt.to_string(), down_cnt.to_string()),
            (up.clone(), down.clone()),
            "{row:?}"
        );
        assert_eq!(policy.backlog_per_instance(&seen), each.parse().ok(), "{row:?}");
        assert!(why.contains(&format!("`{}`", decision.reason.label())), "{row:?}");
        required = Some(decision.required);
        state = decision.next;
    }
    assert_eq!(required, Some(1));
}
