//! A secret as an adapter holds it: read when it is first wanted, kept in memory, and read again
//! when it is refused.
//!
//! Must not know what it is a secret of, nor what a refusal looks like.

use std::future::Future;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::parameter_store::{ParameterStore, SecretError};
use crate::config::{Parameter, SecretSource};
use crate::report::error_chain;
use crate::secret::Secret;

/// At least so long after one reading because of a refusal comes the next: a secret that nobody
/// mends costs no call a cycle.
const READ_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// A secret, or where it comes from. Clones share what was read.
#[derive(Debug, Clone)]
pub(super) enum HeldSecret {
    Given(Secret),
    Referred(Arc<Referred>),
}

#[derive(Debug)]
pub(super) struct Referred {
    parameter: Parameter,
    store: ParameterStore,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    secret: Option<Secret>,
    read_again_at: Option<Timestamp>,
}

impl HeldSecret {
    /// Reads nothing yet.
    pub(super) fn new(source: &SecretSource, store: &ParameterStore) -> Self {
        match source {
            SecretSource::Given(secret) => Self::Given(secret.clone()),
            SecretSource::Parameter(parameter) => Self::Referred(Arc::new(Referred {
                parameter: parameter.clone(),
                store: store.clone(),
                held: Mutex::default(),
            })),
        }
    }

    /// The secret. Whoever asks while it is being read waits for that reading.
    pub(super) async fn get(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::Referred(referred) => referred.get().await,
        }
    }

    /// Asks with the secret, and once more with its successor if it is refused and has one.
    pub(super) async fn ask<T, A>(
        &self,
        ask: impl Fn(Secret) -> A,
        is_refusal: impl Fn(&T) -> bool,
    ) -> Result<T, SecretError>
    where
        A: Future<Output = T>,
    {
        let secret = self.get().await?;
        let answer = ask(secret.clone()).await;
        if !is_refusal(&answer) {
            return Ok(answer);
        }
        match self.successor(&secret).await {
            Some(successor) => Ok(ask(successor).await),
            None => Ok(answer),
        }
    }

    async fn successor(&self, refused: &Secret) -> Option<Secret> {
        match self {
            Self::Given(_) => None,
            Self::Referred(referred) => referred.successor(refused).await,
        }
    }
}

impl Referred {
    async fn get(&self) -> Result<Secret, SecretError> {
        let mut held = self.held.lock().await;
        match &held.secret {
            Some(secret) => Ok(secret.clone()),
            None => Ok(held.secret.insert(self.store.read(&self.parameter).await?).clone()),
        }
    }

    /// What the parameter holds in place of a refused secret, if that is something else.
    async fn successor(&self, refused: &Secret) -> Option<Secret> {
        let mut held = self.held.lock().await;
        let now = self.store.now();
        if held.secret.as_ref() == Some(refused) && held.may_read_again(now) {
            held.read_again_at = Some(now);
            match self.store.read(&self.parameter).await {
                Ok(secret) => held.secret = Some(secret),
                Err(error) => tell(&error),
            }
        }
        held.secret.clone().filter(|secret| secret != refused)
    }
}

impl Held {
    /// A clock that was set back keeps nobody waiting longer.
    fn may_read_again(&self, now: Timestamp) -> bool {
        self.read_again_at.is_none_or(|at| now.duration_since(at).abs() >= READ_AGAIN_AFTER)
    }
}

/// The refusal is the error of the call; this is why it stands.
fn tell(error: &SecretError) {
    tracing::warn!(
        error_type = "SecretNotReadAgain",
        error = error_chain(error),
        "a secret was refused and cannot be read again",
    );
}
