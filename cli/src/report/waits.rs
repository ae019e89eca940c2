//! How long messages waited, as far as counts show it.
//!
//! A message that arrives waits until the dynos have worked off those before it: the messages
//! waiting, divided by what the dynos finish in a minute. That is given by the operator or learnt
//! from the same counts.

use serde::Serialize;

use super::sums::Stretch;
use crate::records::Record;
use crate::replay::Throughput;
use dynoscaler::policy::{Backlog, Bounds, Observation, Policy};

/// Waits over time, in seconds: for half and for 99 % of the time no longer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Waits {
    pub(super) median_secs: f64,
    pub(super) p99_secs: f64,
    pub(super) most_secs: f64,
    /// What the estimate rests on.
    pub(super) messages_per_dyno_minute: f64,
}

impl Waits {
    /// None if what a dyno finishes in a minute is neither given nor shown by the counts.
    pub(super) fn of(
        records: &[Record],
        stretches: &[Stretch<'_>],
        given: Option<f64>,
    ) -> Option<Self> {
        let per_minute = given.or_else(|| messages_per_dyno_minute(records))?;
        let wait =
            |stretch: &Stretch<'_>| Some((wait_secs(stretch.record, per_minute)?, stretch.hours));
        let mut waits: Vec<(f64, f64)> = stretches.iter().filter_map(wait).collect();
        waits.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        Some(Self {
            median_secs: quantile(&waits, 0.5)?,
            p99_secs: quantile(&waits, 0.99)?,
            most_secs: quantile(&waits, 1.0)?,
            messages_per_dyno_minute: per_minute,
        })
    }
}

/// With no dyno the wait is unknown.
#[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
fn wait_secs(record: &Record, per_minute: f64) -> Option<f64> {
    let dynos = record.active_dynos.filter(|dynos| 0 < *dynos)?;
    Some(record.sqs_messages? as f64 / (f64::from(dynos) * per_minute) * 60.0)
}

/// The least value that is not exceeded for this share of the time. The values are in order, each
/// with its time.
fn quantile(values: &[(f64, f64)], share: f64) -> Option<f64> {
    let all: f64 = values.iter().map(|(_, time)| time).sum();
    let mut passed = 0.0;
    let reached = values.iter().find(|(_, time)| {
        passed += time;
        share * all <= passed
    });
    reached.or(values.last()).map(|(value, _)| *value)
}

fn messages_per_dyno_minute(records: &[Record]) -> Option<f64> {
    let course: Vec<_> = records.iter().filter_map(|it| Some((it.tick, seen(it)?))).collect();
    let last = records.last()?;
    let bounds = Bounds { min: last.min_dynos?, max: last.max_dynos? };
    let throughput = Throughput::of(&course, &Policy::new(bounds, last.backlog_threshold?), None)?;
    Some(throughput.messages_per_minute).filter(|per_minute| 0.0 < *per_minute)
}

fn seen(record: &Record) -> Option<Observation> {
    let (visible, in_flight) = (record.sqs_messages?, record.in_flight?);
    let backlog = Backlog { visible, in_flight, delayed: record.delayed? };
    Some(Observation::new(backlog, record.active_dynos?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_counts_time_and_not_values() {
        let values = [(1.0, 90.0), (2.0, 9.0), (3.0, 1.0)];
        let of = |share| quantile(&values, share);
        assert_eq!([0.5, 0.9, 0.95, 0.99, 1.0].map(of), [1.0, 1.0, 2.0, 2.0, 3.0].map(Some));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
