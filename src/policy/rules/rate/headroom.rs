//! The headroom: how large a jump of the arrivals the dynos are prepared for, learnt from how often
//! the threshold is passed.
//!
//! Must not know: how arrivals and throughput are found, how many dynos are needed.

use crate::policy::{Observation, Policy, RateSettings};

/// How fast it is learnt: the share by which a minute above the threshold raises it.
const GAIN_PER_MINUTE: f64 = 0.05;

/// A longer time between two looks says as much as this.
const LOOK_MAX_MINUTES: f64 = 5.0;

/// The dynos at a look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dynos {
    /// Those that work, as far as they can be seen.
    pub working: f64,
    /// Those that were requested so long ago that they work for sure.
    pub booted: u32,
}

/// The arrivals after a jump that the dynos are prepared for ÷ the arrivals before it. From 1 to 6.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Headroom(f64);

impl Default for Headroom {
    /// For a load that does not jump.
    fn default() -> Self {
        Self(1.0)
    }
}

impl Headroom {
    /// A jump out of nothing cannot be prepared for, and each step towards it costs as much as the
    /// load itself.
    const MAX: f64 = 6.0;

    /// A headroom that was learnt, if it can be one.
    #[must_use]
    pub fn restored(factor: f64) -> Option<Self> {
        (1.0..=Self::MAX).contains(&factor).then_some(Self(factor))
    }

    /// The factor.
    #[must_use]
    pub const fn factor(self) -> f64 {
        self.0
    }

    /// Whether it is as large as it may be, so that the service level is out of reach.
    #[must_use]
    pub fn is_exhausted(self) -> bool {
        Self::MAX <= self.0
    }

    /// The headroom after a look, `minutes` after the one before.
    ///
    /// A look above the threshold raises it by as much as all others together lower it, if the share
    /// of looks above is what the service level leaves: in the long run it is, whatever the load.
    /// Once the maximum works, more headroom would add no dyno.
    #[must_use]
    pub fn after(
        self,
        policy: &Policy,
        settings: &RateSettings,
        seen: &Observation,
        dynos: Dynos,
        minutes: f64,
    ) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
        let is_above = policy.backlog_threshold * dynos.working < policy.backlog(seen) as f64;
        if is_above && policy.bounds.max <= dynos.booted {
            return self;
        }
        let level = settings.service_level;
        let lean = if is_above { level } else { level - 1.0 };
        let gain = GAIN_PER_MINUTE * minutes.clamp(0.0, LOOK_MAX_MINUTES);
        Self((self.0 * (gain * lean).exp()).clamp(1.0, Self::MAX))
    }
}
