//! The credentials for calls to AWS.
//!
//! Must not know what is called.

use super::reader::Reader;
use super::setting::{Presence, Privacy, Variable};
use super::{SecretSource, parse, settings, variable};
use crate::secret::Secret;

/// Where the credentials for AWS come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The environment.
    Given(AwsKeys),
    /// AWS's chain of providers, as at a terminal: environment, profile, single sign-on, role.
    #[cfg(feature = "terminal")]
    Chain,
}

/// Credentials for AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsKeys {
    /// The access key id. Not a secret by itself, and still not shown.
    pub access_key_id: Secret,
    pub secret_access_key: Secret,
    /// Only a role's credentials have one.
    pub session_token: Option<Secret>,
}

/// The credentials of calls to the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueKeys {
    /// Those of all other calls: the function's role.
    Own(KeySource),
    /// A pair of its own, for a queue in another account.
    Pair(KeyPair),
}

/// The credentials of a user in another account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The access key id.
    pub access_key_id: Secret,
    /// The secret access key.
    pub secret_access_key: SecretSource,
}

const ROLE_KEY_ID: Variable<Secret> = Variable {
    name: variable::ROLE_KEY_ID,
    parse: parse::key,
    presence: Presence::Required,
    privacy: Privacy::Hidden,
};

const ROLE_SECRET: Variable<Secret> = Variable { name: variable::ROLE_SECRET, ..ROLE_KEY_ID };

/// The optional pair. It never mixes with the role's: a role's session token belongs to its keys.
pub(super) fn queue_keys(reader: &mut Reader<'_>) -> Option<QueueKeys> {
    if !reader.all_or_none(&[variable::AWS_KEY, variable::AWS_SECRET]) {
        return None;
    }
    let (id, secret) = (reader.value(&settings::AWS_KEY), reader.value(&settings::AWS_SECRET));
    Some(QueueKeys::Pair(KeyPair { access_key_id: id??, secret_access_key: secret?? }))
}

/// The function's role: Lambda puts its credentials into the environment.
pub(super) fn role(reader: &mut Reader<'_>) -> Option<KeySource> {
    let (id, secret) = (reader.value(&ROLE_KEY_ID), reader.value(&ROLE_SECRET));
    let session_token = reader.optional(variable::ROLE_SESSION, Privacy::Hidden, parse::key);
    let keys = AwsKeys { access_key_id: id?, secret_access_key: secret?, session_token };
    Some(KeySource::Given(keys))
}
