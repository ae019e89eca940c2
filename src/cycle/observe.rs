//! Reads the queues, the formation and the state at the same time.
//!
//! A failed reading is an absence with a name, never zero. Must not know how readings are used.

use nonempty::NonEmpty;

use super::outcome::Readings;
use crate::policy::{Backlog, Observation, Policy, Reason};
use crate::ports::{
    AppMode, BacklogError, BacklogSource, Formation, FormationError, FormationErrorKind, Ports,
    Reading, StateError, StateStore, Stored,
};
use crate::report::error_chain;

/// All readings, each part by itself: a record has the known parts although another one failed.
#[derive(Debug)]
pub struct Seen {
    /// Each queue, in the order of the target's.
    pub backlog: Result<NonEmpty<Backlog>, BacklogError>,
    /// The formation.
    pub formation: Result<Reading, FormationError>,
    /// The state.
    pub state: Result<Stored, StateError>,
}

/// A complete reading.
#[derive(Debug)]
pub struct Complete {
    /// The input of the decision.
    pub observation: Observation,
    /// The dynos of the app's other process types.
    pub others: u32,
    /// Whether an operator has put the app into maintenance.
    pub app: AppMode,
    /// The state.
    pub stored: Stored,
}

/// A part that could not be read.
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
            Self::Formation(error) => of_formation(error),
            Self::State(error) => of_state(error),
        }
    }
}

/// The parts that could not be read. The first gives the reason.
#[derive(Debug, thiserror::Error)]
#[error("the cycle holds")]
pub struct Unread {
    /// The first.
    #[source]
    pub first: Absence,
    /// The others.
    pub others: Vec<Absence>,
}

impl Unread {
    /// Every part, with its causes.
    pub(super) fn causes(&self) -> String {
        let absences = std::iter::once(&self.first).chain(&self.others);
        let causes = absences.map(|absence| match absence {
            Absence::Backlog(error) => error_chain(error),
            Absence::Formation(error) => error_chain(error),
            Absence::State(error) => error_chain(error),
        });
        causes.collect::<Vec<_>>().join("; ")
    }
}

fn of_formation(error: &FormationError) -> Reason {
    refusal(error).unwrap_or(Reason::FormationUnavailable)
}

const fn of_state(error: &StateError) -> Reason {
    match error {
        StateError::Unavailable { .. } => Reason::StateUnavailable,
        StateError::Unreadable { .. } => Reason::StateUnreadable,
    }
}

/// Heroku's deliberate answers have reasons of their own; the rest depends on the request.
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
pub async fn observe(ports: &impl Ports) -> Seen {
    let (backlog, formation, state) =
        tokio::join!(ports.backlog().backlog(), ports.formation().quantity(), ports.state().load());
    Seen { backlog, formation, state }
}

impl Seen {
    /// Why a cycle cannot decide: a reason for each part that could not be read.
    pub fn reasons(&self) -> impl Iterator<Item = Reason> {
        let backlog = self.backlog.as_ref().err().map(|_| Reason::BacklogUnavailable);
        let formation = self.formation.as_ref().err().map(of_formation);
        let state = self.state.as_ref().err().map(of_state);
        [backlog, formation, state].into_iter().flatten()
    }

    /// The known parts, and the complete reading for `policy` if no part is missing.
    ///
    /// # Errors
    /// The parts that could not be read.
    pub(super) fn parts(mut self, policy: &Policy) -> (Readings, Result<Complete, Unread>) {
        let reading = self.formation.as_ref().ok();
        let readings = Readings {
            backlog: self.backlog.as_ref().ok().cloned(),
            active: reading.map(|reading| reading.quantity),
            counters: self.state.as_ref().ok().map(|stored| stored.state.counters),
            calls: reading.and_then(|reading| reading.calls),
            request_id: match &mut self.formation {
                Ok(reading) => reading.request_id.take(),
                Err(error) => error.request_id.clone(),
            },
        };
        (readings, self.complete(policy))
    }

    fn complete(self, policy: &Policy) -> Result<Complete, Unread> {
        let backlog = self.backlog.map_err(Absence::Backlog);
        let formation = self.formation.map_err(Absence::Formation);
        let state = self.state.map_err(Absence::State);
        match (backlog, formation, state) {
            (Ok(queues), Ok(reading), Ok(stored)) => {
                let Reading { quantity, others, app, .. } = reading;
                let observation = policy.observed(&queues, quantity);
                Ok(Complete { observation, others, app, stored })
            }
            (Err(first), formation, state) => {
                let others = formation.err().into_iter().chain(state.err()).collect();
                Err(Unread { first, others })
            }
            (Ok(_), Err(first), state) => {
                Err(Unread { first, others: state.err().into_iter().collect() })
            }
            (Ok(_), Ok(_), Err(first)) => Err(Unread { first, others: Vec::new() }),
        }
    }
}
