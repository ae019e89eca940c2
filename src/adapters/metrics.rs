//! The metrics of a cycle or of a round, in CloudWatch's embedded metric format: a member `_aws` in
//! a line of the log says which of the other members are metrics.
//!
//! A metric costs money each month, so that a cycle has six and a round four. An unknown value is
//! left out rather than zero. Must not know what a line says.

use jiff::Timestamp;
use serde::Serialize;

use crate::report::{CycleReport, RoundReport};

const NAMESPACE: &str = "DynoScaler";

/// A metric of a cycle belongs to one target.
const OF_TARGET: &[&str] = &["app", "process"];

/// One of a round belongs to all that one function scales.
const OF_FUNCTION: &[&str] = &["function"];

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Metadata {
    timestamp: i64,
    cloud_watch_metrics: [Directive; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 1],
    metrics: Vec<Metric>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

impl Metadata {
    /// The metrics that a cycle has.
    pub(super) fn of_cycle(report: &CycleReport) -> Self {
        let metrics = [
            ("backlog_per_instance", report.backlog_per_instance.is_some()),
            ("sqs_messages", report.sqs_messages.is_some()),
            ("active_dynos", report.active_dynos.is_some()),
            ("required_dynos", report.required_dynos.is_some()),
            ("at_max", report.at_max.is_some()),
            ("cycle_failed", true),
        ];
        let known = metrics.into_iter().filter(|(_, is_known)| *is_known);
        Self::new(report.timestamp, OF_TARGET, known.map(|(name, _)| name))
    }

    /// The metrics of a round.
    pub(super) fn of_round(report: &RoundReport) -> Self {
        let metrics = ["failed_cycles", "deferred_cycles", "pinned_targets", "stopped_targets"];
        Self::new(report.timestamp, OF_FUNCTION, metrics.into_iter())
    }

    fn new(
        at: Timestamp,
        dimensions: &'static [&'static str],
        names: impl Iterator<Item = &'static str>,
    ) -> Self {
        let metrics = names.map(|name| Metric { name, unit: "Count" }).collect();
        let directive = Directive { namespace: NAMESPACE, dimensions: [dimensions], metrics };
        Self { timestamp: at.as_millisecond(), cloud_watch_metrics: [directive] }
    }
}
