//! The peers' methods, each from its documented formula, and two extremes: a constant number of
//! dynos, and an oracle that knows the load.

mod aws;
mod constant;
mod keda;
mod oracle;
mod original;
mod papers;

pub use aws::TargetTracking;
pub use constant::Constant;
pub use keda::{Hpa, Keda};
pub use oracle::{Known, Oracle};
pub use original::Original;
pub use papers::{Adapt, Conpaas, Hist, Look, Paper, Planned, Planner, React, Reg};

/// The dynos that a backlog needs at so many messages each, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and bounds follow"
)]
fn dynos_for(messages: u64, per_dyno: f64) -> u32 {
    (messages as f64 / per_dyno).ceil() as u32
}
