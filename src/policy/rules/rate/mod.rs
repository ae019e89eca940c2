//! The rule `rate`: as many dynos as the arrivals need, and those that clear a backlog in time.
//!
//! A Kalman filter ([`Estimate`]) learns arrivals and throughput from each cycle's observation; the
//! law (`law`) turns them into dynos. Derived in `docs/POLICIES.md`. Must not know: the counters,
//! the bounds, how the memory is stored.

mod estimate;
mod evidence;
mod headroom;
mod law;
mod matrix;
mod memory;

use jiff::Timestamp;

pub use self::estimate::Estimate;
pub use self::headroom::Headroom;
pub use self::law::{Load, Outlook, needed_by};
pub use self::memory::{RateMemory, RateRecord, Unreadable};
use super::demand::Demand;
use super::recommendation::{Recommendation, Stabilisation};
use crate::policy::{Observation, Policy, RateSettings};

/// The time between two looks.
const LOOK_MINUTES: f64 = 1.0;

fn needed(policy: &Policy, memory: &RateMemory, seen: &Observation) -> u32 {
    law::needed(policy, memory.estimate(), memory.headroom(), LOOK_MINUTES, seen)
}

/// The demand, with what was learnt.
pub(super) fn demand(policy: &Policy, memory: &RateMemory, seen: &Observation) -> Demand {
    Demand {
        dynos: needed(policy, memory, seen),
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
        None => RateMemory::begun(evidence::first(policy, seen), seen, now),
        Some(memory) => {
            let minutes = now.duration_since(memory.at()).as_secs_f64() / 60.0;
            let headroom = memory.headroom().after(policy, settings, seen, minutes);
            evidence::learned(memory, seen, now).prepared(headroom)
        }
    };
    let need = needed(policy, &learned, seen);
    let memory = learned.needing(need, policy.down_cycles);
    let stabilisation = Stabilisation::Highest(memory.highest_need());
    (Recommendation { dynos: need, stabilisation }, memory)
}
