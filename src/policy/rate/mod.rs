//! The rule `rate`: as many dynos as the arrivals need, and those that clear a backlog in time.
//!
//! A Kalman filter ([`Estimate`]) learns arrivals and throughput from what each cycle sees; the law
//! (`law`) turns them into dynos. Derived in `docs/POLICIES.md`. Must not know: the counters, the
//! bounds, how the memory is stored.

mod estimate;
mod evidence;
mod law;
mod matrix;
mod memory;

use jiff::Timestamp;

pub use self::estimate::Estimate;
pub use self::law::{Load, needed_by};
pub use self::memory::{NEEDS_MAX, RateMemory, RateRecord, Unreadable};
use super::{Observation, Policy, RateSettings, Wish};

/// What is asked for, and the memory with this cycle in it.
pub(super) fn considered(
    policy: &Policy,
    settings: &RateSettings,
    before: Option<&RateMemory>,
    seen: &Observation,
    now: Timestamp,
) -> (Wish, RateMemory) {
    let learned = match before {
        None => RateMemory::begun(evidence::first(policy, settings, seen), seen, now),
        Some(memory) => evidence::learned(memory, seen, now),
    };
    let need = law::needed(policy, settings, learned.estimate(), seen);
    let memory = learned.needing(need, policy.down_cycles);
    (Wish { dynos: need, dynos_lately: memory.highest_need() }, memory)
}
