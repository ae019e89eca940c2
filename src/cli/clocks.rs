//! Whether the clock that ran cycles and this machine's agree.
//!
//! Must not know which of the two is right.

use jiff::{SignedDuration, Timestamp};

use super::text::age;
use crate::policy::State;

/// Clocks that differ by less are usual.
const AGREE_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// That a tick has counted which the clock has not reached.
pub(super) fn ahead(state: &State, now: Timestamp) -> Option<String> {
    let last = state.last_tick?;
    let ahead = last.duration_since(now);
    let told = || format!("the last tick that counted, {last:.0}, is {} ahead", age(ahead));
    (AGREE_WITHIN < ahead).then(told)
}
