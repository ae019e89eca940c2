//! Environment -> [`Config`], every value already valid; the only reader of `std::env`.
//!
//! All faults are found in one pass and reported together. Must not know what the values are used
//! for, nor call anything.

pub mod address;
mod concealed;
mod environment;
mod fault;
mod fleet;
mod keys;
pub mod parse;
mod policy;
mod queue;
mod reader;
mod reading;
mod schedule;
mod secret_source;
mod setting;
pub mod settings;
mod spelling;
mod targets_file;
mod targets_source;
#[cfg(feature = "terminal")]
mod terminal;
pub mod variable;

use std::sync::Arc;

use nonempty::NonEmpty;
use url::Url;

pub use self::environment::Environment;
pub use self::fault::{ConfigError, Fault};
pub use self::fleet::{FaultyTarget, FileConfig, Member, Targets};
use self::keys::role;
pub use self::keys::{AwsKeys, KeyPair, KeySource, QueueKeys};
pub use self::parse::Bound;
pub use self::policy::variables_of;
use self::reading::dynamodb;
pub use self::secret_source::{Parameter, ParameterStoreConfig, SecretKind, SecretSource};
pub use self::setting::{Group, Presence, Privacy, Scope, Setting};
pub use self::spelling::nearest_of;
pub use self::targets_file::{FileFault, FileFaultKind, TargetsFile, TargetsFileError, key_of};
pub use self::targets_source::TargetsSource;
#[cfg(feature = "terminal")]
pub use self::terminal::{AtTerminal, Proxy, ServiceConfig};
use crate::target::Target;

/// The configuration of one target. The function keeps its state in a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Config<S = DynamoDbConfig> {
    pub target: Target,
    /// The address of Heroku, and the token.
    pub heroku: HerokuConfig,
    /// The queues, none of them twice, and the credentials for them.
    pub sqs: NonEmpty<SqsConfig>,
    /// What it shares with the other targets of the process.
    pub process: Arc<ProcessConfig<S>>,
}

/// What all targets of a process share.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessConfig<S = DynamoDbConfig> {
    /// Where the state is kept, and the credentials for it.
    pub dynamodb: S,
    /// Where referenced secrets are kept, and the credentials for them.
    pub parameter_store: ParameterStoreConfig,
    /// Where records go besides the log.
    pub elasticsearch: Option<ElasticsearchConfig>,
    /// Where other programs get the news, if they do.
    pub event_bus: Option<EventBusConfig>,
    /// Seconds from one round to the next, in the function.
    pub cycle_seconds: u32,
    /// What is metrics as well.
    pub metrics: Metrics,
    /// The function's name, by which the metrics of its rounds are found; none at a terminal.
    pub function: Option<String>,
    /// The least important level that is logged. The record of a cycle is always logged.
    pub log_level: tracing::Level,
}

/// `EventBridge` and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBusConfig {
    /// The function's region.
    pub region: String,
    /// The function's role.
    pub keys: KeySource,
    /// Another endpoint than AWS's.
    pub endpoint_url: Option<Url>,
}

/// Whether changes, refusals and stops are events for other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    On,
    Off,
}

/// Which lines of the log are metrics of CloudWatch as well, each of which costs money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metrics {
    /// The record of each target, and the line of each round.
    On,
    /// The line of each round alone.
    OfRounds,
    /// None.
    Off,
}

/// Heroku's API and the authorization for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HerokuConfig {
    /// The base of every path.
    pub api_url: Url,
    /// The token of the authorization.
    pub token: SecretSource,
    /// The authorization's description, by which an operator finds the token that acted.
    pub description: String,
    /// What the app's maintenance mode means.
    pub maintenance: Maintenance,
    /// The name of the authorization's account in the targets file; none for the one of the
    /// environment.
    pub account: Option<String>,
}

impl HerokuConfig {
    /// Every other setting at its default.
    #[must_use]
    pub fn new(api_url: Url, token: SecretSource, description: impl Into<String>) -> Self {
        let maintenance = Maintenance::Ignored;
        Self { api_url, token, description: description.into(), maintenance, account: None }
    }
}

/// What the maintenance mode of the app means. Reading it costs a call of Heroku's API a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maintenance {
    /// Every cycle holds.
    Respected,
    /// Nothing: workers keep running in it.
    Ignored,
}

impl Maintenance {
    /// The calls of Heroku's API that one look at an app takes: of its formation, and of its mode
    /// if that means something.
    #[must_use]
    pub const fn calls_of_look(self) -> u32 {
        match self {
            Self::Respected => 2,
            Self::Ignored => 1,
        }
    }
}

/// A queue and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqsConfig {
    /// Which queue.
    pub queue: Queue,
    /// The queue's region.
    pub region: String,
    /// The credentials for it.
    pub keys: QueueKeys,
    /// Another endpoint than AWS's.
    pub endpoint_url: Option<Url>,
}

/// The state's table and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DynamoDbConfig {
    /// Name of the table.
    pub table: String,
    /// The function's region.
    pub region: String,
    /// The function's role.
    pub keys: KeySource,
    /// Another endpoint than AWS's.
    pub endpoint_url: Option<Url>,
}

/// A queue by its name, ARN or URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queue {
    /// By name, in the account of the credentials.
    Name(String),
    /// By ARN.
    Arn {
        /// The owner.
        account: String,
        /// The queue's name.
        name: String,
    },
    /// By URL.
    Url {
        /// As given.
        url: Url,
        /// The queue's name.
        name: String,
    },
}

impl Queue {
    /// The queue's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Arn { name, .. } | Self::Url { name, .. } => name,
        }
    }

    /// The account that owns it, if it is not that of the credentials or part of its URL.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        match self {
            Self::Arn { account, .. } => Some(account),
            Self::Name(_) | Self::Url { .. } => None,
        }
    }
}

/// An index of Elasticsearch or `OpenSearch`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElasticsearchConfig {
    /// The base of every path.
    pub url: Url,
    /// User of the basic authentication.
    pub user: String,
    /// Password of the basic authentication.
    pub password: SecretSource,
    /// The authority of its certificate, trusted besides Mozilla's choice.
    pub ca: Option<SecretSource>,
    /// The index.
    pub index: String,
    /// The mapping type: `_doc`, except on version 6 if another one was chosen.
    pub doc_type: String,
}

impl ElasticsearchConfig {
    /// Every other setting at its default.
    #[must_use]
    pub fn new(
        url: Url,
        user: impl Into<String>,
        password: SecretSource,
        index: impl Into<String>,
    ) -> Self {
        let (user, index) = (user.into(), index.into());
        Self { url, user, password, ca: None, index, doc_type: "_doc".to_owned() }
    }
}

/// A variable of this process that is no setting, such as `HOME`.
#[must_use]
pub fn process_variable(name: &str) -> Option<String> {
    let text = std::env::var_os(name)?.to_string_lossy().into_owned();
    Some(text).filter(|text| !text.is_empty())
}

impl Config {
    /// Reads the function's environment.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn in_function(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, role, dynamodb)
    }
}

/// Whether the process type may be `web`. Setting its quantity switches Heroku's own autoscaling
/// off, which an operator must have intended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Web {
    Allowed,
    Refused,
}
