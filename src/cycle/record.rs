//! Gathers the record of a cycle while it runs.
//!
//! Must not decide anything: it only tells.

use jiff::Timestamp;

use super::{ActError, Acted, CycleError, Invocation, Plan, Seen};
use crate::config::Mode;
use crate::policy::{Change, Counters, Decision, Demand, Observation, Policy, Reason, Tick};
use crate::ports::{CallPool, RequestId};
use crate::report::{Action, CycleReport, Level, error_chain};

/// A record in the making: what is known so far.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    plan: &'a Plan,
    invocation: &'a Invocation,
    tick: Tick,
    started: Timestamp,
    policy: Policy,
    backlog: Option<crate::policy::Backlog>,
    active: Option<u32>,
    required: Option<u32>,
    counters: Option<Counters>,
    demand: Option<Demand>,
    intent: Option<&'static str>,
    limit: Option<u32>,
    until: Option<Timestamp>,
    calls: Option<CallPool>,
    action: Action,
    absences: Vec<String>,
    heroku_request_id: RequestId,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        invocation: &'a Invocation,
        tick: Tick,
        started: Timestamp,
    ) -> Self {
        Self {
            plan,
            invocation,
            tick,
            started,
            policy: plan.policy_at(started),
            backlog: None,
            active: None,
            required: None,
            counters: None,
            demand: None,
            intent: None,
            limit: None,
            until: None,
            calls: None,
            action: Action::None,
            absences: Vec::new(),
            heroku_request_id: None,
        }
    }

    pub(super) const fn tick(&self) -> Tick {
        self.tick
    }

    pub(super) const fn started(&self) -> Timestamp {
        self.started
    }

    /// The policy, with the bounds of the schedule at `now`.
    pub(super) fn in_force(&mut self, now: Timestamp) -> Policy {
        self.policy = self.plan.policy_at(now);
        self.policy
    }

    pub(super) fn saw(&mut self, seen: &Seen) {
        self.backlog = seen.backlog.as_ref().ok().copied();
        self.active = seen.formation.as_ref().ok().map(|reading| reading.quantity);
        self.required = self.active;
        self.calls = seen.formation.as_ref().ok().and_then(|reading| reading.calls);
        self.counters = seen.state.as_ref().ok().map(|stored| stored.state.counters);
        self.absences = seen.absences();
        self.heroku_request_id = match &seen.formation {
            Ok(reading) => reading.request_id.clone(),
            Err(error) => error.request_id.clone(),
        };
    }

    /// Told although it is unknown whether the decision was stored: if it was, no later cycle
    /// finds the intent that it settled.
    pub(super) fn judged(&mut self, decision: &Decision) {
        self.intent = decision.outcome.map(crate::policy::IntentOutcome::label);
        self.demand =
            self.observation().map(|seen| Demand::of(&self.policy, &seen, &decision.next.memory));
    }

    /// A dry run tells the change that it would have made.
    pub(super) fn decided(&mut self, decision: &Decision) {
        self.required = Some(decision.required);
        self.counters = Some(decision.next.counters);
        self.limit = decision.next.limit.map(|limit| limit.dynos);
        self.until = decision.until;
        if self.plan.mode == Mode::DryRun {
            self.action = decision.change.map_or(Action::None, Action::from);
        }
    }

    fn observation(&self) -> Option<Observation> {
        let seen = self.backlog.zip(self.active);
        seen.map(|(backlog, active)| Observation { backlog, active })
    }

    /// Only what Heroku confirmed has been done.
    pub(super) fn acted(&mut self, change: Change, acted: &Acted) {
        self.action = change.into();
        self.heroku_request_id.clone_from(&acted.request_id);
    }

    /// A change that Heroku answered and did not make, which does not fail the cycle.
    pub(super) fn refused(&mut self, error: &ActError) {
        self.heroku_request_id = answered(error).or(self.heroku_request_id.take());
    }

    pub(super) fn finish(
        self,
        outcome: Result<Reason, CycleError>,
        ended: Timestamp,
    ) -> CycleReport {
        let reason = match &outcome {
            Ok(reason) => *reason,
            Err(error) => error.reason(),
        };
        let failure = outcome.as_ref().err();
        let observation = self.observation();
        let pinned = observation.zip(self.demand);
        let pinned = pinned.map(|(seen, demand)| demand.is_pinned(&self.policy, self.limit, &seen));
        CycleReport {
            timestamp: ended,
            level: failure.map_or(Level::Info, |_| Level::Error),
            message: self.message(reason),
            tick: self.tick.at,
            app: self.plan.target.app.clone(),
            process: self.plan.target.process.clone(),
            queue: self.plan.queue.clone(),
            policy: self.policy.name(),
            sqs_messages: self.backlog.map(|backlog| backlog.visible),
            in_flight: self.backlog.map(|backlog| backlog.in_flight),
            delayed: self.backlog.map(|backlog| backlog.delayed),
            active_dynos: self.active,
            required_dynos: self.required,
            backlog_per_instance: observation
                .and_then(|seen| self.policy.backlog_per_instance(&seen)),
            backlog_threshold: self.policy.backlog_threshold,
            min_dynos: self.policy.bounds.min,
            max_dynos: self.policy.bounds.max,
            heroku_limit: self.limit,
            asked_dynos: self.demand.map(|demand| demand.dynos),
            at_max: pinned.map(u8::from),
            starved: observation.map(|seen| self.policy.is_starved(&seen).into()),
            drain_minutes_at_max: self.demand.and_then(|demand| demand.drain_minutes_at_max),
            scale_up_cnt: self.counters.map(|counters| counters.up),
            scale_down_cnt: self.counters.map(|counters| counters.down),
            action: self.action,
            reason: reason.label(),
            intent: self.intent,
            hold_until: self.until,
            dry_run: self.plan.mode == Mode::DryRun,
            duration_ms: ended
                .duration_since(self.started)
                .as_millis()
                .try_into()
                .unwrap_or(i64::MAX),
            error_type: failure.map(|_| reason.label()),
            cycle_failed: u8::from(failure.is_some()),
            error: failure.map(|error| self.error(error)),
            request_id: self.invocation.request_id.clone(),
            trace_id: self.invocation.trace_id.clone(),
            heroku_calls_left: self.calls.map(|calls| calls.remaining),
            heroku_request_id: failure.and_then(request_id).or(self.heroku_request_id),
            cold_start: self.invocation.cold_start,
        }
    }

    /// One cause is told with the stage it stopped; several reads may have failed at once.
    fn error(&self, error: &CycleError) -> String {
        match error {
            CycleError::Observe(_) => self.absences.join("; "),
            CycleError::Commit(_) | CycleError::Act(_) => error_chain(error),
        }
    }

    fn message(&self, reason: Reason) -> String {
        let target = format!("{}/{}", self.plan.target.app, self.plan.target.process);
        let told = if self.plan.mode == Mode::DryRun { " (dry run)" } else { "" };
        match (self.action, self.active, self.required) {
            (Action::None, Some(active), _) => {
                format!("{target}: {} at {active} dynos{told}", reason.label())
            }
            (action, Some(active), Some(required)) => {
                let (action, reason) = (action.label(), reason.label());
                format!("{target}: {action} from {active} to {required} dynos, {reason}{told}")
            }
            _ => format!("{target}: {}{told}", reason.label()),
        }
    }
}

fn request_id(error: &CycleError) -> RequestId {
    match error {
        CycleError::Act(error) => answered(error),
        CycleError::Observe(_) | CycleError::Commit(_) => None,
    }
}

fn answered(error: &ActError) -> RequestId {
    match error {
        ActError::Unconfirmed { cause, .. } => cause.request_id.clone(),
        ActError::TooLate { .. } => None,
    }
}
