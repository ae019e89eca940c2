//! Several targets in a table, the worst first.
//!
//! Must not know where the records come from.

use std::cmp::Reverse;

use anstyle::{AnsiColor, Style};

use super::sums::Sums;
use crate::records::Record;
use crate::source::Targets;
use crate::text::{aligned, fixed, grouped, percent};

const BAD: Style = AnsiColor::Red.on_default();

const HEADS: [&str; 7] = ["target", "cycles", "failed", "changes", "dynos", "above", "last cycle"];

/// A target, and what its cycles add up to.
struct Line<'a> {
    target: &'a str,
    sums: Sums,
    last: Option<&'a Record>,
}

pub(super) fn overview(targets: &Targets) -> String {
    let lines = targets.iter().map(|(target, records)| Line::of(target, records));
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by(|one, other| {
        let by_above = || other.above().total_cmp(&one.above());
        let by_failures = || other.failed_share().total_cmp(&one.failed_share());
        Reverse(one.is_failing())
            .cmp(&Reverse(other.is_failing()))
            .then_with(by_failures)
            .then_with(by_above)
    });
    let heads = [HEADS.map(str::to_owned)];
    let rows: Vec<_> = heads.into_iter().chain(lines.iter().map(Line::cells)).collect();
    format!("{}\nThe events of one: --target APP/PROCESS\n", aligned(&rows))
}

impl<'a> Line<'a> {
    fn of(target: &'a str, records: &'a [Record]) -> Self {
        Self { target, sums: Sums::of(records), last: records.last() }
    }

    /// Whether its last cycle failed.
    fn is_failing(&self) -> bool {
        self.last.is_some_and(|last| last.error.is_some())
    }

    #[expect(clippy::cast_precision_loss, reason = "2^53 cycles are beyond any log")]
    fn failed_share(&self) -> f64 {
        self.sums.failed as f64 / self.sums.cycles.max(1) as f64
    }

    fn above(&self) -> f64 {
        self.sums.above_threshold_share.unwrap_or_default()
    }

    fn cells(&self) -> [String; 7] {
        let unknown = || "?".to_owned();
        let Sums { cycles, changes, failed, dynos_mean, above_threshold_share, .. } = self.sums;
        let style = if self.is_failing() { BAD } else { Style::new() };
        let last = self.last.map_or_else(unknown, Record::reason);
        [
            self.target.to_owned(),
            grouped(cycles as u64),
            grouped(failed as u64),
            grouped(changes as u64),
            dynos_mean.map_or_else(unknown, |mean| fixed(mean, 1)),
            above_threshold_share.map_or_else(unknown, percent),
            format!("{style}{last}{style:#}"),
        ]
    }
}
