//! The rule `rate`: as many dynos as the arrivals need, and those that clear a backlog in time.
//!
//! A Kalman filter ([`Estimate`]) learns arrivals and throughput from each cycle's observation; the
//! law (`law`) turns them into dynos. Derived in `docs/POLICIES.md`. Must not know: the counters,
//! the bounds, how the memory is stored.

mod estimate;
mod evidence;
mod law;
mod matrix;
mod memory;

use jiff::Timestamp;

pub use self::estimate::Estimate;
pub use self::law::{Load, needed_by};
pub use self::memory::{RateMemory, RateRecord, Unreadable};
use super::demand::Demand;
use super::recommendation::{Recommendation, Stabilisation};
use crate::policy::{Observation, Policy, RateSettings};

/// The demand, with what was learnt.
pub(super) fn demand(
    policy: &Policy,
    settings: &RateSettings,
    memory: &RateMemory,
    seen: &Observation,
) -> Demand {
    Demand {
        dynos: law::needed(policy, settings, memory.estimate(), seen),
        drain_minutes_at_max: drain_minutes_at_max(policy, memory, seen),
    }
}

/// Minutes in which the maximum of dynos clears the backlog despite new arrivals, if it does.
#[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
fn drain_minutes_at_max(policy: &Policy, memory: &RateMemory, seen: &Observation) -> Option<f64> {
    let estimate = memory.estimate();
    let spare_dynos = f64::from(policy.bounds.max) - estimate.busy_dynos();
    let per_minute = spare_dynos * estimate.messages_per_dyno_minute();
    (per_minute > 0.0).then(|| policy.backlog(seen) as f64 / per_minute)
}

/// The recommendation, and the memory with this cycle in it.
pub(super) fn recommend(
    policy: &Policy,
    settings: &RateSettings,
    before: Option<&RateMemory>,
    seen: &Observation,
    now: Timestamp,
) -> (Recommendation, RateMemory) {
    let learned = match before {
        None => RateMemory::begun(evidence::first(policy, settings, seen), seen, now),
        Some(memory) => evidence::learned(memory, seen, now),
    };
    let need = law::needed(policy, settings, learned.estimate(), seen);
    let memory = learned.needing(need, policy.down_cycles);
    let stabilisation = Stabilisation::Highest(memory.highest_need());
    (Recommendation { dynos: need, stabilisation }, memory)
}
