//! Records on standard output, for a process that reports to its user if one could not be written.
//!
//! Must not know what happens to a process that cannot write.

use std::io;
use std::sync::Mutex;

use crate::adapters::StdoutLog;
use crate::ports::{RecordLog, RoundLog};
use crate::report::{CycleReport, RoundReport};

/// Records on standard output, and the first failure to write one.
#[derive(Debug)]
pub struct TerminalLog {
    lines: StdoutLog,
    failure: Mutex<Option<io::Error>>,
}

impl TerminalLog {
    pub(super) const fn new(lines: StdoutLog) -> Self {
        Self { lines, failure: Mutex::new(None) }
    }

    /// Whether every record since the last call was written.
    ///
    /// # Errors
    /// The first failure.
    pub fn written(&self) -> io::Result<()> {
        let failure = self.failure.lock().map_or(None, |mut failure| failure.take());
        failure.map_or(Ok(()), Err)
    }

    fn note(&self, printed: io::Result<()>) {
        if let (Err(error), Ok(mut failure)) = (printed, self.failure.lock()) {
            failure.get_or_insert(error);
        }
    }
}

impl RecordLog for TerminalLog {
    fn write(&self, report: &CycleReport) {
        self.note(self.lines.print(report));
    }
}

impl RoundLog for TerminalLog {
    fn write_round(&self, report: &RoundReport) {
        self.note(self.lines.print_round(report));
    }
}
