//! Several targets in a table, the worst first.
//!
//! Must not know where the records come from.

use std::cmp::{Ordering, Reverse};

use anstyle::{AnsiColor, Style};

use super::sums::Sums;
use crate::records::Record;
use crate::source::Targets;
use crate::text::{aligned, fixed, grouped, percent};

const BAD: Style = AnsiColor::Red.on_default();

const HEADS: [&str; 7] = ["target", "cycles", "failed", "changes", "dynos", "above", "last cycle"];

const UNKNOWN: &str =
    "Where `above` is ?, no cycle has read both the queue and the dynos: that is not 0.\n";

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
        let by_above = || {
            let shares = one.sums.above_threshold_share.zip(other.sums.above_threshold_share);
            shares.map_or(Ordering::Equal, |(one, other)| other.total_cmp(&one))
        };
        let by_failures = || other.failed_share().total_cmp(&one.failed_share());
        let worst = |line: &Line<'_>| Reverse((line.is_failing(), line.is_unknown()));
        worst(one).cmp(&worst(other)).then_with(by_failures).then_with(by_above)
    });
    let heads = [HEADS.map(str::to_owned)];
    let rows: Vec<_> = heads.into_iter().chain(lines.iter().map(Line::cells)).collect();
    let unknown = if lines.iter().any(Line::is_unknown) { UNKNOWN } else { "" };
    format!("{}\n{unknown}The events of one: --target APP/PROCESS\n", aligned(&rows))
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

    /// Whether no cycle knew if its backlog was above the threshold.
    const fn is_unknown(&self) -> bool {
        self.sums.above_threshold_share.is_none()
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
