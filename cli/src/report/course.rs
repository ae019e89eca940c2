//! The course of a target over time, in as many points as a chart can show.
//!
//! Its totals are not made from it. Must not know how it is drawn.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::target::Change;
use crate::plot::Range;
use crate::records::Record;
use crate::stretches::{columns, failed};

/// A week in stretches of five minutes.
const POINTS_MAX: usize = 2_000;

/// Values over time; null where they are not known, and at a gap.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Course {
    /// Seconds since 1970.
    at: Vec<i64>,
    threshold: Vec<Option<f64>>,
    backlog: Line,
    dynos: Line,
    min_dynos: Vec<Option<f64>>,
    max_dynos: Vec<Option<f64>>,
    waiting: Line,
    in_flight: Vec<Option<f64>>,
    /// Where cycles failed, in the same seconds.
    failed: Vec<(i64, i64)>,
    changes: Vec<ChangePoint>,
    /// The names of the reasons of the changes.
    reasons: Vec<String>,
}

/// When, from how many dynos, to how many, the place of the reason, and whether others did it.
type ChangePoint = (i64, Option<u32>, Option<u32>, usize, bool);

/// The mean of each stretch, and its least and most.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Line {
    min: Vec<Option<f64>>,
    mean: Vec<Option<f64>>,
    max: Vec<Option<f64>>,
}

impl Course {
    pub(super) fn of(records: &[Record], changes: &[Change]) -> Self {
        let reasons: BTreeSet<&str> = changes.iter().map(|change| &*change.reason).collect();
        let reasons: Vec<&str> = reasons.into_iter().collect();
        let place = |name: &str| reasons.binary_search(&name).unwrap_or_default();
        let change =
            |it: &Change| (it.at.as_second(), it.from, it.to, place(&it.reason), it.by_others);
        let columns = &columns(records, POINTS_MAX)[..];
        let mean = |value| of_each(columns, value, |range| range.mean);
        let line = |value| Line {
            min: of_each(columns, value, |range| range.min),
            mean: of_each(columns, value, |range| range.mean),
            max: of_each(columns, value, |range| range.max),
        };
        let secs = |(from, to): (Timestamp, Timestamp)| (from.as_second(), to.as_second());
        Self {
            at: columns.iter().map(|(at, _)| at.as_second()).collect(),
            threshold: mean(|record| record.backlog_threshold),
            backlog: line(|record| record.backlog_per_instance),
            dynos: line(|record| record.dynos_after().map(f64::from)),
            min_dynos: mean(|record| record.min_dynos.map(f64::from)),
            max_dynos: mean(|record| record.max_dynos.map(f64::from)),
            waiting: line(|record| record.sqs_messages.map(amount)),
            in_flight: mean(|record| record.in_flight.map(amount)),
            changes: changes.iter().map(change).collect(),
            reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
            failed: failed(records).into_iter().map(secs).collect(),
        }
    }
}

type Value = fn(&Record) -> Option<f64>;

fn of_each(
    columns: &[(Timestamp, &[Record])],
    value: Value,
    part: fn(Range) -> f64,
) -> Vec<Option<f64>> {
    let range = |records: &[Record]| Range::of(records.iter().filter_map(value));
    columns.iter().map(|(_, records)| Some(rounded(part(range(records)?)))).collect()
}

/// A hundredth is less than a chart shows.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[expect(clippy::cast_precision_loss, reason = "2^53 is beyond any count")]
const fn amount(count: u64) -> f64 {
    count as f64
}
