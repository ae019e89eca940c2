//! One scaling cycle: observe, decide, commit, act, report.
//!
//! The same code in Lambda, on the command line, in the simulator and in the tests. Must not know
//! the implementations of its ports.

mod act;
mod carry_out;
mod commit;
mod error;
mod instance;
mod observe;
mod outcome;
mod record;

use jiff::Timestamp;
use serde_json::Value;

pub use act::{ActError, Acted, act};
pub use commit::{Author, Commit, Committed, commit};
pub use error::CycleError;
pub use instance::Instance;
pub use observe::{Absence, Complete, Seen, Unread, observe};
pub use outcome::{Effect, Failure, Judged, Outcome, Readings, Settled};
pub use record::{Header, Subject, record};

use self::carry_out::carry_out;
use crate::policy::{Cycle, Reason, ReasonKind, Tick, decide};
use crate::ports::{AppMode, Clock, DeliveryError, Ports, ReportSink, Shared, Undelivered};
use crate::report::{CycleReport, error_chain};
use crate::target::Target;
use crate::tick;

/// What started the cycles of one tick.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The event as it came.
    pub event: Value,
    /// The invocation's id.
    pub request_id: String,
    /// The id of its trace, if it has one.
    pub trace_id: Option<String>,
    /// Whether it is the first of its process.
    pub cold_start: bool,
}

/// Where and when a cycle begins.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The instance, which runs the cycles of this target alone.
    pub instance: &'a Instance,
    /// Before anything is read, here or for several targets at once: what a cycle sees was so then,
    /// or later.
    pub began: Timestamp,
}

/// Runs one cycle and records what it did. A cycle that failed has an `error_type` in its record.
/// The driver delivers the records of all its cycles at once.
pub async fn run<P: Ports>(
    ports: &P,
    target: &Target,
    invocation: &Invocation,
    start: Start<'_>,
) -> CycleReport {
    let (shared, began) = (ports.shared(), start.began);
    let tick = tick::read(&invocation.event, began);
    let outcome = attempt(ports, target, invocation, (tick, start)).await;
    if leaves_a_change_unanswered(&outcome) {
        start.instance.leaves_unanswered();
    }
    conclude(shared, target.into(), invocation, began, outcome)
}

/// Records an outcome. A driver does it for a target whose cycle came to none.
pub fn conclude(
    shared: &impl Shared,
    subject: Subject<'_>,
    invocation: &Invocation,
    began: Timestamp,
    outcome: Outcome,
) -> CycleReport {
    let header = Header {
        subject,
        tick: tick::read(&invocation.event, began).at,
        began,
        ended: shared.now(),
        request_id: &invocation.request_id,
        trace_id: invocation.trace_id.as_deref(),
        cold_start: invocation.cold_start,
    };
    let report = record(&header, outcome);
    shared.write(&report);
    report
}

async fn attempt(
    ports: &impl Ports,
    target: &Target,
    invocation: &Invocation,
    (tick, Start { instance, began }): (Tick, Start<'_>),
) -> Outcome {
    let policy = target.policy_at(began);
    // A burst of them must not use up the account's calls.
    if let Some(reason) = tick.origin.discounts() {
        return Outcome::undecided(policy, Readings::default(), Ok(reason));
    }
    let seen = observe(ports).await;
    let (readings, complete) = seen.parts(&policy);
    let complete = match complete {
        Ok(complete) if complete.app == AppMode::Maintenance => {
            return Outcome::undecided(policy, readings, Ok(Reason::HerokuMaintenance));
        }
        Ok(complete) => complete,
        Err(unread) => {
            return Outcome::undecided(policy, readings, Err(CycleError::Observe(unread).into()));
        }
    };

    let instance = instance.id();
    let by = format!("{instance}/{}", invocation.request_id);
    let author = Author { mode: target.mode, at: began, by };
    let cycle = Cycle::new(tick, ports.shared().now(), instance).since(began);
    let policy = target.policy_at(cycle.now);
    let decision = decide(&policy, &complete.stored.state, &complete.observation, &cycle);
    let judged = Some(Judged::by(&decision, &policy, &complete.observation));
    let effect = carry_out(ports, decision, complete, cycle, author).await;
    Outcome { policy: Some(policy), readings, judged, effect }
}

/// Whether a change may still arrive although no caller waits for it.
fn leaves_a_change_unanswered(outcome: &Outcome) -> bool {
    let failure = outcome.effect.end.as_ref().err();
    failure.is_some_and(|failure| failure.reason == Reason::ChangeUnconfirmed)
}

/// Delivers records at once, and warns of those that stay in the log alone.
pub async fn deliver<K: ReportSink>(sink: Option<&K>, reports: &[CycleReport]) {
    let Some(sink) = sink else { return };
    // A repeat of a cycle that was reported already would be the same document.
    let is_new = |report: &&CycleReport| report.reason.kind() != ReasonKind::Silent;
    let reports: Vec<CycleReport> = reports.iter().filter(is_new).cloned().collect();
    if reports.is_empty() {
        return;
    }
    match sink.deliver(&reports).await {
        Ok(undelivered) => {
            for Undelivered { place, error } in undelivered {
                warn_of_undelivered(&reports[place], &error);
            }
        }
        Err(error) => tracing::warn!(
            error_type = "ReportUndelivered",
            error = error_chain(&error),
            records = reports.len(),
            tick = %reports[0].tick,
            request_id = reports[0].request_id,
            "the records of these cycles stayed in the log alone",
        ),
    }
}

fn warn_of_undelivered(report: &CycleReport, error: &DeliveryError) {
    tracing::warn!(
        error_type = "ReportUndelivered",
        error = error_chain(error),
        app = report.app,
        process = report.process,
        tick = %report.tick,
        request_id = report.request_id,
        "the record of this cycle stayed in the log alone",
    );
}
