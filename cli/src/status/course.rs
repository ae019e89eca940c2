//! Cycles in advance: those that the policy decides alike in one leap, the others one by one.
//!
//! Must not know any policy. It assumes two things, and leaves the rest to the policy: what holds a
//! cycle ends once, and a counter that moves continues to move alike. What may recur, which is
//! other bounds, cuts the course into parts.

use std::ops::RangeInclusive;

use super::forecast::{Forecast, Present};
use dynoscaler::policy::{Counters, Decision, Observation, Policy, Reason, State};

/// Besides the cycles that the counters take, so many until a policy that learns has settled.
const LEARNING_CYCLES: u32 = 60;

/// A policy that learns decides no two cycles alike, so that each is a leap of its own.
const LEAPS_MAX: u32 = 1_000;

/// Cycles of the same load, one after the other.
#[derive(Debug)]
pub(super) struct Course<'a> {
    present: &'a Present,
    seen: Observation,
    /// The cycles that have passed.
    cycles: u64,
    /// The state after them.
    state: State,
}

impl<'a> Course<'a> {
    pub(super) fn new(present: &'a Present, seen: Observation) -> Self {
        Self { present, seen, cycles: 0, state: present.driver.state().clone() }
    }

    /// Lets cycles pass until one changes the formation.
    pub(super) fn run(mut self) -> Forecast {
        let awaited = self.awaited();
        let last = awaited.min(self.present.foreseen_cycles());
        let mut held = (Reason::AtTarget, None);
        for _ in 0..LEAPS_MAX {
            if last <= self.cycles {
                break;
            }
            let decision = self.decided(&self.state, self.cycles + 1);
            if let Some(change) = decision.change {
                let (cycles, reason) = (self.cycles + 1, decision.reason);
                return Forecast::Change { cycles, reason, change };
            }
            held = (decision.reason, decision.until);
            self.leap(decision, last);
        }
        match held {
            (reason, _) if self.cycles < awaited => {
                Forecast::Beyond { cycles: self.cycles, reason }
            }
            (reason, until) => Forecast::Steady { reason, until },
        }
    }

    /// A load that changes nothing in so many cycles changes nothing.
    fn awaited(&self) -> u64 {
        let Policy { up_cycles, down_cycles, .. } = *self.present.driver.policy();
        [up_cycles, down_cycles, LEARNING_CYCLES].into_iter().map(u64::from).sum()
    }

    fn decided(&self, state: &State, cycle: u64) -> Decision {
        self.present.scheduled(state, &self.seen, self.present.due(cycle))
    }

    /// Passes the next cycle, with this decision, and those up to `last` that decide alike.
    fn leap(&mut self, decision: Decision, last: u64) {
        let next = self.cycles + 1;
        let last = last.min(self.present.last_with_bounds_of(next));
        let Some(motion) = Motion::of(&self.state, &decision.next) else {
            (self.cycles, self.state) = (next, decision.next);
            return;
        };
        let before = self.state.counters;
        let other = |cycle| last < cycle || !self.is_alike(&decision, motion, cycle);
        let passed = first(next + 1..=last + 1, other) - 1;
        self.state =
            State { counters: motion.after(before, passed - self.cycles), ..decision.next };
        self.cycles = passed;
    }

    /// Whether a later cycle decides as the next one does, if all between did so.
    fn is_alike(&self, decision: &Decision, motion: Motion, cycle: u64) -> bool {
        let counters = motion.after(self.state.counters, cycle - 1 - self.cycles);
        let before = State { counters, ..decision.next.clone() };
        let later = self.decided(&before, cycle);
        later.change.is_none()
            && later.reason == decision.reason
            && Motion::of(&before, &later.next) == Some(motion)
    }
}

/// How a cycle moved the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Motion {
    up: i64,
    down: i64,
}

impl Motion {
    /// None if the cycle changed more than the counters and the watermark.
    fn of(before: &State, after: &State) -> Option<Self> {
        let State { counters, last_tick, .. } = *before;
        let moves_alone = State { counters, last_tick, ..after.clone() } == *before;
        let moved = |from: u32, to: u32| i64::from(to) - i64::from(from);
        moves_alone.then(|| Self {
            up: moved(before.counters.up, after.counters.up),
            down: moved(before.counters.down, after.counters.down),
        })
    }

    /// The counters after so many cycles. Where they would leave their range, no cycle moves so.
    fn after(self, counters: Counters, cycles: u64) -> Counters {
        let moved = |count: u32, step: i64| {
            let way = i128::from(step) * i128::from(cycles);
            let reached = (i128::from(count) + way).clamp(0, u32::MAX.into());
            u32::try_from(reached).unwrap_or(u32::MAX)
        };
        Counters { up: moved(counters.up, self.up), down: moved(counters.down, self.down) }
    }
}

/// The first number of a range for which something holds. It must hold for the last, and for every
/// number beyond the first.
pub(super) fn first(range: RangeInclusive<u64>, holds: impl Fn(u64) -> bool) -> u64 {
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
