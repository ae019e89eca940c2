//! One Heroku app with its targets, connected: in each round they share one read of its formation.
//!
//! Must not know where the state is kept, who reads the log.

use std::sync::Arc;

use super::heroku::Look;
use super::{Connected, Process, Queues};
use crate::config::Maintenance;
use crate::fleet::{self, Account, Member};
use crate::ports::{
    Formation, FormationError, Ports, Reading, RecordLog, RequestId, RoundLog, StateStore,
};

/// The targets of one app.
#[derive(Debug)]
pub struct App<S, L> {
    account: Arc<Account>,
    /// Of a look: the formation, and the mode of the app if it matters to a target.
    calls: u32,
    members: Vec<Member>,
    /// Each member's.
    connected: Vec<Arc<Connected<S, L>>>,
}

/// The ports of a target in one round.
#[derive(Debug)]
pub struct InRound<S, L> {
    connected: Arc<Connected<S, L>>,
    look: Arc<Look>,
}

impl<S, L> App<S, L> {
    pub(super) const fn new(account: Arc<Account>) -> Self {
        Self { account, calls: 1, members: Vec::new(), connected: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        member: Member,
        connected: Connected<S, L>,
        maintenance: Maintenance,
    ) {
        self.calls = self.calls.max(maintenance.calls_of_look());
        self.members.push(member);
        self.connected.push(Arc::new(connected));
    }
}

impl<S, L> fleet::App for App<S, L>
where
    S: StateStore + Send,
    L: RecordLog + RoundLog + Send,
{
    type Ports = InRound<S, L>;

    fn account(&self) -> &Arc<Account> {
        &self.account
    }

    fn calls(&self) -> u32 {
        self.calls
    }

    fn members(&self) -> &[Member] {
        &self.members
    }

    fn ports(&self) -> Vec<InRound<S, L>> {
        let look = Arc::new(Look::default());
        let in_round = |connected| InRound { connected, look: Arc::clone(&look) };
        self.connected.iter().map(Arc::clone).map(in_round).collect()
    }
}

impl<S, L> Ports for InRound<S, L>
where
    S: StateStore + Send,
    L: RecordLog + Send,
{
    type Backlog = Queues;
    type Formation = Self;
    type State = S;
    type Shared = Process<L>;

    fn backlog(&self) -> &Queues {
        &self.connected.backlog
    }

    fn formation(&self) -> &Self {
        self
    }

    fn state(&self) -> &S {
        &self.connected.state
    }

    fn shared(&self) -> &Process<L> {
        &self.connected.process
    }
}

impl<S: Send + Sync, L: Send + Sync> Formation for InRound<S, L> {
    async fn quantity(&self) -> Result<Reading, FormationError> {
        self.connected.formation.quantity_in(&self.look).await
    }

    async fn set_quantity(&self, quantity: u32) -> Result<RequestId, FormationError> {
        self.connected.formation.change(quantity).await
    }
}
