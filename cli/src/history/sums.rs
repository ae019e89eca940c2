//! What the cycles of one target add up to.
//!
//! Must not know how it is shown beside others.

use serde::Serialize;

use crate::records::Record;
use crate::text::{fixed, mean, percent, plural};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Sums {
    pub(super) cycles: usize,
    pub(super) changes: usize,
    pub(super) failed: usize,
    pub(super) dynos_mean: Option<f64>,
    pub(super) dynos_max: Option<u32>,
    /// Of the cycles that knew it.
    pub(super) above_threshold_share: Option<f64>,
}

impl Sums {
    pub(super) fn of(records: &[Record]) -> Self {
        let count = |holds: fn(&Record) -> bool| records.iter().filter(|it| holds(it)).count();
        let above = records.iter().filter_map(Record::is_above);
        let dynos = records.iter().filter_map(|record| record.active_dynos);
        Self {
            cycles: records.len(),
            changes: count(Record::is_change),
            failed: count(|record| record.error.is_some()),
            dynos_mean: mean(dynos.clone().map(f64::from)),
            dynos_max: dynos.max(),
            above_threshold_share: mean(above.map(|is_above| f64::from(u8::from(is_above)))),
        }
    }

    pub(super) fn text(&self) -> String {
        format!(
            "{}: {}, {} failed; {}; {}",
            plural(self.cycles as u64, "cycle"),
            plural(self.changes as u64, "change"),
            self.failed,
            self.dynos_mean.zip(self.dynos_max).map_or_else(
                || "dynos unknown".to_owned(),
                |(mean, most)| format!("{} dynos on average, {most} at most", fixed(mean, 1)),
            ),
            self.above_threshold_share.map_or_else(
                || "above the threshold: unknown".to_owned(),
                |share| format!("above the threshold in {}", percent(share)),
            ),
        )
    }
}
