//! What the rule `rate` remembers: the last look at the queue, the estimate, the recent needs.
//!
//! Must not know: how either is found, where it is stored.

use jiff::Timestamp;

use super::Estimate;
use crate::policy::Observation;

/// The most needs that are remembered, however long `down_cycles` is: an item stays small.
pub const NEEDS_MAX: usize = 120;

/// What the rule `rate` has learnt so far. Every number is finite.
#[derive(Debug, Clone, PartialEq)]
pub struct RateMemory {
    seen: Observation,
    at: Timestamp,
    estimate: Estimate,
    /// The oldest first, never empty but before the first cycle has ended.
    needs: Vec<u32>,
}

/// Finite numbers are equal to themselves.
impl Eq for RateMemory {}

/// The memory as plain values, for who stores it.
#[derive(Debug, Clone, PartialEq)]
pub struct RateRecord {
    /// When the queue was looked at last.
    pub at: Timestamp,
    /// What was seen then.
    pub seen: Observation,
    /// Busy dynos, messages per dyno and minute, logarithm of the messages in flight per busy dyno.
    pub means: [f64; 3],
    /// Their covariance, the lower triangle row by row.
    pub covariance: [f64; 6],
    /// The dynos needed in the last cycles, the oldest first.
    pub needs: Vec<u32>,
}

/// A record that no memory can have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no estimate has such numbers")]
pub struct Unreadable;

impl RateMemory {
    /// Reads what [`Self::record`] wrote.
    ///
    /// # Errors
    /// Numbers that are not finite, beyond their bounds, or no covariance; too many needs.
    pub fn restored(record: RateRecord) -> Result<Self, Unreadable> {
        let RateRecord { at, seen, means, covariance, needs } = record;
        let estimate = Estimate::restored(means, covariance).ok_or(Unreadable)?;
        if NEEDS_MAX < needs.len() {
            return Err(Unreadable);
        }
        Ok(Self { seen, at, estimate, needs })
    }

    /// The memory as plain values.
    #[must_use]
    pub fn record(&self) -> RateRecord {
        RateRecord {
            at: self.at,
            seen: self.seen,
            means: self.estimate.means(),
            covariance: self.estimate.covariance(),
            needs: self.needs.clone(),
        }
    }

    /// The estimate of arrivals and throughput.
    #[must_use]
    pub const fn estimate(&self) -> &Estimate {
        &self.estimate
    }

    /// A first look.
    pub(super) const fn begun(estimate: Estimate, seen: &Observation, at: Timestamp) -> Self {
        Self { seen: *seen, at, estimate, needs: Vec::new() }
    }

    /// The last look, and when it was.
    pub(super) const fn last(&self) -> (&Observation, Timestamp) {
        (&self.seen, self.at)
    }

    /// A later look and what it taught.
    pub(super) fn taught(&self, estimate: Estimate, seen: &Observation, at: Timestamp) -> Self {
        Self { seen: *seen, at, estimate, needs: self.needs.clone() }
    }

    /// The memory after a cycle that needed so many dynos. As many needs are kept as the next
    /// removal looks back to.
    pub(super) fn needing(mut self, need: u32, down_cycles: u32) -> Self {
        let kept = (down_cycles as usize).clamp(1, NEEDS_MAX) - 1;
        self.needs.drain(..self.needs.len().saturating_sub(kept));
        self.needs.push(need);
        self
    }

    /// The most dynos that any remembered cycle needed.
    pub(super) fn highest_need(&self) -> u32 {
        self.needs.iter().copied().max().unwrap_or(0)
    }
}
