//! Why a cycle failed, and how its record reports it.
//!
//! Must not know what is done about it.

use super::{ActError, Failure, Unread};
use crate::policy::Reason;
use crate::ports::CommitError;
use crate::report::error_chain;

/// Why a cycle failed.
#[derive(Debug, thiserror::Error)]
pub enum CycleError {
    /// Something could not be read.
    #[error(transparent)]
    Observe(Unread),
    /// The decision could not be stored.
    #[error("nothing was sent to Heroku")]
    Commit(#[source] CommitError),
    /// Heroku did not take the change.
    #[error("the change was committed and not confirmed")]
    Act(#[source] ActError),
}

impl CycleError {
    /// The name that operators search for.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Observe(unread) => unread.first.reason(),
            Self::Commit(_) => Reason::CommitUnavailable,
            Self::Act(error) => error.reason(),
        }
    }
}

/// One cause is reported with the stage it stopped; several reads may have failed at once.
impl From<CycleError> for Failure {
    fn from(error: CycleError) -> Self {
        let reason = error.reason();
        let error = match &error {
            CycleError::Observe(unread) => unread.causes(),
            CycleError::Commit(_) | CycleError::Act(_) => error_chain(&error),
        };
        Self { reason, error }
    }
}
