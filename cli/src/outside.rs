//! Changes of the dynos that DynoScaler did not make, as the cycles' records show them.
//!
//! Must not know how they are shown.

use crate::records::Record;
use dynoscaler::policy::ReasonKind;

/// A change by an operator, or by another scaler.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ByOthers<'a> {
    /// The first cycle that observed it.
    pub(super) seen_by: &'a Record,
    /// The dynos after the cycle before.
    pub(super) before: u32,
    /// The dynos that this cycle observed.
    pub(super) now: u32,
}

/// Every such change, in order.
pub(super) fn by_others(records: &[Record]) -> impl Iterator<Item = ByOthers<'_>> {
    let mut expected = None;
    records.iter().filter_map(move |record| {
        let next = next_expected(expected, record);
        let before = std::mem::replace(&mut expected, next);
        let (before, now) =
            before.zip(record.active_dynos).filter(|(before, now)| before != now)?;
        Some(ByOthers { seen_by: record, before, now }).filter(|_| !is_undecided(record))
    })
}

/// The dynos that the next cycle should find, if that is known.
fn next_expected(dynos: Option<u32>, record: &Record) -> Option<u32> {
    match (&record.error, record.required_dynos, record.active_dynos) {
        // A change that was not confirmed may have arrived.
        (Some(_), required, active) if required != active => None,
        (Some(_), _, _) => dynos,
        (None, _, _) if is_undecided(record) => dynos,
        // A late tick reads nothing.
        (None, ..) => record.dynos_after().or(dynos),
    }
}

/// Nothing was decided from what was seen: another instance decided at the same time, so that it
/// may be from before its change.
fn is_undecided(record: &Record) -> bool {
    let kind = record.kind().filter(|_| record.error.is_none());
    matches!(kind, Some(ReasonKind::Silent | ReasonKind::Unconfirmed))
}
