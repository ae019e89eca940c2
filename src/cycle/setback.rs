//! What becomes of a committed change that was not made.
//!
//! One that Heroku is too busy for waits: the next cycle finds it lost. One above a limit is made as
//! far as the limit allows, in the same cycle, since who asks for too much at every look gets
//! nothing at all; it is a decision of its own, with a conditional write of its own. Any other
//! fails the cycle. Must not know how far a limit allows to go, nor try a third time.

use super::record::Draft;
use super::{ActError, Commit, CycleError, Ports, Signature, Whole, act, commit, make};
use crate::policy::{Cycle, Decision, LimitTold, Reason, within_limit};
use crate::ports::{Clock, Formation, FormationError, StateStore};
use crate::report::error_chain;

/// A committed change that Heroku did not take, and what it was decided from.
#[derive(Debug)]
pub(super) struct Setback {
    pub(super) error: ActError,
    pub(super) decision: Decision,
    pub(super) whole: Whole,
    pub(super) cycle: Cycle,
    pub(super) signature: Signature,
}

impl Setback {
    /// The reason of the cycle, unless it failed.
    pub(super) async fn settle<B, F, S, K, L, C>(
        self,
        ports: &Ports<B, F, S, K, L, C>,
        draft: &mut Draft<'_>,
    ) -> Result<Reason, CycleError>
    where
        F: Formation,
        S: StateStore,
        C: Clock,
    {
        if self.error.reason() == Reason::HerokuBusy {
            draft.refused(&self.error);
            tracing::info!(error = error_chain(&self.error), "the change waits for Heroku");
            return Ok(Reason::HerokuBusy);
        }
        match self.within_limit() {
            Some(decision) => self.retreat(ports, draft, decision).await,
            None => Err(CycleError::Act(self.error)),
        }
    }

    async fn retreat<B, F, S, K, L, C>(
        self,
        ports: &Ports<B, F, S, K, L, C>,
        draft: &mut Draft<'_>,
        decision: Decision,
    ) -> Result<Reason, CycleError>
    where
        F: Formation,
        S: StateStore,
        C: Clock,
    {
        tracing::warn!(
            error_type = Reason::HerokuLimit.label(),
            error = error_chain(&self.error),
            "Heroku allows fewer dynos than were asked for, and is not asked for more for an hour"
        );
        draft.refused(&self.error);
        act::in_time(self.cycle.began, ports.clock.now()).map_err(CycleError::Act)?;
        // What the first conditional write of this cycle stored.
        let stored = self.whole.stored.followed_by(self.decision.next);
        let outcome = commit(&ports.state, &stored, &decision, self.signature).await;
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
        let change = self.decision.change?;
        let ActError::Unconfirmed { cause: FormationError::AboveLimit { limit, .. }, .. } =
            self.error
        else {
            return None;
        };
        let told = LimitTold { limit, others: self.whole.others };
        within_limit(change, &self.decision.next, told, &self.whole.observation, &self.cycle)
    }
}
