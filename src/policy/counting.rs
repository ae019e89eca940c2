//! From a wish to a decision: a change only once the load has leaned one way for long enough.
//!
//! The counters leak: a cycle on the other side takes one back, so that a load which swings
//! around the target fills neither.

use super::{
    Counters, Cycle, Decision, Direction, IntentFate, Observation, Policy, Reason, State, Wish,
    limits,
};

pub(super) fn decide(
    policy: &Policy,
    before: &State,
    seen: &Observation,
    wish: Wish,
    cycle: &Cycle,
    fate: Option<IntentFate>,
) -> Decision {
    let direction = wish.direction(seen);
    let counters = before.counters.leaned(direction, policy);
    let counted = |reason| {
        let next = State { counters, ..before.clone() };
        Decision::hold(reason, seen, next, fate)
    };
    let changed = |reason, to| Decision::change(reason, to, seen, before, cycle, fate);
    let lowered = limits::lowered(policy, seen, wish.dynos_lately);
    let busy = limits::busy(policy, seen);
    match direction {
        Direction::AtTarget if seen.active == 0 => counted(Reason::Idle),
        Direction::AtTarget => counted(Reason::AtTarget),
        Direction::Above if counters.up < policy.up_cycles => counted(Reason::CountingUp),
        Direction::Above if seen.active == policy.bounds.max => counted(Reason::AtMax),
        Direction::Above => changed(Reason::ScaleUp, limits::raised(policy, seen, wish.dynos)),
        Direction::Below if counters.down < policy.down_cycles => counted(Reason::CountingDown),
        Direction::Below if seen.active == policy.bounds.min => counted(Reason::AtMin),
        Direction::Below if lowered >= seen.active => counted(Reason::RecentNeed),
        Direction::Below if busy >= seen.active => counted(Reason::BusyDynosKept),
        Direction::Below => changed(Reason::ScaleDown, lowered.max(busy)),
    }
}

impl Counters {
    /// One cycle further in a direction. A counter stays at its limit, which a later
    /// configuration may have lowered.
    fn leaned(self, direction: Direction, policy: &Policy) -> Self {
        let (up, down) = match direction {
            Direction::Above => (self.up.saturating_add(1), self.down.saturating_sub(1)),
            Direction::Below => (self.up.saturating_sub(1), self.down.saturating_add(1)),
            Direction::AtTarget => (self.up, self.down),
        };
        Self { up: up.min(policy.up_cycles), down: down.min(policy.down_cycles) }
    }
}
