//! The peers' rules, each from its documented formula, and two that frame them all: a constant
//! number of dynos, and one who knows the load.

mod aws;
mod constant;
mod keda;
mod oracle;
mod original;

pub use aws::TargetTracking;
pub use constant::Constant;
pub use keda::{Hpa, Keda};
pub use oracle::Oracle;
pub use original::Original;

/// The dynos that a backlog asks for at so many messages each, rounded up: a part of a dyno's
/// worth of messages needs a whole dyno.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and bounds follow"
)]
fn dynos_for(messages: u64, per_dyno: f64) -> u32 {
    (messages as f64 / per_dyno).ceil() as u32
}
