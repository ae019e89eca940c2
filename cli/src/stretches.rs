//! Records in stretches of time: how long the state that each cycle left lasted, where no cycle ran,
//! what stayed as it was for several cycles, and as many stretches as a picture can show.
//!
//! Must not know what is shown of them.

use jiff::{SignedDuration, Timestamp};

use super::records::Record;
use dynoscaler::policy::ReasonKind;

/// So many times the usual time between two cycles without one is a gap.
const GAP_CYCLES: i32 = 3;

/// Records in at most about `most` columns of the same width, each with its time. A column without a
/// record is a gap.
pub(super) fn columns(records: &[Record], most: usize) -> Vec<(Timestamp, &[Record])> {
    let gap = gap(records).max(width(records, most));
    let mut columns: Vec<(Timestamp, &[Record])> = Vec::new();
    let mut before: Option<Timestamp> = None;
    for column in of_width(records, width(records, most)) {
        let (Some(first), Some(last)) = (column.first(), column.last()) else { continue };
        let missed = before.filter(|before| gap < first.tick.duration_since(*before));
        columns.extend(missed.map(|at| (at, &[][..])));
        columns.push((first.tick, column));
        before = Some(last.tick);
    }
    columns
}

fn of_width(records: &[Record], width: SignedDuration) -> impl Iterator<Item = &[Record]> {
    let first = records.first().map(|record| record.tick);
    let column = move |record: &Record| {
        let since = first.map(|first| record.tick.duration_since(first)).unwrap_or_default();
        since.as_nanos().checked_div(width.as_nanos())
    };
    records.chunk_by(move |one, next| column(one).is_some_and(|it| column(next) == Some(it)))
}

/// The width of a column; zero if every record has its own.
pub(super) fn width(records: &[Record], most: usize) -> SignedDuration {
    match records {
        [first, .., last] if most < records.len() => {
            let columns = i32::try_from(most).unwrap_or(i32::MAX);
            last.tick.duration_since(first.tick) / columns + SignedDuration::from_nanos(1)
        }
        _ => SignedDuration::ZERO,
    }
}

/// How long the state that each cycle left lasted: until the next cycle, but if none ran for long,
/// for the usual time between two. Nothing is known of the rest. Of one record alone it is zero.
pub(super) fn lasted(records: &[Record]) -> Vec<SignedDuration> {
    let (usual, gap) = (usual_pause(records), gap(records));
    let pauses = pauses(records).map(|pause| if gap < pause { usual } else { pause });
    let last = Some(usual).filter(|_| 1 < records.len()).unwrap_or_default();
    pauses.chain([last]).take(records.len()).collect()
}

/// A longer pause is no single missing cycle.
fn gap(records: &[Record]) -> SignedDuration {
    usual_pause(records).saturating_mul(GAP_CYCLES)
}

/// The median of the times between two.
fn usual_pause(records: &[Record]) -> SignedDuration {
    let mut pauses: Vec<_> = pauses(records).collect();
    pauses.sort_unstable();
    pauses.get(pauses.len() / 2).copied().unwrap_or(SignedDuration::MAX)
}

fn pauses(records: &[Record]) -> impl Iterator<Item = SignedDuration> {
    records.windows(2).map(|pair| pair[1].tick.duration_since(pair[0].tick))
}

/// The records in order, those in a row with the same lasting reason together.
pub(super) fn runs(records: &[Record]) -> impl Iterator<Item = &[Record]> {
    records.chunk_by(|one, next| lasts(one) && lasts(next) && one.reason == next.reason)
}

/// Whether an operator must know of it although nothing changes: one row for any number of cycles.
pub(super) fn lasts(record: &Record) -> bool {
    let kind = record.kind();
    record.error.is_some() || matches!(kind, Some(ReasonKind::Hold | ReasonKind::Unread))
}

/// From each failed cycle to the next one, those one after the other as one.
pub(super) fn failed(records: &[Record]) -> Vec<(Timestamp, Timestamp)> {
    let pause = usual_pause(records);
    let fails = |record: &Record| record.error.is_some();
    let mut failed = Vec::new();
    let mut rest = records;
    for run in records.chunk_by(|one, next| fails(one) == fails(next)) {
        rest = &rest[run.len()..];
        let (Some(first), Some(last)) = (run.first().filter(|first| fails(first)), run.last())
        else {
            continue;
        };
        let usual = last.tick.saturating_add(pause).unwrap_or(Timestamp::MAX);
        failed.push((first.tick, rest.first().map_or(usual, |next| usual.min(next.tick))));
    }
    failed
}
