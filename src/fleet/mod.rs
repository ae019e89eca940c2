//! A round: the cycles of one tick, of all targets of one process.
//!
//! A fault of one target, app or account is its own: every other cycle runs as it would without
//! it. Must not know which services answer, nor how a cycle decides.

mod account;
mod app;
mod deadline;
mod instances;
mod isolation;
mod news;
mod outcome;
mod rounds;
mod scaler;
mod turns;

pub use self::account::Account;
pub use self::app::{App, Member};
pub use self::deadline::{CYCLE_MAX, TIMEOUT_MIN, ends_at};
pub use self::instances::Instances;
pub use self::isolation::Faulty;
pub use self::news::{News, NewsFilter};
pub use self::outcome::{Round, RoundError};
pub use self::rounds::{APPS_AT_ONCE, Fleet, Terms};
pub use self::scaler::{LastGood, Scaler, TargetsFile};
pub use self::turns::{POOL_SIZE, is_due, period, rounds_a_minute};
