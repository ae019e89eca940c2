//! One scaling cycle: observe, decide, commit, act, report.
//!
//! The same code in Lambda, on the command line, in the simulator and in the tests. Must not know
//! who answers its ports.

mod act;
mod commit;
mod instance;
mod observe;
mod outcome;
mod record;
mod refused;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

pub use act::{ActError, Acted, act};
pub use commit::{Author, Commit, Committed, commit};
pub use instance::Instance;
pub use observe::{Absence, Seen, Unread, Whole, observe};
pub use outcome::{Effect, Failure, Judged, Outcome, Readings, Settled};
pub use record::{Header, record};

use self::refused::RefusedChange;
use crate::policy::{Cycle, Decision, Origin, Reason, ReasonKind, Tick, decide};
use crate::ports::{
    AppMode, BacklogSource, Clock, CommitError, Formation, RecordLog, ReportSink, StateStore,
};
use crate::report::{CycleReport, error_chain};
use crate::target::Target;
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

/// Runs one cycle and reports what it did. A cycle that failed has an `error_type` in its report.
pub async fn run<B, F, S, K, L, C>(
    ports: &Ports<B, F, S, K, L, C>,
    target: &Target,
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
    let began = ports.clock.now();
    let tick = tick::read(&invocation.event, began);
    let outcome = attempt(ports, target, invocation, (tick, began)).await;
    if leaves_a_change_unanswered(&outcome) {
        invocation.instance.leaves_unanswered();
    }
    let header = Header {
        target: &target.id,
        queue: &target.queue,
        mode: target.mode,
        tick: tick.at,
        began,
        ended: ports.clock.now(),
        request_id: &invocation.request_id,
        trace_id: invocation.trace_id.as_deref(),
        cold_start: invocation.cold_start,
    };
    let report = record(&header, outcome);
    ports.log.write(&report);
    deliver(ports.sink.as_ref(), &report).await;
    report
}

async fn attempt<B, F, S, K, L, C>(
    ports: &Ports<B, F, S, K, L, C>,
    target: &Target,
    invocation: &Invocation,
    (tick, began): (Tick, Timestamp),
) -> Outcome
where
    B: BacklogSource,
    F: Formation,
    S: StateStore,
    C: Clock,
{
    let policy = target.policy_at(began);
    // A burst of them must not use up the account's calls.
    if tick.origin == Origin::Late {
        return Outcome::undecided(policy, Readings::default(), Ok(Reason::LateTick));
    }
    let seen = observe(&ports.backlog, &ports.formation, &ports.state).await;
    seen.warn_of_few_calls();
    let (readings, whole) = seen.parts();
    let whole = match whole {
        Ok(whole) if whole.app == AppMode::Maintenance => {
            return Outcome::undecided(policy, readings, Ok(Reason::HerokuMaintenance));
        }
        Ok(whole) => whole,
        Err(unread) => {
            return Outcome::undecided(policy, readings, Err(CycleError::Observe(unread).into()));
        }
    };

    let instance = invocation.instance.id();
    let by = format!("{instance}/{}", invocation.request_id);
    let author = Author { mode: target.mode, at: began, by };
    let cycle = Cycle::new(tick, ports.clock.now(), instance).since(began);
    let policy = target.policy_at(cycle.now);
    let decision = decide(&policy, &whole.stored.state, &whole.observation, &cycle);
    let judged = Some(Judged::by(&decision, &policy, &whole.observation));
    let effect = carry_out(ports, decision, whole, cycle, author).await;
    Outcome { policy, readings, judged, effect }
}

/// Stores a decision and makes its change.
async fn carry_out<B, F, S, K, L, C>(
    ports: &Ports<B, F, S, K, L, C>,
    decision: Decision,
    whole: Whole,
    cycle: Cycle,
    author: Author,
) -> Effect
where
    F: Formation,
    S: StateStore,
    C: Clock,
{
    match commit(&ports.state, &whole.stored, &decision, author.clone()).await {
        Err(error) => Effect::none(Err(CycleError::Commit(error).into())),
        Ok(Commit::LostRace) => Effect::none(Ok(Reason::LostRace)),
        Ok(Commit::Settled) => Effect::settled(&decision, None),
        Ok(Commit::Change(committed)) => match make(ports, committed, &decision).await {
            Ok(effect) => effect,
            Err(error) => {
                let request_id = error.request_id();
                let refused = RefusedChange { error, request_id, decision, whole, cycle, author };
                refused.settle(ports).await
            }
        },
    }
}

/// Makes the change of `decision`.
async fn make<B, F, S, K, L, C>(
    ports: &Ports<B, F, S, K, L, C>,
    committed: Committed,
    decision: &Decision,
) -> Result<Effect, ActError>
where
    F: Formation,
    C: Clock,
{
    let made = Some(committed.change());
    let acted = act(&ports.formation, &ports.clock, committed).await?;
    Ok(Effect { made, ..Effect::settled(decision, acted.request_id) })
}

/// Whether a change may still arrive although nobody waits for it any more.
fn leaves_a_change_unanswered(outcome: &Outcome) -> bool {
    let failure = outcome.effect.end.as_ref().err();
    failure.is_some_and(|failure| failure.reason == Reason::ChangeUnconfirmed)
}

async fn deliver<K: ReportSink>(sink: Option<&K>, report: &CycleReport) {
    // A repeat of a cycle that was reported already would be the same document.
    let is_reported = report.reason.kind() == ReasonKind::Silent;
    let Some(sink) = sink.filter(|_| !is_reported) else { return };
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
