//! The numbers of the account as text.
//!
//! Must not know where they are shown.

use crate::text::{duration, fixed};

pub(super) fn dollars(amount: f64) -> String {
    let sign = if amount < 0.0 { "−" } else { "" };
    format!("{sign}${}", fixed(amount.abs(), 2))
}

pub(super) fn hours(hours: f64) -> String {
    fixed(hours, 1)
}

pub(super) fn of_hours(hours: f64) -> String {
    duration(hours * 3_600.0)
}

pub(super) fn whole(value: f64) -> String {
    fixed(value, 0)
}

/// 99.99 % is not all of the time.
pub(super) fn level(share: f64) -> String {
    format!("{} %", fixed(share * 100.0, 2))
}

#[expect(clippy::cast_precision_loss, reason = "2^53 is beyond any count")]
pub(super) const fn amount(count: u64) -> f64 {
    count as f64
}

pub(super) const fn count(count: usize) -> f64 {
    amount(count as u64)
}

pub(super) fn one_decimal(value: f64) -> String {
    fixed(value, 1)
}

pub(super) fn whole_percent(share: f64) -> String {
    format!("{}%", fixed(share * 100.0, 0))
}

/// A count in three characters or so.
pub(super) fn compact(value: f64) -> String {
    match value {
        10_000.0.. => format!("{}k", fixed(value / 1_000.0, 0)),
        1_000.0.. => format!("{}k", fixed(value / 1_000.0, 1)),
        _ => fixed(value, 0),
    }
}
