//! Durations counted by size: quantiles of millions within 1.6 %, in a few kilobytes.

/// Each doubling is divided into this many steps.
const STEPS: u64 = 64;
const STEPS_LOG2: u32 = STEPS.trailing_zeros();

/// Counts of durations, in microseconds.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    total: u64,
    sum_us: u128,
    max_us: u64,
}

impl Histogram {
    pub(super) fn new() -> Self {
        let buckets = (u64::from(u64::BITS - STEPS_LOG2) + 1) * STEPS;
        let buckets = usize::try_from(buckets).unwrap_or(usize::MAX);
        Self { counts: vec![0; buckets], total: 0, sum_us: 0, max_us: 0 }
    }

    pub(super) fn record(&mut self, us: u64) {
        self.counts[bucket(us)] += 1;
        self.total += 1;
        self.sum_us += u128::from(us);
        self.max_us = self.max_us.max(us);
    }

    pub(super) const fn max_us(&self) -> u64 {
        self.max_us
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean needs no more digits")]
    pub(super) fn mean_us(&self) -> f64 {
        self.sum_us as f64 / self.total.max(1) as f64
    }

    /// The duration that `percent` of all do not exceed; never more than the longest.
    pub(super) fn percentile_us(&self, percent: u64) -> u64 {
        let rank = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += count;
            rank <= seen
        });
        found.map_or(0, |bucket| upper_us(bucket as u64).min(self.max_us))
    }
}

/// Small durations have a bucket each; larger ones share by their leading bits.
#[expect(clippy::cast_possible_truncation, reason = "there are a few thousand buckets")]
fn bucket(us: u64) -> usize {
    let shift = (u64::BITS - us.leading_zeros()).saturating_sub(STEPS_LOG2 + 1);
    (u64::from(shift) * STEPS + (us >> shift)) as usize
}

/// The longest duration of a bucket.
const fn upper_us(bucket: u64) -> u64 {
    let shift = (bucket / STEPS).saturating_sub(1);
    let lead = bucket - shift * STEPS;
    ((lead + 1) << shift) - 1
}
