//! From an observation to a decision: pure arithmetic and its vocabulary.
//!
//! Must not know: async, the clock, the environment, I/O, logging. Time comes in as an argument.

mod busy;
mod change;
mod counting;
mod decision;
mod driver;
mod heroku_limit;
mod holds;
mod intent;
mod needs;
mod observation;
mod plausible;
mod reason;
mod refused;
mod rule;
mod rules;
mod schedule;
mod settings;
mod state;
mod step_limits;
mod tick;

use self::busy::BusyFloor;
use self::rules::Recommendation;
pub use busy::Still;
pub use change::{Change, Direction};
pub use decision::Decision;
pub use driver::Driver;
pub use heroku_limit::{DynoLimit, LIMIT_REMEMBERED, LimitReport};
pub use intent::{Intent, IntentOutcome, LANDING_WINDOW};
pub use needs::{NEEDS_MAX, Needs, TooMany};
pub use observation::{Backlog, Observation};
pub use reason::{Reason, ReasonKind};
pub use refused::{limit_remembered, within_limit};
pub use rule::{RateSettings, Rule, RuleName};
pub use rules::{Demand, LoadReport, RateMemory, RuleMemory, rate};
pub use schedule::{BoundsChange, BoundsWindow, Days, Hours, Schedule};
pub use settings::{Aggregation, BacklogIncludes, Bounds, Part, Policy};
pub use state::{Counters, LastKnownQuantity, Pause, State};
pub use tick::{Cycle, InstanceId, Origin, TICK_AHEAD_MAX, Tick};

/// Decides one cycle: how many dynos are required, why, and what to remember.
///
/// The rules run from the strongest to the weakest, and the first that applies gives the reason: a
/// late or duplicate tick, a change that may still be on its way, an operator's pause, stop or
/// change, a change that was lost, the bounds, and last the counters. A limit of Heroku's is a
/// bound.
pub fn decide(policy: &Policy, state: &State, seen: &Observation, cycle: &Cycle) -> Decision {
    let believed = state.plausible_at(cycle.now);
    if let Some((reason, outcome)) = silent(&believed, cycle) {
        return Decision::hold(reason, seen, state.clone(), outcome);
    }
    let limited = policy.within(believed.limited(policy.bounds, seen, cycle.now));
    let decision = decide_within(&limited, &believed, seen, cycle).repeating(&believed);
    match believed.limit {
        Some(limit) if decision.reason == Reason::AtMax && limited.bounds != policy.bounds => {
            Decision { reason: Reason::HerokuLimit, until: Some(limit.until), ..decision }
        }
        _ => decision,
    }
}

fn decide_within(policy: &Policy, state: &State, seen: &Observation, cycle: &Cycle) -> Decision {
    let (recommendation, before) = recommended(policy, state.settled_at(cycle), seen, cycle);
    let direction = recommendation.direction(seen);
    let still = Still::after(before.still, policy, seen, cycle.now);
    let held = policy.in_flight_per_dyno.or_else(|| before.memory.held(policy, seen));
    let floor = BusyFloor::of(policy, held, seen, still, cycle.now);
    let outcome = intent::outcome(state.intent.as_ref(), policy, seen, recommendation, floor);
    let last_known = holds::last_known(before.last_known, outcome, seen, cycle);
    let limit = before.limit.map(|limit| limit.after(direction));
    let before = State { last_known, still, limit, ..before };

    if let Some(hold) = holds::hold(policy, &before, seen, cycle) {
        let outcome = outcome.map(IntentOutcome::given_up);
        Decision { until: hold.until, ..Decision::hold(hold.reason, seen, before, outcome) }
    } else if outcome == Some(IntentOutcome::Lost)
        && let Some(open) = &state.intent
    {
        let to = open.change.to;
        Decision::change(Reason::LostChangeRepeated, to, seen, &before, cycle, outcome)
    } else if seen.active < policy.bounds.min {
        Decision::change(Reason::BelowMin, policy.bounds.min, seen, &before, cycle, outcome)
    } else if seen.active > policy.bounds.max {
        return_to_max(policy, &before, seen, floor, cycle, outcome)
    } else if let Some(limit) = searched(policy, &before, seen, direction) {
        let to = step_limits::raised(policy, seen, recommendation.dynos);
        let search = Decision::change(Reason::HerokuLimit, to, seen, &before, cycle, outcome);
        Decision { until: Some(limit.until), ..search }
    } else {
        counting::decide(policy, &before, seen, recommendation, floor, cycle, outcome)
    }
}

/// The search for a limit. The change that met it was decided already, so that nothing is counted
/// again.
fn searched(
    policy: &Policy,
    before: &State,
    seen: &Observation,
    direction: Direction,
) -> Option<DynoLimit> {
    let may_rise = direction == Direction::Up && seen.active < policy.bounds.max;
    before.limit.filter(|limit| may_rise && limit.is_open(seen.active))
}

/// Removes no more dynos in a cycle than allowed, and no busy ones.
fn return_to_max(
    policy: &Policy,
    before: &State,
    seen: &Observation,
    floor: BusyFloor,
    cycle: &Cycle,
    outcome: Option<IntentOutcome>,
) -> Decision {
    let lowered = step_limits::lowered(policy, seen, policy.bounds.max);
    if floor.dynos >= seen.active {
        let held = Decision::hold(Reason::BusyDynosKept, seen, before.clone(), outcome);
        Decision { until: floor.until, ..held }
    } else {
        let to = lowered.max(floor.dynos);
        Decision::change(Reason::AboveMax, to, seen, before, cycle, outcome)
    }
}

/// Why a cycle neither counts nor stores anything, if it does not.
///
/// `EventBridge` and Lambda both deliver at least once, and late deliveries overtake each other.
/// An operator's tick always counts.
fn silent(state: &State, cycle: &Cycle) -> Option<(Reason, Option<IntentOutcome>)> {
    let Tick { at, origin } = cycle.tick;
    if let Some(reason) = origin.discounts() {
        return Some((reason, None));
    }
    if origin == Origin::Schedule && Some(at) <= state.last_tick {
        return Some((Reason::DuplicateTick, None));
    }
    let intent = state.intent.as_ref().filter(|it| intent::may_be_in_flight(it, cycle));
    intent.map(|_| (Reason::ChangeInFlight, Some(IntentOutcome::InFlight)))
}

/// The rule's recommendation, and its memory after this cycle.
fn recommended(
    policy: &Policy,
    before: State,
    seen: &Observation,
    cycle: &Cycle,
) -> (Recommendation, State) {
    let (recommendation, memory) = rules::recommend(policy, before.memory, seen, cycle.now);
    (recommendation, State { memory, ..before })
}
