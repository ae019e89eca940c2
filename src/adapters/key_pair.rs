//! The key pair for a queue in another account, whose secret may be kept in a parameter.
//!
//! Must not know which calls are signed with it.

use std::future::Future;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

use super::held_secret::HeldSecret;
use super::parameter_store::{ParameterStore, SecretError};
use crate::config;
use crate::secret::Secret;

/// AWS's codes for an unknown key, or a secret that is not the key's.
const REFUSALS: [&str; 5] = [
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// A user's access key. Clones share the secret.
#[derive(Debug, Clone)]
pub(super) struct KeyPair {
    access_key_id: Secret,
    secret_access_key: HeldSecret,
}

impl KeyPair {
    pub(super) fn new(config: &config::KeyPair, store: &ParameterStore) -> Self {
        Self {
            access_key_id: config.access_key_id.clone(),
            secret_access_key: HeldSecret::new(&config.secret_access_key, store),
        }
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let secret =
            self.secret_access_key.get().await.map_err(CredentialsError::provider_error)?;
        let id = self.access_key_id.expose();
        Ok(Credentials::new(id, secret.expose(), None, None, "environment"))
    }
}

/// The credentials that sign the calls to the queue.
#[derive(Debug, Clone)]
pub(super) enum Signer {
    /// Those of all other calls.
    Own,
    Pair(KeyPair),
}

impl Signer {
    /// Makes a call, which an SDK signs; and once more if the secret of a pair was refused and has
    /// a successor.
    pub(super) async fn call<T, E, A>(
        &self,
        call: impl Fn() -> A,
    ) -> Result<Result<T, SdkError<E>>, SecretError>
    where
        E: ProvideErrorMetadata,
        A: Future<Output = Result<T, SdkError<E>>>,
    {
        match self {
            Self::Own => Ok(call().await),
            Self::Pair(pair) => pair.secret_access_key.call(|_| call(), is_refusal).await,
        }
    }
}

impl ProvideCredentials for KeyPair {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

fn is_refusal<T, E: ProvideErrorMetadata>(answer: &Result<T, SdkError<E>>) -> bool {
    let code = answer.as_ref().err().and_then(ProvideErrorMetadata::code);
    code.is_some_and(|code| REFUSALS.contains(&code))
}
