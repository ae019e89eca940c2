//! The pages of a log, as `history` reads them: of a server that gives tokens, as `CloudWatch`
//! does, and of one that cuts at the limit and gives none, as the local AWS does.

use std::sync::atomic::{AtomicUsize, Ordering};

use dynoscaler::adapters::SystemClock;
use dynoscaler::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use support::server::{Reply, Request};
use support::services::{Services, logged, ok, refusal};

use crate::BINARY;

const HOUR_MS: i64 = 3_600_000;

/// The change from `number` to one more, so long after `began`.
fn change(began: Timestamp, after_ms: i64, number: u32) -> Value {
    logged(&json!({
        "tick": began + SignedDuration::from_millis(after_ms), "app": "my-app", "process": "worker",
        "reason": "ScaleUp", "action": "scale-up", "request_id": format!("request-{number}"),
        "active_dynos": number, "required_dynos": number + 1,
    }))
}

/// Changes that each began so long after the last one.
fn changes(count: u32, every_ms: i64) -> Vec<Value> {
    let began = an_hour_ago();
    (0..count).map(|number| change(began, i64::from(number) * every_ms, number)).collect()
}

fn an_hour_ago() -> Timestamp {
    SystemClock.now() - SignedDuration::from_millis(HOUR_MS)
}

/// The changes that `history` read, its errors, and its exit status.
fn history(services: &Services) -> (Vec<u32>, String, Option<i32>) {
    let history = ["history", "--log-group", "group", "--since", "2h"];
    let output = services.dynoscaler(BINARY, &history).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().filter(|line| line.ends_with("  ScaleUp"));
    let from = |row: &str| {
        let (before, _) = row.split_once(" -> ").unwrap();
        before.rsplit(' ').next().unwrap().replace(',', "").parse().unwrap()
    };
    let failed = String::from_utf8(output.stderr).unwrap();
    (rows.map(from).collect(), failed, output.status.code())
}

async fn holding(log: Vec<Value>) -> Services {
    let services = Services::start(0).await;
    services.held().log = log;
    services
}

fn numbers(count: u32) -> Vec<u32> {
    (0..count).collect()
}

// case D9
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_cut_without_a_token_is_read_on_by_time() {
    for (count, calls) in [(1, 1), (149, 1), (150, 2), (151, 2), (1_000, 7)] {
        let services = holding(changes(count, 1_000)).await;
        assert_eq!(history(&services), (numbers(count), String::new(), Some(0)));
        assert_eq!(services.count("FilterLogEvents"), calls, "{count}");
    }
}

// case D9
#[tokio::test(flavor = "multi_thread")]
async fn events_of_one_millisecond_across_a_cut_are_read_once_each() {
    let began = an_hour_ago();
    // Forty in each millisecond: no page ends between two.
    let log = (0..600).map(|number| change(began, i64::from(number / 40), number)).collect();
    let (mut found, failed, status) = history(&holding(log).await);
    found.sort_unstable();
    assert_eq!((found, failed.as_str(), status), (numbers(600), "", Some(0)));
}

// case D9
#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_or_a_later_time_nothing_is_left_out_silently() {
    let (found, failed, status) = history(&holding(changes(200, 0)).await);
    assert_eq!((found.len(), status), (150, Some(1)));
    assert!(failed.contains("150 events of one millisecond"), "{failed}");
}

// case D9
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_repeats_its_first_page_is_not_called_for_ever() {
    let services = Services::start(0).await;
    let log = changes(150, 1_000);
    services.set_answer("FilterLogEvents", move || ok(&json!({ "events": log })));
    let (found, failed, status) = history(&services);
    assert_eq!((found, status), (numbers(150), Some(1)), "{failed}");
    assert_eq!(services.count("FilterLogEvents"), 2);
    let (one, calls) = (changes(1, 0), AtomicUsize::new(0));
    services.set_answer("FilterLogEvents", move || {
        assert!(calls.fetch_add(1, Ordering::Relaxed) < 2, "the token leads to itself");
        ok(&json!({ "events": one, "nextToken": "again" }))
    });
    assert_eq!(history(&services).2, Some(0));
}

fn body(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

// case D9
#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_followed_through_pages_without_an_event_and_out_of_order() {
    let services = Services::start(0).await;
    let (began, page) = (an_hour_ago(), AtomicUsize::new(0));
    let of = move |numbers: &[(i64, u32)]| -> Vec<Value> {
        numbers.iter().map(|(after_ms, number)| change(began, *after_ms, *number)).collect()
    };
    services.set_answer("FilterLogEvents", move || {
        let k = page.fetch_add(1, Ordering::Relaxed);
        let events = match k {
            1 => of(&[(5_000, 3), (1_000, 0), (5_000, 4)]),
            3 => of(&[(3_000, 1), (5_000, 5), (4_000, 2)]),
            _ => Vec::new(),
        };
        let next = (k < 4).then(|| format!("page {k}"));
        ok(&json!({ "events": events, "nextToken": next, "searchedLogStreams": [] }))
    });
    assert_eq!(history(&services), (numbers(6), String::new(), Some(0)));
    let requests = services.server.requests();
    let bodies: Vec<Value> = requests.iter().map(body).collect();
    let tokens: Vec<_> = bodies.iter().map(|body| body["nextToken"].as_str()).collect();
    assert_eq!(tokens, [None, Some("page 0"), Some("page 1"), Some("page 2"), Some("page 3")]);
    assert!(bodies.iter().all(|body| body["startTime"] == bodies[0]["startTime"]));
    assert!(bodies.iter().all(|body| body["filterPattern"] == r#"{ $.tick = "*" }"#));
}

// case D8
#[tokio::test(flavor = "multi_thread")]
async fn only_a_temporary_error_is_retried() {
    for (reply, is_waited_for) in [
        (refusal("ThrottlingException"), true),
        (Reply::json(429, "{}"), true),
        (Reply::json(503, "{}"), true),
        (refusal("AccessDeniedException"), false),
        (refusal("ResourceNotFoundException"), false),
    ] {
        let (services, calls) = (Services::start(0).await, AtomicUsize::new(0));
        let last = changes(1, 0);
        services.set_answer("FilterLogEvents", move || {
            match calls.fetch_add(1, Ordering::Relaxed) {
                0..3 => reply.clone(), // the SDK calls twice by itself
                _ => ok(&json!({ "events": last })),
            }
        });
        let (found, failed, status) = history(&services);
        assert_eq!(
            (found.len(), status == Some(0)),
            (usize::from(is_waited_for), is_waited_for),
            "{failed}"
        );
    }
}
