//! The configuration that is tried, with counters of its own, and the records that it makes.

use super::line::Recorded;
use crate::policy::{
    Cycle, Decision, Demand, InstanceId, Observation, Origin, Policy, Reason, State, Tick, decide,
};
use crate::report::{Action, CycleReport, Level};

/// A policy and what it remembers.
#[derive(Debug)]
pub(super) struct Memory {
    policy: Policy,
    state: State,
    instance: InstanceId,
}

impl Memory {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy, state: State::default(), instance: InstanceId::new("replay") }
    }

    /// The record of a dry run of this cycle. What its cycle did not know, this one holds on too.
    pub(super) fn answer(&mut self, recorded: &Recorded) -> CycleReport {
        match (recorded.backlog(), recorded.active_dynos) {
            (Some(backlog), Some(active)) => {
                self.decided(recorded, Observation { backlog, active })
            }
            (None, _) => self.held(recorded, Reason::BacklogUnavailable),
            (Some(_), None) => self.held(recorded, Reason::FormationUnavailable),
        }
    }

    fn decided(&mut self, recorded: &Recorded, seen: Observation) -> CycleReport {
        let tick = Tick { at: recorded.tick, origin: Origin::Schedule };
        let cycle = Cycle::new(tick, recorded.tick, self.instance.clone());
        let decision = decide(&self.policy, &self.state, &seen, &cycle);
        self.remember(&decision);
        let action = decision.change.map_or(Action::None, Action::from);
        let demand = Demand::of(&self.policy, &seen, decision.next.rate.as_ref());
        CycleReport {
            message: message(recorded, seen.active, &decision),
            required_dynos: Some(decision.required),
            backlog_per_instance: self.policy.backlog_per_instance(&seen),
            asked_dynos: Some(demand.dynos),
            starved: Some(self.policy.is_starved(&seen).into()),
            at_max: Some(demand.is_pinned(&self.policy, None, &seen).into()),
            drain_minutes_at_max: demand.drain_minutes_at_max,
            action,
            intent: decision.fate.map(crate::policy::IntentFate::label),
            ..self.told(recorded, decision.reason)
        }
    }

    fn held(&self, recorded: &Recorded, reason: Reason) -> CycleReport {
        CycleReport {
            level: Level::Error,
            error_type: Some(reason.label()),
            cycle_failed: 1,
            error: Some("the record does not tell it either".to_owned()),
            ..self.told(recorded, reason)
        }
    }

    /// As a dry run does: nothing is sent, so that no change of its own can be lost.
    fn remember(&mut self, decision: &Decision) {
        let next = State { intent: None, ..decision.next.clone() };
        if next.differs_from(&self.state) {
            self.state = next;
        }
    }

    /// What every record has. There is no invocation, and the time is the record's.
    fn told(&self, recorded: &Recorded, reason: Reason) -> CycleReport {
        let [app, process, queue] = recorded.whose.clone();
        CycleReport {
            timestamp: recorded.tick,
            level: Level::Info,
            message: format!("{}: {} (dry run)", target(recorded), reason.label()),
            tick: recorded.tick,
            app,
            process,
            queue,
            policy: self.policy.name(),
            sqs_messages: recorded.sqs_messages,
            in_flight: recorded.in_flight,
            delayed: recorded.delayed,
            active_dynos: recorded.active_dynos,
            required_dynos: recorded.active_dynos,
            backlog_per_instance: None,
            backlog_threshold: self.policy.backlog_threshold,
            min_dynos: self.policy.bounds.min,
            max_dynos: self.policy.bounds.max,
            heroku_limit: None,
            asked_dynos: None,
            at_max: None,
            starved: None,
            drain_minutes_at_max: None,
            scale_up_cnt: Some(self.state.counters.up),
            scale_down_cnt: Some(self.state.counters.down),
            action: Action::None,
            reason: reason.label(),
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
    let [app, process, _] = &recorded.whose;
    format!("{app}/{process}")
}
