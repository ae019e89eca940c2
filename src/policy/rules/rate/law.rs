//! From arrivals, throughput and headroom to dynos: the fewest with which a jump of the arrivals
//! leaves at most the threshold for each by the time that new dynos work.
//!
//! Must not know: how these were found, the bounds.

use super::headroom::backlog;
use super::{Estimate, Headroom};
use crate::policy::{Observation, Policy};

/// A dyno that is requested now works in so long, and the counts show it.
const RESPONSE_MINUTES: f64 = 1.5;

/// Dynos are kept for arrivals that are so many deviations more than the likely ones: a steady load
/// is then changed less than every two hours.
const KEPT_DEVIATIONS: f64 = 1.25;

/// The arrivals and the throughput of a dyno.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Messages that arrive in a minute.
    pub arrivals_per_minute: f64,
    /// Messages that a dyno finishes in a minute. Above 0.
    pub messages_per_dyno_minute: f64,
}

/// What is to come: the load, the jump that is prepared for, and the time to the next look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// The load until a jump.
    pub load: Load,
    /// The jump.
    pub headroom: Headroom,
    /// The time to the next look.
    pub look_minutes: f64,
}

/// The same with an estimated load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prospect<'a> {
    pub(super) estimate: &'a Estimate,
    pub(super) headroom: Headroom,
    pub(super) look_minutes: f64,
}

/// The dynos that a known load needs.
#[must_use]
pub fn needed_by(outlook: &Outlook, policy: &Policy, seen: &Observation) -> u32 {
    if is_idle(policy, seen) {
        return outlook.ready_when_idle(policy);
    }
    let dynos = outlook.ready(policy, backlog(policy, seen)).max(outlook.catching_up(policy, seen));
    rounded_up(dynos).max(1)
}

/// The dynos that an estimated load needs.
///
/// While the estimate is uncertain, it adds dynos for the least likely load, and keeps those for
/// the most likely one.
pub(super) fn needed(policy: &Policy, prospect: &Prospect<'_>, seen: &Observation) -> u32 {
    let Prospect { estimate, headroom, .. } = *prospect;
    let (busy, deviation) = (estimate.busy_dynos(), estimate.busy_dynos_deviation());
    let needed_with = |busy: f64| needed_by(&prospect.outlook(busy), policy, seen);
    let least = needed_with((busy - deviation).max(0.0));
    let likely = needed_with(busy);
    if is_idle(policy, seen) {
        return seen.active.min(likely);
    }
    if seen.active < least {
        return likely;
    }
    let plausible = KEPT_DEVIATIONS.mul_add(deviation, busy);
    seen.active.min(needed_with(plausible).max(rounded_up(headroom.leanly(plausible))))
}

/// The dynos that are ready for a jump of the usual arrivals: those that the service level needs.
pub(super) fn needed_by_level(policy: &Policy, prospect: &Prospect<'_>) -> u32 {
    rounded_up(prospect.outlook(prospect.headroom.usual()).ready(policy, 0.0))
}

/// The arrivals for which the maximum is ready, in dynos that they keep busy.
pub(super) fn busy_at_max(policy: &Policy, prospect: &Prospect<'_>) -> f64 {
    prospect.outlook(prospect.estimate.busy_dynos()).busy_at_max(policy)
}

impl Prospect<'_> {
    /// With arrivals that keep so many dynos busy.
    fn outlook(&self, busy_dynos: f64) -> Outlook {
        let Self { estimate, headroom, look_minutes } = *self;
        let messages_per_dyno_minute = estimate.messages_per_dyno_minute();
        let arrivals_per_minute = busy_dynos * messages_per_dyno_minute;
        let load = Load { arrivals_per_minute, messages_per_dyno_minute };
        Outlook { load, headroom, look_minutes }
    }
}

impl Outlook {
    /// Until a dyno works that is requested at the next look.
    fn until_help_minutes(&self) -> f64 {
        RESPONSE_MINUTES + self.look_minutes
    }

    /// The messages that a dyno finishes until then.
    fn done_by_each(&self) -> f64 {
        self.load.messages_per_dyno_minute * self.until_help_minutes()
    }

    /// The fewest dynos that leave at most the threshold for each if the arrivals jump right now:
    /// (backlog + arrivals after it × time) ÷ (throughput × time + threshold).
    fn ready(&self, policy: &Policy, backlog: f64) -> f64 {
        let Load { arrivals_per_minute, messages_per_dyno_minute } = self.load;
        let busy = self.headroom.after_jump(arrivals_per_minute / messages_per_dyno_minute);
        let done_by_each = self.done_by_each();
        (backlog + busy * done_by_each) / (done_by_each + policy.backlog_threshold)
    }

    /// The arrivals after a jump for which the maximum is ready, in dynos that they keep busy: the
    /// same equation without a backlog.
    #[must_use]
    pub fn busy_at_max(&self, policy: &Policy) -> f64 {
        f64::from(policy.bounds.max) * (1.0 + policy.backlog_threshold / self.done_by_each())
    }

    /// The same if nothing arrives before the jump. None if one would do: the first message starts
    /// it.
    fn ready_when_idle(&self, policy: &Policy) -> u32 {
        let load = Load { arrivals_per_minute: 0.0, ..self.load };
        match rounded_up(Self { load, ..*self }.ready(policy, 0.0)) {
            1 => 0,
            dynos => dynos,
        }
    }

    /// The fewest dynos that leave at most the threshold for each by the look after the next, if
    /// they work from the next on.
    fn catching_up(&self, policy: &Policy, seen: &Observation) -> f64 {
        let arriving = self.load.arrivals_per_minute * self.until_help_minutes();
        let throughput = self.load.messages_per_dyno_minute;
        let done = throughput * f64::from(seen.active) * RESPONSE_MINUTES;
        let left = (backlog(policy, seen) + arriving - done).max(0.0);
        left / (throughput * self.look_minutes + policy.backlog_threshold)
    }
}

/// Without any message.
fn is_idle(policy: &Policy, seen: &Observation) -> bool {
    policy.backlog(seen).max(seen.backlog.visible).max(seen.backlog.in_flight) == 0
}

/// Rounded up: a part of a dyno is a dyno.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; the cast saturates, and bounds follow"
)]
fn rounded_up(dynos: f64) -> u32 {
    dynos.ceil() as u32
}
