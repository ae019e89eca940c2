//! What to do about what was seen: pure arithmetic and its vocabulary.
//!
//! Must not know: async, the clock, the environment, I/O, logging. Time comes in as an argument.

mod ceiling;
mod counting;
mod demand;
mod guard;
mod intent;
mod limits;
pub mod rate;
mod reason;
mod schedule;
mod settings;
mod step;
mod target;
mod types;

pub use ceiling::{DynoLimit, LIMIT_REMEMBERED, LimitTold, within_limit};
pub use demand::Demand;
pub use intent::{IntentFate, LANDING_WINDOW};
pub use rate::RateMemory;
pub use reason::Reason;
pub use schedule::{BoundsChange, Days, Hours, Schedule, ScheduleRule};
pub use settings::{BacklogIncludes, Bounds, Part, Policy, RateSettings, Rule};
pub use types::{
    Backlog, Change, Counters, Cycle, Decision, Direction, InstanceId, Intent, Observation, Origin,
    Pause, Standing, State, Tick,
};

/// Decides one cycle: how many dynos are required, why, and what to remember.
///
/// The rules run from the strongest to the weakest, and the first that applies gives the reason:
/// a duplicate tick, a change that may still be on its way, a person's pause, stop or change, a
/// change that was lost, the bounds, and last the counters. A limit of Heroku's is a bound.
pub fn decide(policy: &Policy, state: &State, seen: &Observation, cycle: &Cycle) -> Decision {
    let limited = state.limited(policy, seen, cycle.now);
    let decision = decide_within(&limited, state, seen, cycle);
    match state.limit {
        Some(limit) if decision.reason == Reason::AtMax && limited.bounds != policy.bounds => {
            Decision { reason: Reason::HerokuLimit, until: Some(limit.until), ..decision }
        }
        _ => decision,
    }
}

fn decide_within(policy: &Policy, state: &State, seen: &Observation, cycle: &Cycle) -> Decision {
    if is_duplicate(state, cycle) {
        return Decision::hold(Reason::DuplicateTick, seen, state.clone(), None);
    }
    let (wish, before) = considered(policy, state.settled_at(cycle), seen, cycle);
    let fate = intent::fate(state.intent.as_ref(), policy, seen, wish.direction(seen), cycle);
    if fate == Some(IntentFate::InFlight) {
        return Decision::hold(Reason::ChangeInFlight, seen, state.clone(), fate);
    }
    let standing = guard::standing(before.standing, fate, seen, cycle);
    let before = State { standing, ..before };

    if let Some(hold) = guard::hold(policy, &before, seen, cycle) {
        let fate = fate.map(IntentFate::given_up);
        Decision { until: hold.until, ..Decision::hold(hold.reason, seen, before, fate) }
    } else if let Some(IntentFate::Lost { to }) = fate {
        Decision::change(Reason::LostChangeRepeated, to, seen, &before, cycle, fate)
    } else if seen.active < policy.bounds.min {
        Decision::change(Reason::BelowMin, policy.bounds.min, seen, &before, cycle, fate)
    } else if seen.active > policy.bounds.max {
        Decision::change(Reason::AboveMax, policy.bounds.max, seen, &before, cycle, fate)
    } else {
        counting::decide(policy, &before, seen, wish, cycle, fate)
    }
}

/// `EventBridge` and Lambda both deliver at least once, and late deliveries overtake each other.
/// A person's tick is always meant.
fn is_duplicate(state: &State, cycle: &Cycle) -> bool {
    cycle.tick.origin == Origin::Schedule && Some(cycle.tick.at) <= state.watermark(cycle.now)
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
