//! Secrets by reference, over loopback: when they are read, how often, and what a refusal does.

use std::sync::{Arc, Mutex};

use dynoscaler::adapters::{Elasticsearch, Heroku, Http, Sqs};
use dynoscaler::config::{
    ElasticsearchConfig, HerokuConfig, KeyPair, Queue, QueueKeys, SecretSource, SqsConfig,
};
use dynoscaler::ports::{DeliveryErrorKind, Formation, FormationError, FormationErrorKind};
use dynoscaler::report::error_chain;
use dynoscaler::target::TargetId;
use jiff::SignedDuration;
use serde_json::{Value, json};
use url::Url;

use support::example::secret;
use support::fake::{Fake, next_minute, target};
use support::server::{Reply, Request, Server};
use support::store;

const NAME: &str = "/dynoscaler/token";

/// Services that know one secret, and a store that may hold another.
#[derive(Clone)]
struct World {
    server: Server,
    clock: Fake,
    known: Arc<Mutex<String>>,
    held: Arc<Mutex<Reply>>,
}

impl World {
    async fn new(known: &str, held: &str) -> Self {
        let known = Arc::new(Mutex::new(known.to_owned()));
        let held = Arc::new(Mutex::new(store::holds(held)));
        let (knows, holds) = (known.clone(), held.clone());
        let server = Server::answering(move |_, request| match store::is_read(request) {
            true => holds.lock().unwrap().clone(),
            false => answer(request, &knows.lock().unwrap()),
        });
        Self { server: server.await, clock: Fake::new(0, 0), known, held }
    }

    fn heroku(&self, token: SecretSource) -> Heroku {
        let config = HerokuConfig::new(Url::parse(&self.server.url).unwrap(), token, "tests");
        let target = TargetId { app: "my-app".to_owned(), process: "worker".to_owned() };
        let store = store::at(&self.server.url, self.clock.clone());
        Heroku::new(&config, &target, &store, Http::new().unwrap())
    }

    fn referring(&self) -> Heroku {
        self.heroku(store::referred("ssm:/dynoscaler/token"))
    }

    fn hold(&self, reply: Reply) {
        *self.held.lock().unwrap() = reply;
    }

    fn know(&self, secret: &str) {
        secret.clone_into(&mut self.known.lock().unwrap());
    }

    fn pass(&self, time: SignedDuration) {
        self.clock.world().now += time;
    }

    fn reads(&self) -> usize {
        self.server.requests().iter().filter(|request| store::is_read(request)).count()
    }

    fn calls(&self) -> usize {
        self.server.requests().len() - self.reads()
    }
}

/// Heroku and Elasticsearch, as far as they check credentials.
fn answer(request: &Request, known: &str) -> Reply {
    let basic = format!(
        "Basic {}",
        ["ZWxhc3RpYzpzZWNyZXQtdHdv", "ZWxhc3RpYzpzZWNyZXQtb25l"]
            [usize::from(known == "secret-one")]
    );
    let sent = request.header("authorization").unwrap_or_default();
    if sent != format!("Bearer {known}") && sent != basic {
        return Reply::json(401, r#"{"id":"unauthorized","message":"Invalid credentials."}"#);
    }
    match request.line.split(' ').next() {
        Some("GET") => Reply::json(200, r#"[{"type":"worker","quantity":2}]"#),
        _ => Reply::json(200, r#"{"type":"worker","quantity":3}"#),
    }
}

fn refused(error: &FormationError) -> bool {
    error.kind == FormationErrorKind::Unauthorized
}

#[tokio::test]
async fn a_given_secret_reads_no_parameter_even_if_it_is_refused() {
    let world = World::new("secret-one", "secret-two").await;
    let heroku = world.heroku(store::given("secret-one"));
    assert_eq!(heroku.quantity().await.unwrap().quantity, 2);
    world.know("secret-two");
    assert!(refused(&heroku.quantity().await.unwrap_err()));
    assert_eq!((world.reads(), world.calls()), (0, 2));
}

// case F10
#[tokio::test]
async fn a_line_end_after_a_parameters_value_is_not_sent() {
    let world = World::new("secret-one", "secret-one\n").await;
    assert_eq!(world.referring().quantity().await.unwrap().quantity, 2);
}

#[tokio::test]
async fn a_secret_is_read_at_its_first_use_and_kept() {
    let world = World::new("secret-one", "secret-one").await;
    let heroku = world.referring();
    assert_eq!(world.reads(), 0);
    for _ in 0..3 {
        heroku.quantity().await.unwrap();
        heroku.set_quantity(3).await.unwrap();
        world.pass(SignedDuration::from_hours(24));
    }
    assert_eq!((world.reads(), world.calls()), (1, 6));
}

#[tokio::test]
async fn a_parameter_is_read_by_one_signed_request() {
    let world = World::new("secret-one", "secret-one").await;
    world.referring().quantity().await.unwrap();
    let requests = world.server.requests();
    let request = requests.iter().find(|request| store::is_read(request)).unwrap();
    assert_eq!(request.line, "POST / HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(request.header("x-amz-security-token"), Some("role-session"));
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body, json!({ "Name": NAME, "WithDecryption": true }));
    let signature = request.header("authorization").unwrap();
    let scope = "AWS4-HMAC-SHA256 Credential=ASIAROLE/20251124/eu-west-1/ssm/aws4_request";
    assert!(signature.starts_with(scope), "{signature}");
    let signed = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";
    assert!(signature.contains(signed), "{signature}");
}

#[tokio::test]
async fn two_callers_at_once_read_a_secret_once() {
    let world = World::new("secret-one", "secret-one").await;
    let heroku = world.referring();
    let (first, second) = tokio::join!(heroku.quantity(), heroku.quantity());
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(world.reads(), 1);
}

#[tokio::test]
async fn a_refused_call_is_repeated_once_with_the_secrets_successor() {
    let world = World::new("secret-one", "secret-one").await;
    let heroku = world.referring();
    heroku.quantity().await.unwrap();
    world.know("secret-two");
    world.hold(store::holds("secret-two"));
    heroku.set_quantity(3).await.unwrap();
    assert_eq!((world.reads(), world.calls()), (2, 3));
    heroku.quantity().await.unwrap();
    assert_eq!((world.reads(), world.calls()), (2, 4));
}

#[tokio::test]
async fn a_refusal_remains_where_the_secret_has_no_successor() {
    let world = World::new("secret-two", "secret-one").await;
    let heroku = world.referring();
    assert!(refused(&heroku.quantity().await.unwrap_err()));
    assert_eq!((world.reads(), world.calls()), (2, 1), "the same token is not sent again");
    world.pass(SignedDuration::from_mins(5));
    world.hold(store::holds("secret-three"));
    assert!(refused(&heroku.quantity().await.unwrap_err()));
    assert_eq!((world.reads(), world.calls()), (3, 3), "a successor that is refused is the last");
}

#[tokio::test]
async fn a_secret_is_read_again_once_after_a_401_and_then_at_most_every_five_minutes() {
    let world = World::new("secret-two", "secret-one").await;
    let heroku = world.referring();
    heroku.quantity().await.unwrap_err();
    assert_eq!(world.reads(), 2);
    for _ in 0..4 {
        world.pass(SignedDuration::from_mins(1));
        heroku.quantity().await.unwrap_err();
        heroku.set_quantity(3).await.unwrap_err();
    }
    world.pass(SignedDuration::from_secs(59));
    world.hold(store::holds("secret-two"));
    assert!(refused(&heroku.quantity().await.unwrap_err()));
    assert_eq!(world.reads(), 2);
    world.pass(SignedDuration::from_secs(1));
    heroku.quantity().await.unwrap();
    assert_eq!(world.reads(), 3);
}

#[tokio::test]
async fn an_unreadable_secret_is_an_error_with_its_cause_and_nothing_is_sent() {
    let denied = "User is not authorized to perform: ssm:GetParameter";
    let refusal = |id: &str| json!({ "__type": id, "message": denied }).to_string();
    for (reply, cause) in [
        (
            Reply::json(400, refusal("AccessDeniedException")),
            "SSM answered 400 AccessDeniedException: User is not authorized to perform: ssm:",
        ),
        (Reply::json(400, r#"{"__type":"ParameterNotFound"}"#), "400 ParameterNotFound: no reason"),
        (Reply::json(500, "<html>"), "SSM answered 500 without id: <html>"),
        (Reply::json(200, "<html>"), "SSM's answer has no value"),
        (Reply::json(200, r#"{"Parameter":{"Name":"/name"}}"#), "SSM's answer has no value"),
        (store::holds("a b"), "its value must be visible ASCII characters without spaces"),
        (store::holds(""), "its value must be visible ASCII characters without spaces"),
        (store::holds("short"), "its value must be at least 8 characters"),
        (
            // case E2
            store::holds(r#"{"token":"secret-one"}"#),
            "its value must be the secret alone, in plain text, and is JSON with token",
        ),
        (Reply::Close, "no answer from SSM"),
    ] {
        let world = World::new("secret-one", "secret-one").await;
        world.hold(reply);
        let heroku = world.referring();
        let error = heroku.quantity().await.unwrap_err();
        assert_eq!(error.kind, FormationErrorKind::NoToken, "{error:?}");
        let chain = error_chain(&error);
        let says = "no token for Heroku: cannot read ssm:/dynoscaler/token: ";
        assert!(chain.starts_with(says) && chain.contains(cause), "{chain}");
        assert_eq!(world.calls(), 0);
        // The next cycle may succeed.
        world.hold(store::holds("secret-one"));
        heroku.quantity().await.unwrap();
    }
}

#[tokio::test]
async fn a_parameters_value_is_in_no_error() {
    for reply in [
        store::holds("5ecre7 word"),
        Reply::json(200, r#"{"Parameter":{"Value":["5ecre7"]}}"#),
        Reply::json(200, r#"{"Parameter":"5ecre7"}"#),
        Reply::json(200, r#""5ecre7"#),
    ] {
        let world = World::new("secret-one", "secret-one").await;
        world.hold(reply);
        let error = world.referring().quantity().await.unwrap_err();
        let shown = format!("{} {error:?}", error_chain(&error));
        assert!(!shown.contains("5ecre7"), "{shown}");
    }
}

#[tokio::test]
async fn a_refusal_remains_if_the_secret_cannot_be_read_again_and_the_old_one_is_kept() {
    let world = World::new("secret-one", "secret-one").await;
    let heroku = world.referring();
    heroku.quantity().await.unwrap();
    world.know("secret-two");
    world.hold(Reply::json(400, r#"{"__type":"ThrottlingException"}"#));
    assert!(refused(&heroku.quantity().await.unwrap_err()));
    world.know("secret-one");
    heroku.quantity().await.unwrap();
    assert_eq!(world.reads(), 2);
}

fn elasticsearch(world: &World) -> Elasticsearch {
    let url = Url::parse(&world.server.url).unwrap();
    let password = store::referred("ssm:/dynoscaler/elastic");
    let config = ElasticsearchConfig::new(url, "elastic", password, "dynoscaler");
    let store = store::at(&world.server.url, world.clock.clone());
    Elasticsearch::new(config, &store, Http::new().unwrap())
}

#[tokio::test]
async fn the_password_of_elasticsearch_has_successors_too() {
    let report = next_minute(&Fake::new(2, 900), &target()).await;
    let world = World::new("secret-one", "secret-one").await;
    let sink = elasticsearch(&world);
    sink.create(&report).await.unwrap();
    world.know("secret-two");
    world.hold(store::holds("secret-two"));
    sink.create(&report).await.unwrap();
    assert_eq!((world.reads(), world.calls()), (2, 3));
    let names = world.server.requests().into_iter().filter(store::is_read);
    assert!(names.map(|request| store::name(&request)).all(|name| name == "/dynoscaler/elastic"));
}

#[tokio::test]
async fn a_password_that_cannot_be_read_leaves_the_record_undelivered() {
    let report = next_minute(&Fake::new(2, 900), &target()).await;
    let world = World::new("secret-one", "secret-one").await;
    world.hold(Reply::json(400, r#"{"__type":"ParameterNotFound"}"#));
    let error = elasticsearch(&world).create(&report).await.unwrap_err();
    assert_eq!(error.kind, DeliveryErrorKind::NoPassword, "{error:?}");
    let chain = error_chain(&error);
    assert!(chain.starts_with("no password for Elasticsearch: cannot read ssm:/"), "{chain}");
}

/// A queue of another account; each call is answered in turn.
async fn queue(replies: Vec<Reply>) -> (Server, Sqs) {
    let server = Server::start(replies).await;
    let pair = KeyPair {
        access_key_id: secret("AKIAOTHER"),
        secret_access_key: store::referred("ssm:/dynoscaler/aws"),
    };
    let url = Url::parse(&server.url).unwrap();
    let config = SqsConfig {
        queue: Queue::Url { url: url.clone(), name: "jobs".to_owned() },
        region: "us-east-2".to_owned(),
        keys: QueueKeys::Pair(pair),
        endpoint_url: Some(url),
    };
    let store = store::at(&server.url, Fake::new(0, 0));
    let sqs = Sqs::new(&config, &store, &Http::new().unwrap());
    (server, sqs)
}

fn counted() -> Reply {
    let attributes = json!({ "Attributes": {
        "ApproximateNumberOfMessages": "7",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
    }});
    Reply::json(200, attributes.to_string())
}

/// The operations in their order, and their signers.
fn signed(server: &Server) -> Vec<(String, String)> {
    let shown = |request: &Request| {
        let signature = request.header("authorization").unwrap();
        let (_, id) = signature.split_once("Credential=").unwrap();
        let operation = request.header("x-amz-target").unwrap().to_owned();
        (operation, id.split('/').next().unwrap().to_owned())
    };
    server.requests().iter().map(shown).collect()
}

#[tokio::test]
async fn a_pair_whose_secret_aws_does_not_know_is_read_again_at_once() {
    for code in ["SignatureDoesNotMatch", "InvalidClientTokenId", "UnrecognizedClientException"] {
        let refusal = json!({ "__type": format!("com.amazon.coral.service#{code}") }).to_string();
        let replies = vec![
            store::holds("secret-one"),
            Reply::json(403, refusal),
            store::holds("secret-two"),
            counted(),
        ];
        let (server, sqs) = queue(replies).await;
        assert_eq!(sqs.backlog().await.unwrap().visible, 7, "{code}");
        assert_eq!(sqs.backlog().await.unwrap().visible, 7, "{code}");
        let read = (store::READ.to_owned(), "ASIAROLE".to_owned());
        let count = ("AmazonSQS.GetQueueAttributes".to_owned(), "AKIAOTHER".to_owned());
        assert_eq!(
            signed(&server),
            [read.clone(), count.clone(), read, count.clone(), count],
            "{code}"
        );
    }
}

#[tokio::test]
async fn a_pair_without_its_secret_requests_no_queue() {
    let denied = Reply::json(400, r#"{"__type":"AccessDeniedException"}"#);
    let (server, sqs) = queue(vec![denied]).await;
    let error = sqs.backlog().await.unwrap_err();
    let chain = error_chain(&error);
    let says = "cannot read the attributes of queue jobs: cannot read ssm:/dynoscaler/aws: \
        SSM answered 400 AccessDeniedException: ";
    assert!(chain.starts_with(says), "{chain}");
    assert_eq!(server.requests().len(), 1);
}
