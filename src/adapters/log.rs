//! Lines on standard output, which is CloudWatch Logs on Lambda: one flat JSON object each, with an
//! RFC 3339 `timestamp` and a `level`, or CloudWatch would take every one for INFO.

use std::io::{self, Write};

use serde::Serialize;
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;
#[cfg(feature = "terminal")]
use tracing_subscriber::fmt::writer::MakeWriterExt as _;

use super::metrics::Metadata;
use crate::config::Metrics;
use crate::ports::{RecordLog, RoundLog};
use crate::report::{CycleReport, RoundReport};

/// Sends this process's diagnostics to standard output, from `level` upwards.
pub fn start_logging(level: Level) {
    start(level, io::stdout);
}

/// Sends this process's diagnostics to standard error: standard output is for records alone.
///
/// The details of each try of AWS's providers appear only with more detail: an error says the same.
#[cfg(feature = "terminal")]
pub fn start_logging_on_stderr(level: Level) {
    if Level::INFO < level {
        start(level, io::stderr);
    } else {
        let own = io::stderr.with_filter(|line| line.target().starts_with("dynoscaler"));
        start(level.min(Level::WARN), own);
    }
}

fn start<W>(level: Level, writer: W)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_max_level(level)
        .with_writer(writer);
    // A second call in one process keeps the first subscriber, as its caller needs.
    let _ = subscriber.try_init();
}

/// Records and the lines of rounds go to standard output.
#[derive(Debug, Clone)]
pub struct StdoutLog {
    metrics: Metrics,
    function: Option<String>,
}

impl StdoutLog {
    /// `metrics` says which lines are metrics as well; those of a round are the metrics of a
    /// `function`.
    #[must_use]
    pub const fn new(metrics: Metrics, function: Option<String>) -> Self {
        Self { metrics, function }
    }

    /// The line of a record, without its end.
    ///
    /// # Errors
    /// If a record cannot be JSON, which none of today's is.
    pub fn line(&self, report: &CycleReport) -> serde_json::Result<Vec<u8>> {
        let metadata = match self.metrics {
            Metrics::On => Some(Metadata::of_cycle(report)),
            Metrics::OfRounds | Metrics::Off => None,
        };
        serde_json::to_vec(&Line { report, function: None, metadata })
    }

    /// The line of a round, without its end.
    ///
    /// # Errors
    /// If it cannot be JSON, which none of today's is.
    pub fn line_of_round(&self, report: &RoundReport) -> serde_json::Result<Vec<u8>> {
        let function = match self.metrics {
            Metrics::On | Metrics::OfRounds => self.function.as_deref(),
            Metrics::Off => None,
        };
        let metadata = function.map(|_| Metadata::of_round(report));
        serde_json::to_vec(&Line { report, function, metadata })
    }

    pub(super) fn print(&self, report: &CycleReport) -> io::Result<()> {
        print(self.line(report)?)
    }

    pub(super) fn print_round(&self, report: &RoundReport) -> io::Result<()> {
        print(self.line_of_round(report)?)
    }
}

/// One write under one lock, so that no other line gets between.
fn print(mut line: Vec<u8>) -> io::Result<()> {
    line.push(b'\n');
    let mut stdout = io::stdout().lock();
    stdout.write_all(&line)?;
    stdout.flush()
}

#[derive(Serialize)]
struct Line<'a, R> {
    #[serde(flatten)]
    report: &'a R,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'a str>,
    #[serde(rename = "_aws", skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
}

impl RecordLog for StdoutLog {
    fn write(&self, report: &CycleReport) {
        if let Err(error) = self.print(report) {
            tracing::error!(error = %error, "the record of this cycle could not be written");
        }
    }
}

impl RoundLog for StdoutLog {
    fn write_round(&self, report: &RoundReport) {
        if let Err(error) = self.print_round(report) {
            tracing::error!(error = %error, "the line of this round could not be written");
        }
    }
}
