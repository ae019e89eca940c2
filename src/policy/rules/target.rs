//! The rule `target`: as many dynos as bring the backlog per instance to the threshold.
//!
//! The number follows from the backlog alone and never multiplies the dynos that run: those that
//! still boot are not requested twice. Must not know: the counters, the bounds.

use super::recommendation::{Recommendation, Stabilisation};
use crate::policy::{Observation, Policy};

pub(super) fn recommend(policy: &Policy, tolerance: f64, seen: &Observation) -> Recommendation {
    let dynos = match policy.backlog_per_instance(seen) {
        Some(each) if is_close(each, policy.backlog_threshold, tolerance) => seen.active,
        Some(_) | None => required(policy, seen),
    };
    Recommendation::new(dynos, Stabilisation::CountedCycles)
}

/// Not by the ratio: 110 ÷ 100 - 1 is a little more than 0.1.
fn is_close(each: f64, threshold: f64, tolerance: f64) -> bool {
    (each - threshold).abs() <= tolerance * threshold
}

/// Rounded up: one dyno fewer would leave each with more than the threshold.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "not negative; the cast saturates, and bounds follow"
)]
pub(super) fn required(policy: &Policy, seen: &Observation) -> u32 {
    (policy.backlog(seen) as f64 / policy.backlog_threshold).ceil() as u32
}
