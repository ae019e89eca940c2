//! The current bounds, and the next ones.
//!
//! Must not know what runs within them.

use dynoscaler::policy::{Bounds, BoundsChange};

/// The bounds of a schedule as text: until when, and what follows.
pub(super) fn described(now: Bounds, next: Option<BoundsChange>) -> String {
    let Some(BoundsChange { at, bounds }) = next else {
        return format!("{} at all times", range(now));
    };
    format!("{} until {at:.0}, then {}", range(now), range(bounds))
}

fn range(Bounds { min, max }: Bounds) -> String {
    format!("{min} to {max}")
}
