//! The services of a deployed function. The only place that names an SDK or an HTTP client.
//!
//! Must not decide anything: each adapter calls one service and reports its answer.

mod answer;
mod app;
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
mod event_bus;
mod held_secret;
mod heroku;
mod http;
#[cfg(feature = "terminal")]
mod inspect;
mod json_protocol;
mod key_pair;
mod log;
mod metrics;
mod parameter_store;
mod queues;
mod services;
mod signed;
mod spelling;
mod sqs;
mod sqs_access;
mod state_item;
#[cfg(feature = "terminal")]
mod state_json;
mod targets;
#[cfg(feature = "terminal")]
mod terminal;

pub use app::{App, InRound};
pub use app_names::AppNames;
pub use aws_error::AwsError;
pub use certificate::{CertificateFault, CertificateUnread};
pub use clock::SystemClock;
pub use connected::{Connected, Process};
pub use dynamodb::DynamoDb;
pub use elasticsearch::Elasticsearch;
pub use event_bus::{EventBus, UNDELIVERED};
pub use heroku::Heroku;
pub use http::{Http, HttpError};
#[cfg(feature = "terminal")]
pub use inspect::{
    AccountQueues, AppList, Apps, Caller, CloudFormation, CloudWatchLogs, CountedQueue,
    EventBridge, Fit, FunctionFacts, HerokuFacts, KeyPart, Lambda, LogError, LogLines, Page, Pages,
    Privilege, ProcessType, QueueFacts, Readiness, RuleFacts, StackFacts, Sts, TableFacts,
    Undecrypted,
};
#[cfg(feature = "terminal")]
pub use log::start_logging_on_stderr;
pub use log::{StdoutLog, start_logging};
pub use parameter_store::{ParameterStore, SecretError};
pub use queues::Queues;
pub use services::Services;
pub use signed::aws_domain;
pub use sqs::Sqs;
#[cfg(feature = "terminal")]
pub use state_item::LastWrite;
pub use targets::read_targets;
pub use targets::{ConnectedFile, TargetsError, scaler};
#[cfg(feature = "terminal")]
pub use terminal::{
    AtTerminal, Disk, StateFile, Store, TerminalLog, TerminalServices, at_terminal, profile_region,
    terminal_services,
};

use self::app_names::KnownNames;
use self::dynamodb::Table;
use crate::config::{Config, DynamoDbConfig, ProcessConfig};

/// The services of a deployed function.
pub type FunctionServices = Services<DynamoDbConfig, DynamoDb, StdoutLog>;

/// The ports of a deployed function.
pub type Deployed = Connected<DynamoDb, StdoutLog>;

/// Connects a configuration to its services. Nothing is called yet.
///
/// # Errors
/// If the HTTP client cannot be built.
pub fn deployed(config: &Config) -> Result<Deployed, HttpError> {
    Ok(services(&config.process)?.connect(config))
}

/// The services of a deployed function. Nothing is called yet.
///
/// # Errors
/// If the HTTP client cannot be built.
pub fn services(process: &ProcessConfig) -> Result<FunctionServices, HttpError> {
    let (http, log) = (Http::new()?, StdoutLog::new(process.metrics, process.function.clone()));
    let table = Table::new(&process.dynamodb, &http);
    let state = move |config: &Config, names: &KnownNames| table.item_of(&config.target, names);
    Ok(Services::new(process, log, http, state))
}
