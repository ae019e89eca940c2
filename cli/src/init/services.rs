//! What AWS and Heroku offer, and whether an answer is right. Each fault is a finding with its
//! remedy.
//!
//! Reads only, but for what `keep` stores. Must not know what is asked, or when.

use std::fmt;

use url::Url;

use crate::connection;
use crate::doctor::{Finding, heroku as tokens};
use crate::text::{grouped, plural};
use dynoscaler::adapters::{
    AccountQueues, AppList, Apps, AwsError, Caller, CountedQueue, Http, ParameterStore,
    ProcessType, Sts, SystemClock,
};
use dynoscaler::config::{
    Environment, HerokuConfig, KeySource, Parameter, ParameterStoreConfig, SecretSource,
    ServiceConfig, SqsConfig,
};
use dynoscaler::ports::{FormationError, FormationErrorKind};
use dynoscaler::report::error_chain;
use dynoscaler::secret::Secret;

/// The authorization's description in the User-Agent, as the template has it.
const DESCRIPTION: &str = "dynoscaler";

const IDENTITY: &str = "identity";
const TOKEN: &str = "heroku-token";
const TARGETS: &str = "targets";
const APP: &str = "heroku-app";
const QUEUE: &str = "queue";

/// The queues whose counts are shown. Of an account with more, the others are offered by name.
const COUNTED_MAX: usize = 200;

/// Heroku does not keep dynos of these running; `web` is scaled by Heroku itself.
const NOT_WORKERS: [&str; 3] = ["web", "release", "run"];

/// The services of one operator.
#[derive(Debug)]
pub(super) struct Services {
    /// Where AWS is called, and where the stack will be.
    pub(super) region: String,
    environment: Environment,
    http: Http,
    heroku_url: Url,
    store: ParameterStore,
    queues: AccountQueues,
}

/// Heroku, as an accepted token sees it.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) token: Secret,
    pub(super) apps: AppList,
    calls: Apps,
}

/// An app with the process types that can be scaled.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct App {
    pub(super) name: String,
    pub(super) workers: Vec<Worker>,
}

/// A process type, as it is offered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Worker(pub(super) ProcessType);

/// A queue, as it is offered: by a name that the function understands.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) name: String,
    pub(super) counted: Option<Result<CountedQueue, AwsError>>,
}

/// A queue that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChosenQueue {
    pub(super) name: String,
    pub(super) facts: CountedQueue,
}

impl Services {
    /// The services that the variables of this shell lead to. Calls nothing.
    pub(super) fn connect(environment: &Environment) -> anyhow::Result<Self> {
        let http = connection::http()?;
        let ServiceConfig { region, endpoint_url } = ServiceConfig::ssm(environment)?;
        let keys = KeySource::Chain;
        let secrets = ParameterStoreConfig { region: region.clone(), keys, endpoint_url };
        Ok(Self {
            region,
            environment: environment.clone(),
            heroku_url: environment.heroku_url()?,
            store: ParameterStore::new(&secrets, &http, SystemClock),
            queues: AccountQueues::new(&ServiceConfig::sqs(environment)?, &http),
            http,
        })
    }

    /// The token that is stored already, if there is one.
    pub(super) async fn stored(&self, parameter: &Parameter) -> Result<Option<Secret>, Finding> {
        let remedy = "Get the permission ssm:GetParameter on it, and kms:Decrypt for a key of your \
            own; or name another one with --token-parameter.";
        let found = self.store.find(parameter).await;
        found.map_err(|error| Finding::error(TOKEN, error_chain(&error), remedy))
    }

    /// The text of the targets in a parameter, if there is one.
    pub(super) async fn targets(&self, parameter: &Parameter) -> Result<Option<String>, Finding> {
        let remedy = "Get the permission ssm:GetParameter on it, or name another one with \
            --targets-parameter.";
        let found = self.store.find(parameter).await;
        let found = found.map_err(|error| Finding::error(TARGETS, error_chain(&error), remedy))?;
        Ok(found.map(|text| text.expose().to_owned()))
    }

    /// Whose credentials these are.
    pub(super) async fn caller(&self) -> Result<Caller, Finding> {
        let caller = async {
            let config = ServiceConfig::sts(&self.environment)?;
            Ok::<_, anyhow::Error>(Sts::new(&config, &self.http).caller().await?)
        };
        caller.await.map_err(|error| {
            let remedy = "Check the region, and that STS can be reached from here: the policy of a \
                fleet is made in your AWS account.";
            Finding::error(IDENTITY, format!("{error:#}"), remedy)
        })
    }

    /// Heroku with this token, if it may scale.
    pub(super) async fn account(&self, token: Secret) -> Result<(Account, Finding), Finding> {
        let given = SecretSource::Given(token.clone());
        let config = HerokuConfig::new(self.heroku_url.clone(), given, DESCRIPTION);
        let calls = Apps::new(&config, &self.store, self.http.clone());
        let apps = calls.list().await.map_err(|error| tokens::unread(&error))?;
        let finding = tokens::token(apps.scopes.as_deref());
        if finding.is_error() {
            return Err(finding);
        }
        Ok((Account { token, apps, calls }, finding))
    }

    /// The queues of the account and region, with their counts.
    pub(super) async fn offered(&self) -> Result<Vec<Offered>, Finding> {
        let urls = self.queues.urls().await.map_err(|error| unlisted(&error))?;
        if urls.is_empty() {
            let found = format!("no queue in this account in region {}", self.region);
            let remedy = "If it is in another region, name it by its URL or ARN with --queue; or \
                change the region in samconfig.toml, or if it has none, in AWS_REGION or \
                AWS_PROFILE. To make one: aws sqs create-queue --queue-name jobs.";
            return Err(Finding::error(QUEUE, found, remedy));
        }
        let counted = self.queues.all_counted(&urls[..urls.len().min(COUNTED_MAX)]).await;
        let counted = counted.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
        let name = |url: &String| url.rsplit('/').next().unwrap_or(url).to_owned();
        Ok(urls.iter().map(name).zip(counted).map(Offered::from).collect())
    }

    /// A queue by name, URL or ARN, with its counts now.
    pub(super) async fn queue(&self, name: &str) -> Result<ChosenQueue, Finding> {
        let config = SqsConfig::of_queue(&self.environment, name).map_err(|error| {
            let remedy = "Check --queue: aws sqs list-queues lists the URLs.";
            Finding::error(QUEUE, error_chain(&error), remedy)
        })?;
        let SqsConfig { queue, region, endpoint_url, .. } = config;
        let queues = AccountQueues::new(&ServiceConfig { region, endpoint_url }, &self.http);
        let unread = |error: AwsError| unread(name, &error);
        let url = queues.url(&queue).await.map_err(unread)?;
        let facts = queues.counted(&url).await.map_err(unread)?;
        Ok(ChosenQueue { name: name.to_owned(), facts })
    }

    /// Stores a token or targets where the function reads them.
    pub(super) async fn keep(&self, parameter: &Parameter, text: &Secret) -> Result<(), AwsError> {
        self.store.keep(parameter, text).await
    }
}

impl Account {
    /// An app by its name or UUID, if it has a process type to scale.
    pub(super) async fn app(&self, name: &str) -> Result<App, Finding> {
        let facts = self.calls.formation(name).await;
        let facts = facts.map_err(|error| unreadable(&error).about(name))?;
        let is_worker = |entry: &ProcessType| !NOT_WORKERS.contains(&entry.name.as_str());
        let workers: Vec<Worker> =
            facts.process_types.into_iter().filter(is_worker).map(Worker).collect();
        if workers.is_empty() {
            let remedy = "Declare one in its Procfile, such as worker: bin/work, and release it.";
            return Err(Finding::error(APP, format!("app {name} has no workers"), remedy));
        }
        Ok(App { name: name.to_owned(), workers })
    }
}

impl App {
    /// Nothing says which one is meant.
    pub(super) fn has_several(&self) -> Finding {
        let has = format!("app {} has several process types to scale", self.name);
        Finding::error(APP, has, self.choose())
    }

    fn choose(&self) -> String {
        let names: Vec<&str> = self.workers.iter().map(|it| it.0.name.as_str()).collect();
        format!("Choose one with --process: {}.", names.join(", "))
    }

    pub(super) fn worker(&self, name: &str) -> Result<Worker, Finding> {
        let found = self.workers.iter().find(|worker| worker.0.name == name);
        found.cloned().ok_or_else(|| {
            let has = format!("app {} has no process type {name} to scale", self.name);
            Finding::error(APP, has, self.choose())
        })
    }
}

impl Offered {
    pub(super) const fn uncounted(name: String) -> Self {
        Self { name, counted: None }
    }
}

impl From<(String, Option<Result<CountedQueue, AwsError>>)> for Offered {
    fn from((name, counted): (String, Option<Result<CountedQueue, AwsError>>)) -> Self {
        Self { name, counted }
    }
}

fn unreadable(error: &FormationError) -> Finding {
    if error.kind == FormationErrorKind::NotFound {
        let remedy = "Check the name: heroku apps lists those that the token reaches.";
        return Finding::error(APP, error_chain(error), remedy);
    }
    tokens::unread(error)
}

fn unlisted(error: &AwsError) -> Finding {
    let remedy = "Get the permissions sqs:ListQueues, sqs:GetQueueUrl and sqs:GetQueueAttributes, \
        or name the queue with --queue.";
    Finding::error(QUEUE, error_chain(error), remedy)
}

fn unread(name: &str, error: &AwsError) -> Finding {
    let remedy = "Check its name, region and account, and your permissions sqs:GetQueueUrl and \
        sqs:GetQueueAttributes.";
    Finding::error(QUEUE, error_chain(error), remedy).about(name)
}

impl ChosenQueue {
    pub(super) fn finding(&self) -> Finding {
        Finding::ok(QUEUE, format!("{} has {}", self.name, counts(&self.facts)))
    }
}

fn counts(CountedQueue { visible, in_flight, .. }: &CountedQueue) -> String {
    format!("{} messages waiting, {} in flight", grouped(*visible), grouped(*in_flight))
}

impl fmt::Display for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.counted {
            Some(Ok(queue)) => write!(f, "{}  ({})", self.name, counts(queue)),
            Some(Err(_)) => write!(f, "{}  (cannot be read)", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ProcessType { name, quantity, size } = &self.0;
        let size = size.as_deref().unwrap_or("size not reported");
        write!(f, "{name}  ({}, {size})", plural(u64::from(*quantity), "dyno"))
    }
}
