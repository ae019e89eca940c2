//! Whether the times of the state agree with this machine's clock.
//!
//! Must not know which of the two is right.

use jiff::{SignedDuration, Timestamp};

use super::text::age;
use dynoscaler::policy::State;

/// The times of the state that a cycle ignores, since none can have written them by now.
pub(super) fn implausible(state: &State, now: Timestamp) -> Option<String> {
    let names = state.implausible_at(now).join(", ");
    (!names.is_empty()).then(|| format!("no cycle can have written {names} by now: not believed"))
}

/// Clocks that differ by less are usual.
const AGREE_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// Reports a counted tick that the clock has not reached.
pub(super) fn ahead(state: &State, now: Timestamp) -> Option<String> {
    let last = state.last_tick?;
    let ahead = last.duration_since(now);
    let text = || format!("the last tick that counted, {last:.0}, is {} ahead", age(ahead));
    (AGREE_WITHIN < ahead).then(text)
}
