//! Values in the state that no cycle can have written are dropped on reading.
//!
//! Otherwise another writer of the item could stop the scaling for ever by one time in the year
//! 9999, and so could a clock that was wrong for a while. Must not know: how a state is stored,
//! what is decided from it.

use jiff::Timestamp;

use super::tick::CLOCKS_DIFFER_MAX;
use super::{LastKnownQuantity, State, TICK_AHEAD_MAX};

impl State {
    /// The state, as far as a cycle can have written it by `now`.
    ///
    /// A pause stays as it is: an operator wrote it.
    #[must_use]
    pub fn plausible_at(&self, now: Timestamp) -> Self {
        let is_past = |time: Timestamp| time.duration_since(now) <= CLOCKS_DIFFER_MAX;
        let is_past_quantity = |known: &LastKnownQuantity| known.by_hand_since.is_none_or(is_past);
        let read = self.clone();
        Self {
            last_tick: self.watermark(now),
            intent: read.intent.filter(|it| is_past(it.at) && is_past(it.since)),
            last_known: self.last_known.filter(is_past_quantity),
            limit: self.limit.filter(|limit| limit.is_plausible_at(now)),
            still: self.still.filter(|still| is_past(still.since)),
            memory: read.memory.learnt(is_past),
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
            ("standing", believed.last_known == self.last_known),
            ("heroku_limit", believed.limit == self.limit),
            ("still", believed.still == self.still),
            ("rate", believed.memory == self.memory),
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
