//! The metrics in the line of a record, against CloudWatch's schema of its embedded format.

use dynoscaler::adapters::StdoutLog;
use dynoscaler::config::Metrics;
use dynoscaler::ports::FormationErrorKind;
use dynoscaler::report::{CycleReport, Level, RoundReport};
use serde_json::{Value, json};

use support::example::START;
use support::fake::{Fake, Fault, next_minute, target};

fn line(metrics: Metrics, report: &CycleReport) -> Value {
    serde_json::from_slice(&StdoutLog::new(metrics, None).line(report).unwrap()).unwrap()
}

fn line_of_round(metrics: Metrics, function: Option<&str>) -> Value {
    let log = StdoutLog::new(metrics, function.map(ToOwned::to_owned));
    serde_json::from_slice(&log.line_of_round(&round()).unwrap()).unwrap()
}

fn round() -> RoundReport {
    RoundReport {
        timestamp: START,
        level: Level::Error,
        message: "round of 9 targets".to_owned(),
        targets: 9,
        succeeded_cycles: 5,
        failed_cycles: 3,
        deferred_cycles: 1,
        pinned_targets: 2,
        stopped_targets: 4,
        duration_ms: 700,
        targets_error: None,
        request_id: "request".to_owned(),
        cold_start: false,
    }
}

fn named(line: &Value) -> Vec<&str> {
    let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
    metrics.iter().map(|metric| metric["Name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_record_is_six_metrics_of_its_target() {
    let report = next_minute(&Fake::new(5, 900), &target()).await;
    let line = line(Metrics::On, &report);
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], "DynoScaler");
    assert_eq!(directive["Dimensions"], json!([["app", "process"]]));
    assert_eq!(line["_aws"]["Timestamp"], report.timestamp.as_millisecond());
    for (name, value) in [
        ("backlog_per_instance", 180.0),
        ("sqs_messages", 900.0),
        ("active_dynos", 5.0),
        ("required_dynos", 5.0),
        ("at_max", 1.0),
        ("cycle_failed", 0.0),
    ] {
        assert!(named(&line).contains(&name), "{name}");
        assert_eq!(line[name].as_f64(), Some(value), "{name}");
    }
    assert_eq!(named(&line).len(), 6);
}

#[tokio::test]
async fn every_metric_is_a_number_in_its_line_and_an_unknown_value_is_no_metric() {
    for fake in [
        Fake::new(0, 900),
        Fake::new(2, 0),
        Fake::new(2, 900).failing("Quantity", 1, Fault::Answered(FormationErrorKind::Unauthorized)),
        Fake::new(2, 900).failing("Backlog", 1, Fault::Lost),
        Fake::new(2, 900).failing("Load", 1, Fault::Lost),
        Fake::new(2, 900).failing("Commit", 1, Fault::Race),
        Fake::new(2, 900).failing("SetQuantity", 1, Fault::Lost),
    ] {
        let line = line(Metrics::On, &next_minute(&fake, &target()).await);
        for name in named(&line) {
            assert!(line[name].is_number(), "{name} of {line}");
        }
        assert!(named(&line).contains(&"cycle_failed"), "{line}");
    }
}

#[test]
fn a_round_is_four_metrics_of_its_function_whether_or_not_records_are_metrics() {
    for metrics in [Metrics::On, Metrics::OfRounds] {
        let line = line_of_round(metrics, Some("fleet"));
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "DynoScaler");
        assert_eq!(
            (&directive["Dimensions"], &line["function"]),
            (&json!([["function"]]), &json!("fleet"))
        );
        assert_eq!(line["_aws"]["Timestamp"], START.as_millisecond());
        let values = named(&line).into_iter().map(|name| (name, line[name].as_u64().unwrap()));
        let expected = [
            ("failed_cycles", 3),
            ("deferred_cycles", 1),
            ("pinned_targets", 2),
            ("stopped_targets", 4),
        ];
        assert_eq!(values.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn the_line_of_a_round_is_nothing_else_if_metrics_are_off_or_no_function_has_it() {
    for (metrics, function) in
        [(Metrics::Off, Some("fleet")), (Metrics::On, None), (Metrics::OfRounds, None)]
    {
        assert_eq!(line_of_round(metrics, function), serde_json::to_value(round()).unwrap());
    }
}

#[tokio::test]
async fn the_line_is_the_record_and_nothing_else_if_metrics_are_off() {
    let report = next_minute(&Fake::new(2, 900), &target()).await;
    let off = line(Metrics::Off, &report);
    assert_eq!(off, serde_json::to_value(&report).unwrap());
    assert_eq!(off, line(Metrics::OfRounds, &report));
    let mut on = line(Metrics::On, &report);
    on.as_object_mut().unwrap().remove("_aws");
    assert_eq!(on, off);
}
