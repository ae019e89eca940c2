//! What must hold for every caller and every server: where requests go, what they carry, and to
//! whom. That no secret is shown under any fault is in `tests/faults`.

use std::collections::HashMap;
use std::sync::Arc;

use dynoscaler::adapters::{DynamoDb, Elasticsearch, Heroku, Http, Sqs};
use dynoscaler::config::{
    Config, DynamoDbConfig, ElasticsearchConfig, Environment, HerokuConfig, Queue, QueueKeys,
    SecretKind, SecretSource, SqsConfig,
};
use dynoscaler::cycle::{Instance, Start};
use dynoscaler::ports::{Formation, StateStore};
use dynoscaler::report::error_chain;
use dynoscaler::target::TargetId;
use jiff::Timestamp;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use url::Url;

use support::example::keys;
use support::fake::{Fake, next_minute, target};
use support::server::{Reply, Server};
use support::sockets::tls;
use support::store;

const HOSTILE: [&str; 12] = [
    "../other-app",
    "..",
    ".",
    "my-app/../other-app",
    "my-app%2f..%2fother-app",
    "my-app?quantity=9",
    "my-app#",
    "my-app\\..\\other-app",
    "//evil.example/apps",
    "my-app\r\nX-Evil: 1",
    "my-app@evil.example",
    "\u{202e}ppa-ym",
];

fn heroku(url: &str, app: &str, process: &str, http: Http) -> Heroku {
    let (url, token) = (Url::parse(url).unwrap(), store::given("HRKU-token"));
    let config = HerokuConfig::new(url, token, "tests");
    let target = TargetId { app: app.to_owned(), process: process.to_owned() };
    Heroku::new(&config, &target, &store::unused(), http)
}

fn elasticsearch(url: &str, index: &str, doc_type: &str) -> Elasticsearch {
    elasticsearch_by(url, index, doc_type, None)
}

fn elasticsearch_by(
    url: &str,
    index: &str,
    doc_type: &str,
    ca: Option<SecretSource>,
) -> Elasticsearch {
    let (url, password) = (Url::parse(url).unwrap(), store::given("changeme"));
    let usual = ElasticsearchConfig::new(url, "elastic", password, index);
    let config = ElasticsearchConfig { ca, doc_type: doc_type.to_owned(), ..usual };
    Elasticsearch::new(config, &store::unused(), Http::new().unwrap())
}

/// The environment of a function, with one variable changed.
fn with(name: &str, value: &str) -> Result<Config, dynoscaler::config::ConfigError> {
    let mut variables: HashMap<&str, &str> = HashMap::from([
        ("MY_HEROKU_AUTH_TOKEN", "HRKU-token"),
        ("MY_HEROKU_AUTH_DES", "tests"),
        ("MY_HEROKU_AS_APP", "my-app"),
        ("MY_HEROKU_AS_PROCESS", "worker"),
        ("AWS_SQS_NAME", "jobs"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "very-secret"),
        ("DYNOSCALER_MIN_DYNOS", "1"),
        ("DYNOSCALER_MAX_DYNOS", "5"),
        ("DYNOSCALER_UP_CYCLES", "1"),
        ("DYNOSCALER_DOWN_CYCLES", "3"),
        ("DYNOSCALER_BACKLOG_THRESHOLD", "10"),
        ("DYNOSCALER_TABLE", "states"),
        ("ELK_ELASTIC_URL", "https://elastic.example"),
        ("ELK_ELASTIC_USER", "elastic"),
        ("ELK_ELASTIC_PASS", "changeme"),
        ("ELK_INDEX_AS", "dynoscaler"),
    ]);
    variables.insert(name, value);
    Config::in_function(&variables.into_iter().collect::<Environment>())
}

#[test]
fn a_name_that_could_leave_its_path_is_refused_before_any_call() {
    with("MY_HEROKU_AS_APP", "my-app").unwrap();
    for name in HOSTILE {
        for variable in ["MY_HEROKU_AS_APP", "MY_HEROKU_AS_PROCESS", "ELK_INDEX_AS"] {
            with(variable, name).expect_err(&format!("{variable}={name}"));
        }
    }
}

/// The path of a request, as a receiver splits it.
fn segments(line: &str) -> Vec<String> {
    let path = line.split(' ').nth(1).unwrap().split('?').next().unwrap();
    path.split('/').skip(1).map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn a_hostile_name_that_got_past_the_configuration_cannot_leave_its_segment() {
    for name in HOSTILE {
        let server = Server::start(vec![Reply::json(200, "[]")]).await;
        let http = Http::new().unwrap();
        let _ = heroku(&server.url, name, name, http.clone()).quantity().await;
        let _ = heroku(&server.url, name, name, http).set_quantity(3).await;
        for request in server.requests() {
            assert_eq!(request.header("x-evil"), None, "{name}");
            let segments = segments(&request.line);
            // "." and ".." vanish, and then the request reaches no formation at all.
            if segments.len() >= 3 {
                assert_eq!((&*segments[0], &*segments[2]), ("apps", "formation"), "{name}");
            }
            assert!(!segments.contains(&"other-app".to_owned()), "{name}: {segments:?}");
        }
    }
}

/// A server that redirects every request to another one, which must receive none.
async fn sends_elsewhere() -> (Server, Server) {
    let elsewhere = Server::start(vec![Reply::json(200, "{}")]).await;
    let to: &'static str = Box::leak(elsewhere.url.clone().into_boxed_str());
    let headers: &'static [(&str, &str)] = Box::leak(Box::new([("location", to)]));
    let replies = [301, 302, 303, 307, 308].map(|to| Reply::Answer(to, headers, String::new()));
    (Server::start(replies.to_vec()).await, elsewhere)
}

#[tokio::test]
async fn no_request_follows_a_redirect() {
    let report = next_minute(&Fake::new(2, 900), &target()).await;
    let (server, elsewhere) = sends_elsewhere().await;
    let http = Http::new().unwrap();
    for _ in 0..5 {
        heroku(&server.url, "my-app", "worker", http.clone()).set_quantity(3).await.unwrap_err();
    }
    let (server, other) = sends_elsewhere().await;
    for _ in 0..5 {
        elasticsearch(&server.url, "logs", "_doc").create(&report).await.unwrap_err();
    }
    assert_eq!(server.requests().len(), 5);
    let (server, third) = sends_elsewhere().await;
    let endpoint_url = Some(Url::parse(&server.url).unwrap());
    let region = "eu-west-1".to_owned();
    let queue = Queue::Name("jobs".to_owned());
    let sqs = SqsConfig {
        queue,
        region: region.clone(),
        keys: QueueKeys::Own(keys()),
        endpoint_url: endpoint_url.clone(),
    };
    Sqs::new(&sqs, &store::unused(), &http).backlog().await.unwrap_err();
    let table = DynamoDbConfig { table: "states".to_owned(), region, keys: keys(), endpoint_url };
    DynamoDb::new(&table, "my-app/worker".to_owned(), &http).load().await.unwrap_err();
    for server in [elsewhere, other, third] {
        assert!(server.requests().is_empty());
    }
}

/// A Heroku behind TLS that shows a certificate for `name`; gives the bytes that it could read.
async fn behind_tls(name: &'static str) -> (String, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let received = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut received = vec![0; 4096];
        let read = match tls::accept(stream, name).await {
            Ok(mut stream) => stream.read(&mut received).await.unwrap_or(0),
            Err(_) => 0,
        };
        received.truncate(read);
        received
    });
    (url, received)
}

#[tokio::test]
async fn a_certificate_for_another_name_gets_no_token() {
    let http = Http::trusting(tls::roots()).unwrap();
    let (url, received) = behind_tls(tls::WRONG_NAME).await;
    let error = heroku(&url, "my-app", "worker", http.clone()).set_quantity(3).await.unwrap_err();
    assert!(error_chain(&error).contains("not valid for name"), "{}", error_chain(&error));
    assert_eq!(received.await.unwrap(), b"");

    // The same with the right name: what was refused above is the name and nothing else.
    let (url, received) = behind_tls(tls::RIGHT_NAME).await;
    let _ = heroku(&url, "my-app", "worker", http).set_quantity(3).await;
    assert!(String::from_utf8(received.await.unwrap()).unwrap().contains("Bearer HRKU-token"));
}

#[tokio::test]
async fn an_issuer_that_mozilla_does_not_trust_gets_no_token() {
    let (url, received) = behind_tls(tls::RIGHT_NAME).await;
    let http = Http::new().unwrap();
    let error = heroku(&url, "my-app", "worker", http).set_quantity(3).await.unwrap_err();
    assert!(error_chain(&error).contains("UnknownIssuer"), "{}", error_chain(&error));
    assert_eq!(received.await.unwrap(), b"");
}

/// The bytes that a server with its own certificate receives, and the error.
async fn delivered_to(shows: &'static str, ca: Option<SecretSource>) -> (String, String) {
    let report = next_minute(&Fake::new(2, 900), &target()).await;
    let (url, received) = behind_tls(shows).await;
    let error = elasticsearch_by(&url, "logs", "_doc", ca).create(&report).await.unwrap_err();
    (String::from_utf8(received.await.unwrap()).unwrap(), error_chain(&error))
}

fn authority(pem: &str) -> Option<SecretSource> {
    Some(SecretSource::parse(pem, SecretKind::Certificates).unwrap())
}

// case D3
#[tokio::test]
async fn elasticsearch_may_have_an_authority_of_its_own() {
    for pem in [tls::pem(tls::RIGHT_NAME), tls::pem(tls::RIGHT_NAME).replace('\n', "\\n")] {
        let (received, _) = delivered_to(tls::RIGHT_NAME, authority(&pem)).await;
        assert!(received.starts_with("PUT /logs/_doc/"), "{received}");
    }
}

// case D3
#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_named_by_its_fault() {
    let wrong = tls::pem(tls::WRONG_NAME);
    for (shows, ca, fault) in [
        (tls::RIGHT_NAME, None, "is self-signed, or its issuer is not known here"),
        (tls::RIGHT_NAME, authority(&wrong), "is self-signed, or its issuer is not known here"),
        (tls::WRONG_NAME, authority(&wrong), "is for another host"),
        (tls::EXPIRED, authority(&tls::pem(tls::EXPIRED)), "has expired"),
    ] {
        let (received, error) = delivered_to(shows, ca).await;
        assert_eq!(received, "");
        assert!(error.contains(&format!("the server's certificate {fault}")), "{error}");
    }
}

// case D3
#[tokio::test]
async fn an_authority_that_cannot_be_read_is_named_and_nothing_is_sent() {
    let report = next_minute(&Fake::new(2, 900), &target()).await;
    let broken = tls::pem(tls::RIGHT_NAME).replace("MII", "AAA");
    let sink = elasticsearch_by("https://127.0.0.1:9", "logs", "_doc", authority(&broken));
    let error = error_chain(&sink.create(&report).await.unwrap_err());
    assert!(error.starts_with("no ELK_ELASTIC_CA to trust Elasticsearch by: "), "{error}");
}

/// The extension `supported_versions` of a first message, with what it offers.
const TLS_1_3_AND_1_2: [u8; 9] = [0x00, 0x2b, 0x00, 0x05, 0x04, 0x03, 0x04, 0x03, 0x03];

#[tokio::test]
async fn nothing_older_than_tls_1_2_is_offered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let received = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = vec![0; 4096];
        let read = stream.read(&mut hello).await.unwrap();
        hello.truncate(read);
        hello
    });
    let _ = heroku(&url, "my-app", "worker", Http::new().unwrap()).set_quantity(3).await;
    let hello = received.await.unwrap();
    assert!(hello.windows(9).any(|window| window == TLS_1_3_AND_1_2), "{hello:02x?}");
}

#[tokio::test]
async fn no_event_chooses_where_requests_go_or_what_they_change() {
    let evil = Server::start(vec![Reply::json(200, "[]")]).await;
    let good = Server::start(vec![Reply::json(200, r#"[{"type":"worker","quantity":2}]"#)]).await;
    let mut config = with("HEROKU_API_URL", &good.url).unwrap();
    config.sqs.head.endpoint_url = Some(Url::parse(&good.url).unwrap());
    let process = Arc::make_mut(&mut config.process);
    process.dynamodb.endpoint_url = config.sqs.head.endpoint_url.clone();
    process.elasticsearch = None;
    let event = json!({
        "HEROKU_API_URL": evil.url, "AWS_ENDPOINT_URL": evil.url, "endpoint_url": evil.url,
        "MY_HEROKU_AS_APP": "other-app", "app": "other-app", "process": "web", "quantity": 99,
        "detail": { "HEROKU_API_URL": evil.url, "app": "other-app" },
        "headers": { "host": evil.url }, "DYNOSCALER_MAX_DYNOS": 99, "time": Timestamp::now().to_string(),
    });
    let invocation = dynoscaler::cycle::Invocation {
        event,
        request_id: "request".to_owned(),
        trace_id: None,
        cold_start: true,
    };
    let ports = dynoscaler::adapters::deployed(&config).unwrap();
    let target = config.target.clone();
    let start = Start { instance: &Instance::new("stream"), began: Timestamp::now() };
    dynoscaler::cycle::run(&ports, &target, &invocation, start).await;
    assert!(evil.requests().is_empty());
    let requests = good.requests();
    assert!(!requests.is_empty());
    for request in requests {
        let sent = format!("{} {:?} {}", request.line, request.headers, request.body);
        assert!(!sent.contains("other-app") && !sent.contains(&evil.url), "{sent}");
    }
}
