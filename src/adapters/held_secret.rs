//! A secret as an adapter holds it: read at its first use, kept in memory, and read again when it
//! is refused.
//!
//! Must not know what the secret opens, nor how a service refuses it.

use std::future::Future;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::parameter_store::{ParameterStore, SecretError};
use crate::config::{Parameter, SecretSource};
use crate::report::error_chain;
use crate::secret::Secret;

/// The shortest time between two readings because of a refusal: a secret that stays wrong costs
/// no call in each cycle.
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

    /// The secret. Callers wait for a reading that is already in progress.
    pub(super) async fn get(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::Referred(referred) => referred.get().await,
        }
    }

    /// Calls with the secret, and once more with its successor if it is refused and has one.
    pub(super) async fn call<T, A>(
        &self,
        call: impl Fn(Secret) -> A,
        is_refusal: impl Fn(&T) -> bool,
    ) -> Result<T, SecretError>
    where
        A: Future<Output = T>,
    {
        let secret = self.get().await?;
        let answer = call(secret.clone()).await;
        if !is_refusal(&answer) {
            return Ok(answer);
        }
        match self.successor(&secret).await {
            Some(successor) => Ok(call(successor).await),
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

    /// The parameter's new value, if it differs from the refused one.
    async fn successor(&self, refused: &Secret) -> Option<Secret> {
        let mut held = self.held.lock().await;
        let now = self.store.now();
        if held.secret.as_ref() == Some(refused) && held.may_read_again(now) {
            held.read_again_at = Some(now);
            match self.store.read(&self.parameter).await {
                Ok(secret) => held.secret = Some(secret),
                Err(error) => warn(&error),
            }
        }
        held.secret.clone().filter(|secret| secret != refused)
    }
}

impl Held {
    /// A clock that was set back makes no caller wait longer.
    fn may_read_again(&self, now: Timestamp) -> bool {
        self.read_again_at.is_none_or(|at| now.duration_since(at).abs() >= READ_AGAIN_AFTER)
    }
}

/// The call's error is the refusal; this line adds why it remains.
fn warn(error: &SecretError) {
    tracing::warn!(
        error_type = "SecretNotReadAgain",
        error = error_chain(error),
        "a secret was refused and cannot be read again",
    );
}
