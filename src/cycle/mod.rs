//! One scaling cycle: observe, decide, commit, act, report.
//!
//! The same code in Lambda, on the command line, in the simulator and in the tests. Must not know
//! who answers its ports.

mod act;
mod commit;
mod instance;
mod observe;
mod record;
mod setback;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

pub use act::{ActError, Acted, act};
pub use commit::{Author, Commit, Committed, commit};
pub use instance::Instance;
pub use observe::{Absence, Seen, Whole, observe};

use self::record::Draft;
use self::setback::Setback;
use crate::config::{Mode, Target};
use crate::policy::{Cycle, Origin, Policy, Reason, Schedule, decide};
use crate::ports::{
    AppMode, BacklogSource, Clock, CommitError, Formation, RecordLog, ReportSink, StateStore,
};
use crate::report::{CycleReport, error_chain};
use crate::tick;

/// The world, as a cycle sees it.
#[derive(Debug)]
pub struct Ports<B, F, S, K, L, C> {
    /// The queue.
    pub backlog: B,
    /// The formation.
    pub formation: F,
    /// The state.
    pub state: S,
    /// Where records go besides the log, if anywhere.
    pub sink: Option<K>,
    /// Where every record goes.
    pub log: L,
    /// The clock.
    pub clock: C,
}

/// What is scaled, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The process type.
    pub target: Target,
    /// The queue's name, for the record.
    pub queue: String,
    /// The policy.
    pub policy: Policy,
    /// When other bounds than the policy's are in force.
    pub schedule: Schedule,
    /// Whether changes are made or only told.
    pub mode: Mode,
}

impl Plan {
    /// The policy, with the bounds that are in force at `now`.
    #[must_use]
    pub fn policy_at(&self, now: Timestamp) -> Policy {
        self.policy.within(self.schedule.in_force(self.policy.bounds, now))
    }
}

/// What started the cycle.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The event as it came.
    pub event: Value,
    /// The invocation's id.
    pub request_id: String,
    /// The id of its trace, if it has one.
    pub trace_id: Option<String>,
    /// Where it runs.
    pub instance: Arc<Instance>,
    /// Whether it is the instance's first.
    pub cold_start: bool,
}

/// Why a cycle failed.
#[derive(Debug, thiserror::Error)]
pub enum CycleError {
    /// Something could not be read.
    #[error("the cycle holds")]
    Observe(#[source] Absence),
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
            Self::Observe(absence) => absence.reason(),
            Self::Commit(_) => Reason::CommitUnavailable,
            Self::Act(error) => error.reason(),
        }
    }
}

/// Runs one cycle and tells what it did. A cycle that failed has an `error_type` in its report.
pub async fn run<B, F, S, K, L, C>(
    ports: &Ports<B, F, S, K, L, C>,
    plan: &Plan,
    invocation: &Invocation,
) -> CycleReport
where
    B: BacklogSource,
    F: Formation,
    S: StateStore,
    K: ReportSink,
    L: RecordLog,
    C: Clock,
{
    let started = ports.clock.now();
    let tick = tick::read(&invocation.event, started);
    let mut draft = Draft::new(plan, invocation, tick, started);
    let outcome = attempt(ports, plan, invocation, &mut draft).await;
    if outcome.as_ref().is_err_and(leaves_a_change_unanswered) {
        invocation.instance.leaves_unanswered();
    }
    let report = draft.finish(outcome, ports.clock.now());
    ports.log.write(&report);
    deliver(ports.sink.as_ref(), &report).await;
    report
}

async fn attempt<B, F, S, K, L, C>(
    ports: &Ports<B, F, S, K, L, C>,
    plan: &Plan,
    invocation: &Invocation,
    draft: &mut Draft<'_>,
) -> Result<Reason, CycleError>
where
    B: BacklogSource,
    F: Formation,
    S: StateStore,
    C: Clock,
{
    // A burst of them must not use up the account's calls.
    if draft.tick().origin == Origin::Late {
        return Ok(Reason::LateTick);
    }
    let seen = observe(&ports.backlog, &ports.formation, &ports.state).await;
    draft.saw(&seen);
    seen.warn_of_few_calls();
    let whole = seen.whole().map_err(CycleError::Observe)?;
    if whole.app == AppMode::Maintenance {
        return Ok(Reason::HerokuMaintenance);
    }

    let instance = invocation.instance.id();
    let by = format!("{instance}/{}", invocation.request_id);
    let cycle = Cycle::new(draft.tick(), ports.clock.now(), instance).since(draft.started());
    let policy = draft.in_force(cycle.now);
    let decision = decide(&policy, &whole.stored.state, &whole.observation, &cycle);

    let author = Author { mode: plan.mode, at: cycle.began, by };
    let outcome = match commit(&ports.state, &whole.stored, &decision, author.clone()).await {
        Ok(Commit::LostRace) => return Ok(Reason::LostRace),
        outcome => outcome,
    };
    draft.judged(&decision);
    let outcome = outcome.map_err(CycleError::Commit)?;
    draft.decided(&decision);
    let Commit::Change(committed) = outcome else { return Ok(decision.reason) };
    let Err(error) = make(ports, draft, committed).await else { return Ok(decision.reason) };
    Setback { error, decision, whole, cycle, author }.settle(ports, draft).await
}

async fn make<B, F, S, K, L, C>(
    ports: &Ports<B, F, S, K, L, C>,
    draft: &mut Draft<'_>,
    committed: Committed,
) -> Result<(), ActError>
where
    F: Formation,
    C: Clock,
{
    let change = committed.change();
    let acted = act(&ports.formation, &ports.clock, committed).await?;
    draft.acted(change, &acted);
    Ok(())
}

/// Whether a change may still arrive although nobody waits for it any more.
fn leaves_a_change_unanswered(error: &CycleError) -> bool {
    error.reason() == Reason::ChangeUnconfirmed
}

/// A repeat of a cycle that already told its story would be the same document.
fn is_told_elsewhere(report: &CycleReport) -> bool {
    [Reason::DuplicateTick.label(), Reason::LostRace.label()].contains(&report.reason)
}

async fn deliver<K: ReportSink>(sink: Option<&K>, report: &CycleReport) {
    let Some(sink) = sink.filter(|_| !is_told_elsewhere(report)) else { return };
    if let Err(error) = sink.deliver(report).await {
        tracing::warn!(
            error_type = "ReportUndelivered",
            error = error_chain(&error),
            app = report.app,
            process = report.process,
            tick = %report.tick,
            request_id = report.request_id,
            "the record of this cycle stayed in the log alone",
        );
    }
}
