//! Makes a committed change. The only caller of [`Formation::set_quantity`].
//!
//! Must not know why the change was decided, nor try again: the next cycle reads the formation.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::commit::Committed;
use super::observe::refusal;
use crate::policy::{LANDING_WINDOW, Reason};
use crate::ports::{
    ACT_BUDGET, COMMIT_BUDGET, Clock, Formation, FormationError, OBSERVE_BUDGET, RequestId,
};

/// How long after the beginning of its cycle a change may still be sent: its observation is as old.
const SENT_WITHIN: Duration = OBSERVE_BUDGET.saturating_add(COMMIT_BUDGET);

/// For clocks that differ between two instances.
const SKEW_SECS: u64 = 2;

// An intent older than the window is no longer being sent by any instance.
const _: () = assert!(
    SENT_WITHIN.as_secs() + ACT_BUDGET.as_secs() + SKEW_SECS
        <= LANDING_WINDOW.as_secs().unsigned_abs()
);

/// A change that Heroku confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// Heroku's id of the call.
    pub request_id: RequestId,
}

/// A committed change that may not have reached Heroku.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// Heroku did not confirm it.
    #[error("cannot set the quantity to {to}")]
    Unconfirmed {
        /// The requested quantity.
        to: u32,
        /// The answer, or its absence.
        #[source]
        cause: FormationError,
    },
    /// The instance was suspended; an operator, or another instance, may have decided since.
    #[error("not sent: decided from what was so at {at}, it is {now} now")]
    TooLate {
        /// When its cycle began.
        at: Timestamp,
        /// When it would have been sent.
        now: Timestamp,
    },
}

impl ActError {
    /// The name that operators search for.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Unconfirmed { cause, .. } => refusal(cause).unwrap_or(Reason::ChangeUnconfirmed),
            Self::TooLate { .. } => Reason::ChangeTooLate,
        }
    }

    /// Heroku's id of the call, if it answered.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        match self {
            Self::Unconfirmed { cause, .. } => cause.request_id.clone(),
            Self::TooLate { .. } => None,
        }
    }
}

/// Sends the absolute quantity, once.
///
/// # Errors
/// If Heroku did not confirm it, or if it is too late to send it.
pub async fn act(
    formation: &impl Formation,
    clock: &impl Clock,
    committed: Committed,
) -> Result<Acted, ActError> {
    let to = committed.change().to;
    in_time(committed.at(), clock.now())?;
    match formation.set_quantity(to).await {
        Ok(request_id) => Ok(Acted { request_id }),
        Err(cause) => Err(ActError::Unconfirmed { to, cause }),
    }
}

/// Whether a cycle that began at `at` may still send its change.
pub(super) fn in_time(at: Timestamp, now: Timestamp) -> Result<(), ActError> {
    if SignedDuration::try_from(SENT_WITHIN).is_ok_and(|within| within < now.duration_since(at)) {
        return Err(ActError::TooLate { at, now });
    }
    Ok(())
}
