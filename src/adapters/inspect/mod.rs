//! What an operator needs from the services besides a cycle's readings: is the set-up right, and
//! what happened?
//!
//! Reads only; the one write has a condition that cannot hold. Must not know what is right.

mod apps;
mod cloud_formation;
mod elasticsearch;
mod event_bridge;
mod heroku;
mod identity;
mod lambda;
mod logs;
mod mapping;
mod query;
mod queue;
mod queues;
mod table;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use std::time::Duration;

pub use self::apps::{AppList, Apps};
pub use self::cloud_formation::{CloudFormation, StackFacts};
pub use self::elasticsearch::Privilege;
pub use self::event_bridge::{EventBridge, RuleFacts};
pub use self::heroku::{HerokuFacts, ProcessType};
pub use self::identity::{Caller, Sts};
pub use self::lambda::{FunctionFacts, Lambda, Readiness, Undecrypted};
pub use self::logs::{CloudWatchLogs, LogError, LogLines, Page, Pages};
pub use self::mapping::Fit;
pub use self::queue::QueueFacts;
pub use self::queues::{AccountQueues, CountedQueue};
pub use self::table::{KeyPart, TableFacts};
use super::aws::{Service, credentials, sdk_config};
use super::signed::{Endpoint, Signed};
use super::{Http, SystemClock};
use crate::config::{KeySource, ServiceConfig};

/// An operator waits longer than a cycle may, and some of these answers take time.
const PATIENCE: Duration = Duration::from_secs(10);

fn patient(config: &ServiceConfig, http: &Http) -> SdkConfig {
    let service = Service {
        region: &config.region,
        credentials: credentials(&KeySource::Chain, &config.region, http),
        endpoint_url: config.endpoint_url.as_ref(),
        budget: PATIENCE,
    };
    let timeouts = TimeoutConfig::builder().operation_timeout(PATIENCE).build();
    sdk_config(service, http).into_builder().timeout_config(timeouts).build()
}

/// A service that takes signed requests: `name` is the one in its host.
fn signed(
    service: &'static str,
    name: &'static str,
    config: &ServiceConfig,
    http: &Http,
) -> Signed {
    let ServiceConfig { region, endpoint_url } = config;
    let (keys, endpoint_url) = (&KeySource::Chain, endpoint_url.as_ref());
    Signed::new(&Endpoint { service, name, region, keys, endpoint_url }, http, SystemClock)
}
