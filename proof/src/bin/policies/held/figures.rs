//! The three figures by which a run is judged, and which of two runs is better.

use dynoscaler_sim::queueing::Score;

/// Each is better the smaller it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figures {
    pub(super) above: f64,
    pub(super) dyno_hours: f64,
    pub(super) changes: u64,
}

impl Figures {
    pub(super) const fn of(score: &Score) -> Self {
        Self {
            above: score.above_threshold_share,
            dyno_hours: score.dyno_hours,
            changes: score.changes,
        }
    }

    /// No worse in any, and better in one.
    pub(super) fn beats(&self, other: &Self) -> bool {
        self.is_no_worse_than(other) && self != other
    }

    pub(super) fn is_no_worse_than(&self, other: &Self) -> bool {
        self.above <= other.above
            && self.dyno_hours <= other.dyno_hours
            && self.changes <= other.changes
    }

    /// Whether another has neither more dyno-hours nor more time above, and less of one.
    pub(super) fn is_behind(&self, other: &Self) -> bool {
        let no_more = other.above <= self.above && other.dyno_hours <= self.dyno_hours;
        no_more && (other.above < self.above || other.dyno_hours < self.dyno_hours)
    }
}
