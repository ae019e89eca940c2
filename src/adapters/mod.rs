//! The services of a deployed function. The only place that names an SDK or an HTTP client.
//!
//! Must not decide anything: each adapter calls one service and reports its answer.

mod answer;
mod app_names;
mod aws;
mod aws_error;
mod bulk;
mod certificate;
#[cfg(feature = "terminal")]
mod chain;
mod clock;
mod connected;
mod credentials;
mod dynamodb;
mod elasticsearch;
mod held_secret;
mod heroku;
mod http;
#[cfg(feature = "terminal")]
mod inspect;
mod key_pair;
mod log;
mod metrics;
mod parameter_store;
mod queues;
mod signed;
mod spelling;
mod sqs;
mod state_item;
#[cfg(feature = "terminal")]
mod state_json;
#[cfg(feature = "terminal")]
mod terminal;

pub use app_names::AppNames;
pub use aws_error::AwsError;
pub use certificate::{CertificateFault, CertificateUnread};
pub use clock::SystemClock;
pub use connected::{Connected, Process};
pub use dynamodb::DynamoDb;
pub use elasticsearch::Elasticsearch;
pub use heroku::Heroku;
pub use http::{Http, HttpError};
#[cfg(feature = "terminal")]
pub use inspect::{
    Caller, CloudFormation, CloudWatchLogs, EventBridge, Fit, FunctionFacts, HerokuFacts, KeyPart,
    Lambda, LogError, Page, Pages, Privilege, ProcessType, QueueFacts, Readiness, RuleFacts,
    StackFacts, Sts, TableFacts, Undecrypted,
};
#[cfg(feature = "terminal")]
pub use log::start_logging_on_stderr;
pub use log::{StdoutLog, start_logging};
pub use parameter_store::{ParameterStore, SecretError};
pub use queues::Queues;
pub use sqs::Sqs;
#[cfg(feature = "terminal")]
pub use state_item::LastWrite;
#[cfg(feature = "terminal")]
pub use terminal::{AtTerminal, Disk, StateFile, Store, TerminalLog, at_terminal, profile_region};

use self::app_names::KnownNames;
use crate::config::Config;

/// The ports of a deployed function.
pub type Deployed = Connected<DynamoDb, StdoutLog>;

/// Connects a configuration to its services. Nothing is called yet.
///
/// # Errors
/// If the HTTP client cannot be built.
pub fn deployed(config: &Config) -> Result<Deployed, HttpError> {
    let http = Http::new()?;
    let secrets = ParameterStore::new(&config.parameter_store, &http, SystemClock);
    let sink = config.elasticsearch.clone();
    let names = KnownNames::default();
    Ok(Connected {
        backlog: Queues::new(&config.sqs, &secrets, &http),
        formation: Heroku::new(&config.heroku, &config.target.id, &secrets, http.clone())
            .sharing(&names),
        state: DynamoDb::new(&config.dynamodb, config.target.state_key(), &http)
            .beside(config.target.live_key())
            .spelled(&config.target.id.app, &names),
        process: Process {
            log: StdoutLog::new(config.metrics),
            sink: sink.map(|settings| Elasticsearch::new(settings, &secrets, http)),
        },
    })
}
