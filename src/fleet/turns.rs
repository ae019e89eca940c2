//! How the apps of one account share its calls: each minute some of them have their turn.
//!
//! Pure, and without a state: every instance comes to the same turns. Must not know what an app is.

use jiff::SignedDuration;

use crate::ports::CallPool;

/// The calls of an account after an hour without one, unless Heroku reported otherwise.
pub const POOL_SIZE: u32 = 4_500;

/// Of the calls that a pool gets back in a minute, those that looks may take: four of five. The
/// others are for changes, and for other programs.
const fn calls_a_minute(size: u32) -> u32 {
    size / 60 * 4 / 5
}

/// The rounds of a minute; at least one, as in the minute of a round that others follow later.
#[must_use]
pub fn rounds_a_minute(every: SignedDuration) -> u32 {
    let rounds = 60_u64.div_ceil(every.unsigned_abs().as_secs().max(1));
    u32::try_from(rounds).unwrap_or(u32::MAX)
}

/// Every how many minutes an app has its turn, if `calls` a minute would look at every app of the
/// account. Twice as long while the calls are scarce.
#[must_use]
pub fn period(calls: u32, pool: Option<CallPool>) -> u32 {
    let affordable = calls_a_minute(pool.map_or(POOL_SIZE, |pool| pool.size)).max(1);
    let minutes = calls.div_ceil(affordable).max(1);
    // One app alone would spare next to nothing.
    let spares = 1 < calls && pool.is_some_and(CallPool::is_scarce);
    if spares { minutes.saturating_mul(2) } else { minutes }
}

/// Whether the app in this place among its account's has its turn in a minute.
#[must_use]
pub fn is_due(place: usize, period: u32, minute: i64) -> bool {
    let place = i64::try_from(place).unwrap_or(i64::MAX);
    minute.wrapping_add(place).rem_euclid(i64::from(period.max(1))) == 0
}
