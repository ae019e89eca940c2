//! Whether a cycle still fits into the time that a process has left.
//!
//! Must not know who ends the process.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::ports::{ACT_BUDGET, COMMIT_BUDGET, OBSERVE_BUDGET, REPORT_BUDGET};

/// The longest time from the beginning of a cycle to its end: that of its calls.
pub const CYCLE_MAX: Duration = OBSERVE_BUDGET
    .saturating_add(COMMIT_BUDGET)
    .saturating_add(ACT_BUDGET)
    .saturating_add(REPORT_BUDGET);

/// For the round's own line and its answer.
const RESERVE: SignedDuration = SignedDuration::from_secs(1);

/// The shortest time-out with which a function is deployed, which fits the longest cycle.
pub const TIMEOUT_MIN: SignedDuration = SignedDuration::from_secs(30);

/// The longest time-out that Lambda offers.
const TIMEOUT_MAX: SignedDuration = SignedDuration::from_mins(15);

/// When a process that began an invocation at `began` is stopped. Its end is written in the time of
/// another clock: if no time-out reaches from here to there, the two differ, and the shortest
/// time-out is left.
#[must_use]
pub fn ends_at(began: Timestamp, written: Timestamp) -> Timestamp {
    let is_of_this_clock =
        leaves_time(began, Some(written)) && written.duration_since(began) <= TIMEOUT_MAX;
    if is_of_this_clock { written } else { began + TIMEOUT_MIN }
}

/// Whether a cycle that begins now ends before the process does. One that is cut off in the middle
/// would leave a change half made.
pub(super) fn leaves_time(now: Timestamp, ends_at: Option<Timestamp>) -> bool {
    let left = ends_at.map(|ends_at| ends_at.duration_since(now));
    let needed = SignedDuration::try_from(CYCLE_MAX).map(|longest| longest + RESERVE);
    left.is_none_or(|left| needed.is_ok_and(|needed| needed <= left))
}
