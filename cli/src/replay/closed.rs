//! The closed loop: each change takes effect on what the next cycle of the log observes.
//!
//! Must not know how the queue is derived.

use jiff::Timestamp;

use super::memory::Memory;
use super::plant::{Plant, Throughput, arrivals, course, minutes};
use super::recorded::Recorded;
use dynoscaler::report::CycleReport;

/// The records that the configuration would have made had its changes been made.
///
/// Cycles with an incomplete reading are left out: the queue of that moment is unknown.
pub(super) fn closed(
    memory: &mut Memory,
    records: &[Recorded],
    throughput: Throughput,
) -> Vec<CycleReport> {
    let policy = *memory.policy();
    let course = course(records, &policy);
    let Some((_, first)) = course.first() else { return Vec::new() };
    let mut plant = Plant::new(throughput, first);
    let arrivals = arrivals(&course, &throughput);
    let nexts = course.iter().skip(1).map(|(at, _)| *at);
    let mut intervals = nexts.zip(arrivals);
    let known = records.iter().filter_map(|record| Some((record, record.seen(&policy)?)));
    let reports = known.map(|(record, recorded)| {
        let (total, active) = plant.seen(&recorded);
        let report = memory.answer(&record.seeing(total, active));
        if let (Some((next, arrived)), Some(dynos)) = (intervals.next(), report.required_dynos) {
            plant.pass(dynos, minutes(record.tick, next), arrived);
        }
        report
    });
    reports.collect()
}

/// The dynos that each cycle required, and since when.
pub(super) fn quantities(reports: &[CycleReport]) -> Vec<(Timestamp, u32)> {
    reports.iter().filter_map(|report| Some((report.tick, report.required_dynos?))).collect()
}
