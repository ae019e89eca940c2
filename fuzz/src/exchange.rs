//! One answer, given to every request of the real adapters over loopback.

use std::cell::RefCell;
use std::future::Future;
use std::sync::{Arc, Mutex};

use dynoscaler::adapters::{DynamoDb, Elasticsearch, Heroku, Http, ParameterStore, SystemClock};
use dynoscaler::config::{
    AwsKeys, DynamoDbConfig, ElasticsearchConfig, HerokuConfig, KeySource, ParameterStoreConfig,
    SecretSource,
};
use dynoscaler::cycle::{Header, Outcome, Readings, Subject, record};
use dynoscaler::policy::{Bounds, Policy, Reason};
use dynoscaler::ports::{Formation, StateStore, Stored, Write};
use dynoscaler::report::{CycleReport, error_chain};
use dynoscaler::secret::Secret;
use dynoscaler::target::{Mode, TargetId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use url::Url;

/// After none of these an adapter would pause and call again: nothing is learnt from waiting.
const STATUSES: [u16; 9] = [200, 201, 206, 302, 400, 401, 404, 409, 422];

thread_local! {
    static EXCHANGE: RefCell<Exchange> = RefCell::new(Exchange::start());
}

/// Runs `calls` while every request is answered with `data`; it also gets the body.
pub(crate) fn with_answer(data: &[u8], calls: impl FnOnce(&Exchange, &[u8])) {
    let Some((choice, body)) = data.split_first() else { return };
    let status = STATUSES[usize::from(*choice) % STATUSES.len()];
    let mut answer =
        format!("HTTP/1.1 {status} Fuzzed\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    EXCHANGE.with_borrow(|exchange| {
        *exchange.answer.lock().unwrap() = answer;
        calls(exchange, body);
    });
}

pub(crate) struct Exchange {
    runtime: Runtime,
    answer: Arc<Mutex<Vec<u8>>>,
    heroku: Heroku,
    state: DynamoDb,
    elasticsearch: Elasticsearch,
}

/// Errors as a record shows them.
impl Exchange {
    pub(crate) fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }

    pub(crate) async fn formation_quantity(&self) -> Result<u32, String> {
        self.heroku.quantity().await.map(|it| it.quantity).map_err(|error| error_chain(&error))
    }

    pub(crate) async fn formation_change(&self, quantity: u32) -> Result<(), String> {
        self.heroku.set_quantity(quantity).await.map(|_| ()).map_err(|error| error_chain(&error))
    }

    pub(crate) async fn load(&self) -> Result<Stored, String> {
        self.state.load().await.map_err(|error| error_chain(&error))
    }

    pub(crate) async fn commit(&self, write: &Write) -> Result<(), String> {
        self.state.commit(write).await.map(|_| ()).map_err(|error| error_chain(&error))
    }

    pub(crate) async fn deliver(&self) -> Result<(), String> {
        self.elasticsearch.create(&report()).await.map_err(|error| error_chain(&error))
    }

    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let answer = Arc::<Mutex<Vec<u8>>>::default();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        runtime.spawn(accept(listener, answer.clone()));
        let http = Http::new().unwrap();
        let secret = || Secret::new("secret".to_owned());
        let given = || SecretSource::Given(secret());
        let heroku = HerokuConfig::new(url.clone(), given(), "fuzz");
        let target = TargetId { app: "my-app".into(), process: "worker".into() };
        let keys =
            AwsKeys { access_key_id: secret(), secret_access_key: secret(), session_token: None };
        let table = DynamoDbConfig {
            table: "states".into(),
            region: "eu-west-1".into(),
            keys: KeySource::Given(keys.clone()),
            endpoint_url: Some(url.clone()),
        };
        let store = ParameterStoreConfig {
            region: "eu-west-1".into(),
            keys: KeySource::Given(keys),
            endpoint_url: Some(url.clone()),
        };
        let secrets = ParameterStore::new(&store, &http, SystemClock);
        let index = ElasticsearchConfig::new(url, "elastic", given(), "logs");
        Self {
            runtime,
            answer,
            heroku: Heroku::new(&heroku, &target, &secrets, http.clone()),
            state: DynamoDb::new(&table, "my-app/worker".into(), &http),
            elasticsearch: Elasticsearch::new(index, &secrets, http),
        }
    }
}

async fn accept(listener: TcpListener, answer: Arc<Mutex<Vec<u8>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, answer.clone()));
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<Mutex<Vec<u8>>>) -> Option<()> {
    let mut seen = Vec::new();
    let mut chunk = vec![0; 16 << 10];
    loop {
        let Some(head) = seen.windows(4).position(|window| window == b"\r\n\r\n") else {
            let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
            seen.extend_from_slice(&chunk[..read]);
            continue;
        };
        let text = String::from_utf8_lossy(&seen[..head]).into_owned();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let end = head + 4 + length.map_or(0, |length| length.parse().unwrap());
        while seen.len() < end {
            let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
            seen.extend_from_slice(&chunk[..read]);
        }
        seen.drain(..end);
        let answer = answer.lock().unwrap().clone();
        stream.write_all(&answer).await.ok()?;
    }
}

fn report() -> CycleReport {
    let target = TargetId { app: "my-app".into(), process: "worker".into() };
    let header = Header {
        subject: Subject { target: &target, queues: Some(&"jobs".into()), mode: Mode::Live },
        tick: super::CLOCK,
        began: super::CLOCK,
        ended: super::CLOCK,
        request_id: "",
        trace_id: None,
        cold_start: false,
    };
    let policy = Policy::new(Bounds { min: 0, max: 1 }, 1.0);
    record(&header, Outcome::undecided(policy, Readings::default(), Ok(Reason::LateTick)))
}
