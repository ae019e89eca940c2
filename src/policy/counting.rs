//! From a recommendation to a decision: a change only after enough cycles in one direction.
//!
//! The counters leak: a cycle on the other side takes one back, so that a load which swings
//! around the target fills neither.

use super::busy::BusyFloor;
use super::needs::Needs;
use super::rules::{Recommendation, Stabilisation};
use super::{
    Counters, Cycle, Decision, Direction, IntentOutcome, Observation, Policy, Reason, State,
    step_limits,
};

pub(super) fn decide(
    policy: &Policy,
    before: &State,
    seen: &Observation,
    recommendation: Recommendation,
    floor: BusyFloor,
    cycle: &Cycle,
    outcome: Option<IntentOutcome>,
) -> Decision {
    let direction = recommendation.direction(seen);
    let counters = before.counters.leaned(direction, policy, seen);
    let needs = counted_needs(policy, &before.needs, recommendation, direction);
    let lowered = step_limits::lowered(policy, seen, recommendation.stabilised(&needs));
    let counted = |reason| {
        let next = State { counters, needs: needs.clone(), ..before.clone() };
        Decision::hold(reason, seen, next, outcome)
    };
    let changed = |reason, to| Decision::change(reason, to, seen, before, cycle, outcome);
    match direction {
        Direction::Steady if seen.active == 0 => counted(Reason::Idle),
        Direction::Steady => match recommendation.unhelped_until {
            None => counted(Reason::AtTarget),
            until => Decision { until, ..counted(Reason::MoreDynosDoNotHelp) },
        },
        Direction::Up if counters.up < policy.up_cycles => counted(Reason::CountingUp),
        Direction::Up if seen.active == policy.bounds.max => counted(Reason::AtMax),
        Direction::Up => {
            changed(Reason::ScaleUp, step_limits::raised(policy, seen, recommendation.dynos))
        }
        Direction::Down if counters.down < policy.down_cycles => counted(Reason::CountingDown),
        Direction::Down if seen.active == policy.bounds.min => counted(Reason::AtMin),
        Direction::Down if lowered >= seen.active => counted(Reason::RecentNeed),
        Direction::Down if floor.dynos >= seen.active => {
            Decision { until: floor.until, ..counted(Reason::BusyDynosKept) }
        }
        Direction::Down => changed(Reason::ScaleDown, lowered.max(floor.dynos)),
    }
}

impl Counters {
    /// One cycle further in a direction. A counter stays at its limit, which a later
    /// configuration may have lowered.
    ///
    /// With no dyno and no message there is nothing to be at the target of: the cycle takes one
    /// back, so that phantom counts of SQS's hours apart do not add up to a dyno.
    fn leaned(self, direction: Direction, policy: &Policy, seen: &Observation) -> Self {
        let (up, down) = match direction {
            Direction::Up => (self.up.saturating_add(1), self.down.saturating_sub(1)),
            Direction::Down => (self.up.saturating_sub(1), self.down.saturating_add(1)),
            Direction::Steady if seen.active == 0 => (self.up.saturating_sub(1), self.down),
            Direction::Steady => (self.up, self.down),
        };
        Self { up: up.min(policy.up_cycles), down: down.min(policy.down_cycles) }
    }
}

/// One need for each cycle that the down counter counts, for a rule that is stabilised by them.
/// Below the minimum all needs are alike.
fn counted_needs(
    policy: &Policy,
    before: &Needs,
    recommendation: Recommendation,
    direction: Direction,
) -> Needs {
    match (recommendation.stabilisation, direction) {
        (Stabilisation::Steps | Stabilisation::Highest(_), _) => Needs::default(),
        (Stabilisation::CountedCycles, Direction::Up) => before.without_oldest(),
        (Stabilisation::CountedCycles, Direction::Steady) => before.clone(),
        (Stabilisation::CountedCycles, Direction::Down) => {
            before.with(recommendation.dynos.max(policy.bounds.min), policy.down_cycles)
        }
    }
}

impl Recommendation {
    /// The dynos that a removal may go down to.
    fn stabilised(self, needs: &Needs) -> u32 {
        match self.stabilisation {
            Stabilisation::Steps => self.dynos,
            Stabilisation::CountedCycles => self.dynos.max(needs.highest()),
            Stabilisation::Highest(highest) => highest,
        }
    }
}
