//! How a round ended.
//!
//! Must not know how a cycle runs.

use jiff::Timestamp;

use crate::cycle::Invocation;
use crate::policy::Reason;
use crate::report::{CycleReport, Level, RoundReport};

/// The cycles of one tick.
#[derive(Debug)]
pub struct Round {
    pub began: Timestamp,
    pub ended: Timestamp,
    /// One for each cycle, and for each target with faulty settings.
    pub records: Vec<CycleReport>,
    /// The targets that were left to the next round, for lack of time.
    pub deferred: usize,
}

/// No cycle of a round succeeded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct RoundError {
    /// The name that operators search for.
    pub error_type: &'static str,
    words: String,
}

impl Round {
    /// The cycles that failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(|record| record.error_type.is_some())
    }

    fn count(&self, is_counted: fn(&CycleReport) -> bool) -> usize {
        self.records.iter().filter(|record| is_counted(record)).count()
    }

    /// The records, if a cycle succeeded or none was due.
    ///
    /// # Errors
    /// The first failure, if no cycle succeeded.
    pub fn succeeded(self) -> Result<Vec<CycleReport>, RoundError> {
        let (failed, all) = (self.failed(), self.records.len() + self.deferred);
        if all == 0 || failed < self.records.len() {
            return Ok(self.records);
        }
        let mut failures = self.records.into_iter();
        let first = failures.find_map(|record| Some((record.error_type?, record)));
        Err(match first {
            None => RoundError {
                error_type: "RoundTooLong",
                words: format!("no time was left for any of {all} targets"),
            },
            Some((reason, record)) => {
                let CycleReport { app, process, error, .. } = record;
                let error = error.unwrap_or_default();
                let words = match all {
                    1 => error,
                    _ => format!("none of {all} cycles succeeded; {app}/{process}: {error}"),
                };
                RoundError { error_type: reason.label(), words }
            }
        })
    }

    /// The line of the round.
    #[must_use]
    pub fn report(&self, invocation: &Invocation, targets_error: Option<String>) -> RoundReport {
        let (cycles, failed, deferred) = (self.records.len(), self.failed(), self.deferred);
        let (targets, succeeded) = (cycles + deferred, cycles - failed);
        let is_bad = 0 < failed + deferred || targets_error.is_some();
        let duration = self.ended.duration_since(self.began);
        RoundReport {
            timestamp: self.ended,
            level: if is_bad { Level::Error } else { Level::Info },
            message: format!(
                "round of {targets} targets: {succeeded} succeeded, {failed} failed, \
                 {deferred} deferred"
            ),
            targets,
            succeeded_cycles: succeeded,
            failed_cycles: failed,
            deferred_cycles: deferred,
            pinned_targets: self.count(|record| record.pinned == Some(1)),
            stopped_targets: self.count(|record| record.reason == Reason::StoppedByHand),
            duration_ms: duration.as_millis().try_into().unwrap_or(i64::MAX),
            targets_error,
            request_id: invocation.request_id.clone(),
            cold_start: invocation.cold_start,
        }
    }
}
