//! The configuration of a terminal or a clock process: perhaps no table, and credentials that AWS's
//! chain of providers finds.
//!
//! Must not know where a file is, nor call anything.

use url::Url;

use super::parse::{Bound, Parsed};
use super::reader::Reader;
use super::reading::sqs;
use super::reading::{ReadRole, ReadStore, dynamodb};
use super::setting::Privacy;
use super::{
    Config, ConfigError, DynamoDbConfig, Environment, KeySource, SqsConfig, Targets, settings,
    variable,
};

/// Without a table the state is kept in a file.
pub type AtTerminal = Config<Option<DynamoDbConfig>>;

impl AtTerminal {
    /// Reads a terminal's environment.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn at_terminal(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, CHAIN, TABLE_OR_FILE)
    }

    /// Reads the variables of a deployed function, whose state is in a table.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn of_function(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, CHAIN, TABLE)
    }
}

impl Targets<Option<DynamoDbConfig>> {
    /// Reads a terminal's environment.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn at_terminal(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, CHAIN, TABLE_OR_FILE)
    }

    /// Reads the variables of a deployed function, whose state is in a table.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn of_function(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, CHAIN, TABLE)
    }
}

const CHAIN: ReadRole = |_| Some(KeySource::Chain);

const TABLE: ReadStore<Option<DynamoDbConfig>> =
    |reader, region, keys| dynamodb(reader, region, keys).map(Some);

const TABLE_OR_FILE: ReadStore<Option<DynamoDbConfig>> =
    |reader, region, keys| match reader.is_set(variable::TABLE) {
        true => dynamodb(reader, region, keys).map(Some),
        false => Some(None),
    };

/// A service of AWS that only the command line calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceConfig {
    /// The function's region.
    pub region: String,
    /// Another endpoint than AWS's.
    pub endpoint_url: Option<Url>,
}

impl ServiceConfig {
    /// Where `CloudWatch` Logs is.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn logs(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, variable::ENDPOINT_URL_LOGS)
    }

    /// Where `EventBridge` is.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn events(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, variable::ENDPOINT_URL_EVENTS)
    }

    /// Where Lambda is.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn lambda(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, variable::ENDPOINT_URL_LAMBDA)
    }

    /// Where AWS's service for identities is.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn sts(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, variable::ENDPOINT_URL_STS)
    }

    /// Where `CloudFormation` is.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn cloud_formation(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, variable::ENDPOINT_URL_CLOUDFORMATION)
    }

    /// Where SQS is, in the function's region.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn sqs(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, variable::ENDPOINT_URL_SQS)
    }

    /// Where Systems Manager is.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn ssm(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, variable::ENDPOINT_URL_SSM)
    }

    fn read(environment: &Environment, endpoint: &'static str) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(environment);
        let region = reader.region();
        let endpoint_url = reader.endpoint(endpoint);
        reader.finish(|| Some(Self { region: region?, endpoint_url }))
    }
}

impl SqsConfig {
    /// A queue by its name, URL or ARN.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn of_queue(environment: &Environment, text: &str) -> Result<Self, ConfigError> {
        let mut environment = environment.clone();
        environment.set(variable::SQS_NAME, text);
        let mut reader = Reader::new(&environment);
        let region = reader.region();
        let queues = sqs(&mut reader, region.as_ref(), Some(&KeySource::Chain));
        reader.finish(|| Some(queues?.head))
    }
}

impl Environment {
    /// Where Heroku's API is.
    ///
    /// # Errors
    /// The fault found, naming its variable, value and bound.
    pub fn heroku_url(&self) -> Result<Url, ConfigError> {
        let mut reader = Reader::new(self);
        let url = reader.value(&settings::HEROKU_URL);
        reader.finish(|| url)
    }
}

/// The proxy through which a terminal reaches the Internet. The function uses none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Every call over TLS goes through it.
    pub https: Url,
    /// Save these hosts, between commas.
    pub except: Option<String>,
}

impl Proxy {
    /// Reads a terminal's environment, in capitals or else in small letters, as other tools do.
    ///
    /// # Errors
    /// The fault found, naming its variable and bound.
    pub fn read(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        let mut reader = Reader::new(environment);
        let [capitals, small] = variable::HTTPS_PROXY;
        // It may have a password.
        let name = if reader.is_set(capitals) { capitals } else { small };
        let https = reader.optional(name, Privacy::Hidden, proxy_url);
        let except = variable::NO_PROXY.into_iter().find_map(|name| environment.get(name));
        let except = except.map(ToOwned::to_owned);
        reader.finish(|| Some(https.map(|https| Self { https, except })))
    }
}

/// The scheme may be left out, and the URL may have a password.
fn proxy_url(text: &str) -> Parsed<Url> {
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let is_proxy = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    let bound = "must be the URL of an HTTP proxy, such as http://proxy.example.com:3128";
    Url::parse(&whole).ok().filter(is_proxy).ok_or(Bound::Borrowed(bound))
}
