//! Environment -> [`Config`], every value already valid; the only reader of `std::env`.
//!
//! All faults are found in one pass and reported together. Must not know what the values are used
//! for, nor call anything.

pub mod address;
mod concealed;
mod environment;
mod fault;
mod keys;
pub mod parse;
mod policy;
mod queue;
mod reader;
mod schedule;
mod secret_source;
mod setting;
pub mod settings;
mod spelling;
#[cfg(feature = "terminal")]
mod terminal;
pub mod variable;

use nonempty::NonEmpty;
use url::Url;

pub use self::environment::Environment;
pub use self::fault::{ConfigError, Fault};
pub use self::keys::{AwsKeys, KeyPair, KeySource, QueueKeys};
use self::keys::{queue_keys, role};
pub use self::parse::Bound;
pub use self::policy::variables_of;
use self::queue::Region;
use self::reader::Reader;
use self::secret_source::parameter_store;
pub use self::secret_source::{Parameter, ParameterStoreConfig, SecretKind, SecretSource};
pub use self::setting::{Group, Presence, Privacy, Scope, Setting};
#[cfg(feature = "terminal")]
pub use self::terminal::{AtTerminal, Proxy, ServiceConfig};
use crate::target::{QueueNames, Target, TargetId};

/// The full configuration. The function keeps its state in a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Config<S = DynamoDbConfig> {
    pub target: Target,
    /// The address of Heroku, and the token.
    pub heroku: HerokuConfig,
    /// The queues, none of them twice, and the credentials for them.
    pub sqs: NonEmpty<SqsConfig>,
    /// Where the state is kept, and the credentials for it.
    pub dynamodb: S,
    /// Where referenced secrets are kept, and the credentials for them.
    pub parameter_store: ParameterStoreConfig,
    /// Where records go besides the log.
    pub elasticsearch: Option<ElasticsearchConfig>,
    /// Whether records are metrics as well.
    pub metrics: Metrics,
    /// The least important level that is logged. The record of a cycle is always logged.
    pub log_level: tracing::Level,
}

/// Whether records are metrics of CloudWatch as well, each of which costs money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metrics {
    /// They are.
    On,
    /// They are lines of the log alone.
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
}

impl HerokuConfig {
    /// Every other setting at its default.
    #[must_use]
    pub fn new(api_url: Url, token: SecretSource, description: impl Into<String>) -> Self {
        let maintenance = Maintenance::Ignored;
        Self { api_url, token, description: description.into(), maintenance }
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

impl<S> Config<S> {
    fn read(
        environment: &Environment,
        role: impl FnOnce(&mut Reader<'_>) -> Option<KeySource>,
        store: impl FnOnce(&mut Reader<'_>, Option<String>, Option<KeySource>) -> Option<S>,
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(environment);
        reader.check_names();
        // All are read before the first is missed, so that one error lists every fault.
        let id = target_id(&mut reader);
        let policy = policy::read(&mut reader);
        let schedule = reader.value(&settings::SCHEDULE);
        let mode = reader.value(&settings::DRY_RUN);
        let heroku = heroku(&mut reader);
        let region = reader.region();
        let role = role(&mut reader);
        let sqs = sqs(&mut reader, region.as_ref(), role.as_ref());
        let parameter_store = parameter_store(&mut reader, region.clone(), role.clone());
        let dynamodb = store(&mut reader, region, role);
        let elasticsearch = elasticsearch(&mut reader);
        let metrics = reader.value(&settings::METRICS);
        let log_level = reader.value(&settings::LOG_LEVEL);
        reader.finish(|| {
            let sqs = sqs?;
            let target = Target {
                id: id?,
                queues: names_of(&sqs),
                policy: policy?,
                schedule: schedule?.unwrap_or_default(),
                mode: mode?,
            };
            Some(Self {
                target,
                heroku: heroku?,
                sqs,
                dynamodb: dynamodb?,
                parameter_store: parameter_store?,
                elasticsearch,
                metrics: metrics?,
                log_level: log_level?,
            })
        })
    }
}

/// Whether the process type may be `web`. Setting its quantity switches Heroku's own autoscaling
/// off, which an operator must have intended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Web {
    Allowed,
    Refused,
}

fn target_id(reader: &mut Reader<'_>) -> Option<TargetId> {
    let app = reader.value(&settings::APP);
    let process = reader.value(&settings::PROCESS);
    let web = reader.value(&settings::ALLOW_WEB);
    if process.as_deref() == Some("web") && web != Some(Web::Allowed) {
        let bound = format!("must not be web unless {} is true", variable::ALLOW_WEB);
        reader.invalid(variable::PROCESS, &bound);
    }
    Some(TargetId { app: app?, process: process? })
}

fn heroku(reader: &mut Reader<'_>) -> Option<HerokuConfig> {
    let token = reader.value(&settings::TOKEN);
    let description = reader.value(&settings::DESCRIPTION);
    let maintenance = reader.value(&settings::RESPECT_MAINTENANCE);
    let api_url = reader.value(&settings::HEROKU_URL);
    Some(HerokuConfig {
        api_url: api_url?,
        token: token?,
        description: description?,
        maintenance: maintenance?,
    })
}

fn sqs(
    reader: &mut Reader<'_>,
    home: Option<&String>,
    role: Option<&KeySource>,
) -> Option<NonEmpty<SqsConfig>> {
    let endpoint_url = reader.endpoint(variable::ENDPOINT_URL_SQS);
    let named = reader.value(&settings::SQS_NAME);
    let region = reader.value(&settings::SQS_REGION);
    let keys = queue_keys(reader);
    let queues = queue::each(named?, |named| named.at(endpoint_url.as_ref()))
        .and_then(|queues| queue::each_once(&queues).map(|()| queues))
        .map_err(|bound| reader.invalid(variable::SQS_NAME, &bound))
        .ok()?;
    let region = region?;
    let own = || role.cloned().map(QueueKeys::Own);
    let keys = keys.or_else(own);
    let mut config = |(queue, said)| {
        let region = region_of_queue(reader, said, region.clone(), home)?;
        Some(SqsConfig { queue, region, keys: keys.clone()?, endpoint_url: endpoint_url.clone() })
    };
    queues.try_map(|queue| config(queue).ok_or(())).ok()
}

fn names_of(queues: &NonEmpty<SqsConfig>) -> QueueNames {
    QueueNames(queues.as_ref().map(|config| config.queue.name().to_owned()))
}

/// The region in the queue's name, which no setting may contradict.
fn region_of_queue(
    reader: &mut Reader<'_>,
    said: Region,
    set: Option<String>,
    home: Option<&String>,
) -> Option<String> {
    match (said, set) {
        (Region::Named(said), Some(set)) if said != set => {
            let bound = format!("must be {said}, the region in {}", variable::SQS_NAME);
            reader.invalid(variable::SQS_REGION, &bound);
            None
        }
        (Region::Unnamed, None) => {
            let bound = format!(
                "must name the region of the queue, which the host in {} does not",
                variable::SQS_NAME
            );
            reader.invalid(variable::SQS_REGION, &bound);
            None
        }
        (Region::Named(region), _) | (_, Some(region)) => Some(region),
        (Region::Open, None) => home.cloned(),
    }
}

fn dynamodb(
    reader: &mut Reader<'_>,
    region: Option<String>,
    keys: Option<KeySource>,
) -> Option<DynamoDbConfig> {
    let table = reader.value(&settings::TABLE);
    let endpoint_url = reader.endpoint(variable::ENDPOINT_URL_DYNAMODB);
    Some(DynamoDbConfig { table: table?, region: region?, keys: keys?, endpoint_url })
}

fn elasticsearch(reader: &mut Reader<'_>) -> Option<ElasticsearchConfig> {
    let doc_type = reader.value(&settings::ELK_TYPE);
    let ca = reader.value(&settings::ELK_CA);
    let wanted = reader.all_or_none(&[
        variable::ELK_URL,
        variable::ELK_USER,
        variable::ELK_PASS,
        variable::ELK_INDEX,
    ]);
    if !wanted {
        for name in [variable::ELK_TYPE, variable::ELK_CA] {
            if reader.is_set(name) {
                reader.invalid(name, "must not be set alone, without the other ELK_ ones");
            }
        }
        return None;
    }
    let url = reader.value(&settings::ELK_URL);
    let user = reader.value(&settings::ELK_USER);
    let password = reader.value(&settings::ELK_PASS);
    let index = reader.value(&settings::ELK_INDEX);
    Some(ElasticsearchConfig {
        url: url??,
        user: user??,
        password: password??,
        ca: ca?,
        index: index??,
        doc_type: doc_type?,
    })
}
