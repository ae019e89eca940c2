//! The memory of the rule `rate`: the last observation of the queue, the estimate, the recent
//! needs.
//!
//! Must not know: how either is found, where it is stored.

use jiff::Timestamp;

use super::{Estimate, Headroom};
use crate::policy::{Needs, Observation};

/// The memory of the rule `rate`. Every number is finite.
#[derive(Debug, Clone, PartialEq)]
pub struct RateMemory {
    seen: Observation,
    at: Timestamp,
    estimate: Estimate,
    headroom: Headroom,
    /// Never empty but before the first cycle has ended.
    needs: Needs,
}

/// Finite numbers are equal to themselves.
impl Eq for RateMemory {}

/// The memory as plain values, to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct RateRecord {
    /// When the queue was last observed.
    pub at: Timestamp,
    /// The observation then.
    pub seen: Observation,
    /// Busy dynos, messages per dyno and minute, logarithm of the messages in flight per busy dyno.
    pub means: [f64; 3],
    /// Their covariance, the lower triangle row by row.
    pub covariance: [f64; 6],
    /// The arrivals after a jump that is prepared for ÷ those before it.
    pub headroom: f64,
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
        let RateRecord { at, seen, means, covariance, headroom, needs } = record;
        let estimate = Estimate::restored(means, covariance).ok_or(Unreadable)?;
        let headroom = Headroom::restored(headroom).ok_or(Unreadable)?;
        let needs = Needs::restored(needs).map_err(|_| Unreadable)?;
        Ok(Self { seen, at, estimate, headroom, needs })
    }

    /// The memory as plain values.
    #[must_use]
    pub fn record(&self) -> RateRecord {
        RateRecord {
            at: self.at,
            seen: self.seen,
            means: self.estimate.means(),
            covariance: self.estimate.covariance(),
            headroom: self.headroom.factor(),
            needs: self.needs.as_slice().to_vec(),
        }
    }

    /// The estimate of arrivals and throughput.
    #[must_use]
    pub const fn estimate(&self) -> &Estimate {
        &self.estimate
    }

    /// The jump that is prepared for.
    #[must_use]
    pub const fn headroom(&self) -> Headroom {
        self.headroom
    }

    /// When the queue was last observed.
    pub(in crate::policy) const fn at(&self) -> Timestamp {
        self.at
    }

    /// A first observation.
    pub(super) fn begun(estimate: Estimate, seen: &Observation, at: Timestamp) -> Self {
        let (headroom, needs) = Default::default();
        Self { seen: *seen, at, estimate, headroom, needs }
    }

    /// The last observation, and when it was.
    pub(super) const fn last(&self) -> (&Observation, Timestamp) {
        (&self.seen, self.at)
    }

    /// A later observation and the estimate after it.
    pub(super) fn taught(&self, estimate: Estimate, seen: &Observation, at: Timestamp) -> Self {
        Self { seen: *seen, at, estimate, ..self.clone() }
    }

    /// With another headroom.
    pub(super) fn prepared(self, headroom: Headroom) -> Self {
        Self { headroom, ..self }
    }

    /// The memory after a cycle that needed so many dynos. As many needs are kept as the next
    /// removal considers.
    pub(super) fn needing(self, need: u32, down_cycles: u32) -> Self {
        Self { needs: self.needs.with(need, down_cycles), ..self }
    }

    /// The most dynos that any remembered cycle needed.
    pub(super) fn highest_need(&self) -> u32 {
        self.needs.highest()
    }
}
