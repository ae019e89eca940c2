//! From a wish to a decision: a change only once the load has leaned one way for long enough.
//!
//! The counters leak: a cycle on the other side takes one back, so that a load which swings
//! around the target fills neither.

use super::busy::BusyFloor;
use super::needs::Needs;
use super::{
    Counters, Cycle, Decision, Direction, IntentFate, Observation, Policy, Reason, Rule, State,
    Wish, limits,
};

pub(super) fn decide(
    policy: &Policy,
    before: &State,
    seen: &Observation,
    wish: Wish,
    floor: BusyFloor,
    cycle: &Cycle,
    fate: Option<IntentFate>,
) -> Decision {
    let direction = wish.direction(seen);
    let counters = before.counters.leaned(direction, policy, seen);
    let needs = counted_needs(policy, &before.needs, wish, direction);
    let lowered = limits::lowered(policy, seen, wish.dynos_lately.max(needs.highest()));
    let counted = |reason| {
        let next = State { counters, needs: needs.clone(), ..before.clone() };
        Decision::hold(reason, seen, next, fate)
    };
    let changed = |reason, to| Decision::change(reason, to, seen, before, cycle, fate);
    match direction {
        Direction::AtTarget if seen.active == 0 => counted(Reason::Idle),
        Direction::AtTarget => counted(Reason::AtTarget),
        Direction::Above if counters.up < policy.up_cycles => counted(Reason::CountingUp),
        Direction::Above if seen.active == policy.bounds.max => counted(Reason::AtMax),
        Direction::Above => changed(Reason::ScaleUp, limits::raised(policy, seen, wish.dynos)),
        Direction::Below if counters.down < policy.down_cycles => counted(Reason::CountingDown),
        Direction::Below if seen.active == policy.bounds.min => counted(Reason::AtMin),
        Direction::Below if lowered >= seen.active => counted(Reason::RecentNeed),
        Direction::Below if floor.dynos >= seen.active => {
            Decision { until: floor.until, ..counted(Reason::BusyDynosKept) }
        }
        Direction::Below => changed(Reason::ScaleDown, lowered.max(floor.dynos)),
    }
}

impl Counters {
    /// One cycle further in a direction. A counter stays at its limit, which a later
    /// configuration may have lowered.
    ///
    /// With no dyno and no message there is nothing to be at the target of: the look takes one back,
    /// so that phantom counts of SQS's hours apart do not add up to a dyno.
    fn leaned(self, direction: Direction, policy: &Policy, seen: &Observation) -> Self {
        let (up, down) = match direction {
            Direction::Above => (self.up.saturating_add(1), self.down.saturating_sub(1)),
            Direction::Below => (self.up.saturating_sub(1), self.down.saturating_add(1)),
            Direction::AtTarget if seen.active == 0 => (self.up.saturating_sub(1), self.down),
            Direction::AtTarget => (self.up, self.down),
        };
        Self { up: up.min(policy.up_cycles), down: down.min(policy.down_cycles) }
    }
}

/// One need for each cycle that the down counter counts. `step` needs none, which goes from what
/// runs, and `rate` has needs of its own. Below the minimum all needs are alike.
fn counted_needs(policy: &Policy, before: &Needs, wish: Wish, direction: Direction) -> Needs {
    match (policy.rule, direction) {
        (Rule::Step | Rule::Rate(_), _) => Needs::default(),
        (Rule::Target { .. }, Direction::Above) => before.without_oldest(),
        (Rule::Target { .. }, Direction::AtTarget) => before.clone(),
        (Rule::Target { .. }, Direction::Below) => {
            before.with(wish.dynos.max(policy.bounds.min), policy.down_cycles)
        }
    }
}
