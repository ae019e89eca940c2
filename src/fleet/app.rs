//! What a round needs of an app: its account, its targets, and their ports.
//!
//! Must not know when it has its turn.

use std::sync::Arc;

use super::account::Account;
use crate::cycle::Instance;
use crate::ports::Ports;
use crate::target::Target;

/// A target of a fleet, and the instance that runs its cycles here.
#[derive(Debug, Clone)]
pub struct Member {
    pub target: Target,
    pub instance: Arc<Instance>,
}

/// One Heroku app with its targets.
pub trait App: Sync {
    type Ports: Ports;

    /// The account whose calls it uses up.
    fn account(&self) -> &Arc<Account>;

    /// The calls of Heroku's API that one look at the app takes.
    fn calls(&self) -> u32;

    /// Its targets.
    fn members(&self) -> &[Member];

    /// The ports of each of its targets, for one round: they share one read of the formation, which
    /// the first that needs it makes.
    fn ports(&self) -> Vec<Self::Ports>;
}
