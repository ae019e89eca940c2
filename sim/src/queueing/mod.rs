//! A queue, its workers and a controller of their number, simulated event by event: one message,
//! one event. The same seed gives the same run, and every controller gets the same messages.
//!
//! Must not know: files, the command line, how results are shown.

pub mod baseline;
mod contender;
mod controller;
mod counts;
mod drawn;
mod elasticity;
mod fleet;
mod histogram;
mod load;
mod random;
mod run;
mod score;
mod series;
mod settling;
mod shape;
mod spec;
mod supply;
mod traffic;
mod tree;
mod world;

pub use contender::{Contender, Method, in_parallel, run_all};
pub use controller::{Controller, Policied, Seen};
pub use counts::CountErrors;
pub use drawn::drawn;
pub use elasticity::{Elasticity, elasticity};
pub use load::{Load, Segment};
pub use run::{Progress, run};
pub use score::Score;
pub use series::{Point, Series, Spread};
pub use settling::{Settling, settling};
pub use shape::Shape;
pub use spec::{DynoSpec, MESSAGES_PER_BATCH_MAX, OnStop};
pub use supply::Supply;
pub use traffic::{Course, ServiceShape, ServiceTime};
pub use world::{Intervention, Outcome, World};

/// A simulated second, in microseconds, the unit of all simulated times.
pub const SECOND_US: u64 = 1_000_000;

/// Microseconds of a duration in seconds; a negative duration is 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and no simulated time comes near the bound"
)]
pub(crate) fn us_of_secs(secs: f64) -> u64 {
    (secs * 1e6).round() as u64
}

/// Seconds of a simulated duration.
#[expect(clippy::cast_precision_loss, reason = "2^53 microseconds are 285 years")]
pub fn secs_of_us(us: u64) -> f64 {
    us as f64 / 1e6
}
