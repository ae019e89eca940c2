//! How the queues of a process are reached: those of one region share a client, and the secret of
//! one key pair is read once.
//!
//! Must not know which queues there are.

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{IdentityCache, SharedCredentialsProvider};

use super::aws::{Service, credentials, sdk_config};
use super::aws_error::Place;
use super::http::Http;
use super::key_pair::{KeyPair, Signer};
use super::parameter_store::ParameterStore;
use crate::config::{QueueKeys, SqsConfig};
use crate::ports::OBSERVE_BUDGET;

/// The client for some queues, and what signs its calls. Clones share both.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub(super) client: Client,
    pub(super) place: Place,
    pub(super) signer: Signer,
}

impl Access {
    /// A secret that is only referred to is in `store`.
    pub(super) fn new(config: &SqsConfig, store: &ParameterStore, http: &Http) -> Self {
        let (sdk, signer) = match &config.keys {
            QueueKeys::Own(keys) => {
                (sdk_for(credentials(keys, &config.region, http), config, http), Signer::Own)
            }
            QueueKeys::Pair(pair) => {
                let pair = KeyPair::new(pair, store);
                (sdk_for_pair(pair.clone(), config, http), Signer::Pair(pair))
            }
        };
        Self { client: Client::new(&sdk), place: Place::new("SQS", &config.region), signer }
    }
}

/// One access for all queues that are reached in the same way.
#[derive(Debug)]
pub(super) struct Accesses<'a> {
    store: &'a ParameterStore,
    http: &'a Http,
    known: Vec<(SqsConfig, Access)>,
}

impl<'a> Accesses<'a> {
    pub(super) const fn new(store: &'a ParameterStore, http: &'a Http) -> Self {
        Self { store, http, known: Vec::new() }
    }

    pub(super) fn to(&mut self, config: &SqsConfig) -> Access {
        let SqsConfig { queue: _, region, keys, endpoint_url } = config;
        let is_same = |known: &SqsConfig| {
            (&known.region, &known.keys, &known.endpoint_url) == (region, keys, endpoint_url)
        };
        if let Some((_, access)) = self.known.iter().find(|(known, _)| is_same(known)) {
            return access.clone();
        }
        let access = Access::new(config, self.store, self.http);
        self.known.push((config.clone(), access.clone()));
        access
    }
}

fn sdk_for(credentials: SharedCredentialsProvider, config: &SqsConfig, http: &Http) -> SdkConfig {
    let service = Service {
        region: &config.region,
        credentials,
        endpoint_url: config.endpoint_url.as_ref(),
        budget: OBSERVE_BUDGET,
    };
    sdk_config(service, http)
}

/// The SDK keeps nothing: the secret may have a successor at the next call.
fn sdk_for_pair(pair: KeyPair, config: &SqsConfig, http: &Http) -> SdkConfig {
    let sdk = sdk_for(SharedCredentialsProvider::new(pair), config, http);
    sdk.into_builder().identity_cache(IdentityCache::no_cache()).build()
}
