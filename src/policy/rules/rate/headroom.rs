//! The headroom: how large a jump of the arrivals the dynos are prepared for, learnt from how often
//! the threshold is passed.
//!
//! Must not know: how arrivals and throughput are found, how many dynos are needed.

use crate::policy::{Observation, Policy, RateSettings};

/// How fast it is learnt: the share by which a minute above the threshold raises it.
const GAIN_PER_MINUTE: f64 = 0.05;

/// A jump out of nothing cannot be prepared for.
const MAX: f64 = 4.0;

/// A longer time between two looks says as much as this.
const LOOK_MAX_MINUTES: f64 = 5.0;

/// The arrivals after a jump that the dynos are prepared for ÷ the arrivals before it. From 1 to 4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Headroom(f64);

impl Default for Headroom {
    /// For a load that does not jump.
    fn default() -> Self {
        Self(1.0)
    }
}

impl Headroom {
    /// A headroom that was learnt, if it can be one.
    #[must_use]
    pub fn restored(factor: f64) -> Option<Self> {
        (1.0..=MAX).contains(&factor).then_some(Self(factor))
    }

    /// The factor.
    #[must_use]
    pub const fn factor(self) -> f64 {
        self.0
    }

    /// The headroom after a look, `minutes` after the one before.
    ///
    /// A look above the threshold raises it by as much as all others together lower it, if the share
    /// of looks above is what the service level leaves: in the long run it is, whatever the load.
    /// At the maximum more headroom would add no dyno.
    #[must_use]
    pub fn after(
        self,
        policy: &Policy,
        settings: &RateSettings,
        seen: &Observation,
        minutes: f64,
    ) -> Self {
        let is_above = policy.is_starved(seen);
        if is_above && policy.bounds.max <= seen.active {
            return self;
        }
        let level = settings.service_level;
        let lean = if is_above { level } else { level - 1.0 };
        let gain = GAIN_PER_MINUTE * minutes.clamp(0.0, LOOK_MAX_MINUTES);
        Self((self.0 * (gain * lean).exp()).clamp(1.0, MAX))
    }
}
