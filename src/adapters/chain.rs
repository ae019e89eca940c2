//! AWS's chain of credential providers: environment, profile, single sign-on, role.
//!
//! Reached over the project's own HTTP client. The SDK's clients call again before credentials
//! expire, so that a long-running process outlives its session. Must not know what is signed.

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::{ProvideCredentials, future};
use tokio::sync::OnceCell;

use crate::adapters::Http;

/// The chain, set up at its first use.
#[derive(Debug)]
pub(super) struct Chain {
    http: Http,
    region: Region,
    chain: OnceCell<DefaultCredentialsChain>,
}

impl Chain {
    /// Roles and sessions are requested in `region`.
    pub(super) fn new(region: &str, http: &Http) -> Self {
        let region = Region::new(region.to_owned());
        Self { http: http.clone(), region, chain: OnceCell::new() }
    }

    async fn chain(&self) -> &DefaultCredentialsChain {
        let build = || async {
            let config = ProviderConfig::default().with_http_client(self.http.clone());
            let chain = DefaultCredentialsChain::builder().configure(config);
            chain.region(self.region.clone()).build().await
        };
        self.chain.get_or_init(build).await
    }
}

impl ProvideCredentials for Chain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let found = async { self.chain().await.provide_credentials().await };
        future::ProvideCredentials::new(found)
    }
}
