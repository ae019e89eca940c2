//! Makes the record of a cycle, once, from the results of its stages.
//!
//! Pure: the same outcome is the same record, whether a cycle or `replay` came to it. Must not
//! decide anything, nor call a port.

use jiff::Timestamp;
use nonempty::NonEmpty;

use super::outcome::{Effect, Failure, Judged, Outcome, Readings, Settled};
use crate::policy::{
    Backlog, Counters, Demand, IntentOutcome, LoadReport, Observation, Policy, Reason, RuleName,
};
use crate::report::{Action, CycleReport, Level, QueueReport};
use crate::target::{Mode, QueueNames, Target, TargetId};

/// What a record is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The process type.
    pub target: &'a TargetId,
    /// The names of its queues, if they are known.
    pub queues: Option<&'a QueueNames>,
    /// Whether changes are made.
    pub mode: Mode,
}

impl<'a> Subject<'a> {
    /// A target whose settings are not valid: nothing of it is reported but its name.
    #[must_use]
    pub const fn unsettled(target: &'a TargetId) -> Self {
        Self { target, queues: None, mode: Mode::Live }
    }
}

impl<'a> From<&'a Target> for Subject<'a> {
    fn from(Target { id, queues, mode, .. }: &'a Target) -> Self {
        Self { target: id, queues: Some(queues), mode: *mode }
    }
}

/// The part of a record that does not depend on the outcome.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    pub subject: Subject<'a>,
    /// When it was due.
    pub tick: Timestamp,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The invocation's id.
    pub request_id: &'a str,
    /// The id of its trace.
    pub trace_id: Option<&'a str>,
    /// Whether it was the instance's first.
    pub cold_start: bool,
}

/// The record of a cycle.
#[must_use]
pub fn record(header: &Header<'_>, outcome: Outcome) -> CycleReport {
    let Outcome { policy, readings, judged, effect } = outcome;
    let Subject { target, queues: names, mode } = header.subject;
    let (policy, action) = (policy.as_ref(), action(mode, &effect));
    let observation = policy.and_then(|policy| readings.observation(policy));
    let Readings { backlog: queues, active, counters, calls, request_id } = readings;
    let backlog = queues.as_ref().map(Backlog::total);
    let Effect { stored, end, request_id: changed_by, .. } = effect;
    let (reason, error) = reason_and_error(end);
    let (required, counters, limit) = remaining(stored, active, counters);
    let (intent, demand, learnt) = judgement(judged.filter(|_| reason != Reason::LostRace));
    let judge = |holds: Judge| Some(holds(&demand?, policy?, limit, &observation?).into());
    CycleReport {
        timestamp: header.ended,
        level: if error.is_some() { Level::Error } else { Level::Info },
        message: message(header, action, (active, required), reason) + &news(learnt.as_ref()),
        tick: header.tick,
        app: target.app.clone(),
        process: target.process.clone(),
        queue: names.map(ToString::to_string),
        policy: policy.map(|policy| RuleName::from(&policy.rule)),
        sqs_messages: backlog.map(|backlog| backlog.visible),
        in_flight: backlog.map(|backlog| backlog.in_flight),
        delayed: backlog.map(|backlog| backlog.delayed),
        queues: names.zip(queues).and_then(several),
        active_dynos: active,
        required_dynos: required,
        backlog_per_instance: observation.and_then(|seen| policy?.backlog_per_instance(&seen)),
        backlog_threshold: policy.map(|policy| policy.backlog_threshold),
        min_dynos: policy.map(|policy| policy.bounds.min),
        max_dynos: policy.map(|policy| policy.bounds.max),
        heroku_limit: limit,
        asked_dynos: demand.map(|demand| demand.dynos),
        at_max: judge(Demand::is_at_max),
        pinned: judge(Demand::is_pinned),
        starved: observation.and_then(|seen| Some(policy?.is_starved(&seen).into())),
        drain_minutes_at_max: demand.and_then(|demand| demand.drain_minutes_at_max),
        headroom: learnt.map(|learnt| learnt.headroom),
        busy_dynos: learnt.map(|learnt| learnt.busy_dynos),
        messages_per_dyno_minute: learnt.map(|learnt| learnt.messages_per_dyno_minute),
        working_dynos: learnt.map(|learnt| learnt.working_dynos),
        messages_per_minute: learnt.map(|learnt| learnt.messages_per_minute),
        messages_per_minute_before: learnt.and_then(|it| it.messages_per_minute_before),
        scale_up_cnt: counters.map(|counters| counters.up),
        scale_down_cnt: counters.map(|counters| counters.down),
        action,
        reason,
        intent,
        hold_until: stored.and_then(|stored| stored.until),
        dry_run: mode == Mode::DryRun,
        duration_ms: duration_ms(header),
        error_type: error.as_ref().map(|_| reason),
        cycle_failed: error.is_some().into(),
        error,
        request_id: header.request_id.to_owned(),
        trace_id: header.trace_id.map(ToOwned::to_owned),
        heroku_calls_left: calls.map(|calls| calls.remaining),
        heroku_request_id: changed_by.or(request_id),
        cold_start: header.cold_start,
    }
}

fn reason_and_error(end: Result<Reason, Failure>) -> (Reason, Option<String>) {
    match end {
        Ok(reason) => (reason, None),
        Err(Failure { reason, error }) => (reason, Some(error)),
    }
}

fn several((names, queues): (&QueueNames, NonEmpty<Backlog>)) -> Option<Vec<QueueReport>> {
    QueueReport::of_several(names, &queues)
}

/// A property of the demand.
type Judge = fn(&Demand, &Policy, Option<u32>, &Observation) -> bool;

/// The outcome of an earlier change, the demand, and what was learnt.
fn judgement(
    judged: Option<Judged>,
) -> (Option<IntentOutcome>, Option<Demand>, Option<LoadReport>) {
    let demand = judged.map(|judged| judged.demand);
    let intent = judged.and_then(|judged| judged.intent);
    (intent, demand, demand.and_then(|demand| demand.learnt))
}

/// The quantity and the counters that were decided, without a decision those that were read; and the
/// limit of Heroku that was decided within.
fn remaining(
    stored: Option<Settled>,
    active: Option<u32>,
    counters: Option<Counters>,
) -> (Option<u32>, Option<Counters>, Option<u32>) {
    let required = stored.map(|stored| stored.required).or(active);
    let counters = stored.map(|stored| stored.counters).or(counters);
    (required, counters, stored.and_then(|stored| stored.limit))
}

/// What Heroku confirmed; in a dry run, the change that would have been made.
fn action(mode: Mode, effect: &Effect) -> Action {
    let change = match mode {
        Mode::Live => effect.made,
        Mode::DryRun => effect.stored.and_then(|stored| stored.change),
    };
    change.map_or(Action::None, Action::from)
}

fn duration_ms(header: &Header<'_>) -> i64 {
    let duration = header.ended.duration_since(header.began);
    duration.as_millis().try_into().unwrap_or(i64::MAX)
}

/// What is said once: that no allowed number of dynos keeps the service level.
fn news(learnt: Option<&LoadReport>) -> String {
    let news = learnt.filter(|learnt| learnt.is_newly_out_of_reach);
    news.map_or_else(String::new, |learnt| {
        format!("; the service level needs {} dynos, more than the maximum", learnt.level_dynos)
    })
}

/// The cycle in one sentence.
fn message(
    header: &Header<'_>,
    action: Action,
    (active, required): (Option<u32>, Option<u32>),
    reason: Reason,
) -> String {
    let Subject { target: TargetId { app, process }, mode, .. } = header.subject;
    let dry_run = mode.mark();
    match (action, active, required) {
        (Action::None, Some(active), _) => {
            format!("{app}/{process}: {reason} at {active} dynos{dry_run}")
        }
        (action, Some(active), Some(required)) => {
            let action = action.label();
            format!(
                "{app}/{process}: {action} from {active} to {required} dynos, {reason}{dry_run}"
            )
        }
        _ => format!("{app}/{process}: {reason}{dry_run}"),
    }
}
