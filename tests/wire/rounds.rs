//! The calls of a whole round, by which an account's pool and a bill are counted.

use dynoscaler::adapters;
use dynoscaler::config::{Environment, Targets};
use dynoscaler::cycle::Invocation;
use dynoscaler::fleet::{Instances, Terms};
use serde_json::{Value, json};

use support::server::{Reply, Request, Server};

const TARGETS: &str = r#"
[[target]]
app = "shop"
process = "worker"
queue = "SERVER/000000000000/jobs"

[[target]]
app = "shop"
process = "mailer"
queue = "SERVER/000000000000/mail"

[[target]]
app = "bill"
process = "worker"
queue = "SERVER/000000000000/invoices"
"#;

/// The file, queues that need a dyno more, a table without items, and Heroku.
fn answer(_: usize, request: &Request) -> Reply {
    let host = request.header("host").unwrap_or_default();
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let operation = request.header("x-amz-target").and_then(|it| it.split('.').nth(1));
    let answer = match operation.unwrap_or(&request.line[..3]) {
        "GetParameter" if body["Name"] == "/secret" => parameter("a-secret-key"),
        "GetParameter" => parameter(&TARGETS.replace("SERVER", &format!("http://{host}"))),
        "GetQueueAttributes" => json!({ "Attributes": {
            "ApproximateNumberOfMessages": "900",
            "ApproximateNumberOfMessagesNotVisible": "0",
            "ApproximateNumberOfMessagesDelayed": "0",
        }}),
        "GetItem" => json!({}),
        "UpdateItem" => json!({ "Attributes": {
            "version": { "N": "1" },
            "written_by": { "S": "stream/request" },
        }}),
        "GET" => json!(["worker", "mailer"].map(|name| json!({ "type": name, "quantity": 1 }))),
        _ => json!({ "quantity": body["quantity"] }),
    };
    Reply::json(200, answer.to_string())
}

fn parameter(value: &str) -> Value {
    json!({ "Parameter": { "Value": value } })
}

fn environment(server: &str) -> Environment {
    let settings = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "role-secret"),
        ("AWS_SESSION_TOKEN", "role-session"),
        ("AWS_ENDPOINT_URL", server),
        ("AWS_KEY", "AKIAEXAMPLE"),
        ("AWS_SECRET", "ssm:/secret"),
        ("HEROKU_API_URL", server),
        ("MY_HEROKU_AUTH_TOKEN", "HRKU-tests"),
        ("MY_HEROKU_AUTH_DES", "tests"),
        ("DYNOSCALER_TABLE", "states"),
        ("DYNOSCALER_MIN_DYNOS", "1"),
        ("DYNOSCALER_MAX_DYNOS", "5"),
        ("DYNOSCALER_BACKLOG_THRESHOLD", "100"),
        ("DYNOSCALER_UP_CYCLES", "1"),
        ("DYNOSCALER_DOWN_CYCLES", "5"),
        ("DYNOSCALER_TARGETS", "ssm:/targets"),
    ];
    settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect()
}

#[tokio::test]
async fn a_round_reads_each_app_and_secret_once_and_changes_each_target_by_itself() {
    let server = Server::answering(answer).await;
    let environment = environment(&server.url);
    let targets = Targets::in_function(&environment).unwrap();
    let services = adapters::services(targets.process()).unwrap();
    let process = services.process.clone();
    let scaler = adapters::scaler(environment, targets, services, Instances::named("stream"));
    let invocation = Invocation {
        event: json!({}),
        request_id: "request".to_owned(),
        trace_id: None,
        cold_start: true,
    };

    let terms = Terms { ends_at: None, a_minute: 1 };
    let round = scaler.round(&*process, &invocation, terms).await.unwrap();

    assert_eq!((round.records.len(), round.failed()), (3, 0), "{:?}", round.records);
    let lines: Vec<String> = server.requests().into_iter().map(|request| request.line).collect();
    let mut of_heroku: Vec<&str> = lines
        .iter()
        .map(|it| it.trim_end_matches(" HTTP/1.1"))
        .filter(|it| it.contains("/apps/"))
        .collect();
    of_heroku.sort_unstable();
    assert_eq!(
        of_heroku,
        [
            "GET /apps/bill/formation",
            "GET /apps/shop/formation",
            "PATCH /apps/bill/formation/worker",
            "PATCH /apps/shop/formation/mailer",
            "PATCH /apps/shop/formation/worker",
        ]
    );
    // Besides the file and the secret, for each target one call of SQS, and one read and one write of
    // the table.
    assert_eq!(lines.len() - of_heroku.len(), 2 + 3 * 3);
}
