//! What no cycle can have written into the state is forgotten on reading.
//!
//! Whoever may write the item could otherwise stop the scaling for ever by one time in the year
//! 9999, and so could a clock that was wrong for a while. Must not know: how a state is stored, what
//! is decided from it.

use jiff::{SignedDuration, Timestamp};

use super::{DynoLimit, LIMIT_REMEMBERED, Standing, State, TICK_AHEAD_MAX};

/// By how much two clocks may differ that both count as right.
const CLOCKS_DIFFER_MAX: SignedDuration = SignedDuration::from_mins(1);

impl State {
    /// The state, as far as a cycle can have written it by `now`.
    ///
    /// A pause stays as it is: a person wrote it.
    #[must_use]
    pub fn plausible_at(&self, now: Timestamp) -> Self {
        let is_past = |time: Timestamp| time.duration_since(now) <= CLOCKS_DIFFER_MAX;
        let is_past_standing = |standing: &Standing| standing.by_hand_since.is_none_or(is_past);
        let read = self.clone();
        Self {
            last_tick: self.watermark(now),
            intent: read.intent.filter(|it| is_past(it.at) && is_past(it.since)),
            standing: self.standing.filter(is_past_standing),
            limit: self.limit.filter(|limit| limit.is_plausible_at(now)),
            still: self.still.filter(|still| is_past(still.since)),
            rate: read.rate.filter(|memory| is_past(memory.at())),
            ..read
        }
    }

    /// The attributes that no cycle can have written by `now`, by the names that they have in the
    /// state item.
    #[must_use]
    pub fn implausible_at(&self, now: Timestamp) -> Vec<&'static str> {
        let believed = self.plausible_at(now);
        [
            ("last_tick", believed.last_tick == self.last_tick),
            ("intent", believed.intent == self.intent),
            ("standing", believed.standing == self.standing),
            ("heroku_limit", believed.limit == self.limit),
            ("still", believed.still == self.still),
            ("rate", believed.rate == self.rate),
        ]
        .into_iter()
        .filter_map(|(name, is_believed)| (!is_believed).then_some(name))
        .collect()
    }

    fn watermark(&self, now: Timestamp) -> Option<Timestamp> {
        let ahead_max = TICK_AHEAD_MAX.saturating_add(CLOCKS_DIFFER_MAX);
        self.last_tick.filter(|last| last.duration_since(now) <= ahead_max)
    }
}

impl DynoLimit {
    pub(super) fn is_plausible_at(self, now: Timestamp) -> bool {
        self.until.duration_since(now) <= LIMIT_REMEMBERED.saturating_add(CLOCKS_DIFFER_MAX)
    }
}
