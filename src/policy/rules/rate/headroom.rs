//! The headroom: how large a jump of the arrivals the dynos are prepared for, learnt from how often
//! the threshold is passed.
//!
//! Must not know: how arrivals and throughput are found, how many dynos are needed.

use super::estimate::BUSY_MAX;
use crate::policy::{Observation, Policy, RateSettings};

/// How fast it is learnt: the share by which a minute above the threshold raises it.
const GAIN_PER_MINUTE: f64 = 0.05;

/// A longer time between two looks says as much as this.
const LOOK_MAX_MINUTES: f64 = 5.0;

/// What is usual is the mean over about half a day.
const USUAL_MINUTES: f64 = 720.0;

/// The dynos at a look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dynos {
    /// Those that work, as far as they can be seen.
    pub working: f64,
    /// Those that were requested so long ago that they work for sure.
    pub booted: u32,
    /// Those that the arrivals keep busy.
    pub busy: f64,
}

/// The jump of the arrivals that the dynos are prepared for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Headroom {
    /// The arrivals after a jump ÷ those before it. From 1 to 6.
    factor: f64,
    /// The dynos that the arrivals usually keep busy.
    usual: f64,
}

impl Headroom {
    /// Until it is known how large jumps are, the arrivals may double.
    const BEGUN: f64 = 2.0;
    /// A jump out of nothing cannot be prepared for, and each step towards it costs as much as the
    /// load itself.
    const MAX: f64 = 6.0;

    /// Before anything is known but the dynos that are busy now.
    #[must_use]
    pub const fn begun(busy: f64) -> Self {
        Self { factor: Self::BEGUN, usual: busy }
    }

    /// A headroom that was learnt, if it can be one.
    #[must_use]
    pub fn restored(factor: f64, usual: f64) -> Option<Self> {
        let is_possible = (1.0..=Self::MAX).contains(&factor) && (0.0..=BUSY_MAX).contains(&usual);
        is_possible.then_some(Self { factor, usual })
    }

    /// The arrivals after a jump ÷ those before it.
    #[must_use]
    pub const fn factor(self) -> f64 {
        self.factor
    }

    /// The dynos that the arrivals usually keep busy.
    #[must_use]
    pub const fn usual(self) -> f64 {
        self.usual
    }

    /// The dynos that the arrivals keep busy after a jump from `busy` of them.
    ///
    /// Arrivals that are fewer than usual jump as far as the usual ones: a multiple of almost
    /// nothing would prepare for nothing.
    #[must_use]
    pub fn after_jump(self, busy: f64) -> f64 {
        (self.factor - 1.0).mul_add(busy.max(self.usual), busy)
    }

    /// Whether it is as large as it may be, so that the service level is out of reach.
    #[must_use]
    pub fn is_exhausted(self) -> bool {
        Self::MAX <= self.factor
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
        let minutes = minutes.clamp(0.0, LOOK_MAX_MINUTES);
        let usual = self.usual + (dynos.busy - self.usual) * minutes / USUAL_MINUTES;
        #[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
        let is_above = policy.backlog_threshold * dynos.working < policy.backlog(seen) as f64;
        if is_above && policy.bounds.max <= dynos.booted {
            return Self { usual, ..self };
        }
        let level = settings.service_level;
        let lean = if is_above { level } else { level - 1.0 };
        let factor = self.factor * (GAIN_PER_MINUTE * minutes * lean).exp();
        Self { factor: factor.clamp(1.0, Self::MAX), usual }
    }
}
