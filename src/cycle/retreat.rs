//! A change that Heroku refused for a limit, made again as far as the limit allows, in the same
//! cycle: an autoscaler that asks for too much at every look would get nothing at all.
//!
//! It is a decision of its own, with a conditional write of its own. Must not know how far the limit
//! allows to go, nor try a third time.

use super::record::Draft;
use super::{ActError, Commit, CycleError, Ports, Signature, Whole, act, commit, make};
use crate::policy::{Change, Cycle, Decision, LimitTold, Reason, within_limit};
use crate::ports::{Clock, Formation, FormationError, StateStore, Stored};
use crate::report::error_chain;

/// A committed change that Heroku did not take, and what it was decided from.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) error: ActError,
    pub(super) decision: Decision,
    pub(super) whole: Whole,
    pub(super) cycle: Cycle,
    pub(super) signature: Signature,
}

impl Refused {
    /// Goes as far as a limit allows; anything else that went wrong fails the cycle.
    pub(super) async fn retreat<B, F, S, K, L, C>(
        self,
        ports: &Ports<B, F, S, K, L, C>,
        draft: &mut Draft<'_>,
    ) -> Result<Reason, CycleError>
    where
        F: Formation,
        S: StateStore,
        C: Clock,
    {
        let Some(decision) = self.within_limit() else { return Err(CycleError::Act(self.error)) };
        tracing::warn!(
            error_type = Reason::HerokuLimit.label(),
            error = error_chain(&self.error),
            "Heroku allows fewer dynos than were asked for, and is not asked for more for an hour"
        );
        draft.refused(&self.error);
        act::in_time(self.cycle.began, ports.clock.now()).map_err(CycleError::Act)?;
        let outcome = commit(&ports.state, &self.stored(), &decision, self.signature).await;
        match outcome.map_err(CycleError::Commit)? {
            // Its first decision stands as it was told: committed, and refused.
            Commit::LostRace => return Err(CycleError::Act(self.error)),
            Commit::Settled => draft.decided(&decision),
            Commit::Change(committed) => {
                draft.decided(&decision);
                make(ports, draft, committed).await.map_err(CycleError::Act)?;
            }
        }
        Ok(decision.reason)
    }

    fn within_limit(&self) -> Option<Decision> {
        let change: Change = self.decision.change?;
        let ActError::Unconfirmed { cause: FormationError::AboveLimit { limit, .. }, .. } =
            self.error
        else {
            return None;
        };
        let told = LimitTold { limit, others: self.whole.others };
        within_limit(change, &self.decision.next, told, &self.whole.observation, &self.cycle)
    }

    /// What the first conditional write of this cycle stored.
    fn stored(&self) -> Stored {
        let version = self.whole.stored.version.map_or(1, |version| version.saturating_add(1));
        Stored { version: Some(version), state: self.decision.next.clone() }
    }
}
