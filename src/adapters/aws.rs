//! The set-up of the SDK that SQS and `DynamoDB` share.
//!
//! Built directly rather than loaded: Lambda has put region and credentials into the environment,
//! and the SDK's chain of providers would search for them at every cold start. At a terminal an
//! operator expects that chain.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use url::Url;

use super::http::Http;
use crate::config::{AwsKeys, KeySource};

/// One retry: the next cycle calls again what fails twice in a row.
const ATTEMPTS_MAX: u32 = 2;

/// The SDK draws the pause at random, up to twice this.
const RETRY_BACKOFF: Duration = Duration::from_millis(100);

/// One try. Two of them and a pause fit into the smallest budget.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(2_300);

/// Where a service is, and the credentials of its caller.
#[derive(Debug)]
pub(super) struct Service<'a> {
    pub(super) region: &'a str,
    pub(super) credentials: SharedCredentialsProvider,
    pub(super) endpoint_url: Option<&'a Url>,
    /// For one operation with its retry.
    pub(super) budget: Duration,
}

pub(super) fn sdk_config(service: Service<'_>, http: &Http) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(service.budget)
        .build();
    let retries =
        RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX).with_initial_backoff(RETRY_BACKOFF);
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(service.region.to_owned()))
        .credentials_provider(service.credentials)
        .http_client(SharedHttpClient::new(http.clone()))
        .retry_config(retries)
        .timeout_config(timeouts)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    builder.set_endpoint_url(service.endpoint_url.map(ToString::to_string));
    builder.build()
}

#[cfg_attr(not(feature = "terminal"), expect(unused_variables, reason = "only a chain needs them"))]
pub(super) fn credentials(
    keys: &KeySource,
    region: &str,
    http: &Http,
) -> SharedCredentialsProvider {
    match keys {
        KeySource::Given(keys) => SharedCredentialsProvider::new(fixed(keys)),
        #[cfg(feature = "terminal")]
        KeySource::Chain => SharedCredentialsProvider::new(super::chain::Chain::new(region, http)),
    }
}

fn fixed(keys: &AwsKeys) -> Credentials {
    Credentials::new(
        keys.access_key_id.expose(),
        keys.secret_access_key.expose(),
        keys.session_token.as_ref().map(|token| token.expose().to_owned()),
        None,
        "environment",
    )
}
