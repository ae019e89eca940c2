//! Reads and sets the quantity of one process type through Heroku's Platform API, version 3.
//!
//! Must not know why. The entry is found by its `type`, never by its place in the list; members
//! that are not needed are ignored, since Heroku adds some without notice.

mod account;
mod answers;
mod look;

use std::sync::Arc;

use serde::Deserialize;

pub(super) use self::account::Authorization;
pub(super) use self::answers::body;
use self::answers::{calls, confirms, no_such_process, request_id, unreadable};
pub(super) use self::look::Look;
use self::look::{Entry, Snapshot};
use super::answer::Answer;
use super::app_names::KnownNames;
use super::http::Http;
use super::parameter_store::ParameterStore;
use crate::config::{HerokuConfig, Maintenance};
use crate::ports::{AppMode, Formation, FormationError, Reading, RequestId};
use crate::target::TargetId;

#[derive(Debug)]
pub struct Heroku {
    authorization: Arc<Authorization>,
    target: TargetId,
    maintenance: Maintenance,
    names: KnownNames,
}

impl Heroku {
    /// The process type of `target`, reached over `http`. A token that is only referred to is in
    /// `store`.
    #[must_use]
    pub fn new(
        config: &HerokuConfig,
        target: &TargetId,
        store: &ParameterStore,
        http: Http,
    ) -> Self {
        let authorization = Arc::new(Authorization::new(config, store, http));
        Self::with(authorization, target, config.maintenance, &KnownNames::default())
    }

    /// The process type of `target`, whose app shares its names.
    pub(super) fn with(
        authorization: Arc<Authorization>,
        target: &TargetId,
        maintenance: Maintenance,
        names: &KnownNames,
    ) -> Self {
        Self { authorization, target: target.clone(), maintenance, names: names.clone() }
    }

    /// The full formation.
    pub(super) async fn read(&self) -> Result<Answer, FormationError> {
        let url = self.authorization.url(&["apps", &self.target.app, "formation"])?;
        self.authorization.get(url).await
    }

    async fn snapshot(&self) -> Result<Snapshot, FormationError> {
        let answer = self.read().await?;
        let entries: Vec<Entry> = body(&answer)?;
        self.names.learn(entries.iter().find_map(|entry| entry.app.as_ref()?.names()));
        let (calls, request_id) = (calls(&answer.headers), request_id(&answer.headers));
        Ok(Snapshot { entries, calls, request_id })
    }

    async fn mode(&self) -> Result<AppMode, FormationError> {
        let url = self.authorization.url(&["apps", &self.target.app])?;
        let app: App = body(&self.authorization.get(url).await?)?;
        Ok(if app.maintenance { AppMode::Maintenance } else { AppMode::Open })
    }

    /// The quantity, as a look at the app shows it.
    pub(super) async fn quantity_in(&self, look: &Look) -> Result<Reading, FormationError> {
        let formation = async { shared(look.formation.get_or_init(|| self.snapshot()).await) };
        let mode = async {
            match self.maintenance {
                Maintenance::Ignored => Ok(&AppMode::Open),
                Maintenance::Respected => shared(look.mode.get_or_init(|| self.mode()).await),
            }
        };
        let (snapshot, app) = tokio::try_join!(formation, mode)?;
        self.reading(snapshot, *app)
    }

    fn reading(&self, snapshot: &Snapshot, app: AppMode) -> Result<Reading, FormationError> {
        let Snapshot { entries, calls, request_id } = snapshot;
        let (ours, others): (Vec<_>, Vec<_>) =
            entries.iter().partition(|entry| entry.r#type == self.target.process);
        let others = others.iter().fold(0, |sum: u32, entry| sum.saturating_add(entry.quantity));
        let entry = ours.first().ok_or_else(|| no_such_process(&self.target, request_id))?;
        let (quantity, request_id) = (entry.quantity, request_id.clone());
        Ok(Reading { quantity, others, app, calls: *calls, request_id })
    }

    /// Requests an absolute quantity.
    pub(super) async fn change(&self, quantity: u32) -> Result<RequestId, FormationError> {
        let TargetId { app, process } = &self.target;
        let url = self.authorization.url(&["apps", app, "formation", process])?;
        let answer = self.authorization.patch(url, quantity).await?;
        match confirms(&answer.body, quantity) {
            Ok(()) => Ok(request_id(&answer.headers)),
            Err(cause) => Err(unreadable(&answer, cause)),
        }
    }
}

/// What a call of another target of the app came to.
fn shared<T>(read: &Result<T, FormationError>) -> Result<&T, FormationError> {
    read.as_ref().map_err(FormationError::clone)
}

impl Formation for Heroku {
    async fn quantity(&self) -> Result<Reading, FormationError> {
        self.quantity_in(&Look::default()).await
    }

    async fn set_quantity(&self, quantity: u32) -> Result<RequestId, FormationError> {
        self.change(quantity).await
    }
}

#[derive(Deserialize)]
struct App {
    maintenance: bool,
}
