//! News on EventBridge's bus, over loopback: what is put there, and what a refusal does.

use std::time::Duration;

use dynoscaler::adapters::{EventBus, Http};
use dynoscaler::config::EventBusConfig;
use dynoscaler::policy::Reason;
use dynoscaler::ports::REPORT_BUDGET;
use dynoscaler::report::{Action, CycleReport};
use serde_json::{Value, json};
use url::Url;

use support::example::START;
use support::fake::{Fake, next_minute, target};
use support::server::{Reply, Server};
use support::store::role;

/// A bus that answers so.
async fn bus(replies: Vec<Reply>) -> (Server, EventBus) {
    let server = Server::start(replies).await;
    let config = EventBusConfig {
        region: "eu-west-1".to_owned(),
        keys: role(),
        endpoint_url: Some(Url::parse(&server.url).unwrap()),
    };
    let bus = EventBus::new(&config, &Http::new().unwrap(), Fake::new(0, 0));
    (server, bus)
}

fn taken() -> Reply {
    Reply::json(200, json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "1" }] }).to_string())
}

/// The record of a target whose token Heroku does not know.
async fn refused(process: &str) -> CycleReport {
    let report = next_minute(&Fake::new(2, 200), &target()).await;
    let (reason, process) = (Reason::HerokuUnauthorized, process.to_owned());
    CycleReport { process, reason, error_type: Some(reason), ..report }
}

fn entries(server: &Server) -> Vec<Vec<Value>> {
    let entries = |body: &str| {
        let body: Value = serde_json::from_str(body).unwrap();
        body["Entries"].as_array().unwrap().clone()
    };
    server.requests().iter().map(|request| entries(&request.body)).collect()
}

#[tokio::test]
async fn a_change_is_one_event_with_the_record_as_its_detail() {
    let (server, bus) = bus(vec![taken()]).await;
    let report = next_minute(&Fake::new(1, 900), &target()).await;
    assert_eq!(report.action, Action::ScaleUp);
    bus.announce(std::slice::from_ref(&report)).await;
    let [request] = &server.requests()[..] else { panic!("one request") };
    assert_eq!(request.header("x-amz-target"), Some("AWSEvents.PutEvents"));
    assert_eq!(request.header("content-type"), Some("application/x-amz-json-1.1"));
    let signature = request.header("authorization").unwrap();
    assert!(signature.contains("/eu-west-1/events/aws4_request"), "{signature}");
    let all = entries(&server).concat();
    let [entry] = &all[..] else { panic!("one event: {all:?}") };
    let members: Vec<_> = entry.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["Detail", "DetailType", "Source", "Time"]);
    assert_eq!(
        (&entry["Source"], &entry["DetailType"]),
        (&json!("dynoscaler"), &json!("DynoScaler Change"))
    );
    assert_eq!(entry["Time"], report.timestamp.as_second());
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail, serde_json::to_value(&report).unwrap());
    assert!(report.timestamp >= START);
}

#[tokio::test]
async fn nothing_is_called_for_cycles_that_are_no_news() {
    let (server, bus) = bus(vec![taken()]).await;
    let report = next_minute(&Fake::new(2, 200), &target()).await;
    assert_eq!(report.reason, Reason::AtTarget);
    bus.announce(&[report]).await;
    bus.announce(&[]).await;
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn ten_events_are_one_call() {
    let (server, bus) = bus(vec![taken()]).await;
    let mut reports = Vec::new();
    for number in 0..23 {
        reports.push(refused(&format!("worker{number}")).await);
    }
    bus.announce(&reports).await;
    let mut sizes: Vec<_> = entries(&server).iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [3, 10, 10]);
}

/// A lost event of a refusal is the only one that there would have been.
#[tokio::test]
async fn a_refusal_that_did_not_reach_the_bus_is_news_in_the_next_cycle_too_and_then_no_more() {
    let entry = json!({ "ErrorCode": "InternalFailure", "ErrorMessage": "try later" });
    for fails in [
        Reply::json(400, r#"{"__type":"AccessDeniedException","Message":"not allowed"}"#),
        Reply::json(200, json!({ "FailedEntryCount": 1, "Entries": [entry] }).to_string()),
        Reply::json(200, "<html>"),
    ] {
        let (server, bus) = bus(vec![fails, taken()]).await;
        for calls in [1, 2, 2] {
            bus.announce(&[refused("worker").await]).await;
            assert_eq!(server.requests().len(), calls);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_does_not_answer_costs_the_time_of_a_report_and_no_more() {
    let (_server, bus) = bus(vec![Reply::Hang]).await;
    let began = tokio::time::Instant::now();
    bus.announce(&[refused("worker").await]).await;
    assert!(began.elapsed() < REPORT_BUDGET + Duration::from_secs(1));
}
