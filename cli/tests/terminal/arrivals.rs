//! How loads are read from files and synthesised.

use std::fs;
use std::path::Path;

use dynoscaler_cli::arrivals::{Arrivals, ArrivalsError, Place};
use dynoscaler_sim::queueing::{Load, SECOND_US, Shape};

fn read(csv: &str) -> Result<Load, ArrivalsError> {
    Arrivals::read("a", csv, &[]).map(|arrivals| arrivals.load)
}

fn exported(name: &str, columns: &[&str]) -> Result<Arrivals, ArrivalsError> {
    let columns: Vec<_> = columns.iter().map(|name| (*name).to_owned()).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports").join(name);
    Arrivals::read("a", &fs::read_to_string(path).unwrap(), &columns)
}

#[test]
fn a_csv_is_read_with_and_without_heading_and_its_gaps_have_no_messages() {
    let csv = "timestamp,value\n2026-01-01 00:00:00,60\n2026-01-01T00:01:00Z,120\n\n2026-01-01 00:10:00,6.0\n";
    let load = read(csv).unwrap();
    assert_eq!(load.segments().len(), 3);
    assert_eq!(load.duration_us(), 11 * 60 * SECOND_US);
    assert_close(load.messages(), 186.0);
    assert_close(load.per_second_at(61 * SECOND_US), 2.0);
    assert_close(load.per_second_at(300 * SECOND_US), 0.0);
    assert_close(load.mean_per_second_between(30 * SECOND_US, 90 * SECOND_US), 1.5);
    assert_close(load.clone().scaled_to_mean(5.0).mean_per_second(), 5.0);
    let headless = csv.strip_prefix("timestamp,value\n").unwrap();
    assert_eq!(read(headless).unwrap(), load);
}

// case D6
#[test]
fn every_export_of_the_same_minutes_is_the_same_load() {
    let plain = read("2026-02-14 14:20:00,120\n2026-02-14 14:21:00,130\n").unwrap();
    let exports = [
        ("cloudwatch-console.csv", &[][..]),
        ("get-metric-statistics.json", &[]),
        ("get-metric-statistics.json", &["Sum"]),
        ("get-metric-data.json", &["sent"]),
        ("get-metric-data.json", &["NumberOfMessagesSent"]),
    ];
    for (name, columns) in exports {
        assert_eq!(exported(name, columns).unwrap().load, plain, "{name} {columns:?}");
    }
}

// case D6
#[test]
fn a_point_without_a_value_has_no_messages_and_is_counted() {
    let arrivals = exported("gap.csv", &[]).unwrap();
    assert_eq!(arrivals.missing, 1);
    assert_eq!(arrivals.load.duration_us(), 3 * 60 * SECOND_US);
    assert_close(arrivals.load.messages(), 210.0);
    assert_close(arrivals.load.per_second_at(61 * SECOND_US), 0.0);
}

// case D6
#[test]
fn of_several_metrics_one_must_be_chosen_by_name() {
    let two = "cloudwatch-console-two.csv";
    for name in [
        "NumberOfMessagesSent",
        "m1",
        "eu-west-1:AWS/SQS QueueName:jobs NumberOfMessagesSent Sum 60",
    ] {
        assert_close(exported(two, &[name]).unwrap().load.messages(), 340.0);
    }
    assert_eq!(exported(two, &["NumberOfMessagesDeleted"]).unwrap().missing, 1);
    let both = ["NumberOfMessagesSent", "NumberOfMessagesDeleted"];
    for name in [two, "get-metric-data.json"] {
        let error = exported(name, &[]).unwrap_err();
        assert!(matches!(&error, ArrivalsError::Several { names } if *names == both), "{error}");
        let error = exported(name, &["sents"]).unwrap_err();
        assert!(matches!(&error, ArrivalsError::Column { names, .. } if *names == both), "{error}");
    }
    let headed = "time,sent,received\n2026-01-01 00:00:00,1,2\n2026-01-01 00:05:00,3,4\n";
    let received = Arrivals::read("a", headed, &["received".to_owned()]).unwrap();
    assert_close(received.load.messages(), 6.0);
    let headless = headed.strip_prefix("time,sent,received\n").unwrap();
    let error = read(headless).unwrap_err();
    assert!(error.to_string().contains("2 columns, 2, 3"), "{error}");
}

#[test]
fn the_messages_of_several_queues_are_added_each_metric_once() {
    let csv = "time,jobs,mailers\n2026-01-01 00:00:00,1,20\n2026-01-01 00:05:00,,40\n\
        2026-01-01 00:10:00,,\n2026-01-01 00:15:00,2,60\n";
    let chosen = ["jobs", "mailers", "jobs"].map(str::to_owned);
    let arrivals = Arrivals::read("a", csv, &chosen).unwrap();
    assert_close(arrivals.load.messages(), 123.0);
    assert_close(
        arrivals.load.mean_per_second_between(300 * SECOND_US, 600 * SECOND_US),
        40.0 / 300.0,
    );
    assert_eq!(arrivals.missing, 1);
}

#[test]
fn a_broken_file_names_its_place() {
    let row = "2026-01-01 00:00:00,1\n";
    let error = |rest: &str| read(&format!("{row}{rest}")).unwrap_err();
    let line = |line| Place::Line(line);
    let timestamp = |e, at| matches!(e, ArrivalsError::Timestamp { place, .. } if place == at);
    let value = |e, at| matches!(e, ArrivalsError::Value { place, .. } if place == at);
    assert!(timestamp(error("nonsense 1"), line(2)));
    assert!(timestamp(error("yesterday,1"), line(2)));
    for text in ["many", "-1", "NaN", "inf"] {
        assert!(value(error(&format!("\n2026-01-01 00:05:00,{text}")), line(3)), "{text}");
    }
    assert!(matches!(error(""), ArrivalsError::TooShort));
    let silent = "2026-01-01 00:00:00,0\n2026-01-01 00:05:00,0\n";
    assert!(matches!(read(silent), Err(ArrivalsError::Empty)));
    let point = r#"{"Datapoints":[{"Timestamp":"noon","Sum":1}]}"#;
    assert!(timestamp(read(point).unwrap_err(), Place::Point(1)));
    for (text, expected) in [
        ("{\"events\":[]}", "found JSON with neither MetricDataResults nor Datapoints"),
        ("{\"Datapoints\":", "not valid JSON"),
        ("2026-01-01 00:00:00\n2026-01-01 00:01:00\n", "found text without a comma"),
        ("", "at least two points in time"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

// case F7
#[test]
fn the_order_of_lines_does_not_matter_and_the_usual_distance_is_the_bucket() {
    let rows: Vec<String> =
        (0..30).map(|minute| format!("2026-01-01 00:{minute:02}:00,{}\n", minute + 1)).collect();
    let load = read(&rows.concat()).unwrap();
    let newest_first: String = rows.iter().rev().map(String::as_str).collect();
    assert_eq!(read(&newest_first).unwrap(), load);
    let doubled = format!("{newest_first}{}", rows.concat());
    assert_eq!(read(&doubled).unwrap(), load);
    // A row that is a second late is part of its minute.
    let stray = format!("{}2026-01-01 00:10:01,60\n", rows.concat());
    let strayed = read(&stray).unwrap();
    assert_eq!(strayed.segments().len(), 30);
    assert_close(strayed.per_second_at(11 * 60 * SECOND_US - 1), (11.0 + 60.0) / 60.0);
    // Buckets that begin a second early are as long as they can be.
    let early = rows.concat().replace("00:10:00", "00:09:59");
    assert_close(read(&early).unwrap().messages(), load.messages());
}

// case F7
#[test]
fn two_values_for_one_time_and_a_time_far_from_the_others_are_refused() {
    let rows = "2026-01-01 00:00:00,1\n2026-01-01 00:01:00,2\n";
    let twice = read(&format!("{rows}2026-01-01 00:00:00,3\n")).unwrap_err();
    assert_eq!(twice.to_string(), "line 3: another value for the time of line 1");
    let far = read(&format!("{rows}2036-01-01 00:02:00,3\n")).unwrap_err().to_string();
    assert!(far.contains("line 2") && far.contains("line 3 (2036-01-01T00:02:00Z)"), "{far}");
    assert!(far.contains("500 days"), "{far}");
}

#[test]
fn every_shape_has_the_requested_mean() {
    for shape in Shape::ALL {
        assert_close(shape.load(7 * 1440, 3.0).mean_per_second(), 3.0);
    }
}

fn assert_close(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-6 * right.abs().max(1.0), "{left} is not {right}");
}
