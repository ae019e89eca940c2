//! Carries out a decision: stores it, makes its change, and continues if Heroku refuses it.
//!
//! A change that Heroku is too busy for waits: the next cycle finds it lost. One above a limit is
//! made as far as the limit may allow, in the same cycle, since a change that requests too much in
//! every cycle gets nothing at all; it is a decision of its own, with a conditional write of its
//! own. If that is refused as well, the limit is stored for the next cycle. Any other fails the
//! cycle. Must not know how far a limit allows to go, nor try a third time.

use jiff::SignedDuration;

use super::act::in_time;
use super::{
    ActError, Author, Commit, Committed, Complete, CycleError, Effect, Failure, act, commit,
};
use crate::policy::{
    Change, Cycle, Decision, LimitReport, Observation, Reason, State, limit_remembered,
    within_limit,
};
use crate::ports::{Clock, FormationErrorKind, Ports, RequestId, Stored};
use crate::report::error_chain;

/// How long Heroku may be too busy for a change. No release takes longer.
const BUSY_MAX: SignedDuration = SignedDuration::from_mins(15);

/// Stores a decision and makes its change.
pub(super) async fn carry_out(
    ports: &impl Ports,
    decision: Decision,
    complete: Complete,
    cycle: Cycle,
    author: Author,
) -> Effect {
    match commit(ports.state(), &complete.stored, &decision, author.clone()).await {
        Err(error) => Effect::none(Err(CycleError::Commit(error).into())),
        Ok(Commit::LostRace) => Effect::none(Ok(Reason::LostRace)),
        Ok(Commit::Settled) => Effect::settled(&decision, None),
        Ok(Commit::Change(committed)) => match make(ports, committed, &decision).await {
            Ok(effect) => effect,
            Err(error) => {
                let request_id = error.request_id();
                let refused =
                    RefusedChange { error, request_id, decision, complete, cycle, author };
                refused.settle(ports).await
            }
        },
    }
}

/// Makes the change of `decision`.
async fn make(
    ports: &impl Ports,
    committed: Committed,
    decision: &Decision,
) -> Result<Effect, ActError> {
    let made = Some(committed.change());
    let acted = act(ports.formation(), ports.shared(), committed).await?;
    Ok(Effect { made, ..Effect::settled(decision, acted.request_id) })
}

/// A committed change that Heroku did not make, and the readings behind it.
#[derive(Debug)]
struct RefusedChange {
    error: ActError,
    /// Heroku's id of the last change that it answered.
    request_id: RequestId,
    /// The last stored decision.
    decision: Decision,
    complete: Complete,
    cycle: Cycle,
    author: Author,
}

impl RefusedChange {
    /// Waits, makes as much of the change as Heroku allows, or fails.
    async fn settle(self, ports: &impl Ports) -> Effect {
        if self.is_busy() {
            tracing::info!(error = error_chain(&self.error), "the change waits for Heroku");
            return self.ends(Ok(Reason::HerokuBusy));
        }
        match self.above_limit(within_limit) {
            Some(decision) => self.retreat(ports, decision).await,
            None => self.fails(),
        }
    }

    /// Stores `decision` and makes its change.
    async fn retreat(self, ports: &impl Ports, decision: Decision) -> Effect {
        tracing::warn!(
            error_type = Reason::HerokuLimit.label(),
            error = error_chain(&self.error),
            "Heroku allows fewer dynos than were requested; no more are requested for an hour"
        );
        if let Err(late) = in_time(self.cycle.began, ports.shared().now()) {
            return self.ends(Err(CycleError::Act(late)));
        }
        let stored = self.stored();
        match commit(ports.state(), &stored, &decision, self.author.clone()).await {
            Err(error) => self.ends(Err(CycleError::Commit(error))),
            // Its first decision remains as it was reported: committed, and refused.
            Ok(Commit::LostRace) => self.fails(),
            Ok(Commit::Settled) => Effect::settled(&decision, self.request_id),
            Ok(Commit::Change(committed)) => match make(ports, committed, &decision).await {
                Ok(effect) => effect,
                Err(error) => {
                    let request_id = error.request_id().or(self.request_id);
                    let complete = Complete { stored, ..self.complete };
                    Self { error, request_id, decision, complete, ..self }.remember(ports).await
                }
            },
        }
    }

    /// Stores the limit after a second refusal. Nothing is sent after it.
    async fn remember(self, ports: &impl Ports) -> Effect {
        let Some(decision) = self.above_limit(limit_remembered) else { return self.fails() };
        match commit(ports.state(), &self.stored(), &decision, self.author.clone()).await {
            Err(error) => self.ends(Err(CycleError::Commit(error))),
            Ok(Commit::LostRace) => self.fails(),
            Ok(Commit::Settled | Commit::Change(_)) => Effect::settled(&decision, self.request_id),
        }
    }

    /// The cycle ends with what was stored last.
    fn ends(self, end: Result<Reason, CycleError>) -> Effect {
        Effect::stored(&self.decision, self.request_id, end.map_err(Failure::from))
    }

    fn fails(self) -> Effect {
        Effect::stored(&self.decision, self.request_id, Err(CycleError::Act(self.error).into()))
    }

    /// What the last conditional write of this cycle stored.
    fn stored(&self) -> Stored {
        self.complete.stored.followed_by(self.decision.next.clone())
    }

    /// Whether Heroku will take the change once it has time. A change that it has refused for
    /// longer than any of its own operations takes needs an operator.
    fn is_busy(&self) -> bool {
        let since = self.decision.next.intent.as_ref().map_or(self.cycle.began, |it| it.since);
        self.error.reason() == Reason::HerokuBusy && self.cycle.now.duration_since(since) < BUSY_MAX
    }

    /// The decision about a change that a limit of Heroku's forbids.
    fn above_limit(&self, decide: Judgement) -> Option<Decision> {
        let change = self.decision.change?;
        let ActError::Unconfirmed { cause, .. } = &self.error else { return None };
        let FormationErrorKind::AboveLimit { limit } = cause.kind else { return None };
        let report = LimitReport { limit, others: self.complete.others };
        decide(change, &self.decision.next, report, &self.complete.observation, &self.cycle)
    }
}

/// The policy's decision about a refusal.
type Judgement = fn(Change, &State, LimitReport, &Observation, &Cycle) -> Option<Decision>;
