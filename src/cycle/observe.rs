//! Reads the queue, the formation and the state at the same time.
//!
//! What cannot be read is an absence with a name, never zero. Must not know what is done with it.

use crate::policy::{Backlog, Observation, Reason};
use crate::ports::{
    AppMode, BacklogError, BacklogSource, CallPool, Formation, FormationError, FormationErrorKind,
    Reading, StateError, StateStore, Stored,
};
use crate::report::error_chain;

/// All that was read, each part by itself: a record tells what is known although a part is not.
#[derive(Debug)]
pub struct Seen {
    /// The queue.
    pub backlog: Result<Backlog, BacklogError>,
    /// The formation.
    pub formation: Result<Reading, FormationError>,
    /// The state.
    pub state: Result<Stored, StateError>,
}

/// Everything, with no part missing.
#[derive(Debug)]
pub struct Whole {
    /// What is decided from.
    pub observation: Observation,
    /// What the app's other process types run, in dynos.
    pub others: u32,
    /// Whether a person has put the app aside.
    pub app: AppMode,
    /// The state.
    pub stored: Stored,
}

/// One part of the world that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Absence {
    /// The queue.
    #[error("the backlog is unknown")]
    Backlog(#[source] BacklogError),
    /// The formation.
    #[error("the formation is unknown")]
    Formation(#[source] FormationError),
    /// The state.
    #[error("the state is unknown")]
    State(#[source] StateError),
}

impl Absence {
    /// The name that operators search for.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Backlog(_) => Reason::BacklogUnavailable,
            Self::Formation(error) => refusal(error).unwrap_or(Reason::FormationUnavailable),
            Self::State(StateError::Unavailable { .. }) => Reason::StateUnavailable,
            Self::State(StateError::Unreadable { .. }) => Reason::StateUnreadable,
        }
    }
}

/// Heroku's considered answers have reasons of their own; the rest depends on what was asked.
pub(super) fn refusal(error: &FormationError) -> Option<Reason> {
    match error.kind {
        FormationErrorKind::Unauthorized => Some(Reason::HerokuUnauthorized),
        FormationErrorKind::Forbidden => Some(Reason::HerokuForbidden),
        FormationErrorKind::NotFound => Some(Reason::HerokuNotFound),
        FormationErrorKind::RateLimited => Some(Reason::HerokuRateLimited),
        FormationErrorKind::AboveLimit { .. } => Some(Reason::HerokuLimit),
        FormationErrorKind::Busy => Some(Reason::HerokuBusy),
        FormationErrorKind::Rejected => Some(Reason::HerokuRejected),
        FormationErrorKind::NoToken | FormationErrorKind::Unavailable => None,
    }
}

/// Reads everything at once: the cycle is as slow as the slowest read, not as their sum.
pub async fn observe(
    backlog: &impl BacklogSource,
    formation: &impl Formation,
    state: &impl StateStore,
) -> Seen {
    let (backlog, formation, state) =
        tokio::join!(backlog.backlog(), formation.quantity(), state.load());
    Seen { backlog, formation, state }
}

impl Seen {
    /// Everything, or the first part that is missing.
    ///
    /// # Errors
    /// The part that could not be read.
    pub fn whole(self) -> Result<Whole, Absence> {
        let backlog = self.backlog.map_err(Absence::Backlog)?;
        let Reading { quantity: active, others, app, .. } =
            self.formation.map_err(Absence::Formation)?;
        let stored = self.state.map_err(Absence::State)?;
        Ok(Whole { observation: Observation { backlog, active }, others, app, stored })
    }

    /// A line of the log, before somebody else's calls leave none for us.
    pub(super) fn warn_of_few_calls(&self) {
        let calls = self.formation.as_ref().ok().and_then(|reading| reading.calls);
        if let Some(CallPool { remaining, size }) = calls.filter(|calls| calls.is_scarce()) {
            tracing::warn!(
                error_type = "HerokuCallsScarce",
                heroku_calls_left = remaining,
                heroku_calls_max = size,
                "something uses up the account's calls of Heroku's API",
            );
        }
    }

    /// Every part that is missing, with its causes.
    pub(super) fn absences(&self) -> Vec<String> {
        let backlog = self.backlog.as_ref().err().map(|error| error_chain(error));
        let formation = self.formation.as_ref().err().map(|error| error_chain(error));
        let state = self.state.as_ref().err().map(|error| error_chain(error));
        [backlog, formation, state].into_iter().flatten().collect()
    }
}
