//! Each adapter against a server on loopback: the bytes it sends, and how it reads answers.

use std::sync::{Condvar, Mutex};

use dynoscaler::adapters::{DynamoDb, Elasticsearch, Heroku, Http, Queues, Sqs};
use dynoscaler::config::{
    DynamoDbConfig, ElasticsearchConfig, HerokuConfig, Maintenance, Queue, QueueKeys, SqsConfig,
};
use dynoscaler::policy::{Backlog, Change, Counters, InstanceId, Intent, LastKnownQuantity, State};
use dynoscaler::ports::{
    AppMode, BacklogError, BacklogSource, CallPool, CommitError, DeliveryErrorKind, Formation,
    FormationErrorKind, OBSERVE_BUDGET, ReportSink, StateError, StateStore, Undelivered, Write,
    WriteOutcome,
};
use dynoscaler::report::{CycleReport, error_chain};
use dynoscaler::target::TargetId;
use nonempty::NonEmpty;
use serde_json::{Value, json};
use url::Url;

use support::example::{START, keys};
use support::fake::{Fake, next_minute, target};
use support::server::{Reply, Request, Server};
use support::store;

fn heroku_at(url: &str) -> Heroku {
    heroku_with(url, Maintenance::Ignored)
}

fn heroku_with(url: &str, maintenance: Maintenance) -> Heroku {
    let (url, token) = (Url::parse(url).unwrap(), store::given("HRKU-token"));
    let config =
        HerokuConfig { maintenance, ..HerokuConfig::new(url, token, "made for DynoScaler") };
    let target = TargetId { app: "my-app".to_owned(), process: "worker".to_owned() };
    Heroku::new(&config, &target, &store::unused(), Http::new().unwrap())
}

fn formation(worker: &Value) -> Reply {
    let list = json!([
        { "type": "web", "quantity": 9, "command": "serve" },
        { "type": "worker", "quantity": worker, "something": "new" },
    ]);
    Reply::Answer(206, &[("Request-Id", "one,two")], list.to_string())
}

/// Heroku's answer to a change to 4.
const CHANGED: &str = r#"{"type":"worker","quantity":4,"command":"work"}"#;

fn heroku_error(status: u16, id: &str) -> Reply {
    let body = json!({ "id": id, "message": "No.", "url": "https://example.com" });
    Reply::Answer(status, &[("Request-Id", "one,two")], body.to_string())
}

#[tokio::test]
async fn heroku_is_read_by_type_with_bearer_version_and_agent() {
    let server = Server::start(vec![formation(&json!(3))]).await;
    let reading = heroku_at(&server.url).quantity().await.unwrap();
    assert_eq!((reading.quantity, reading.request_id.as_deref()), (3, Some("one,two")));
    let [request] = &server.requests()[..] else { panic!("one call") };
    assert_eq!(request.line, "GET /apps/my-app/formation HTTP/1.1");
    assert_eq!(request.header("authorization"), Some("Bearer HRKU-token"));
    assert_eq!(request.header("accept"), Some("application/vnd.heroku+json; version=3"));
    let agent = format!("dynoscaler/{} (made for DynoScaler)", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(agent.as_str()));
}

#[tokio::test]
async fn heroku_is_changed_by_an_absolute_quantity_and_nothing_else() {
    let server =
        Server::start(vec![Reply::Answer(200, &[("Request-Id", "id")], CHANGED.into())]).await;
    let request_id = heroku_at(&server.url).set_quantity(4).await.unwrap();
    assert_eq!(request_id.as_deref(), Some("id"));
    let [request] = &server.requests()[..] else { panic!("one call") };
    assert_eq!(request.line, "PATCH /apps/my-app/formation/worker HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.body, r#"{"quantity":4}"#);
}

#[tokio::test]
async fn a_change_is_confirmed_by_the_entry_as_it_is_now() {
    for body in ["<html>", "", "[]", "{}", r#"{"quantity":3}"#, r#"{"quantity":"4"}"#] {
        let server = Server::start(vec![Reply::Answer(200, &[], body.to_owned())]).await;
        let error = heroku_at(&server.url).set_quantity(4).await.unwrap_err();
        assert_eq!(error.to_string(), "cannot read Heroku's answer", "{body}");
    }
    let server = Server::start(vec![Reply::json(200, CHANGED)]).await;
    heroku_at(&server.url).set_quantity(4).await.unwrap();
}

#[tokio::test]
async fn a_base_path_stays_in_front() {
    let server = Server::start(vec![formation(&json!(3))]).await;
    heroku_at(&format!("{}/proxy/", server.url)).quantity().await.unwrap();
    assert_eq!(server.requests()[0].line, "GET /proxy/apps/my-app/formation HTTP/1.1");
}

#[tokio::test]
async fn a_deliberate_answer_of_heroku_is_not_requested_again() {
    for (status, id, kind) in [
        (400, "bad_request", FormationErrorKind::Rejected),
        (401, "unauthorized", FormationErrorKind::Unauthorized),
        (402, "delinquent", FormationErrorKind::Forbidden),
        (403, "forbidden", FormationErrorKind::Forbidden),
        (404, "not_found", FormationErrorKind::NotFound),
        (406, "not_acceptable", FormationErrorKind::Rejected),
        (422, "invalid_params", FormationErrorKind::Rejected),
        (429, "rate_limit", FormationErrorKind::RateLimited),
    ] {
        let server = Server::start(vec![heroku_error(status, id)]).await;
        let error = heroku_at(&server.url).quantity().await.unwrap_err();
        assert_eq!(error.kind, kind, "{status}");
        assert_eq!(error.to_string(), format!("Heroku answered {status} {id}: No."));
        assert_eq!(error.request_id.as_deref(), Some("one,two"));
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_refusal_that_names_a_limit_is_read_as_one() {
    let body =
        json!({ "id": "cannot_update_above_limit", "limit": 10, "message": "No.", "size": "2" });
    let server = Server::start(vec![Reply::json(422, body.to_string())]).await;
    let error = heroku_at(&server.url).set_quantity(12).await.unwrap_err();
    assert_eq!(error.kind, FormationErrorKind::AboveLimit { limit: Some(10) }, "{error:?}");
    assert_eq!(error.to_string(), "Heroku allows no more than 10 dynos: No.");
    assert_eq!(server.requests().len(), 1);
    // case B1
    for id in ["cannot_update_above_limit", "cannot_run_above_limit"] {
        let body = json!({ "id": id, "message": "No." });
        let server = Server::start(vec![Reply::json(422, body.to_string())]).await;
        let error = heroku_at(&server.url).set_quantity(12).await.unwrap_err();
        assert_eq!(error.kind, FormationErrorKind::AboveLimit { limit: None }, "{error:?}");
        assert_eq!(error.to_string(), "Heroku allows no more dynos: No.");
    }
    for (status, limit, kind) in [
        (422, json!(null), FormationErrorKind::Rejected),
        (422, json!("ten"), FormationErrorKind::Rejected),
        (429, json!(10), FormationErrorKind::RateLimited),
    ] {
        let body = json!({ "id": "refused", "limit": limit, "message": "No." });
        let server = Server::start(vec![Reply::json(status, body.to_string())]).await;
        let error = heroku_at(&server.url).set_quantity(12).await.unwrap_err();
        assert_eq!(error.kind, kind, "{body}");
    }
}

#[tokio::test]
async fn heroku_is_busy_in_a_conflict_and_during_a_release() {
    const PREBOOT: &str =
        "Cannot change formation for a preboot app until release phase and preboot complete";
    for (status, message, is_busy) in [
        (409, "No.", true),
        (422, PREBOOT, true),
        (422, "App must be deployed before dynos can be scaled.", false),
        (404, PREBOOT, false),
    ] {
        let body = json!({ "id": "refused", "message": message });
        let server = Server::start(vec![Reply::json(status, body.to_string())]).await;
        let error = heroku_at(&server.url).set_quantity(4).await.unwrap_err();
        assert_eq!(error.kind == FormationErrorKind::Busy, is_busy, "{status} {message}");
    }
}

#[tokio::test]
async fn the_other_process_types_are_read_with_ours() {
    let server = Server::start(vec![formation(&json!(3))]).await;
    assert_eq!(heroku_at(&server.url).quantity().await.unwrap().others, 9);
}

#[tokio::test]
async fn the_calls_that_are_left_are_a_part_of_the_accounts_own_pool() {
    let pool = |remaining, size| Some(CallPool { remaining, size });
    for (headers, expected) in [
        (&[("RateLimit-Remaining", "4497"), ("RateLimit-Multiplier", "1")][..], pool(4_497, 4_500)),
        (&[("RateLimit-Remaining", "8000"), ("RateLimit-Multiplier", "2.0")], pool(8_000, 9_000)),
        (&[("RateLimit-Remaining", "7")], pool(7, 4_500)),
        (&[("RateLimit-Remaining", "many")], None),
        (&[("RateLimit-Remaining", "7"), ("RateLimit-Multiplier", "x")], None),
        (&[], None),
    ] {
        let list = json!([{ "type": "worker", "quantity": 3 }]);
        let server = Server::start(vec![Reply::Answer(200, headers, list.to_string())]).await;
        assert_eq!(heroku_at(&server.url).quantity().await.unwrap().calls, expected);
    }
}

/// Heroku with a healthy app.
async fn app_server(app: Reply) -> Server {
    Server::answering(move |_, request| match request.line.as_str() {
        "GET /apps/my-app HTTP/1.1" => app.clone(),
        _ => formation(&json!(3)),
    })
    .await
}

#[tokio::test]
async fn the_maintenance_mode_is_requested_only_where_it_is_respected() {
    for (maintenance, app) in [(true, AppMode::Maintenance), (false, AppMode::Open)] {
        let answer = json!({ "name": "my-app", "maintenance": maintenance });
        let server = app_server(Reply::json(200, answer.to_string())).await;
        let careful = heroku_with(&server.url, Maintenance::Respected);
        assert_eq!(careful.quantity().await.unwrap().app, app);
        assert_eq!(server.requests().len(), 2);
        assert_eq!(heroku_at(&server.url).quantity().await.unwrap().app, AppMode::Open);
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn a_maintenance_mode_that_cannot_be_read_is_never_off() {
    for answer in [heroku_error(403, "forbidden"), Reply::json(200, "{}"), Reply::json(200, "<p>")]
    {
        let server = app_server(answer).await;
        heroku_with(&server.url, Maintenance::Respected).quantity().await.unwrap_err();
    }
}

#[tokio::test]
async fn a_read_is_tried_three_times_while_heroku_is_at_fault() {
    for fault in [heroku_error(503, "unavailable"), Reply::Close] {
        let server = Server::start(vec![fault.clone(), fault.clone(), formation(&json!(3))]).await;
        assert_eq!(heroku_at(&server.url).quantity().await.unwrap().quantity, 3);
        let server = Server::start(vec![fault]).await;
        heroku_at(&server.url).quantity().await.unwrap_err();
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn a_change_that_heroku_fails_is_left_to_the_next_cycle() {
    let server = Server::start(vec![heroku_error(503, "unavailable")]).await;
    heroku_at(&server.url).set_quantity(4).await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_page_of_html_is_an_error_that_keeps_its_beginning() {
    let page = "<html>\n<head><title>Application Error</title>";
    let server = Server::start(vec![Reply::Answer(503, &[], page.to_owned())]).await;
    let error = heroku_at(&server.url).quantity().await.unwrap_err();
    let expected = "Heroku answered 503 without id: <html> <head><title>Application Error</title>";
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.kind, FormationErrorKind::Unavailable);
    let server = Server::start(vec![Reply::Answer(200, &[], page.to_owned())]).await;
    let error = heroku_at(&server.url).quantity().await.unwrap_err();
    assert_eq!(error.to_string(), "cannot read Heroku's answer");
}

#[tokio::test]
async fn an_invalid_quantity_is_an_error() {
    for quantity in [json!(null), json!("3"), json!(-1), json!(1.5), json!(4_294_967_296_u64)] {
        let server = Server::start(vec![formation(&quantity)]).await;
        let error = heroku_at(&server.url).quantity().await.unwrap_err();
        assert_eq!(error.to_string(), "cannot read Heroku's answer", "{quantity}");
    }
    let others = json!([{ "type": "web", "quantity": 9 }]).to_string();
    let server = Server::start(vec![Reply::json(200, others)]).await;
    let error = heroku_at(&server.url).quantity().await.unwrap_err();
    assert_eq!(error.to_string(), "app my-app has no process type worker");
    assert_eq!(error.kind, FormationErrorKind::NotFound);
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let server = Server::start(vec![Reply::Endless]).await;
    let error = heroku_at(&server.url).quantity().await.unwrap_err();
    assert!(error_chain(&error).contains("more than 1048576 bytes"), "{}", error_chain(&error));
}

#[tokio::test]
async fn a_token_does_not_follow_a_redirect() {
    let elsewhere = Server::start(vec![formation(&json!(3))]).await;
    let to: &'static str = Box::leak(elsewhere.url.clone().into_boxed_str());
    let headers: &'static [(&str, &str)] = Box::leak(Box::new([("location", to)]));
    let server = Server::start(vec![Reply::Answer(302, headers, String::new())]).await;
    let error = heroku_at(&server.url).quantity().await.unwrap_err();
    assert!(error.to_string().starts_with("Heroku answered 302"), "{error}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_connection_is_reused_and_one_that_died_in_between_costs_a_reconnect() {
    let server = Server::start(vec![formation(&json!(3)), Reply::json(200, CHANGED)]).await;
    let heroku = heroku_at(&server.url);
    heroku.quantity().await.unwrap();
    heroku.set_quantity(4).await.unwrap();
    assert_eq!(server.connections(), 1);

    let server = Server::start(vec![Reply::ThenDie(CHANGED.into())]).await;
    let heroku = heroku_at(&server.url);
    for _ in 0..3 {
        heroku.set_quantity(4).await.unwrap();
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 3));
}

#[tokio::test]
async fn an_absent_server_gives_no_answer() {
    let error = heroku_at("http://127.0.0.1:1").quantity().await.unwrap_err();
    assert!(error_chain(&error).starts_with("no answer from Heroku: cannot connect"), "{error:?}");
}

fn sqs_at(url: &str, queue: Queue) -> Sqs {
    let config = SqsConfig {
        queue,
        region: "eu-west-1".to_owned(),
        keys: QueueKeys::Own(keys()),
        endpoint_url: Some(Url::parse(url).unwrap()),
    };
    Sqs::new(&config, &store::unused(), &Http::new().unwrap())
}

fn named() -> Queue {
    Queue::Name("jobs".to_owned())
}

const QUEUE_URL: &str = r#"{"QueueUrl":"http://127.0.0.1/000000000000/jobs"}"#;

fn counts(visible: &str) -> Reply {
    let attributes = json!({ "Attributes": {
        "ApproximateNumberOfMessages": visible,
        "ApproximateNumberOfMessagesNotVisible": "2",
        "ApproximateNumberOfMessagesDelayed": "1",
    }});
    Reply::json(200, attributes.to_string())
}

fn operation(request: &Request) -> &str {
    request.header("x-amz-target").unwrap_or_default()
}

#[tokio::test]
async fn a_queue_is_looked_up_once_and_counted_by_one_call_a_cycle() {
    let server = Server::start(vec![Reply::json(200, QUEUE_URL), counts("7")]).await;
    let sqs = sqs_at(&server.url, named());
    let expected = Backlog { visible: 7, in_flight: 2, delayed: 1 };
    assert_eq!(sqs.backlog().await.unwrap(), expected);
    assert_eq!(sqs.backlog().await.unwrap(), expected);
    let requests = server.requests();
    let operations: Vec<_> = requests.iter().map(operation).collect();
    let (lookup, count) = ("AmazonSQS.GetQueueUrl", "AmazonSQS.GetQueueAttributes");
    assert_eq!(operations, [lookup, count, count]);
    assert_eq!(server.connections(), 1);
    assert!(requests[0].header("authorization").unwrap().contains("AKIDEXAMPLE"));
}

/// Queues that are known by their URLs, and so take one call each.
fn queues_at(server: &str, names: &[&str]) -> Queues {
    let sqs = |name: &&str| {
        let url = Url::parse(&format!("{server}/000000000000/{name}")).unwrap();
        sqs_at(server, Queue::Url { url, name: (*name).to_owned() })
    };
    Queues(NonEmpty::collect(names.iter().map(sqs)).unwrap())
}

fn is_of(request: &Request, queue: &str) -> bool {
    request.body.contains(&format!("/{queue}\""))
}

#[tokio::test]
async fn each_queue_is_counted_in_the_order_of_the_settings_over_its_own_connection() {
    let answer = |_, request: &Request| {
        let visible = ["jobs", "mailers", "slow"].iter().position(|name| is_of(request, name));
        counts(&visible.unwrap().to_string())
    };
    let server = Server::answering(answer).await;
    let queues = queues_at(&server.url, &["slow", "jobs", "mailers"]);
    for _ in 0..2 {
        let counted = queues.backlog().await.unwrap();
        assert_eq!(counted.map(|queue| queue.visible), NonEmpty::from((2, vec![0, 1])));
    }
    assert_eq!(server.requests().len(), 6);
    assert!(server.connections() <= 3, "{}", server.connections());
}

/// Each answer waits until all requests are there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_queues_are_read_at_the_same_time() {
    let (requests, more) = (Mutex::new(0), Condvar::new());
    let answer = move |_, _: &Request| {
        let mut count = requests.lock().unwrap();
        *count += 1;
        more.notify_all();
        let (_count, waited) =
            more.wait_timeout_while(count, OBSERVE_BUDGET, |count| *count < 3).unwrap();
        if waited.timed_out() { Reply::Close } else { counts("7") }
    };
    let server = Server::answering(answer).await;
    let counted = queues_at(&server.url, &["jobs", "mailers", "slow"]).backlog().await.unwrap();
    assert_eq!(counted.len(), 3);
}

#[tokio::test]
async fn one_queue_that_cannot_be_read_makes_the_backlog_unknown_and_is_named() {
    let answer = |_, request: &Request| match is_of(request, "mailers") {
        true => Reply::json(400, r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}"#),
        false => counts("7"),
    };
    let server = Server::answering(answer).await;
    let error = queues_at(&server.url, &["jobs", "mailers"]).backlog().await.unwrap_err();
    assert!(error_chain(&error).starts_with("cannot read the attributes of queue mailers"));
}

#[tokio::test]
async fn a_queue_known_by_url_is_not_looked_up() {
    let server = Server::start(vec![counts("7")]).await;
    let url = Url::parse("https://sqs.eu-west-1.amazonaws.com/123456789012/jobs").unwrap();
    let queue = Queue::Url { url: url.clone(), name: "jobs".to_owned() };
    sqs_at(&server.url, queue).backlog().await.unwrap();
    let body: Value = serde_json::from_str(&server.requests()[0].body).unwrap();
    assert_eq!(body["QueueUrl"], url.as_str());
}

#[tokio::test]
async fn a_queue_of_another_account_is_requested_with_its_owner() {
    let server = Server::start(vec![Reply::json(200, QUEUE_URL), counts("7")]).await;
    let queue = Queue::Arn { account: "123456789012".to_owned(), name: "jobs".to_owned() };
    sqs_at(&server.url, queue).backlog().await.unwrap();
    let body: Value = serde_json::from_str(&server.requests()[0].body).unwrap();
    let expected = json!({ "QueueName": "jobs", "QueueOwnerAWSAccountId": "123456789012" });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_deleted_queue_is_looked_up_again() {
    let deleted =
        Reply::json(400, r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}"#);
    let found = Reply::json(200, QUEUE_URL);
    let server = Server::start(vec![found.clone(), deleted, found, counts("7")]).await;
    let sqs = sqs_at(&server.url, named());
    let error = sqs.backlog().await.unwrap_err();
    assert!(error_chain(&error).contains("QueueDoesNotExist"), "{}", error_chain(&error));
    assert_eq!(sqs.backlog().await.unwrap().visible, 7);
}

#[tokio::test]
async fn an_invalid_count_is_never_zero() {
    for value in ["", "many", "-1", "1.5", "18446744073709551616"] {
        let server = Server::start(vec![Reply::json(200, QUEUE_URL), counts(value)]).await;
        let error = sqs_at(&server.url, named()).backlog().await.unwrap_err();
        assert!(matches!(error, BacklogError::NoCount { .. }), "{value:?}: {error:?}");
    }
    for answer in ["{}", r#"{"Attributes":{"ApproximateNumberOfMessages":"7"}}"#] {
        let server =
            Server::start(vec![Reply::json(200, QUEUE_URL), Reply::json(200, answer)]).await;
        let error = sqs_at(&server.url, named()).backlog().await.unwrap_err();
        assert!(matches!(error, BacklogError::NoCount { value: None, .. }), "{answer}: {error:?}");
    }
}

fn state_at(url: &str) -> DynamoDb {
    let config = DynamoDbConfig {
        table: "state".to_owned(),
        region: "eu-west-1".to_owned(),
        keys: keys(),
        endpoint_url: Some(Url::parse(url).unwrap()),
    };
    DynamoDb::new(&config, "my-app/worker".to_owned(), &Http::new().unwrap())
}

fn write(expected: Option<u64>) -> Write {
    let intent = Intent {
        change: Change { from: 2, to: 3 },
        at: START,
        since: START,
        by: InstanceId::new("stream"),
    };
    let state = State {
        counters: Counters { up: 0, down: 0 },
        last_tick: Some(START),
        intent: Some(intent),
        ..State::default()
    };
    Write { expected, state, at: START, by: "stream/request".to_owned() }
}

/// `DynamoDB`'s answer to a write: the attributes as they are now.
fn written(version: u64) -> Reply {
    let attributes = json!({
        "version": { "N": version.to_string() },
        "written_by": { "S": "stream/request" },
    });
    Reply::json(200, json!({ "Attributes": attributes }).to_string())
}

fn condition_failed(item: &Value) -> Reply {
    let mut body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
    });
    body["Item"] = item.clone();
    Reply::json(400, body.to_string())
}

#[tokio::test]
async fn the_state_is_read_consistently_and_no_item_is_a_state_of_its_own() {
    let server = Server::start(vec![Reply::json(200, "{}")]).await;
    let stored = state_at(&server.url).load().await.unwrap();
    assert_eq!((stored.version, stored.state), (None, State::default()));
    let body: Value = serde_json::from_str(&server.requests()[0].body).unwrap();
    assert_eq!(body["ConsistentRead"], true);
    assert_eq!(body["Key"], json!({ "target": { "S": "my-app/worker" } }));
}

// case B11
#[tokio::test]
async fn a_dry_run_reads_the_live_item_beside_its_own() {
    let live = json!({ "Item": {
        "version": { "N": "3" }, "scale_up_cnt": { "N": "2" }, "scale_down_cnt": { "N": "0" },
        "standing": { "M": { "quantity": { "N": "0" } } },
    } });
    let server = Server::start(vec![Reply::json(200, live.to_string()); 2]).await;
    let live_key = Some("my-app/worker".to_owned());
    let stored = state_at(&server.url).beside(live_key).load().await.unwrap();
    assert_eq!(server.requests().len(), 2);
    let standing = Some(LastKnownQuantity { quantity: 0, by_hand_since: None });
    assert_eq!((stored.version, stored.state.last_known), (Some(3), standing));
}

#[tokio::test]
async fn a_live_item_that_cannot_be_read_holds_a_dry_run() {
    let server = Server::start(vec![Reply::json(200, "{}"), Reply::json(400, "{}")]).await;
    let live_key = Some("my-app/worker".to_owned());
    state_at(&server.url).beside(live_key).load().await.unwrap_err();
}

#[tokio::test]
async fn a_write_is_one_update_on_the_version_that_was_read() {
    let server = Server::start(vec![written(7), written(1)]).await;
    let state = state_at(&server.url);
    assert_eq!(state.commit(&write(Some(6))).await.unwrap(), WriteOutcome::Won);
    assert_eq!(state.commit(&write(None)).await.unwrap(), WriteOutcome::Won);
    let requests = server.requests();
    assert!(requests.iter().all(|request| operation(request).ends_with(".UpdateItem")));
    let body: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(body["ConditionExpression"], "#version = :expected");
    assert_eq!(body["ExpressionAttributeValues"][":expected"], json!({ "N": "6" }));
    assert_eq!(body["ExpressionAttributeValues"][":version"], json!({ "N": "7" }));
    assert_eq!(body["ReturnValues"], "UPDATED_NEW");
    assert_eq!(body["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
    let body: Value = serde_json::from_str(&requests[1].body).unwrap();
    assert_eq!(body["ConditionExpression"], "attribute_not_exists(#target)");
    assert_eq!(body["ExpressionAttributeValues"][":version"], json!({ "N": "1" }));
}

#[tokio::test]
async fn a_failed_condition_is_a_lost_race_unless_the_item_is_ones_own() {
    let ours = json!({ "version": { "N": "7" }, "written_by": { "S": "stream/request" } });
    let theirs = json!({ "version": { "N": "7" }, "written_by": { "S": "other/request" } });
    for (item, race) in [(ours, WriteOutcome::Won), (theirs, WriteOutcome::Lost)] {
        let server = Server::start(vec![condition_failed(&item)]).await;
        assert_eq!(state_at(&server.url).commit(&write(Some(6))).await.unwrap(), race);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_finds_its_own_item() {
    let ours = json!({ "version": { "N": "7" }, "written_by": { "S": "stream/request" } });
    let server = Server::start(vec![Reply::Close, condition_failed(&ours)]).await;
    assert_eq!(state_at(&server.url).commit(&write(Some(6))).await.unwrap(), WriteOutcome::Won);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_write_is_won_by_an_answer_that_shows_it_and_by_no_other() {
    let others = r#"{"Attributes":{"version":{"N":"7"},"written_by":{"S":"other/request"}}}"#;
    for body in ["", "{}", "[]", "<html>", r#"{"ok":true}"#, others] {
        let server = Server::start(vec![Reply::json(200, body)]).await;
        state_at(&server.url).commit(&write(Some(6))).await.unwrap_err();
    }
    let server = Server::start(vec![written(8)]).await;
    state_at(&server.url).commit(&write(Some(6))).await.unwrap_err();
}

#[tokio::test]
async fn a_write_that_dynamodb_refuses_is_no_lost_race() {
    let refused = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}"#;
    let server = Server::start(vec![Reply::json(400, refused)]).await;
    let error: CommitError = state_at(&server.url).commit(&write(Some(6))).await.unwrap_err();
    let chain = error_chain(&error);
    assert!(chain.starts_with("cannot write item my-app/worker of table state"), "{chain}");
    assert!(chain.contains("AccessDenied"), "{chain}");
}

#[tokio::test]
async fn an_unreadable_item_is_refused_by_the_name_of_its_attribute() {
    let item = json!({ "Item": { "target": { "S": "my-app/worker" }, "version": { "S": "7" } } });
    let server = Server::start(vec![Reply::json(200, item.to_string())]).await;
    let error = state_at(&server.url).load().await.unwrap_err();
    assert!(matches!(error, StateError::Unreadable { .. }), "{error:?}");
    let expected = "item my-app/worker of table state has an unreadable scale_up_cnt";
    assert_eq!(error.to_string(), expected);
}

async fn a_report() -> CycleReport {
    next_minute(&Fake::new(2, 900), &target()).await
}

fn elasticsearch_at(url: &str) -> Elasticsearch {
    let (url, password) = (Url::parse(url).unwrap(), store::given("changeme"));
    let config = ElasticsearchConfig::new(url, "elastic", password, "dynoscaler");
    Elasticsearch::new(config, &store::unused(), Http::new().unwrap())
}

#[tokio::test]
async fn a_record_is_created_under_an_id_that_its_cycle_always_has() {
    let server = Server::start(vec![Reply::json(201, "{}")]).await;
    let report = a_report().await;
    elasticsearch_at(&server.url).create(&report).await.unwrap();
    let [request] = &server.requests()[..] else { panic!("one call") };
    let path = "/dynoscaler/_doc/my-app.worker.2025-11-24T16:01:00Z?op_type=create";
    assert_eq!(request.line, format!("PUT {path} HTTP/1.1"));
    assert_eq!(request.header("authorization"), Some("Basic ZWxhc3RpYzpjaGFuZ2VtZQ=="));
    let document: Value = serde_json::from_str(&request.body).unwrap();
    let record = serde_json::to_value(&report).unwrap();
    assert_eq!(document["@timestamp"], record["timestamp"]);
    for (name, value) in record.as_object().unwrap() {
        assert_eq!(&document[name], value, "{name}");
    }
}

#[tokio::test]
async fn a_document_that_exists_already_is_a_success() {
    let server = Server::start(vec![Reply::json(409, "{}")]).await;
    elasticsearch_at(&server.url).create(&a_report().await).await.unwrap();
}

// case D1
#[tokio::test]
async fn two_targets_never_share_a_documents_id() {
    let server = Server::start(vec![Reply::json(201, "{}")]).await;
    let report = a_report().await;
    for (app, process) in [("shop", "api-worker"), ("shop-api", "worker"), ("shop", "api_worker")] {
        let (app, process) = (app.to_owned(), process.to_owned());
        let report = CycleReport { app, process, ..report.clone() };
        for dry_run in [false, true] {
            let report = CycleReport { dry_run, ..report.clone() };
            elasticsearch_at(&server.url).create(&report).await.unwrap();
            elasticsearch_at(&server.url).create(&report).await.unwrap();
        }
    }
    let lines: Vec<_> = server.requests().into_iter().map(|request| request.line).collect();
    let distinct: std::collections::BTreeSet<_> = lines.iter().collect();
    assert_eq!((lines.len(), distinct.len()), (12, 6), "{lines:?}");
}

/// Records of three targets, in the order of their names.
async fn three_reports() -> [CycleReport; 3] {
    let report = a_report().await;
    ["a", "b", "c"].map(|process| CycleReport { process: process.to_owned(), ..report.clone() })
}

/// The answer to a bulk request: for each of the three, its status.
fn bulk(statuses: [u16; 3]) -> Reply {
    let item = |(process, status): (&str, u16)| {
        let error = json!({ "type": "mapper_parsing_exception", "reason": "no" });
        let id = format!("my-app.{process}.2025-11-24T16:01:00Z");
        let error = (400 <= status).then_some(error);
        json!({ "create": { "_id": id, "status": status, "error": error } })
    };
    let items: Vec<_> = ["a", "b", "c"].into_iter().zip(statuses).map(item).collect();
    Reply::json(200, json!({ "items": items }).to_string())
}

#[tokio::test]
async fn several_records_are_created_by_one_request() {
    let server = Server::start(vec![bulk([201, 201, 201])]).await;
    let reports = three_reports().await;
    let refused = elasticsearch_at(&server.url).deliver(&reports).await.unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    let [request] = &server.requests()[..] else { panic!("one call") };
    assert!(request.line.starts_with("POST /dynoscaler/_bulk?filter_path="), "{}", request.line);
    let lines: Vec<Value> =
        request.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), request.body.ends_with('\n')), (6, true));
    let id = "my-app.b.2025-11-24T16:01:00Z";
    assert_eq!(lines[2], json!({ "create": { "_id": id } }));
    assert_eq!(
        (&lines[3]["process"], &lines[3]["@timestamp"]),
        (&"b".into(), &lines[3]["timestamp"])
    );
}

#[tokio::test]
async fn each_document_of_a_request_has_its_own_outcome() {
    let server = Server::start(vec![bulk([409, 400, 201])]).await;
    let reports = three_reports().await;
    let refused = elasticsearch_at(&server.url).deliver(&reports).await.unwrap();
    let [Undelivered { place: 1, error }] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!(error.kind, DeliveryErrorKind::Rejected);
    let expected =
        r#"Elasticsearch answered 400: {"reason":"no","type":"mapper_parsing_exception"}"#;
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn an_answer_that_leaves_out_a_document_or_is_none_delivers_nothing() {
    let reports = three_reports().await;
    let two = r#"{"items":[{"create":{"_id":"my-app.a.2025-11-24T16:01:00Z","status":201}}]}"#;
    for answer in [two, "{}", "[]", "<html>", r#"{"items":[{"create":{"_id":"x","status":9}}]}"#] {
        let server = Server::start(vec![Reply::json(200, answer)]).await;
        let error = elasticsearch_at(&server.url).deliver(&reports).await.unwrap_err();
        assert_eq!(error.kind, DeliveryErrorKind::Unavailable, "{answer}: {error:?}");
    }
    for status in [401, 429, 503] {
        let server = Server::start(vec![Reply::json(status, "no")]).await;
        let error = elasticsearch_at(&server.url).deliver(&reports).await.unwrap_err();
        assert_eq!(error.to_string(), format!("Elasticsearch answered {status}: no"));
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn where_the_form_of_the_request_is_refused_each_record_is_one() {
    let script = |_, request: &Request| match &request.line {
        line if line.starts_with("POST") => Reply::json(400, "type is missing"),
        line if line.contains("my-app.b") => Reply::json(400, "no"),
        _ => Reply::json(201, "{}"),
    };
    let server = Server::answering(script).await;
    let refused = elasticsearch_at(&server.url).deliver(&three_reports().await).await.unwrap();
    let places: Vec<_> = refused.iter().map(|undelivered| undelivered.place).collect();
    assert_eq!((places, server.requests().len()), (vec![1], 4));
}

#[tokio::test]
async fn an_answer_of_elasticsearch_is_final() {
    for status in [401, 429, 503] {
        let server = Server::start(vec![Reply::json(status, r#"{"error":"no"}"#)]).await;
        let error = elasticsearch_at(&server.url).create(&a_report().await).await.unwrap_err();
        let expected = format!(r#"Elasticsearch answered {status}: {{"error":"no"}}"#);
        assert_eq!(error.to_string(), expected);
        assert_eq!(server.requests().len(), 1);
    }
}

// case D2
#[tokio::test]
async fn a_record_whose_connection_died_is_sent_once_more() {
    let server = Server::start(vec![Reply::ThenDie("{}".to_owned())]).await;
    let sink = elasticsearch_at(&server.url);
    for _ in 0..3 {
        sink.create(&a_report().await).await.unwrap();
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 3));
    // The document that the server stored before its answer was lost.
    let server = Server::start(vec![Reply::Close, Reply::json(409, "{}")]).await;
    elasticsearch_at(&server.url).create(&a_report().await).await.unwrap();
    let server = Server::start(vec![Reply::Close]).await;
    let error = elasticsearch_at(&server.url).create(&a_report().await).await.unwrap_err();
    assert_eq!(error.kind, DeliveryErrorKind::Unavailable, "{error:?}");
    assert_eq!(server.requests().len(), 2);
}

// case D2
#[tokio::test]
async fn a_formation_whose_connection_died_is_read_once_more() {
    let list = json!([{ "type": "worker", "quantity": 3 }]).to_string();
    let server = Server::start(vec![Reply::ThenDie(list)]).await;
    let heroku = heroku_at(&server.url);
    for _ in 0..3 {
        assert_eq!(heroku.quantity().await.unwrap().quantity, 3);
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 3));
}

/// Every way in which a server may repeat a secret: some proxies do, with the request that they
/// got.
fn repeated(secret: &str) -> Vec<String> {
    let escaped: String =
        secret.bytes().map(|byte| format!("\\u{:04x}", u32::from(byte))).collect();
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = aws_smithy_types::base64::encode(secret);
    let unpadded = base64.trim_end_matches('=').to_owned();
    let url_safe = unpadded.replace('+', "-").replace('/', "_");
    vec![secret.to_owned(), escaped, percent, hex.to_uppercase(), hex, base64, unpadded, url_safe]
}

// case G3
#[tokio::test]
async fn a_secret_that_a_server_repeats_is_hidden_in_every_spelling() {
    for spelled in repeated("HRKU-token") {
        let body = format!(r#"{{"id":"no","message":"You sent {spelled}, which is no token."}}"#);
        for status in [200, 403, 422] {
            let server = Server::start(vec![Reply::json(status, body.clone())]).await;
            let error = heroku_at(&server.url).quantity().await.unwrap_err();
            let chain = error_chain(&error);
            assert!(status == 200 || chain.contains("You sent ***"), "{chain}");
            assert!(
                !repeated("HRKU-token").iter().any(|spelled| chain.contains(spelled)),
                "{chain}"
            );
        }
    }
    for spelled in repeated("changeme").into_iter().chain(repeated("elastic:changeme")) {
        let server = Server::start(vec![Reply::json(403, format!("No {spelled} here"))]).await;
        let error = elasticsearch_at(&server.url).create(&a_report().await).await.unwrap_err();
        let chain = error_chain(&error);
        assert!(chain.contains("***"), "{spelled}: {chain}");
        assert!(!repeated("changeme").iter().any(|spelled| chain.contains(spelled)), "{chain}");
    }
}

// case G6
#[tokio::test]
async fn a_services_message_is_shown_in_visible_characters() {
    let message = "\u{1b}[2J\u{1b}]52;c;aGk=\u{7} \u{9b}31m \u{202e}lla si llew\u{2028}\r\n";
    let body = json!({ "id": "no", "message": message }).to_string();
    for body in [body, message.to_owned()] {
        let server = Server::start(vec![Reply::json(403, body)]).await;
        let chain = error_chain(&heroku_at(&server.url).quantity().await.unwrap_err());
        let is_seen = |c: char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{202e}');
        assert!(chain.chars().all(is_seen), "{chain:?}");
        assert!(chain.contains(r"\u{1b}[2J"), "{chain}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_answer_is_given_up_within_the_budget_of_the_stage() {
    use dynoscaler::ports::{ACT_BUDGET, COMMIT_BUDGET, OBSERVE_BUDGET, REPORT_BUDGET};
    let server = Server::start(vec![Reply::Hang]).await;
    let report = a_report().await;
    let timed = |budget| (tokio::time::Instant::now(), budget);

    let (start, budget) = timed(OBSERVE_BUDGET);
    heroku_at(&server.url).quantity().await.unwrap_err();
    assert!(start.elapsed() <= budget + SLACK, "Heroku read: {:?}", start.elapsed());
    let (start, budget) = timed(ACT_BUDGET);
    heroku_at(&server.url).set_quantity(3).await.unwrap_err();
    assert!(start.elapsed() <= budget + SLACK, "Heroku change: {:?}", start.elapsed());
    let (start, budget) = timed(OBSERVE_BUDGET);
    sqs_at(&server.url, named()).backlog().await.unwrap_err();
    assert!(start.elapsed() <= budget + SLACK, "SQS: {:?}", start.elapsed());
    let (start, budget) = timed(OBSERVE_BUDGET);
    state_at(&server.url).load().await.unwrap_err();
    assert!(start.elapsed() <= budget + SLACK, "state read: {:?}", start.elapsed());
    let (start, budget) = timed(COMMIT_BUDGET);
    state_at(&server.url).commit(&write(None)).await.unwrap_err();
    assert!(start.elapsed() <= budget + SLACK, "state write: {:?}", start.elapsed());
    let (start, budget) = timed(REPORT_BUDGET);
    elasticsearch_at(&server.url).create(&report).await.unwrap_err();
    assert!(start.elapsed() <= budget + SLACK, "Elasticsearch: {:?}", start.elapsed());
}

/// Timers have the granularity of a millisecond.
const SLACK: std::time::Duration = std::time::Duration::from_millis(10);
