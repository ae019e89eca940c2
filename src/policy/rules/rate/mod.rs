//! The rule `rate`: as many dynos as the arrivals need, and those that clear a backlog in time.
//!
//! A Kalman filter ([`Estimate`]) learns arrivals and throughput from each cycle's observation; the
//! law (`law`) turns them into dynos. Derived in `docs/POLICIES.md`. Must not know: the counters,
//! the bounds, how the memory is stored.

mod crew;
mod estimate;
mod evidence;
mod headroom;
mod law;
mod matrix;
mod memory;
mod trial;

use jiff::Timestamp;

pub use self::estimate::Estimate;
pub use self::headroom::{Dynos, Headroom, Passage};
use self::law::Prospect;
pub use self::law::{Load, Outlook, needed_by};
use self::memory::Learnt;
pub use self::memory::{RateMemory, RateRecord, Unreadable};
use self::trial::Look;
pub use self::trial::{Hold, Trial};
use super::demand::{Demand, LoadReport};
use super::recommendation::{Recommendation, Stabilisation};
use crate::policy::{Observation, Policy, RateSettings};

/// The demand, with what was learnt.
pub(super) fn demand(policy: &Policy, memory: &RateMemory, seen: &Observation) -> Demand {
    let before = memory.trial().filter(|trial| trial.hold.is_some());
    let throughput = memory.estimate().messages_per_dyno_minute();
    Demand {
        dynos: memory.last_need(),
        drain_minutes_at_max: drain_minutes_at_max(policy, memory, seen),
        learnt: Some(LoadReport {
            headroom: memory.headroom().factor(),
            level_dynos: law::needed_by_level(policy, &memory.prospect()),
            is_newly_out_of_reach: memory.is_newly_out_of_reach(),
            busy_dynos: memory.estimate().busy_dynos(),
            messages_per_dyno_minute: throughput,
            working_dynos: memory.working_dynos(seen),
            messages_per_minute: throughput * memory.learnt().crew.holding(seen),
            messages_per_minute_before: before.map(|trial| throughput * trial.holding),
        }),
    }
}

/// Minutes in which the maximum of dynos clears the backlog despite new arrivals, if it does.
fn drain_minutes_at_max(policy: &Policy, memory: &RateMemory, seen: &Observation) -> Option<f64> {
    let estimate = memory.estimate();
    let spare_dynos = f64::from(policy.bounds.max) - estimate.busy_dynos();
    let per_minute = spare_dynos * estimate.messages_per_dyno_minute();
    (per_minute > 0.0).then(|| headroom::backlog(policy, seen) / per_minute)
}

/// The recommendation, and the memory with this cycle in it.
pub(super) fn recommend(
    policy: &Policy,
    settings: &RateSettings,
    before: Option<&RateMemory>,
    seen: &Observation,
    now: Timestamp,
) -> (Recommendation, RateMemory) {
    let (learnt, memory) = match before {
        None => {
            let learnt = Learnt::begun(evidence::first(policy, seen), seen, now);
            (learnt, RateMemory::begun(learnt))
        }
        Some(memory) => {
            let learnt = learnt_after(memory.learnt(), seen, now);
            let (last, crew, dynos) = (memory.learnt(), &learnt.crew, learnt.dynos(seen));
            let prospect = Prospect { estimate: &learnt.estimate, ..memory.prospect() };
            let busy_at_max = law::busy_at_max(policy, &prospect);
            let passage = |minutes| Passage { last: &last.seen, seen, dynos, minutes, busy_at_max };
            let prepared = |it: Headroom, minutes| it.after(policy, settings, &passage(minutes));
            let last = Look { seen: &last.seen, crew: &last.crew };
            let look = Look { seen, crew };
            let trial = Trial::after(policy, memory.trial(), last, look, now);
            (learnt, memory.taught(learnt, prepared, trial))
        }
    };
    let level_dynos = law::needed_by_level(policy, &memory.prospect());
    let memory = memory.reaching(level_dynos, policy);
    let prospect = Prospect { estimate: &learnt.estimate, ..memory.prospect() };
    let need = law::needed(policy, &prospect, seen);
    let memory = memory.needing(need, policy.down_cycles);
    let stabilisation = Stabilisation::Highest(memory.highest_need());
    let hold = memory.trial().and_then(|trial| trial.hold_at(now));
    let recommendation = Recommendation::new(need, stabilisation);
    let recommendation = match hold {
        Some(hold) if seen.active < need => recommendation.unhelped_until(hold.until(), seen),
        Some(_) | None => recommendation,
    };
    (recommendation, memory)
}

/// What is known after another observation.
fn learnt_after(before: &Learnt, seen: &Observation, now: Timestamp) -> Learnt {
    let minutes = memory::minutes_between(before.at, now);
    let crew = before.crew.after(&before.seen, seen, now);
    let estimate = evidence::learned(&before.estimate, &crew, &before.seen, seen, minutes);
    let seen = Observation::new(seen.backlog, seen.active);
    Learnt { seen, at: now, estimate, crew }
}
