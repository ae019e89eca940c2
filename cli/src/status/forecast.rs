//! What the policy decides next, and which load would change that, by running the policy itself,
//! with the bounds at the time of each cycle.
//!
//! Must not know any policy.

use jiff::{SignedDuration, Timestamp};

use super::course::{Course, first};
use dynoscaler::policy::{
    Backlog, Change, Decision, Direction, Driver, IntentOutcome, Observation, Origin, Reason,
    State, Tick,
};
use dynoscaler::ports::AppMode;

/// So many changes of the bounds are foreseen. There are hardly ever more than two a day.
const CHANGES_MAX: usize = 60;

/// More messages than any queue is expected to have.
const MESSAGES_MAX: u64 = 1 << 40;

/// The next change, if one can be foreseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forecast {
    /// A change, after so many cycles, at least 1.
    Change { cycles: u64, reason: Reason, change: Change },
    /// No change. What holds the cycles may end by itself.
    Steady { reason: Reason, until: Option<Timestamp> },
    /// No change within so many cycles, the limit of the forecast.
    Beyond { cycles: u64, reason: Reason },
}

impl Forecast {
    /// Why it comes so.
    pub(super) const fn reason(self) -> Reason {
        match self {
            Self::Change { reason, .. }
            | Self::Steady { reason, .. }
            | Self::Beyond { reason, .. } => reason,
        }
    }

    fn goes(self, direction: Direction) -> bool {
        matches!(self, Self::Change { change, .. } if change.direction() == direction)
    }
}

/// The load at which a direction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// With so many messages waiting, and the forecast for them.
    At { visible: u64, forecast: Forecast },
    /// No load leads to it, for this reason.
    Nowhere { reason: Reason },
    /// No load is known to lead to it within so many cycles, the limit of the forecast.
    Beyond { cycles: u64, reason: Reason },
}

/// A target as it was read, and the time from one cycle to the next.
#[derive(Debug, Clone)]
pub(super) struct Present {
    pub(super) driver: Driver,
    seen: Observation,
    app: AppMode,
    now: Timestamp,
    every: SignedDuration,
    bounds_changes: Vec<Timestamp>,
}

impl Present {
    pub(super) fn new(
        driver: Driver,
        seen: Observation,
        app: AppMode,
        (now, every): (Timestamp, SignedDuration),
    ) -> Self {
        let changes = driver.bounds_changes(now).take(CHANGES_MAX);
        let bounds_changes = changes.map(|change| change.at).collect();
        Self { driver, seen, app, now, every, bounds_changes }
    }

    /// The forecast if nothing changes.
    pub(super) fn next(&self) -> Forecast {
        self.forecast(self.seen)
    }

    /// The fewest waiting messages that lead to more dynos, if they stay.
    pub(super) fn adding(&self) -> Edge {
        let adds = |visible| self.forecast(self.with(visible)).goes(Direction::Up);
        match adds(MESSAGES_MAX) {
            true => self.at(first(0..=MESSAGES_MAX, adds)),
            false => self.nowhere(MESSAGES_MAX),
        }
    }

    /// The most waiting messages that lead to fewer dynos, if they stay.
    pub(super) fn removing(&self) -> Edge {
        let stays = |visible| !self.forecast(self.with(visible)).goes(Direction::Down);
        match stays(0) {
            true => self.nowhere(0),
            false => self.at(first(1..=MESSAGES_MAX + 1, stays) - 1),
        }
    }

    /// The outcome of the open change that a cycle would find now.
    pub(super) fn outcome(&self) -> Option<IntentOutcome> {
        let tick = Tick { at: self.now, origin: Origin::Operator };
        self.driver.decided(&self.seen, tick, self.now).outcome
    }

    /// Whether a tick that was due now would be a duplicate.
    pub(super) fn is_counted(&self) -> bool {
        self.scheduled(self.driver.state(), &self.seen, self.now).reason == Reason::DuplicateTick
    }

    /// The same with so many messages waiting where they decide.
    pub(super) fn with(&self, visible: u64) -> Observation {
        let deciding = Backlog { visible, ..self.seen.deciding };
        let others = self.seen.backlog.visible - self.seen.deciding.visible;
        let backlog = Backlog { visible: others.saturating_add(visible), ..self.seen.backlog };
        Observation { backlog, deciding, ..self.seen }
    }

    fn at(&self, visible: u64) -> Edge {
        Edge::At { visible, forecast: self.forecast(self.with(visible)) }
    }

    fn nowhere(&self, visible: u64) -> Edge {
        match self.forecast(self.with(visible)) {
            Forecast::Beyond { cycles, reason } => Edge::Beyond { cycles, reason },
            other @ (Forecast::Change { .. } | Forecast::Steady { .. }) => {
                Edge::Nowhere { reason: other.reason() }
            }
        }
    }

    fn forecast(&self, seen: Observation) -> Forecast {
        if self.app == AppMode::Maintenance {
            return Forecast::Steady { reason: Reason::HerokuMaintenance, until: None };
        }
        Course::new(self, seen).run()
    }

    /// When a cycle is due, the next one being the first.
    pub(super) fn due(&self, cycle: u64) -> Timestamp {
        let nanos = self.every.as_nanos().saturating_mul(cycle.into());
        let at = self.now.as_nanosecond().saturating_add(nanos);
        Timestamp::from_nanosecond(at).unwrap_or(Timestamp::MAX)
    }

    /// The last cycle that is due before an instant.
    fn last_before(&self, end: Timestamp) -> u64 {
        let nanos = end.as_nanosecond() - self.now.as_nanosecond() - 1;
        u64::try_from(nanos.max(0) / self.every.as_nanos().max(1)).unwrap_or(u64::MAX)
    }

    /// The last cycle that is sure to have the bounds of an earlier one.
    pub(super) fn last_with_bounds_of(&self, cycle: u64) -> u64 {
        let at = self.due(cycle);
        let change = self.bounds_changes.iter().find(|change| at < **change);
        change.map_or(u64::MAX, |change| self.last_before(*change))
    }

    /// The cycles that can be foreseen: the calendar ends, and so do the bounds that are known.
    pub(super) fn foreseen_cycles(&self) -> u64 {
        let known = self.bounds_changes.last().filter(|_| self.bounds_changes.len() == CHANGES_MAX);
        self.last_before(*known.unwrap_or(&Timestamp::MAX))
    }

    /// The decision of a scheduled cycle.
    pub(super) fn scheduled(&self, state: &State, seen: &Observation, at: Timestamp) -> Decision {
        self.driver.decided_after(state, seen, Tick { at, origin: Origin::Schedule }, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynoscaler::config::Environment;
    use dynoscaler::policy::{
        Bounds, BoundsWindow, Counters, Days, Hours, InstanceId, Intent, Pause, Policy, Schedule,
    };
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
        settings.into_iter().collect::<Environment>().policy().unwrap()
    }

    fn present(rule: &str, state: State, visible: u64, active: u32) -> Present {
        driven(policy(rule), vec![], state, visible, active)
    }

    fn driven(
        policy: Policy,
        windows: Vec<BoundsWindow>,
        state: State,
        visible: u64,
        active: u32,
    ) -> Present {
        let driver = Driver::new(policy, Schedule { windows }, InstanceId::new("this"));
        let seen = Observation::new(Backlog { visible, in_flight: 0, delayed: 0 }, active);
        let every = SignedDuration::from_mins(1);
        Present::new(driver.remembering(state), seen, AppMode::Open, (NOW, every))
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
            let expected =
                Forecast::Change { cycles: u64::from(3 - up), reason: Reason::ScaleUp, change };
            assert_eq!(next(counted(up, 0), 900, 2), expected);
        }
        let change = Change { from: 2, to: 1 };
        let expected = Forecast::Change { cycles: 4, reason: Reason::ScaleDown, change };
        assert_eq!(next(counted(0, 1), 0, 2), expected);
    }

    #[test]
    fn a_forecast_without_a_change_has_the_reason() {
        let steady = |reason| Forecast::Steady { reason, until: None };
        assert_eq!(next(counted(0, 0), 200, 2), steady(Reason::AtTarget));
        assert_eq!(next(counted(0, 0), 900, 5), steady(Reason::AtMax));
        assert_eq!(next(counted(0, 0), 0, 1), steady(Reason::AtMin));
        assert_eq!(next(counted(0, 0), 900, 0), steady(Reason::StoppedByHand));
    }

    #[test]
    fn a_hold_of_every_cycle_holds_whatever_the_load() {
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
        let window = BoundsWindow { days, hours, zone: TimeZone::UTC, bounds };
        let evening = driven(policy("step"), vec![window], State::default(), 200, 2);
        let change = Change { from: 2, to: 4 };
        let expected = Forecast::Change { cycles: 30, reason: Reason::BelowMin, change };
        assert_eq!(evening.next(), expected);
    }

    #[test]
    fn a_change_that_was_lost_comes_first() {
        let change = Change { from: 2, to: 3 };
        let intent = Intent { change, at: NOW, since: NOW, by: InstanceId::new("other") };
        let state = State { intent: Some(intent), ..State::default() };
        let reason = Reason::LostChangeRepeated;
        assert_eq!(next(state.clone(), 900, 2), Forecast::Change { cycles: 1, reason, change });
        assert_eq!(present("step", state, 900, 2).outcome(), Some(IntentOutcome::InFlight));
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
    fn each_edge_of_each_policy_separates_two_forecasts() {
        for (rule, active) in
            ["step", "target", "rate"].into_iter().flat_map(|rule| (1..=5).map(move |n| (rule, n)))
        {
            let present = present(rule, counted(0, 0), 150, active);
            let goes = |visible, to| present.forecast(present.with(visible)).goes(to);
            if let Edge::At { visible, .. } = present.adding() {
                assert!(goes(visible, Direction::Up), "{rule} {active}");
                assert!(visible == 0 || !goes(visible - 1, Direction::Up), "{rule} {active}");
            }
            if let Edge::At { visible, .. } = present.removing() {
                assert!(goes(visible, Direction::Down), "{rule} {active}");
                assert!(!goes(visible + 1, Direction::Down), "{rule} {active}");
            }
        }
    }

    fn with_counts(rule: &str, up_cycles: u32, down_cycles: u32) -> Present {
        scheduled(rule, (up_cycles, down_cycles), vec![])
    }

    fn scheduled(
        rule: &str,
        (up_cycles, down_cycles): (u32, u32),
        windows: Vec<BoundsWindow>,
    ) -> Present {
        let policy = Policy { up_cycles, down_cycles, ..policy(rule) };
        driven(policy, windows, State::default(), 900, 2)
    }

    // case F4
    #[test]
    fn a_count_of_years_is_foreseen_by_few_decisions() {
        for rule in ["step", "target"] {
            for (up_cycles, down_cycles) in [(1_000_000, 7), (7, 1_000_000), (4_000_000_000, 3)] {
                let slow = with_counts(rule, up_cycles, down_cycles);
                let Forecast::Change { cycles, reason: Reason::ScaleUp, .. } = slow.next() else {
                    panic!("{rule}: {:?}", slow.next())
                };
                assert_eq!(cycles, u64::from(up_cycles), "{rule}");
                let Edge::At { visible, forecast } = slow.removing() else { panic!("{rule}") };
                let Forecast::Change { cycles, .. } = forecast else { panic!("{rule}") };
                assert_eq!(cycles, u64::from(down_cycles), "{rule}");
                assert!(visible < 200, "{rule}");
            }
        }
    }

    // case F4
    #[test]
    fn nothing_is_foreseen_beyond_the_calendar_or_beyond_what_is_learnt() {
        let mut slow = with_counts("step", u32::MAX, u32::MAX);
        slow.every = SignedDuration::from_hours(31 * 24);
        let Forecast::Beyond { cycles, reason: Reason::CountingUp } = slow.next() else {
            panic!("{:?}", slow.next())
        };
        assert!(slow.due(cycles) < Timestamp::MAX && cycles > 90_000, "{cycles}");
        assert_eq!(slow.adding(), Edge::Beyond { cycles, reason: Reason::CountingUp });
        let learning = with_counts("rate", u32::MAX, u32::MAX);
        let expected = Forecast::Beyond { cycles: 1_000, reason: Reason::CountingUp };
        assert_eq!(learning.next(), expected);
    }

    // case F4
    #[test]
    fn bounds_that_change_meanwhile_are_obeyed_as_far_as_they_are_known() {
        let window = |from, to, min| BoundsWindow {
            days: Days::ALL,
            hours: Some(Hours { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) }),
            zone: TimeZone::UTC,
            bounds: Bounds { min, max: 5 },
        };
        // It is 16:00; the counter is not full before 23:00, when the minimum is higher.
        let night = scheduled("step", (1_000, 3), vec![window(23, 1, 4)]);
        let change = Change { from: 2, to: 4 };
        let reason = Reason::BelowMin;
        assert_eq!(night.next(), Forecast::Change { cycles: 7 * 60, reason, change });
        let same = scheduled("step", (1_000_000, 3), vec![window(23, 1, 2)]);
        let Forecast::Beyond { cycles, .. } = same.next() else { panic!("{:?}", same.next()) };
        assert!(cycles > 25 * 1_440, "{cycles}");
    }

    // case F5
    #[test]
    fn a_watermark_ahead_of_the_clock_is_awaited() {
        let ahead = NOW.checked_add(SignedDuration::from_mins(4)).unwrap();
        let state = State { last_tick: Some(ahead), ..State::default() };
        let change = Change { from: 2, to: 3 };
        let expected = Forecast::Change { cycles: 4 + 3, reason: Reason::ScaleUp, change };
        assert_eq!(next(state, 900, 2), expected);
    }
}
