//! The doctor finds each of its faults when it is planted, names the remedy, and gives no false
//! alarm.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use dynoscaler::adapters::SystemClock;
use dynoscaler::ports::Clock;
use dynoscaler::report::{FIELDS, Kind};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use support::server::Reply;
use support::services::{READ_FORMATION, Services, formation, logged, ok, queue, refusal, table};
use support::store;

use crate::BINARY;

const MAPPING: &str = "GET /logs/_mapping";
const PRIVILEGES: &str = "POST /_security/user/_has_privileges";

fn record(age_secs: i64, error: &Value) -> Value {
    let tick = SystemClock.now() - SignedDuration::from_secs(age_secs);
    let reason = if error.is_null() { "AtTarget" } else { "StateUnavailable" };
    json!({ "tick": tick, "app": "my-app", "process": "worker", "reason": reason, "error": error })
}

/// All is healthy, and every check runs.
async fn healthy() -> (Services, Command) {
    let services = Services::start(450).await;
    services.held().log = vec![logged(&record(50, &Value::Null))];
    services.set_answer(PRIVILEGES, || ok(&json!({ "has_all_requested": true })));
    let arguments = ["doctor", "--json", "--log-group", "group", "--rule", "tick"];
    let mut command = services.dynoscaler(BINARY, &arguments);
    command.envs([
        ("ELK_ELASTIC_URL", services.server.url.as_str()),
        ("ELK_ELASTIC_USER", "elastic"),
        ("ELK_ELASTIC_PASS", "password"),
        ("ELK_INDEX_AS", "logs"),
        ("DYNOSCALER_IN_FLIGHT_PER_DYNO", "10"),
    ]);
    (services, command)
}

fn examined(command: &mut Command) -> (Vec<Value>, Option<i32>) {
    let output = command.output().unwrap();
    let shown: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (shown["findings"].as_array().unwrap().clone(), output.status.code())
}

/// Every secret is in the store of parameters.
fn by_reference(services: &Services, command: &mut Command) {
    services.set_answer("GetParameter", || store::holds("HRKU-token"));
    command.env("AWS_KEY", "AKIDOTHER");
    for variable in ["MY_HEROKU_AUTH_TOKEN", "ELK_ELASTIC_PASS", "AWS_SECRET"] {
        command.env(variable, "ssm:/dynoscaler/secret");
    }
}

fn no_parameter(services: &Services, command: &mut Command) {
    by_reference(services, command);
    services.set_answer("GetParameter", || refusal("AccessDeniedException"));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_by_reference_are_read_with_the_callers_credentials() {
    let (services, mut command) = healthy().await;
    by_reference(&services, &mut command);
    let (findings, status) = examined(&mut command);
    assert_eq!(status, Some(0), "{findings:#?}");
    assert_eq!(services.count("GetParameter"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_remedy_names_the_reference_where_a_secret_cannot_be_read() {
    let (services, mut command) = healthy().await;
    no_parameter(&services, &mut command);
    let (findings, _) = examined(&mut command);
    for check in ["heroku-token", "queue", "elastic"] {
        let finding = findings.iter().find(|finding| finding["check"] == check).unwrap();
        assert!(finding["mend"].as_str().unwrap().contains("ssm:GetParameter"), "{finding}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_set_up_has_no_finding() {
    let (services, mut command) = healthy().await;
    let (findings, status) = examined(&mut command);
    assert_eq!(status, Some(0), "{findings:#?}");
    assert!(findings.iter().all(|finding| finding["severity"] == "ok"), "{findings:#?}");
    let mut checks: Vec<_> = findings.iter().map(|finding| &finding["check"]).collect();
    checks.dedup();
    let expected = [
        "identity",
        "variables",
        "heroku-token",
        "heroku-app",
        "dynos",
        "queue",
        "visibility",
        "table",
        "state",
        "elastic",
        "last-cycle",
        "schedule",
    ];
    assert_eq!(checks, expected);
    assert_eq!(services.held().item, None, "nothing is written");
    assert_eq!(services.held().quantity, 1, "nothing is changed");
}

/// A fault, and the finding that it must lead to: its check, its severity, part of its text.
type Planted =
    (&'static str, fn(&Services, &mut Command), &'static str, &'static str, &'static str);

fn heroku_refuses(services: &Services, status: u16, id: &'static str) {
    let body = json!({ "id": id, "message": "No." }).to_string();
    services.set_answer(READ_FORMATION, move || Reply::json(status, body.clone()));
}

fn scoped(services: &Services, headers: &'static [(&'static str, &'static str)]) {
    let body = r#"[{"type":"worker","quantity":1,"size":"Standard-1X"}]"#;
    services.set_answer(READ_FORMATION, move || Reply::Answer(200, headers, body.to_owned()));
}

fn paused_until(until: &str) -> Map<String, Value> {
    let times = json!({ "since": { "S": "2026-11-24T12:00:00Z" }, "until": { "S": until } });
    let item = json!({
        "version": { "N": "3" }, "scale_up_cnt": { "N": "0" }, "scale_down_cnt": { "N": "0" },
        "pause": { "M": times },
    });
    item.as_object().unwrap().clone()
}

const FAULTS: &[Planted] = &[
    (
        "a variable out of bounds",
        |_, command| {
            command.env("DYNOSCALER_MAX_DYNOS", "0");
        },
        "variables",
        "error",
        "DYNOSCALER_MAX_DYNOS",
    ),
    (
        "a variable that is missing",
        |_, command| {
            command.env_remove("AWS_SQS_NAME");
        },
        "variables",
        "error",
        "AWS_SQS_NAME is not set",
    ),
    (
        "no region anywhere",
        |_, command| {
            command.env_remove("AWS_REGION");
        },
        "variables",
        "error",
        "AWS_REGION",
    ),
    (
        "a token that Heroku does not know",
        |services, _| heroku_refuses(services, 401, "unauthorized"),
        "heroku-token",
        "error",
        "401 unauthorized",
    ),
    (
        "a token whose parameter may not be read",
        no_parameter,
        "heroku-token",
        "error",
        "cannot read ssm:/dynoscaler/secret: SSM answered 400 AccessDeniedException",
    ),
    (
        "a reference to no parameter",
        |_, command| {
            command.env("MY_HEROKU_AUTH_TOKEN", "ssm:token");
        },
        "variables",
        "error",
        "MY_HEROKU_AUTH_TOKEN (value not shown) must be ssm: and",
    ),
    (
        "a queue's secret that may not be read",
        no_parameter,
        "queue",
        "error",
        "cannot read ssm:/dynoscaler/secret",
    ),
    (
        "a password that may not be read",
        no_parameter,
        "elastic",
        "warning",
        "no password for Elasticsearch: cannot read ssm:/dynoscaler/secret",
    ),
    (
        "a token without access to the app",
        |services, _| heroku_refuses(services, 403, "forbidden"),
        "heroku-token",
        "error",
        "403 forbidden",
    ),
    (
        "a token that may only read",
        |services, _| scoped(services, &[("Oauth-Scope", "identity read")]),
        "heroku-token",
        "error",
        "may not scale",
    ),
    (
        "a token that may do too much",
        |services, _| scoped(services, &[("Oauth-Scope", "global")]),
        "heroku-token",
        "warning",
        "everything in the account",
    ),
    (
        "a scope that is not reported",
        |services, _| scoped(services, &[]),
        "heroku-token",
        "unchecked",
        "did not report its scope",
    ),
    (
        "no calls left",
        |services, _| heroku_refuses(services, 429, "rate_limit"),
        "heroku-token",
        "warning",
        "429",
    ),
    (
        "no such app",
        |services, _| heroku_refuses(services, 404, "not_found"),
        "heroku-app",
        "error",
        "404 not_found",
    ),
    (
        "no such process type",
        |_, command| {
            command.env("MY_HEROKU_AS_PROCESS", "jobs");
        },
        "heroku-app",
        "error",
        "it has web, worker",
    ),
    (
        "the process type of Heroku's own autoscaling",
        |_, command| {
            command.env("MY_HEROKU_AS_PROCESS", "web").env("DYNOSCALER_ALLOW_WEB", "true");
        },
        "heroku-app",
        "warning",
        "web is scaled",
    ),
    (
        "Heroku is down",
        |services, _| {
            services.set_answer(READ_FORMATION, || Reply::Answer(503, &[], "<html>".into()))
        },
        "heroku-app",
        "error",
        "503",
    ),
    (
        "more dynos than Eco has",
        |services, _| services.set_answer(READ_FORMATION, || formation(1, "Eco")),
        "dynos",
        "error",
        "Eco allows 1",
    ),
    (
        "more dynos than Performance has by default",
        |services, command| {
            services.set_answer(READ_FORMATION, || formation(1, "Performance-M"));
            command.env("DYNOSCALER_MAX_DYNOS", "11");
        },
        "dynos",
        "warning",
        "Performance-M allows 10",
    ),
    (
        "more dynos than the app may have besides its others",
        |_, command| {
            command.env("DYNOSCALER_MAX_DYNOS", "99");
        },
        "dynos",
        "warning",
        "other process types have 2",
    ),
    (
        "a size of tomorrow",
        |services, _| services.set_answer(READ_FORMATION, || formation(1, "Quantum-L")),
        "dynos",
        "unchecked",
        "Quantum-L",
    ),
    (
        "dynos that an operator stopped",
        |services, _| services.held().quantity = 0,
        "dynos",
        "warning",
        "stop",
    ),
    (
        "dynos outside the bounds",
        |services, _| services.held().quantity = 7,
        "dynos",
        "warning",
        "7 dynos, outside 1 to 5",
    ),
    // case F4
    (
        "a count of years",
        |_, command| {
            command.env("DYNOSCALER_UP_CYCLES", "9999999");
        },
        "counts",
        "warning",
        "DYNOSCALER_UP_CYCLES: 9,999,999 cycles are 19 years",
    ),
    (
        "a count of days by the time from one cycle to the next",
        |_, command| {
            command.env("DYNOSCALER_DOWN_CYCLES", "100").args(["--every", "1h"]);
        },
        "counts",
        "warning",
        "DYNOSCALER_DOWN_CYCLES: 100 cycles are 4 days",
    ),
    // case F11
    (
        "a window that an earlier one hides",
        |_, command| {
            command.env("DYNOSCALER_SCHEDULE", "1..5; mon 4..5;");
        },
        "bounds",
        "warning",
        "window 2, mon 4..5, never applies",
    ),
    (
        "a window that is none",
        |_, command| {
            command.env("DYNOSCALER_SCHEDULE", "1..5; 8-18 2..10");
        },
        "variables",
        "error",
        "window 2 has \"8-18\"",
    ),
    (
        "dynos outside the bounds of the hour",
        |_, command| {
            command.env("DYNOSCALER_SCHEDULE", "3..9");
        },
        "dynos",
        "warning",
        "1 dynos, outside 3 to 9",
    ),
    (
        "no such queue",
        |services, _| {
            services.set_answer("GetQueueUrl", || refusal("com.amazonaws.sqs#QueueDoesNotExist"));
        },
        "queue",
        "error",
        "QueueDoesNotExist",
    ),
    (
        "a queue that may not be read",
        |services, _| services.set_answer("GetQueueAttributes", || refusal("AccessDenied")),
        "queue",
        "error",
        "AccessDenied",
    ),
    (
        "no credentials",
        |_, command| {
            command.env_remove("AWS_ACCESS_KEY_ID").env("HOME", "/nowhere");
        },
        "identity",
        "error",
        "no credentials for STS",
    ),
    (
        "messages that come back before a worker has stopped",
        |services, _| services.set_answer("GetQueueAttributes", || queue(450, 20)),
        "visibility",
        "warning",
        "delivered again after 20 s",
    ),
    (
        "dynos that are removed while they work",
        |services, command| {
            services.set_answer("GetQueueAttributes", || queue(450, 600));
            command.env_remove("DYNOSCALER_IN_FLIGHT_PER_DYNO");
        },
        "visibility",
        "warning",
        "removed after 3.0 min",
    ),
    (
        "no such table",
        |services, _| services.set_answer("DescribeTable", || refusal("ResourceNotFoundException")),
        "table",
        "error",
        "no table states",
    ),
    (
        "a table with another key",
        |services, _| services.set_answer("DescribeTable", || table("id", "S")),
        "table",
        "error",
        "id (HASH, S)",
    ),
    (
        "a table with a key of another kind",
        |services, _| services.set_answer("DescribeTable", || table("target", "N")),
        "table",
        "error",
        "target (HASH, N)",
    ),
    (
        "a table that may not be described",
        |services, _| services.set_answer("DescribeTable", || refusal("AccessDeniedException")),
        "table",
        "unchecked",
        "AccessDenied",
    ),
    (
        "no table",
        |_, command| {
            command.env_remove("DYNOSCALER_TABLE").args(["--state-file", "/nowhere/state.redb"]);
        },
        "table",
        "unchecked",
        "/nowhere/state.redb",
    ),
    (
        "a table that may not be read",
        |services, _| services.set_answer("GetItem", || refusal("AccessDeniedException")),
        "state",
        "error",
        "AccessDenied",
    ),
    (
        "a table that may not be written",
        |services, _| services.set_answer("UpdateItem", || refusal("AccessDeniedException")),
        "state",
        "error",
        "not writable",
    ),
    (
        "an item of another program",
        |services, _| {
            services.set_answer("GetItem", || ok(&json!({ "Item": { "version": { "S": "x" } } })));
        },
        "state",
        "error",
        "unreadable",
    ),
    (
        "an Elasticsearch that does not know its user",
        |services, _| services.set_answer(PRIVILEGES, || Reply::json(401, "{}")),
        "elastic",
        "warning",
        "401",
    ),
    (
        "an Elasticsearch user that may not write",
        |services, _| {
            services.set_answer(PRIVILEGES, || ok(&json!({ "has_all_requested": false })))
        },
        "elastic",
        "warning",
        "may not create",
    ),
    (
        "an OpenSearch, which does not report it",
        |services, _| services.set_answer(PRIVILEGES, || Reply::json(400, "{}")),
        "elastic",
        "unchecked",
        "does not report",
    ),
    (
        "no Elasticsearch at all",
        |_, command| {
            command.env("ELK_ELASTIC_URL", "http://127.0.0.1:1");
        },
        "elastic",
        "warning",
        "cannot connect",
    ),
    // case D5
    (
        "a mapping that ECS made",
        |services, _| {
            let objects = json!({ "properties": { "name": { "type": "keyword" } } });
            let properties = json!({ "process": objects, "error": objects, "app": {} });
            let mappings = json!({ "logs-1": { "mappings": { "properties": properties } } });
            services.set_answer(MAPPING, move || ok(&mappings));
        },
        "elastic",
        "warning",
        "refuses every record for app (object), error (object), process (object)",
    ),
    (
        "a mapping that may not be read",
        |services, _| services.set_answer(MAPPING, || Reply::json(403, "{}")),
        "elastic",
        "unchecked",
        "mapping is not known: Elasticsearch answered 403",
    ),
    (
        "a mapping that is none",
        |services, _| services.set_answer(MAPPING, || ok(&json!([]))),
        "elastic",
        "unchecked",
        "mapping is not known",
    ),
    // case D4
    (
        "an OpenSearch without servers",
        |_, command| {
            command.env("ELK_ELASTIC_URL", "https://abc.eu-west-1.aoss.amazonaws.com");
        },
        "elastic",
        "warning",
        "OpenSearch Serverless",
    ),
    // case E6
    (
        "a queue of message groups",
        |_, command| {
            command.env("AWS_SQS_NAME", "jobs.fifo");
        },
        "groups",
        "unchecked",
        "dynos beyond the groups in use idle",
    ),
    (
        "a rule that is disabled",
        |services, _| services.set_answer("DescribeRule", || ok(&json!({ "State": "DISABLED" }))),
        "schedule",
        "error",
        "DISABLED",
    ),
    (
        "no such rule",
        |services, _| services.set_answer("DescribeRule", || refusal("ResourceNotFoundException")),
        "schedule",
        "error",
        "no rule tick",
    ),
    (
        "a rule that may not be read",
        |services, _| services.set_answer("DescribeRule", || refusal("AccessDeniedException")),
        "schedule",
        "unchecked",
        "AccessDenied",
    ),
    (
        "no cycle for a day",
        |services, _| services.held().log.clear(),
        "last-cycle",
        "error",
        "no cycle in the last 24.0 h",
    ),
    (
        "the cycles of another target",
        |_, command| {
            command.env("MY_HEROKU_AS_APP", "other-app");
        },
        "last-cycle",
        "error",
        "no cycle",
    ),
    (
        // case D9
        "a last cycle that is late for a rule of one minute",
        |services, _| services.held().log = vec![logged(&record(276, &Value::Null))],
        "last-cycle",
        "warning",
        "the last one was 4.6 min ago, and one is due every 60 s",
    ),
    (
        // case D9
        "a last cycle of hours ago, further back than the first search",
        |services, _| services.held().log = vec![logged(&record(5 * 3_600, &Value::Null))],
        "last-cycle",
        "error",
        "the last one was 5.0 h ago",
    ),
    (
        // case D9
        "an outage of half a day, in a log that is cut without a token",
        |services, _| {
            let failed = (0..720).map(|minute| record(20 + 60 * minute, &"no Heroku".into()));
            let all = failed.chain([record(60 * 720 + 20, &Value::Null)]);
            services.held().log = all.map(|record| logged(&record)).collect();
        },
        "last-cycle",
        "error",
        "ago: StateUnavailable, no Heroku; the last success was 12.0 h ago",
    ),
    (
        "no cycle for some minutes",
        |services, _| services.held().log = vec![logged(&record(400, &Value::Null))],
        "last-cycle",
        "error",
        "6",
    ),
    (
        "a cycle that failed",
        |services, _| {
            let records = [record(100, &Value::Null), record(40, &"no table".into())];
            services.held().log = records.iter().map(logged).collect();
        },
        "last-cycle",
        "error",
        "no table; the last success was",
    ),
    (
        "a visibility timeout that is refused after the counts",
        |services, _| {
            let is_counted = AtomicBool::new(false);
            services.set_answer("GetQueueAttributes", move || {
                let again = is_counted.swap(true, Ordering::Relaxed);
                if again { refusal("AccessDenied") } else { queue(450, 30) }
            });
        },
        "visibility",
        "unchecked",
        "AccessDenied",
    ),
    (
        "a pause that was forgotten",
        |services, _| services.held().item = Some(paused_until("2099-01-01T00:00:00Z")),
        "state",
        "warning",
        "paused since 2026-11-24T12:00:00Z, until 2099-01-01T00:00:00Z",
    ),
    // case F5
    (
        "a tick ahead of the clock",
        |services, _| {
            let ahead = SystemClock.now() + SignedDuration::from_mins(59);
            let mut item = paused_until("2026-11-24T12:00:01Z");
            item.insert("last_tick".to_owned(), json!({ "S": ahead }));
            services.held().item = Some(item);
        },
        "clock",
        "warning",
        "is 59 min ahead",
    ),
    // case G4
    (
        "a limit that no refusal can have taught",
        |services, _| {
            let limit = json!({ "dynos": { "N": "0" }, "until": { "S": "9999-01-01T00:00:00Z" } });
            let mut item = paused_until("2026-11-24T12:00:01Z");
            item.insert("heroku_limit".to_owned(), json!({ "M": limit }));
            services.held().item = Some(item);
        },
        "state",
        "warning",
        "no cycle can have written heroku_limit by now: not believed",
    ),
    (
        "no such log group",
        |services, _| {
            services.set_answer("FilterLogEvents", || refusal("ResourceNotFoundException"))
        },
        "last-cycle",
        "unchecked",
        "cannot read log group group",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_is_found_when_it_is_planted() {
    for (fault, plant, check, severity, words) in FAULTS {
        let (services, mut command) = healthy().await;
        plant(&services, &mut command);
        let (findings, status) = examined(&mut command);
        let found = findings.iter().find(|finding| {
            finding["check"] == *check
                && finding["severity"] == *severity
                && finding["finding"].as_str().unwrap().contains(words)
        });
        let found = found.unwrap_or_else(|| panic!("{fault}: {findings:#?}"));
        assert!(!found["mend"].as_str().unwrap().is_empty(), "{fault}");
        let worst = |severity| findings.iter().any(|finding| finding["severity"] == severity);
        let expected = if worst("error") { 2 } else { i32::from(worst("warning")) };
        assert_eq!(status, Some(expected), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_whose_role_was_refused_leads_to_the_roles_policy() {
    let (services, mut command) = healthy().await;
    let denied = "SQS answered 400 AccessDenied: not authorized to perform sqs:GetQueueUrl";
    services.held().log = vec![logged(&record(40, &denied.into()))];
    let (findings, _) = examined(&mut command);
    let last = findings.iter().find(|finding| finding["check"] == "last-cycle").unwrap();
    let remedy = last["mend"].as_str().unwrap();
    assert!(remedy.contains("targets policy") && remedy.contains("FleetPolicyArns"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_the_role_may_not_send_are_found_by_the_functions_warning() {
    let warning = |error: &str| {
        let at = SystemClock.now() - SignedDuration::from_mins(90);
        let line = json!({
            "timestamp": at, "level": "WARN", "message": "these events are not on the bus",
            "error_type": "EventsUndelivered", "error": error, "events": 1,
        });
        json!({ "timestamp": at.as_millisecond(), "message": line.to_string() })
    };
    let denied = "EventBridge answered 400 AccessDeniedException: no events:PutEvents";
    for (events, warnings, severity, remedy) in [
        ("off", vec![warning(denied)], None, ""),
        ("on", vec![], Some("ok"), ""),
        ("on", vec![warning(denied)], Some("warning"), "DynoscalerSettings"),
        ("on", vec![warning("no answer")], Some("warning"), "Check EventBridge"),
    ] {
        let (services, mut command) = healthy().await;
        services.held().log.extend(warnings);
        let (findings, _) = examined(command.env("DYNOSCALER_EVENTS", events));
        let found = findings.iter().find(|finding| finding["check"] == "events");
        assert_eq!(found.map(|it| it["severity"].as_str().unwrap()), severity, "{findings:#?}");
        let shown = found.and_then(|it| it["mend"].as_str()).unwrap_or_default();
        assert!(shown.contains(remedy), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_is_over_is_no_pause_although_it_is_still_stored() {
    let (services, mut command) = healthy().await;
    services.held().item = Some(paused_until("2026-11-24T12:00:01Z"));
    let (findings, status) = examined(&mut command);
    assert_eq!(status, Some(0), "{findings:#?}");
}

// case F11
#[tokio::test(flavor = "multi_thread")]
async fn the_current_bounds_and_their_next_change_are_shown() {
    let (_services, mut command) = healthy().await;
    let (findings, _) = examined(command.env("DYNOSCALER_SCHEDULE", "00:00-12:00 1..4; 1..5"));
    let bounds = findings.iter().find(|finding| finding["check"] == "bounds").unwrap();
    let shown = bounds["finding"].as_str().unwrap();
    assert!(
        shown.starts_with("1 to ") && shown.contains(" until 20") && shown.contains(", then 1 to ")
    );
    assert_eq!(bounds["severity"], "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_several_queues_is_checked() {
    let (services, mut command) = healthy().await;
    services.set_answer("GetQueueAttributes", || queue(450, 20));
    let (findings, _) = examined(command.env("AWS_SQS_NAME", "jobs,mailers.fifo"));
    let of = |check: &str| -> Vec<_> {
        let found = findings.iter().filter(|finding| finding["check"] == check);
        found.map(|finding| finding["finding"].as_str().unwrap()).collect()
    };
    let [jobs, mailers] = of("queue")[..] else { panic!("{findings:#?}") };
    assert!(jobs.starts_with("jobs has 450") && mailers.starts_with("mailers.fifo has 450"));
    let [jobs, mailers] = of("visibility")[..] else { panic!("{findings:#?}") };
    assert!(jobs.starts_with("a message of jobs is delivered again after 20 s"), "{jobs}");
    assert!(mailers.starts_with("a message of mailers.fifo is delivered"), "{mailers}");
    assert!(of("groups")[0].contains("message groups of mailers.fifo"), "{findings:#?}");
}

// case D5
#[tokio::test(flavor = "multi_thread")]
async fn the_mapping_is_checked_for_every_field_of_a_record() {
    let (services, _) = healthy().await;
    let mut command = services.dynoscaler(BINARY, &["cycle"]);
    let output = command.env("AWS_SQS_NAME", "jobs,mailers").output().unwrap();
    let record: Map<String, Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(record.keys().all(|name| FIELDS.iter().any(|(known, _)| known == name)));
    let is_left_out = |name: &&str| !record.contains_key(*name);
    let left_out: Vec<_> = FIELDS.iter().map(|(name, _)| *name).filter(is_left_out).collect();
    let of_rate = ["headroom", "busy_dynos", "messages_per_dyno_minute", "working_dynos"];
    let of_rate = [&of_rate[..], &["messages_per_minute", "messages_per_minute_before"]].concat();
    assert_eq!(left_out, [&["heroku_limit"], &of_rate[..], &["hold_until"]].concat());
    for (name, kind) in FIELDS {
        let Some(value) = record.get(*name) else { continue };
        let is_of_its_kind = match kind {
            Kind::Text | Kind::Time => value.is_string(),
            Kind::Number => value.is_number(),
            Kind::Flag => value.is_boolean(),
            Kind::Objects => value.is_array(),
        };
        assert!(value.is_null() || is_of_its_kind, "{name}: {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_are_found_at_once() {
    let (services, mut command) = healthy().await;
    services.held().is_lost = true;
    let (findings, status) = examined(&mut command);
    let bad: Vec<_> = findings
        .iter()
        .filter(|finding| finding["severity"] != "ok")
        .map(|finding| finding["check"].as_str().unwrap())
        .collect();
    let expected = [
        "identity",
        "heroku-app",
        "queue",
        "table",
        "state",
        "state",
        "elastic",
        "last-cycle",
        "schedule",
    ];
    assert_eq!((bad.as_slice(), status), (&expected[..], Some(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_has_no_colours_outside_a_terminal_and_no_secrets() {
    let (services, mut command) = healthy().await;
    services.held().quantity = 0;
    command = {
        let mut plain = services.dynoscaler(BINARY, &["doctor"]);
        plain.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        plain
    };
    let output = command.output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.contains("warning    dynos         0 dynos where the minimum is 1"), "{shown}");
    assert!(shown.contains("heroku ps:scale worker=1"), "{shown}");
    assert!(shown.ends_with("\n0 errors, 1 warning\n"), "{shown}");
    for secret in ["\u{1b}", "HRKU-token", "very-secret", "password"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
