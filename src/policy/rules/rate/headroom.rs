//! The headroom: how large a jump of the arrivals the dynos are prepared for, learnt from how often
//! the threshold is passed.
//!
//! Must not know: how arrivals and throughput are found, how many dynos are needed.

use super::estimate::BUSY_MAX;
use crate::policy::{Observation, Policy, RateSettings};

/// How fast it is learnt: the share by which a minute above the threshold raises it.
const GAIN_PER_MINUTE: f64 = 0.05;

/// By how many times more a minute above raises it once a whole day's allowance is overspent.
const OVERSPENT_WEIGHT: f64 = 10.0;

const DAY_MINUTES: f64 = 1440.0;

/// It rises until the usual arrivals would jump to so many times what arrives: slow boots and late
/// counts need twice the jump. A queue that is above with more lacks dynos that work, not headroom.
const ARRIVALS_TIMES: f64 = 4.0;

/// Dynos are often so many times as fast as estimated: what such dynos would have prevented was
/// avoidable.
const FASTER_TIMES: f64 = 2.0;

/// A longer time between two looks says as much as this.
const LOOK_MAX_MINUTES: f64 = 5.0;

/// More than waits in any queue.
const BACKLOG_MAX: f64 = 1e15;

/// What is usual is the mean over about half a day.
const USUAL_MINUTES: f64 = 720.0;

/// By how much it may fall below 1, for each share of the time that may be above: more would save
/// little on a steady load, and each time that the queue is let grow costs two changes.
const LEEWAY: f64 = 3.0;

/// The dynos at a look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dynos {
    /// Those that work, as far as they can be seen.
    pub working: f64,
    /// Those that the arrivals keep busy.
    pub busy: f64,
    /// Messages that each finishes in a minute.
    pub messages_per_minute: f64,
}

/// What two looks show.
#[derive(Debug, Clone, Copy)]
pub struct Passage<'a> {
    /// At the first.
    pub last: &'a Observation,
    /// At the second.
    pub seen: &'a Observation,
    /// The dynos at the second.
    pub dynos: Dynos,
    /// The time between them.
    pub minutes: f64,
    /// The arrivals for which the maximum is ready, in dynos that they keep busy.
    pub busy_at_max: f64,
}

/// The jump of the arrivals that the dynos are prepared for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Headroom {
    /// The arrivals after a jump ÷ those before it. Below 1 a queue is let grow.
    factor: f64,
    /// The dynos that the arrivals usually keep busy.
    usual: f64,
    /// The messages that would wait if the maximum had worked all the time.
    backlog_at_max: f64,
    /// The time above beyond what the service level leaves, as a share of what it leaves in a day:
    /// from -1 for a day's allowance that was not used, to 1 for one that is owed.
    overspent: f64,
}

impl Headroom {
    /// Until it is known how large jumps are, the arrivals may double.
    const BEGUN: f64 = 2.0;
    const MIN: f64 = 0.5;
    /// Traffic that jumps further has nothing usual to be a multiple of.
    const MAX: f64 = 20.0;

    /// Before anything is known but the dynos that are busy now.
    #[must_use]
    pub const fn begun(busy: f64) -> Self {
        Self { factor: Self::BEGUN, usual: busy, backlog_at_max: 0.0, overspent: 0.0 }
    }

    /// A headroom that was learnt, if it can be one.
    #[must_use]
    pub fn restored(factor: f64, usual: f64, backlog_at_max: f64, overspent: f64) -> Option<Self> {
        let is_possible = (Self::MIN..=Self::MAX).contains(&factor)
            && (0.0..=BUSY_MAX).contains(&usual)
            && (0.0..=BACKLOG_MAX).contains(&backlog_at_max)
            && (-1.0..=1.0).contains(&overspent);
        is_possible.then_some(Self { factor, usual, backlog_at_max, overspent })
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

    /// The messages that would wait if the maximum had worked all the time.
    #[must_use]
    pub const fn backlog_at_max(self) -> f64 {
        self.backlog_at_max
    }

    /// The time above beyond what the service level leaves, as a share of what it leaves in a day.
    #[must_use]
    pub const fn overspent(self) -> f64 {
        self.overspent
    }

    /// The dynos that the arrivals keep busy after a jump from `busy` of them.
    ///
    /// Arrivals that are fewer than usual jump as far as the usual ones: a multiple of almost
    /// nothing would prepare for nothing.
    #[must_use]
    pub fn after_jump(self, busy: f64) -> f64 {
        if self.factor < 1.0 {
            return self.leanly(busy);
        }
        (self.factor - 1.0).mul_add(busy.max(self.usual), busy)
    }

    /// The dynos that are kept of those that the arrivals keep busy: fewer if a queue is let grow.
    #[must_use]
    pub fn leanly(self, busy: f64) -> f64 {
        self.factor.min(1.0) * busy
    }

    /// The headroom after another look.
    ///
    /// A look above the threshold raises it by as much as all others together lower it, if the share
    /// of looks above is what the service level leaves: in the long run it is, whatever the load.
    /// While more was spent than that, it does not fall, and rises faster. What would be above with
    /// the maximum always working, no headroom could prevent.
    #[must_use]
    pub fn after(self, policy: &Policy, settings: &RateSettings, passage: &Passage<'_>) -> Self {
        let Passage { seen, dynos, minutes, .. } = *passage;
        let minutes = minutes.clamp(0.0, LOOK_MAX_MINUTES);
        let usual = self.usual + (dynos.busy - self.usual) * minutes / USUAL_MINUTES;
        let backlog_at_max = self.backlog_at_max_after(policy, passage);
        let threshold = policy.backlog_threshold;
        let is_above = threshold * dynos.working < backlog(policy, seen);
        let is_unavoidable = threshold * f64::from(policy.bounds.max) < backlog_at_max;
        if is_above && is_unavoidable {
            return Self { usual, backlog_at_max, ..self };
        }
        let level = settings.service_level;
        let excess = if is_above { level } else { level - 1.0 };
        let overspent = self.overspent_after(excess * minutes, level);
        let factor = self.factor * (GAIN_PER_MINUTE * minutes * weighed(excess, overspent)).exp();
        let least = LEEWAY.mul_add(level - 1.0, 1.0).max(Self::MIN);
        let most = highest(usual, passage).max(self.factor);
        Self { factor: factor.clamp(least, most), usual, backlog_at_max, overspent }
    }

    /// What is overspent after so many minutes above beyond the service level.
    fn overspent_after(self, excess_minutes: f64, service_level: f64) -> f64 {
        let allowed_minutes = (1.0 - service_level) * DAY_MINUTES;
        (self.overspent + excess_minutes / allowed_minutes).clamp(-1.0, 1.0)
    }

    /// What the maximum would have left: it would have worked off more, but no more than there was.
    fn backlog_at_max_after(self, policy: &Policy, passage: &Passage<'_>) -> f64 {
        let Passage { last, seen, dynos, minutes, .. } = *passage;
        let more_dynos = (f64::from(policy.bounds.max) - dynos.working).max(0.0);
        let more_done = more_dynos * FASTER_TIMES * dynos.messages_per_minute * minutes;
        let now = backlog(policy, seen);
        let grown = now - backlog(policy, last);
        (self.backlog_at_max + grown - more_done).clamp(0.0, now.min(BACKLOG_MAX))
    }
}

/// How much of the time above beyond the service level counts. While more was spent than the level
/// leaves, time under the threshold pays back, and does not lower the headroom.
fn weighed(excess: f64, overspent: f64) -> f64 {
    if overspent <= 0.0 {
        return excess;
    }
    excess.max(0.0) * OVERSPENT_WEIGHT.mul_add(overspent, 1.0)
}

/// How far it may rise.
fn highest(usual: f64, passage: &Passage<'_>) -> f64 {
    let by_arrivals = ARRIVALS_TIMES * (passage.dynos.busy / usual).max(1.0);
    // The maximum is kept even when nothing arrives: more would change nothing, and take days to
    // fall again.
    let by_max = 1.0 + passage.busy_at_max / usual;
    by_arrivals.min(by_max).clamp(1.0, Headroom::MAX)
}

/// The messages that wait.
#[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
pub(super) fn backlog(policy: &Policy, seen: &Observation) -> f64 {
    policy.backlog(seen) as f64
}
