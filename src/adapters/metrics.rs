//! The metrics of a cycle, in CloudWatch's embedded metric format: a member `_aws` in the line of
//! the record says which of the other members are metrics.
//!
//! A metric costs money each month, so that there are six. An unknown value is left out rather than
//! zero. Must not know what a record says.

use serde::Serialize;

use crate::report::CycleReport;

const NAMESPACE: &str = "DynoScaler";

/// A metric belongs to one target.
const DIMENSIONS: [&str; 2] = ["app", "process"];

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
    dimensions: [[&'static str; 2]; 1],
    metrics: Vec<Metric>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

impl Metadata {
    /// The metrics that `report` has.
    pub(super) fn of(report: &CycleReport) -> Self {
        let metrics = [
            ("backlog_per_instance", report.backlog_per_instance.is_some()),
            ("sqs_messages", report.sqs_messages.is_some()),
            ("active_dynos", report.active_dynos.is_some()),
            ("required_dynos", report.required_dynos.is_some()),
            ("at_max", report.at_max.is_some()),
            ("cycle_failed", true),
        ];
        let known = metrics.into_iter().filter(|(_, is_known)| *is_known);
        let metrics = known.map(|(name, _)| Metric { name, unit: "Count" }).collect();
        let directive = Directive { namespace: NAMESPACE, dimensions: [DIMENSIONS], metrics };
        Self { timestamp: report.timestamp.as_millisecond(), cloud_watch_metrics: [directive] }
    }
}
