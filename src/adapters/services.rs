//! What the targets of one process share on the way to their services, and the way of each.
//!
//! Must not know which targets there are, nor call a service.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::app::App;
use super::app_names::KnownNames;
use super::heroku::Authorization;
use super::sqs_access::Accesses;
use super::{
    Connected, Elasticsearch, EventBus, Heroku, Http, ParameterStore, Process, Queues, SystemClock,
};
use crate::config::{Config, ProcessConfig};
use crate::fleet::{Instances, Member};

/// Connects the state of a target.
type ConnectState<C, S> = dyn Fn(&Config<C>, &KnownNames) -> S + Send + Sync;

/// The services of one process, with the states of type `S` that a `C` configures.
pub struct Services<C, S, L> {
    http: Http,
    secrets: ParameterStore,
    state: Box<ConnectState<C, S>>,
    pub process: Arc<Process<L>>,
}

/// What the targets of one app share.
struct Shared {
    authorization: Arc<Authorization>,
    names: KnownNames,
    /// The app's place among the apps.
    place: usize,
}

impl<C, S, L> Services<C, S, L> {
    pub(super) fn new(
        config: &ProcessConfig<C>,
        log: L,
        http: Http,
        state: impl Fn(&Config<C>, &KnownNames) -> S + Send + Sync + 'static,
    ) -> Self {
        let secrets = ParameterStore::new(&config.parameter_store, &http, SystemClock);
        let sink = config.elasticsearch.clone();
        let sink = sink.map(|settings| Elasticsearch::new(settings, &secrets, http.clone()));
        let events = config.event_bus.as_ref();
        let events = events.map(|config| EventBus::new(config, &http, SystemClock));
        let process = Arc::new(Process { log, sink, events });
        Self { http, secrets, state: Box::new(state), process }
    }

    pub(super) const fn secrets(&self) -> &ParameterStore {
        &self.secrets
    }

    /// One target by itself.
    pub fn connect(&self, config: &Config<C>) -> Connected<S, L> {
        let names = KnownNames::default();
        self.connected(config, self.authorization(config), &names, &mut self.accesses())
    }

    /// The apps of these targets. Those of one account share its token, and nothing else has it.
    pub fn apps(&self, targets: &[Config<C>], instances: &Instances) -> Vec<App<S, L>> {
        let (mut accounts, mut accesses) = (BTreeMap::new(), self.accesses());
        let mut shared = BTreeMap::new();
        let mut apps: Vec<App<S, L>> = Vec::new();
        for config in targets {
            let account = config.heroku.account.as_deref();
            let mut authorization = || {
                Arc::clone(accounts.entry(account).or_insert_with(|| self.authorization(config)))
            };
            let app = shared.entry((account, config.target.id.app.as_str())).or_insert_with(|| {
                let authorization = authorization();
                apps.push(App::new(Arc::clone(&authorization.account)));
                Shared { authorization, names: KnownNames::default(), place: apps.len() - 1 }
            });
            let authorization = Arc::clone(&app.authorization);
            let connected = self.connected(config, authorization, &app.names, &mut accesses);
            let target = config.target.clone();
            let instance = instances.of(&target.state_key());
            apps[app.place].add(Member { target, instance }, connected, config.heroku.maintenance);
        }
        apps
    }

    const fn accesses(&self) -> Accesses<'_> {
        Accesses::new(&self.secrets, &self.http)
    }

    fn authorization(&self, config: &Config<C>) -> Arc<Authorization> {
        Arc::new(Authorization::new(&config.heroku, &self.secrets, self.http.clone()))
    }

    fn connected(
        &self,
        config: &Config<C>,
        authorization: Arc<Authorization>,
        names: &KnownNames,
        accesses: &mut Accesses<'_>,
    ) -> Connected<S, L> {
        let Config { target, heroku, sqs, .. } = config;
        Connected {
            backlog: Queues::over(accesses, sqs),
            formation: Heroku::with(authorization, &target.id, heroku.maintenance, names),
            state: (self.state)(config, names),
            process: Arc::clone(&self.process),
        }
    }
}

/// Nothing of it is for an operator.
impl<C, S, L> fmt::Debug for Services<C, S, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").finish_non_exhaustive()
    }
}
