//! What the policy decides next, and which load would change that, by asking the policy itself, with
//! the bounds that are in force at the time of each cycle.
//!
//! Must not know a rule of any policy.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};

use crate::cycle::Plan;
use crate::policy::{
    Backlog, Change, Cycle, Decision, Direction, InstanceId, IntentFate, Observation, Origin,
    Policy, Reason, State, Tick, decide,
};
use crate::ports::AppMode;

/// Besides the cycles that the counters take, so many until a rule that learns has settled.
const LEARNING_CYCLES: u32 = 60;

/// More messages than any queue is expected to have.
const MESSAGES_MAX: u64 = 1 << 40;

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forecast {
    /// A change, after so many cycles, at least 1.
    Change { cycles: u32, reason: Reason, change: Change },
    /// No change. What holds the cycles may end by itself.
    Steady { reason: Reason, until: Option<Timestamp> },
}

impl Forecast {
    fn goes(self, direction: Direction) -> bool {
        matches!(self, Self::Change { change, .. } if change.direction() == direction)
    }

    const fn reason(self) -> Reason {
        match self {
            Self::Change { reason, .. } | Self::Steady { reason, .. } => reason,
        }
    }
}

/// The load at which a direction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// With so many messages waiting, and what comes of them.
    At { visible: u64, forecast: Forecast },
    /// No load leads there, for this reason.
    Nowhere { reason: Reason },
}

/// A target as it was seen, and the time from one cycle to the next.
#[derive(Debug, Clone)]
pub(super) struct Present {
    pub(super) plan: Plan,
    pub(super) state: State,
    pub(super) seen: Observation,
    pub(super) app: AppMode,
    pub(super) now: Timestamp,
    pub(super) every: SignedDuration,
}

impl Present {
    /// What comes if everything stays as it is.
    pub(super) fn next(&self) -> Forecast {
        self.forecast(self.seen)
    }

    /// The fewest messages waiting that lead to more dynos, if they go on waiting.
    pub(super) fn adding(&self) -> Edge {
        let adds = |visible| self.forecast(self.with(visible)).goes(Direction::Above);
        match adds(MESSAGES_MAX) {
            true => self.at(first(0..=MESSAGES_MAX, adds)),
            false => self.nowhere(MESSAGES_MAX),
        }
    }

    /// The most messages waiting that lead to fewer dynos, if they go on waiting.
    pub(super) fn removing(&self) -> Edge {
        let stays = |visible| !self.forecast(self.with(visible)).goes(Direction::Below);
        match stays(0) {
            true => self.nowhere(0),
            false => self.at(first(1..=MESSAGES_MAX + 1, stays) - 1),
        }
    }

    /// What a cycle that ran now would find of the change that is open.
    pub(super) fn fate(&self) -> Option<IntentFate> {
        self.decided(&self.state, &self.seen, self.now).fate
    }

    /// The same with so many messages waiting.
    pub(super) fn with(&self, visible: u64) -> Observation {
        let backlog = Backlog { visible, ..self.seen.backlog };
        Observation { backlog, ..self.seen }
    }

    fn at(&self, visible: u64) -> Edge {
        Edge::At { visible, forecast: self.forecast(self.with(visible)) }
    }

    fn nowhere(&self, visible: u64) -> Edge {
        Edge::Nowhere { reason: self.forecast(self.with(visible)).reason() }
    }

    /// Lets cycles pass, in thought, until one changes the formation.
    fn forecast(&self, seen: Observation) -> Forecast {
        if self.app == AppMode::Maintenance {
            return Forecast::Steady { reason: Reason::HerokuMaintenance, until: None };
        }
        let mut state = self.state.clone();
        let mut at = self.now;
        let mut held = (Reason::AtTarget, None);
        for cycles in 1..=self.cycles_max() {
            at = at.saturating_add(self.every).unwrap_or(Timestamp::MAX);
            let decision = self.decided(&state, &seen, at);
            if let Some(change) = decision.change {
                return Forecast::Change { cycles, reason: decision.reason, change };
            }
            held = (decision.reason, decision.until);
            state = decision.next;
        }
        let (reason, until) = held;
        Forecast::Steady { reason, until }
    }

    /// A load that changes nothing in so many cycles changes nothing.
    fn cycles_max(&self) -> u32 {
        let Policy { up_cycles, down_cycles, .. } = self.plan.policy;
        up_cycles.saturating_add(down_cycles).saturating_add(LEARNING_CYCLES)
    }

    fn decided(&self, state: &State, seen: &Observation, at: Timestamp) -> Decision {
        let tick = Tick { at, origin: Origin::Person };
        let policy = self.plan.policy_at(at);
        decide(&policy, state, seen, &Cycle::new(tick, at, InstanceId::new("forecast")))
    }
}

/// The first number of a range for which something holds. It must hold for the last, and for every
/// number beyond the first.
fn first(range: RangeInclusive<u64>, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut from, mut to) = range.into_inner();
    while from < to {
        let middle = from.midpoint(to);
        if holds(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Mode, Target, policy_from_lookup};
    use crate::policy::{Bounds, Counters, Days, Hours, Intent, Pause, Schedule, ScheduleRule};
    use jiff::civil::time;
    use jiff::tz::TimeZone;

    const NOW: Timestamp = Timestamp::constant(1_764_000_000, 0);

    fn policy(rule: &str) -> Policy {
        let settings = [
            ("DYNOSCALER_POLICY", rule),
            ("DYNOSCALER_MIN_DYNOS", "1"),
            ("DYNOSCALER_MAX_DYNOS", "5"),
            ("DYNOSCALER_UP_CYCLES", "3"),
            ("DYNOSCALER_DOWN_CYCLES", "5"),
            ("DYNOSCALER_BACKLOG_THRESHOLD", "100"),
        ];
        let value = |name: &str| settings.iter().find(|(known, _)| *known == name);
        policy_from_lookup(|name| value(name).map(|(_, value)| (*value).to_owned())).unwrap()
    }

    fn present(rule: &str, state: State, visible: u64, active: u32) -> Present {
        let seen = Observation { backlog: Backlog { visible, in_flight: 0, delayed: 0 }, active };
        let every = SignedDuration::from_mins(1);
        let plan = Plan {
            target: Target { app: "my-app".to_owned(), process: "worker".to_owned() },
            queue: "jobs".to_owned(),
            policy: policy(rule),
            schedule: Schedule::default(),
            mode: Mode::Live,
        };
        Present { plan, state, seen, app: AppMode::Open, now: NOW, every }
    }

    fn next(state: State, visible: u64, active: u32) -> Forecast {
        present("step", state, visible, active).next()
    }

    fn counted(up: u32, down: u32) -> State {
        State { counters: Counters { up, down }, ..State::default() }
    }

    #[test]
    fn a_change_comes_as_many_cycles_later_as_its_counter_lacks() {
        for up in 0..3 {
            let change = Change { from: 2, to: 3 };
            let expected = Forecast::Change { cycles: 3 - up, reason: Reason::ScaleUp, change };
            assert_eq!(next(counted(up, 0), 900, 2), expected);
        }
        let change = Change { from: 2, to: 1 };
        let expected = Forecast::Change { cycles: 4, reason: Reason::ScaleDown, change };
        assert_eq!(next(counted(0, 1), 0, 2), expected);
    }

    #[test]
    fn where_nothing_will_change_the_reason_is_told() {
        let steady = |reason| Forecast::Steady { reason, until: None };
        assert_eq!(next(counted(0, 0), 200, 2), steady(Reason::AtTarget));
        assert_eq!(next(counted(0, 0), 900, 5), steady(Reason::AtMax));
        assert_eq!(next(counted(0, 0), 0, 1), steady(Reason::AtMin));
        assert_eq!(next(counted(0, 0), 900, 0), steady(Reason::StoppedByHand));
    }

    #[test]
    fn what_holds_every_cycle_holds_whatever_the_load() {
        let until = Some(NOW.saturating_add(SignedDuration::from_hours(9)).unwrap());
        let pause = Some(Pause { since: NOW, until, by: None, reason: None });
        let paused = present("step", State { pause, ..State::default() }, 900, 2);
        assert_eq!(paused.next(), Forecast::Steady { reason: Reason::Paused, until });
        assert_eq!(paused.adding(), Edge::Nowhere { reason: Reason::Paused });
        let open = present("step", State::default(), 900, 2);
        let put_aside = Present { app: AppMode::Maintenance, ..open };
        assert_eq!(put_aside.removing(), Edge::Nowhere { reason: Reason::HerokuMaintenance });
    }

    #[test]
    fn a_pause_that_ends_and_a_bound_that_begins_are_awaited() {
        let until = Some(NOW.saturating_add(SignedDuration::from_mins(10)).unwrap());
        let pause = Some(Pause { since: NOW, until, by: None, reason: None });
        let change = Change { from: 2, to: 3 };
        let expected = Forecast::Change { cycles: 12, reason: Reason::ScaleUp, change };
        assert_eq!(next(State { pause, ..State::default() }, 900, 2), expected);
        // 16:00 to 17:00, and it is 16:00.
        let (days, bounds) = (Days::ALL, Bounds { min: 4, max: 5 });
        let hours = Some(Hours { from: time(16, 30, 0, 0), to: time(17, 0, 0, 0) });
        let rule = ScheduleRule { days, hours, zone: TimeZone::UTC, bounds };
        let quiet = present("step", State::default(), 200, 2);
        let plan = Plan { schedule: Schedule { rules: vec![rule] }, ..quiet.plan.clone() };
        let evening = Present { plan, ..quiet };
        let change = Change { from: 2, to: 4 };
        let expected = Forecast::Change { cycles: 30, reason: Reason::BelowMin, change };
        assert_eq!(evening.next(), expected);
    }

    #[test]
    fn a_change_that_was_lost_comes_first() {
        let change = Change { from: 2, to: 3 };
        let intent = Intent { change, at: NOW, by: InstanceId::new("other") };
        let state = State { intent: Some(intent), ..State::default() };
        let reason = Reason::LostChangeRepeated;
        assert_eq!(next(state.clone(), 900, 2), Forecast::Change { cycles: 1, reason, change });
        assert_eq!(present("step", state, 900, 2).fate(), Some(IntentFate::InFlight));
    }

    #[test]
    fn the_edges_are_the_loads_on_the_two_sides_of_the_threshold() {
        let at = |state| present("step", state, 150, 2);
        let change = Change { from: 2, to: 3 };
        let forecast = Forecast::Change { cycles: 2, reason: Reason::ScaleUp, change };
        assert_eq!(at(counted(1, 0)).adding(), Edge::At { visible: 201, forecast });
        let change = Change { from: 2, to: 1 };
        let forecast = Forecast::Change { cycles: 4, reason: Reason::ScaleDown, change };
        assert_eq!(at(counted(0, 1)).removing(), Edge::At { visible: 199, forecast });
    }

    #[test]
    fn beyond_a_bound_there_is_no_edge() {
        let at = |active| present("step", counted(0, 0), 150, active);
        assert_eq!(at(5).adding(), Edge::Nowhere { reason: Reason::AtMax });
        assert_eq!(at(1).removing(), Edge::Nowhere { reason: Reason::AtMin });
        assert_eq!(at(0).adding(), Edge::Nowhere { reason: Reason::StoppedByHand });
    }

    #[test]
    fn every_edge_of_every_rule_is_one() {
        for (rule, active) in
            ["step", "target", "rate"].into_iter().flat_map(|rule| (1..=5).map(move |n| (rule, n)))
        {
            let present = present(rule, counted(0, 0), 150, active);
            let goes = |visible, to| present.forecast(present.with(visible)).goes(to);
            if let Edge::At { visible, .. } = present.adding() {
                assert!(goes(visible, Direction::Above), "{rule} {active}");
                assert!(visible == 0 || !goes(visible - 1, Direction::Above), "{rule} {active}");
            }
            if let Edge::At { visible, .. } = present.removing() {
                assert!(goes(visible, Direction::Below), "{rule} {active}");
                assert!(!goes(visible + 1, Direction::Below), "{rule} {active}");
            }
        }
    }
}
