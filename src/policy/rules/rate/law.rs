//! From arrivals and throughput to dynos: feed-forward of the arrivals, feedback of the backlog.
//!
//! Must not know: how either was found, the bounds.

use super::Estimate;
use crate::policy::{Observation, Policy, RateSettings};

/// A dyno that is requested now works in about a minute, by the counts.
const RESPONSE_MINUTES: f64 = 1.0;

/// An estimate is vague if its deviation is more than half of it.
const VAGUE: f64 = 2.0;

/// The arrivals and the throughput of a dyno.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Messages that arrive in a minute.
    pub arrivals_per_minute: f64,
    /// Messages that a dyno finishes in a minute. Above 0.
    pub messages_per_dyno_minute: f64,
}

impl Load {
    fn busy_dynos(self) -> f64 {
        self.arrivals_per_minute / self.messages_per_dyno_minute
    }
}

/// The dynos that a known load needs.
#[must_use]
pub fn needed_by(load: Load, policy: &Policy, settings: &RateSettings, seen: &Observation) -> u32 {
    let arrivals = rounded_up(load.busy_dynos() / settings.utilization);
    unless_idle(policy, seen, arrivals.max(draining(load, policy, settings, seen)))
}

/// The dynos that an estimated load needs.
///
/// While the estimate is uncertain, it adds dynos for the least likely load, and keeps those for
/// the most likely one.
pub(super) fn needed(
    policy: &Policy,
    settings: &RateSettings,
    estimate: &Estimate,
    seen: &Observation,
) -> u32 {
    let load = Load {
        arrivals_per_minute: estimate.arrivals_per_minute(),
        messages_per_dyno_minute: estimate.messages_per_dyno_minute(),
    };
    let likely = rounded_up(load.busy_dynos() / settings.utilization);
    let arrivals = if seen.active < likely {
        added(settings, estimate, seen.active, likely)
    } else {
        removed(settings, estimate, seen.active, likely)
    };
    unless_idle(policy, seen, arrivals.max(draining(load, policy, settings, seen)))
}

/// Half of the headroom may be used: below that a change would follow noise. And while the estimate
/// is vague, no change more than doubles.
fn added(settings: &RateSettings, estimate: &Estimate, active: u32, likely: u32) -> u32 {
    let (busy, deviation) = (estimate.busy_dynos(), estimate.busy_dynos_deviation());
    let usable = f64::from(active) * f64::midpoint(settings.utilization, 1.0);
    let is_vague = busy < VAGUE * deviation;
    if is_vague {
        let double = active.saturating_mul(2).max(1);
        if usable < busy { likely.min(double) } else { active }
    } else if usable < busy - deviation {
        likely
    } else {
        active
    }
}

/// No further than the highest plausible load allows, so that a dip of the estimate within its own
/// uncertainty removes nothing.
fn removed(settings: &RateSettings, estimate: &Estimate, active: u32, likely: u32) -> u32 {
    let most = estimate.busy_dynos() + estimate.busy_dynos_deviation();
    let safe = rounded_up(most / settings.utilization);
    likely.max(safe.min(active))
}

/// The fewest dynos with which at most the threshold waits for each after the time to drain,
/// counted from when they work: (backlog + arrivals × time) ÷ (throughput × time + threshold).
fn draining(load: Load, policy: &Policy, settings: &RateSettings, seen: &Observation) -> u32 {
    let done = load.messages_per_dyno_minute * f64::from(seen.active);
    #[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
    let backlog = policy.backlog(seen) as f64;
    let then = (backlog + (load.arrivals_per_minute - done) * RESPONSE_MINUTES).max(0.0);
    let minutes = settings.drain_minutes;
    let each = load.messages_per_dyno_minute * minutes + policy.backlog_threshold;
    rounded_up((then + load.arrivals_per_minute * minutes) / each)
}

/// A queue without any message needs no dyno; only a long time without one has an effect.
fn unless_idle(policy: &Policy, seen: &Observation, needed: u32) -> u32 {
    let messages = policy.backlog(seen).max(seen.backlog.visible).max(seen.backlog.in_flight);
    if messages == 0 { 0 } else { needed.max(1) }
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
