//! The configuration under trial, with counters of its own, and its records.

use super::recorded::Recorded;
use crate::policy::{
    Decision, Demand, Driver, InstanceId, Observation, Origin, Policy, Reason, RuleName, Schedule,
    State, Tick,
};
use crate::report::{Action, CycleReport, Level};

/// Whether decided changes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changes {
    /// They are not, as in a dry run: the next cycle observes the log's quantity.
    Ignored,
    /// They are: the next cycle observes them.
    Made,
}

/// A policy and its state.
#[derive(Debug)]
pub(super) struct Memory {
    driver: Driver,
    changes: Changes,
}

impl Memory {
    pub(super) fn new(policy: Policy, schedule: Schedule, changes: Changes) -> Self {
        Self { driver: Driver::new(policy, schedule, InstanceId::new("replay")), changes }
    }

    /// The record of a dry run of this cycle. It holds where the recorded cycle lacked a reading.
    pub(super) fn answer(&mut self, recorded: &Recorded) -> CycleReport {
        match (recorded.seen(), recorded.backlog()) {
            (Some(seen), _) => self.decided(recorded, seen),
            (None, None) => self.held(recorded, Reason::BacklogUnavailable),
            (None, Some(_)) => self.held(recorded, Reason::FormationUnavailable),
        }
    }

    fn decided(&mut self, recorded: &Recorded, seen: Observation) -> CycleReport {
        let tick = Tick { at: recorded.tick, origin: Origin::Schedule };
        let decision = self.driver.decided(&seen, tick, recorded.tick);
        let policy = self.driver.policy_at(recorded.tick);
        self.remember(&decision);
        let demand = Demand::of(&policy, &seen, &decision.next.memory);
        CycleReport {
            message: message(recorded, seen.active, &decision),
            required_dynos: Some(decision.required),
            backlog_per_instance: policy.backlog_per_instance(&seen),
            asked_dynos: Some(demand.dynos),
            starved: Some(policy.is_starved(&seen).into()),
            at_max: Some(demand.is_pinned(&policy, None, &seen).into()),
            drain_minutes_at_max: demand.drain_minutes_at_max,
            action: decision.change.map_or(Action::None, Action::from),
            intent: decision.outcome,
            hold_until: decision.until,
            ..self.basic(recorded, decision.reason)
        }
    }

    fn held(&self, recorded: &Recorded, reason: Reason) -> CycleReport {
        CycleReport {
            level: Level::Error,
            error_type: Some(reason),
            cycle_failed: 1,
            error: Some("the record lacks it as well".to_owned()),
            ..self.basic(recorded, reason)
        }
    }

    /// A change that is not made cannot be lost.
    fn remember(&mut self, decision: &Decision) {
        let intent = match self.changes {
            Changes::Ignored => None,
            Changes::Made => decision.next.intent.clone(),
        };
        self.driver.remember(State { intent, ..decision.next.clone() });
    }

    /// The fields of every record. There is no invocation, and the time is the record's.
    fn basic(&self, recorded: &Recorded, reason: Reason) -> CycleReport {
        let policy = self.driver.policy_at(recorded.tick);
        let counters = self.driver.state().counters;
        CycleReport {
            timestamp: recorded.tick,
            level: Level::Info,
            message: format!("{}: {} (dry run)", target(recorded), reason.label()),
            tick: recorded.tick,
            app: recorded.app.clone(),
            process: recorded.process.clone(),
            queue: recorded.queue.clone(),
            policy: RuleName::from(&policy.rule),
            sqs_messages: recorded.sqs_messages,
            in_flight: recorded.in_flight,
            delayed: recorded.delayed,
            active_dynos: recorded.active_dynos,
            required_dynos: recorded.active_dynos,
            backlog_per_instance: None,
            backlog_threshold: policy.backlog_threshold,
            min_dynos: policy.bounds.min,
            max_dynos: policy.bounds.max,
            heroku_limit: None,
            asked_dynos: None,
            at_max: None,
            starved: None,
            drain_minutes_at_max: None,
            scale_up_cnt: Some(counters.up),
            scale_down_cnt: Some(counters.down),
            action: Action::None,
            reason,
            intent: None,
            hold_until: None,
            dry_run: true,
            duration_ms: 0,
            error_type: None,
            cycle_failed: 0,
            error: None,
            request_id: "replay".to_owned(),
            trace_id: None,
            heroku_calls_left: None,
            heroku_request_id: None,
            cold_start: false,
        }
    }
}

fn message(recorded: &Recorded, active: u32, decision: &Decision) -> String {
    let (target, reason) = (target(recorded), decision.reason.label());
    match decision.change {
        None => format!("{target}: {reason} at {active} dynos (dry run)"),
        Some(change) => {
            let (action, to) = (Action::from(change).label(), change.to);
            format!("{target}: {action} from {active} to {to} dynos, {reason} (dry run)")
        }
    }
}

fn target(recorded: &Recorded) -> String {
    format!("{}/{}", recorded.app, recorded.process)
}
