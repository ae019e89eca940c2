//! What a person's terminal or a clock process has: perhaps no table, and credentials that AWS's
//! chain of providers finds.
//!
//! Must not know where a file is, nor call anything.

use url::Url;

use super::reader::Reader;
use super::{Config, ConfigError, DynamoDbConfig, Environment, KeySource, dynamodb, variable};

/// Without a table the state is kept in a file.
pub type AtTerminal = Config<Option<DynamoDbConfig>>;

impl AtTerminal {
    /// Reads a terminal's environment.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn at_terminal(environment: &Environment) -> Result<Self, ConfigError> {
        let table = |reader: &mut Reader<'_>, region, keys| match reader.is_set(variable::TABLE) {
            true => dynamodb(reader, region, keys).map(Some),
            false => Some(None),
        };
        Self::read(environment, |_| Some(KeySource::Chain), table)
    }

    /// Reads the variables of a deployed function, whose state is in a table.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn of_function(environment: &Environment) -> Result<Self, ConfigError> {
        let table =
            |reader: &mut Reader<'_>, region, keys| dynamodb(reader, region, keys).map(Some);
        Self::read(environment, |_| Some(KeySource::Chain), table)
    }
}

/// A service of AWS that only a person's commands ask.
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

    /// Where `CloudFormation` is.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn cloud_formation(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, variable::ENDPOINT_URL_CLOUDFORMATION)
    }

    fn read(environment: &Environment, endpoint: &'static str) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(environment);
        let region = reader.region();
        let endpoint_url = reader.endpoint(endpoint);
        reader.finish(|| Some(Self { region: region?, endpoint_url }))
    }
}
