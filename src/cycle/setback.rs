//! What becomes of a committed change that was not made.
//!
//! One that Heroku is too busy for waits: the next cycle finds it lost. One above a limit is made as
//! far as the limit may allow, in the same cycle, since a change that requests too much at every
//! look gets nothing at all; it is a decision of its own, with a conditional write of its own. If
//! that is refused as well, what was learnt is stored for the next cycle. Any other fails the cycle.
//! Must not know how far a limit allows to go, nor try a third time.

use jiff::SignedDuration;

use super::record::Draft;
use super::{ActError, Author, Commit, CycleError, Ports, Whole, act, commit, make};
use crate::policy::{
    Change, Cycle, Decision, LimitReport, Observation, Reason, State, limit_remembered,
    within_limit,
};
use crate::ports::{Clock, Formation, FormationErrorKind, StateStore};
use crate::report::error_chain;

/// How long Heroku may be too busy for a change. No release takes longer.
const BUSY_MAX: SignedDuration = SignedDuration::from_mins(15);

/// A committed change that Heroku did not take, and what it was decided from.
#[derive(Debug)]
pub(super) struct Setback {
    pub(super) error: ActError,
    pub(super) decision: Decision,
    pub(super) whole: Whole,
    pub(super) cycle: Cycle,
    pub(super) author: Author,
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
        if self.is_busy() {
            draft.refused(&self.error);
            tracing::info!(error = error_chain(&self.error), "the change waits for Heroku");
            return Ok(Reason::HerokuBusy);
        }
        match self.above_limit(within_limit) {
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
            "Heroku allows fewer dynos than were requested; no more are requested for an hour"
        );
        draft.refused(&self.error);
        act::in_time(self.cycle.began, ports.clock.now()).map_err(CycleError::Act)?;
        // What the first conditional write of this cycle stored.
        let stored = self.whole.stored.followed_by(self.decision.next);
        let outcome = commit(&ports.state, &stored, &decision, self.author.clone()).await;
        match outcome.map_err(CycleError::Commit)? {
            // Its first decision stands as it was reported: committed, and refused.
            Commit::LostRace => Err(CycleError::Act(self.error)),
            Commit::Settled => {
                draft.decided(&decision);
                Ok(decision.reason)
            }
            Commit::Change(committed) => {
                draft.decided(&decision);
                let Err(error) = make(ports, draft, committed).await else {
                    return Ok(decision.reason);
                };
                let whole = Whole { stored, ..self.whole };
                Setback { error, decision, whole, ..self }.remember(ports, draft).await
            }
        }
    }

    /// Stores what a second refusal taught. Nothing is sent after it.
    async fn remember<B, F, S, K, L, C>(
        self,
        ports: &Ports<B, F, S, K, L, C>,
        draft: &mut Draft<'_>,
    ) -> Result<Reason, CycleError>
    where
        S: StateStore,
    {
        let Some(decision) = self.above_limit(limit_remembered) else {
            return Err(CycleError::Act(self.error));
        };
        draft.refused(&self.error);
        let stored = self.whole.stored.followed_by(self.decision.next);
        let outcome = commit(&ports.state, &stored, &decision, self.author).await;
        if matches!(outcome.map_err(CycleError::Commit)?, Commit::LostRace) {
            return Err(CycleError::Act(self.error));
        }
        draft.decided(&decision);
        Ok(decision.reason)
    }

    /// Whether Heroku will take the change once it has time. A change that it has refused for longer
    /// than anything of its own takes will not be taken without a person.
    fn is_busy(&self) -> bool {
        let since = self.decision.next.intent.as_ref().map_or(self.cycle.began, |it| it.since);
        self.error.reason() == Reason::HerokuBusy && self.cycle.now.duration_since(since) < BUSY_MAX
    }

    /// What is decided of a change that a limit of Heroku's forbids.
    fn above_limit(&self, decide: Judgement) -> Option<Decision> {
        let change = self.decision.change?;
        let ActError::Unconfirmed { cause, .. } = &self.error else { return None };
        let FormationErrorKind::AboveLimit { limit } = cause.kind else { return None };
        let report = LimitReport { limit, others: self.whole.others };
        decide(change, &self.decision.next, report, &self.whole.observation, &self.cycle)
    }
}

/// What the policy makes of a refusal.
type Judgement = fn(Change, &State, LimitReport, &Observation, &Cycle) -> Option<Decision>;
