//! One cycle over the real adapters, with one service at fault, and what must hold afterwards.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dynoscaler::adapters::{
    Connected, DynamoDb, Elasticsearch, Heroku, Http, ParameterStore, Process, Queues, Sqs,
    SystemClock,
};
use dynoscaler::config::{
    AwsKeys, DynamoDbConfig, ElasticsearchConfig, HerokuConfig, KeyPair, KeySource,
    ParameterStoreConfig, Queue, QueueKeys, SecretKind, SecretSource, SqsConfig,
};
use dynoscaler::cycle::{self, Instance, Invocation, Start};
use dynoscaler::policy::{Bounds, Policy, Schedule};
use dynoscaler::ports::{Clock as _, RecordLog};
use dynoscaler::report::CycleReport;
use dynoscaler::target::{Mode, Target, TargetId};
use nonempty::NonEmpty;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use url::Url;

use super::call::Call;
use super::fault::Case;
use super::server::Server;
use super::tls;
use crate::example::secret;

pub const TOKEN: &str = "HRKU-5ecre7-70ken";
pub const PASSWORD: &str = "5ecre7-pa55word";
const BASIC: &str = "ZWxhc3RpYzo1ZWNyZTctcGE1NXdvcmQ";
pub const AWS_SECRET: &str = "5ecre7-aw5-key";
const ROLE_SECRET: &str = "5ecre7-r0le-key";
const SESSION: &str = "5ecre7-5e551on";
pub const SECRETS: [&str; 6] = [TOKEN, PASSWORD, BASIC, AWS_SECRET, ROLE_SECRET, SESSION];

/// For work outside calls: timers that fire late on a busy machine.
const SLACK: Duration = Duration::from_secs(2);

/// So many at once that the slow ones do not add up, and so few that none starves.
const CYCLES_AT_ONCE: usize = 40;

/// A line of CloudWatch Logs has room for thirty times this.
const RECORD_BYTES_MAX: usize = 8 << 10;

/// The outcome of a case.
#[derive(Debug)]
pub struct Outcome {
    pub case: Case,
    pub reason: &'static str,
    pub took: Duration,
    /// The bodies of the changes that reached Heroku.
    pub changes: Vec<String>,
    pub writes: usize,
    pub record: String,
}

impl Outcome {
    /// The broken conditions.
    pub fn broken(&self) -> Vec<&'static str> {
        let Case { call, reason, .. } = self.case;
        let changes_max = match (call, reason) {
            (_, "LostRace") => 0,
            (Call::Deliver, _) => 1,
            (Call::ChangeFormation, _) => 2,
            _ => 0,
        };
        let is_read = !matches!(call, Call::WriteState | Call::ChangeFormation | Call::Deliver);
        let laws = [
            ("the reason is right", self.reason == reason),
            ("within the budget", self.took <= call.budget() + SLACK),
            ("nothing is changed", self.changes.len() <= changes_max),
            (
                "one quantity is requested",
                self.changes.iter().all(|body| body == r#"{"quantity":3}"#),
            ),
            ("nothing is written", !is_read || reason == "LostRace" || self.writes == 0),
            ("the record is short", self.record.len() <= RECORD_BYTES_MAX),
            ("no secret is shown", !shows_a_secret(&self.record)),
        ];
        laws.into_iter().filter(|(_, holds)| !holds).map(|(law, _)| law).collect()
    }
}

pub fn shows_a_secret(text: &str) -> bool {
    SECRETS.iter().any(|secret| text.contains(secret))
}

/// Runs each case in a cycle of its own, in the order given. A panic in one is a panic here.
pub async fn run_all(cases: Vec<Case>) -> Vec<Outcome> {
    let seats = Arc::new(Semaphore::new(CYCLES_AT_ONCE));
    let mut running = JoinSet::new();
    for (place, case) in cases.into_iter().enumerate() {
        let seats = seats.clone();
        running.spawn(async move {
            let _seat = seats.acquire_owned().await.unwrap();
            (place, run(case).await)
        });
    }
    let mut outcomes = running.join_all().await;
    outcomes.sort_by_key(|(place, _)| *place);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

async fn run(case: Case) -> Outcome {
    let healthy = Server::healthy().await;
    let failing = Server::failing(case.call, case.act.clone()).await;
    let ports = ports(case.call, &failing.url, &healthy.url);
    let invocation = Invocation {
        event: Value::Null,
        request_id: "request".to_owned(),
        trace_id: None,
        cold_start: true,
    };
    let started = Instant::now();
    let start = Start { instance: &Instance::new("stream"), began: ports.process.now() };
    let report = cycle::run(&ports, &target(), &invocation, start).await;
    cycle::deliver(ports.process.sink.as_ref(), std::slice::from_ref(&report)).await;
    let took = started.elapsed();
    let requests = [failing.requests(), healthy.requests()].concat();
    let arrived = |call| requests.iter().filter(move |request| request.call == call);
    Outcome {
        reason: report.reason.label(),
        took,
        changes: arrived(Call::ChangeFormation).map(|request| request.body.clone()).collect(),
        writes: arrived(Call::WriteState).count(),
        record: ports.process.log.0.lock().unwrap().concat(),
        case,
    }
}

/// The record as it would be printed.
#[derive(Debug, Default)]
struct Lines(Mutex<Vec<String>>);

impl RecordLog for Lines {
    fn write(&self, report: &CycleReport) {
        self.0.lock().unwrap().push(serde_json::to_string(report).unwrap());
    }
}

type World = Connected<DynamoDb, Lines>;

fn ports(faulty: Call, failing: &str, healthy: &str) -> World {
    let at = |calls: &[Call]| {
        Url::parse(if calls.contains(&faulty) { failing } else { healthy }).unwrap()
    };
    let http = Http::trusting(tls::roots()).unwrap();
    let parameters = ParameterStoreConfig {
        region: "eu-west-1".to_owned(),
        keys: keys(),
        endpoint_url: Some(at(&[Call::ReadSecret])),
    };
    let store = ParameterStore::new(&parameters, &http, SystemClock);
    let sqs = SqsConfig {
        queue: Queue::Name("jobs".to_owned()),
        region: "eu-west-1".to_owned(),
        keys: QueueKeys::Pair(KeyPair {
            access_key_id: secret("AKIAEXAMPLE"),
            secret_access_key: kept_in("ssm:/key"),
        }),
        endpoint_url: Some(at(&[Call::FindQueue, Call::CountQueue])),
    };
    let api_url = at(&[Call::ReadFormation, Call::ChangeFormation]);
    let heroku = HerokuConfig::new(api_url, kept_in("ssm:/token"), "tests");
    let dynamodb = DynamoDbConfig {
        table: "states".to_owned(),
        region: "eu-west-1".to_owned(),
        keys: keys(),
        endpoint_url: Some(at(&[Call::ReadState, Call::WriteState])),
    };
    let (url, password) = (at(&[Call::Deliver]), kept_in("ssm:/password"));
    let elasticsearch = ElasticsearchConfig::new(url, "elastic", password, "dynoscaler");
    Connected {
        backlog: Queues(NonEmpty::new(Sqs::new(&sqs, &store, &http))),
        formation: Heroku::new(&heroku, &target().id, &store, http.clone()),
        state: DynamoDb::new(&dynamodb, "my-app/worker".to_owned(), &http),
        process: Arc::new(Process {
            log: Lines::default(),
            sink: Some(Elasticsearch::new(elasticsearch, &store, http)),
            events: None,
        }),
    }
}

fn kept_in(reference: &str) -> SecretSource {
    SecretSource::parse(reference, SecretKind::Token).unwrap()
}

fn keys() -> KeySource {
    KeySource::Given(AwsKeys {
        access_key_id: secret("ASIAEXAMPLE"),
        secret_access_key: secret(ROLE_SECRET),
        session_token: Some(secret(SESSION)),
    })
}

fn target() -> Target {
    let policy =
        Policy { up_cycles: 1, down_cycles: 3, ..Policy::new(Bounds { min: 1, max: 5 }, 100.0) };
    Target {
        id: TargetId { app: "my-app".to_owned(), process: "worker".to_owned() },
        queues: "jobs".into(),
        policy,
        schedule: Schedule::default(),
        mode: Mode::Live,
    }
}
