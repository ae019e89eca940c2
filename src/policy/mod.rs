//! What to do about what was seen: pure arithmetic and its vocabulary.
//!
//! Must not know: async, the clock, the environment, I/O, logging. Time comes in as an argument.

mod busy;
mod ceiling;
mod counting;
mod demand;
mod driver;
mod guard;
mod intent;
mod limits;
mod needs;
mod plausible;
pub mod rate;
mod reason;
mod schedule;
mod settings;
mod step;
mod target;
mod types;

use self::busy::BusyFloor;
pub use busy::Still;
pub use ceiling::{DynoLimit, LIMIT_REMEMBERED, LimitReport, limit_remembered, within_limit};
pub use demand::Demand;
pub use driver::Driver;
pub use intent::{IntentFate, LANDING_WINDOW};
pub use needs::{NEEDS_MAX, Needs, TooMany};
pub use rate::RateMemory;
pub use reason::{Reason, ReasonKind};
pub use schedule::{BoundsChange, Days, Hours, Schedule, ScheduleRule};
pub use settings::{BacklogIncludes, Bounds, Part, Policy, RateSettings, Rule};
pub use types::{
    Backlog, Change, Counters, Cycle, Decision, Direction, InstanceId, Intent, Observation, Origin,
    Pause, Standing, State, TICK_AHEAD_MAX, Tick,
};

/// Decides one cycle: how many dynos are required, why, and what to remember.
///
/// The rules run from the strongest to the weakest, and the first that applies gives the reason:
/// a late or duplicate tick, a change that may still be on its way, a person's pause, stop or change, a
/// change that was lost, the bounds, and last the counters. A limit of Heroku's is a bound.
pub fn decide(policy: &Policy, state: &State, seen: &Observation, cycle: &Cycle) -> Decision {
    let believed = state.plausible_at(cycle.now);
    if let Some((reason, fate)) = silent(&believed, cycle) {
        return Decision::hold(reason, seen, state.clone(), fate);
    }
    let limited = believed.limited(policy, seen, cycle.now);
    let decision = decide_within(&limited, &believed, seen, cycle).repeating(&believed);
    match believed.limit {
        Some(limit) if decision.reason == Reason::AtMax && limited.bounds != policy.bounds => {
            Decision { reason: Reason::HerokuLimit, until: Some(limit.until), ..decision }
        }
        _ => decision,
    }
}

fn decide_within(policy: &Policy, state: &State, seen: &Observation, cycle: &Cycle) -> Decision {
    let (wish, before) = considered(policy, state.settled_at(cycle), seen, cycle);
    let direction = wish.direction(seen);
    let still = Still::after(before.still, policy, seen, cycle.now);
    let floor = BusyFloor::of(policy, seen, still, cycle.now);
    let fate = intent::fate(state.intent.as_ref(), policy, seen, direction, floor);
    let standing = guard::standing(before.standing, fate, seen, cycle);
    let limit = before.limit.map(|limit| limit.after(direction));
    let before = State { standing, still, limit, ..before };

    if let Some(hold) = guard::hold(policy, &before, seen, cycle) {
        let fate = fate.map(IntentFate::given_up);
        Decision { until: hold.until, ..Decision::hold(hold.reason, seen, before, fate) }
    } else if let Some(IntentFate::Lost { to }) = fate {
        Decision::change(Reason::LostChangeRepeated, to, seen, &before, cycle, fate)
    } else if seen.active < policy.bounds.min {
        Decision::change(Reason::BelowMin, policy.bounds.min, seen, &before, cycle, fate)
    } else if seen.active > policy.bounds.max {
        return_to_max(policy, &before, seen, floor, cycle, fate)
    } else if let Some(limit) = searched(policy, &before, seen, direction) {
        let to = limits::raised(policy, seen, wish.dynos);
        let search = Decision::change(Reason::HerokuLimit, to, seen, &before, cycle, fate);
        Decision { until: Some(limit.until), ..search }
    } else {
        counting::decide(policy, &before, seen, wish, floor, cycle, fate)
    }
}

/// The limit that is searched for. The change that ran into it was decided already, so that nothing
/// is counted once more.
fn searched(
    policy: &Policy,
    before: &State,
    seen: &Observation,
    direction: Direction,
) -> Option<DynoLimit> {
    let may_rise = direction == Direction::Above && seen.active < policy.bounds.max;
    before.limit.filter(|limit| may_rise && limit.is_open(seen.active))
}

/// By no more dynos in a cycle than a removal may take, and not below those that are busy.
fn return_to_max(
    policy: &Policy,
    before: &State,
    seen: &Observation,
    floor: BusyFloor,
    cycle: &Cycle,
    fate: Option<IntentFate>,
) -> Decision {
    let lowered = limits::lowered(policy, seen, policy.bounds.max);
    if floor.dynos >= seen.active {
        let held = Decision::hold(Reason::BusyDynosKept, seen, before.clone(), fate);
        Decision { until: floor.until, ..held }
    } else {
        let to = lowered.max(floor.dynos);
        Decision::change(Reason::AboveMax, to, seen, before, cycle, fate)
    }
}

/// Why a cycle neither counts nor stores anything, if it does not.
///
/// `EventBridge` and Lambda both deliver at least once, and late deliveries overtake each other.
/// A person's tick is always meant.
fn silent(state: &State, cycle: &Cycle) -> Option<(Reason, Option<IntentFate>)> {
    let is_duplicate = Some(cycle.tick.at) <= state.last_tick;
    match cycle.tick.origin {
        Origin::Late => Some((Reason::LateTick, None)),
        Origin::Schedule if is_duplicate => Some((Reason::DuplicateTick, None)),
        Origin::Schedule | Origin::Person => {
            let intent = state.intent.as_ref().filter(|it| intent::may_be_in_flight(it, cycle));
            intent.map(|_| (Reason::ChangeInFlight, Some(IntentFate::InFlight)))
        }
    }
}

/// What the rule asks for, and the memory with what this cycle teaches it.
fn considered(policy: &Policy, before: State, seen: &Observation, cycle: &Cycle) -> (Wish, State) {
    match &policy.rule {
        Rule::Step => (step::wish(policy, seen), before),
        Rule::Target { tolerance } => (target::wish(policy, *tolerance, seen), before),
        Rule::Rate(settings) => {
            let (wish, memory) =
                rate::considered(policy, settings, before.rate.as_ref(), seen, cycle.now);
            (wish, State { rate: Some(memory), ..before })
        }
    }
}

/// What a rule asks for, before any limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wish {
    /// The dynos that the load asks for now.
    dynos: u32,
    /// The most dynos that it asked for lately. Not fewer than `dynos`.
    dynos_lately: u32,
}

impl Wish {
    const fn now(dynos: u32) -> Self {
        Self { dynos, dynos_lately: dynos }
    }

    const fn direction(self, seen: &Observation) -> Direction {
        if self.dynos > seen.active {
            Direction::Above
        } else if self.dynos < seen.active {
            Direction::Below
        } else {
            Direction::AtTarget
        }
    }
}
