//! Adapt: Ali-Eldin, Tordsson, Elmroth, "An Adaptive Hybrid Elasticity Controller for Cloud
//! Infrastructures", 2012.
//!
//! Follows the envelope of the load: up at once to the load, and to where its rise leads until new
//! servers work; down as slowly as the load's own change says, so that nothing is released too
//! early.

use super::{Look, Planner};

/// A server that is requested now works after this time.
const START_MINUTES: f64 = 1.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adapt {
    /// The share of its capacity that a dyno is planned to work.
    pub utilization: f64,
    /// The weight of the newest change in the rate of change.
    pub smoothing: f64,
    load: Option<f64>,
    /// Dynos per minute.
    slope: f64,
    envelope: f64,
}

impl Adapt {
    /// Nothing seen yet.
    #[must_use]
    pub const fn new(utilization: f64, smoothing: f64) -> Self {
        Self { utilization, smoothing, load: None, slope: 0.0, envelope: 0.0 }
    }
}

impl Default for Adapt {
    fn default() -> Self {
        Self::new(1.0, 0.3)
    }
}

impl Planner for Adapt {
    fn planned(&mut self, look: &Look) -> f64 {
        let load = look.load();
        let change = load - self.load.replace(load).unwrap_or(load);
        self.slope += self.smoothing * (change - self.slope);
        let ahead = load + self.slope.max(0.0) * START_MINUTES;
        // On the way down no faster than the load itself, averaged, goes down.
        let released = self.envelope + self.slope.min(0.0);
        self.envelope = ahead.max(released);
        self.envelope / self.utilization
    }
}
