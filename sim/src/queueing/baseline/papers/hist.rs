//! Hist: Urgaonkar, Shenoy, Chandra, Goyal, Wood, "Agile Dynamic Provisioning of Multi-tier
//! Internet Applications", 2008.
//!
//! For each hour of the day a histogram of the peak rates that it had: a high percentile is planned
//! for the next, corrected by the errors of the last hours, and every few minutes by what arrives if
//! that is more.

use std::collections::VecDeque;

use super::{Look, Planner, hour};

const HOURS: usize = 24;
/// Days that a histogram remembers.
const DAYS: usize = 7;
/// Hours whose errors correct the forecast.
const CORRECTING: usize = 3;
/// The time between two reactive corrections.
const REACTIVE_MINUTES: u32 = 5;

#[derive(Debug, Clone, PartialEq)]
pub struct Hist {
    /// The share of its capacity that a dyno is planned to work. Kingman's bound allows 0.95 for a
    /// wait of twenty times the work.
    pub utilization: f64,
    /// The percentile of the histogram, as a share.
    pub percentile: f64,
    peaks: Vec<VecDeque<f64>>,
    errors: VecDeque<f64>,
    hour: u64,
    peak: f64,
    forecast: f64,
    planned: f64,
    looks: u32,
}

impl Hist {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(utilization: f64, percentile: f64) -> Self {
        Self {
            utilization,
            percentile,
            peaks: vec![VecDeque::new(); HOURS],
            errors: VecDeque::new(),
            hour: 0,
            peak: 0.0,
            forecast: 0.0,
            planned: 0.0,
            looks: 0,
        }
    }

    fn hour_ends(&mut self, next: u64) {
        remember(&mut self.peaks[of_day(self.hour)], self.peak, DAYS);
        remember(&mut self.errors, (self.peak - self.forecast).max(0.0), CORRECTING);
        (self.hour, self.peak) = (next, 0.0);
        self.forecast = percentile(&self.peaks[of_day(next)], self.percentile);
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let correction = self.errors.iter().sum::<f64>() / CORRECTING as f64;
        self.planned = self.forecast + correction;
    }
}

impl Default for Hist {
    fn default() -> Self {
        Self::new(0.95, 0.95)
    }
}

impl Planner for Hist {
    fn planned(&mut self, look: &Look) -> f64 {
        if hour(look.now_us) != self.hour {
            self.hour_ends(hour(look.now_us));
        }
        self.peak = self.peak.max(look.load());
        self.looks += 1;
        if self.looks.is_multiple_of(REACTIVE_MINUTES) {
            self.planned = self.planned.max(look.load());
        }
        self.planned / self.utilization
    }
}

#[expect(clippy::cast_possible_truncation, reason = "less than 24")]
const fn of_day(hour: u64) -> usize {
    (hour % HOURS as u64) as usize
}

fn remember(values: &mut VecDeque<f64>, value: f64, most: usize) {
    values.push_back(value);
    if most < values.len() {
        values.pop_front();
    }
}

/// Of no values it is 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "an index into a few values"
)]
fn percentile(values: &VecDeque<f64>, share: f64) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}
