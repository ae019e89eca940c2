//! A log in a file, however it was exported -> its records, the oldest first, each once.
//!
//! Must not know a record's fields besides its target and its time.

mod order;
mod scan;

use serde_json::{Map, Value};

pub(super) use self::order::{Identity, Logged, in_order};
use super::text::plural;

/// The records of a log and their lines.
#[derive(Debug)]
pub(super) struct LogFile<T, E> {
    /// By their lines.
    pub(super) records: Vec<(u64, T)>,
    /// Texts that begin as a record and are none, by their lines.
    pub(super) faults: Vec<(u64, E)>,
}

/// A log without any record.
#[derive(Debug, thiserror::Error)]
#[error(
    "no record in {name}: found {found}. Read are records as JSON, one a line, after other text or \
     inside of other JSON (the function's log, aws logs tail, filter-log-events, get-query-results, \
     heroku logs), the CSV of Logs Insights with its column @message, and all of it in gzip"
)]
pub(super) struct NoRecord {
    name: String,
    found: String,
}

impl<T, E> LogFile<T, E> {
    /// Reads a text.
    ///
    /// # Errors
    /// If no text in it begins as a record.
    pub(super) fn read(
        name: &str,
        text: &str,
        parse: impl Fn(serde_json::Result<Map<String, Value>>) -> Result<T, E>,
    ) -> Result<Self, NoRecord> {
        let mut file = Self { records: Vec::new(), faults: Vec::new() };
        scan::each_record(text, |line, object| match parse(object) {
            Ok(record) => file.records.push((line, record)),
            Err(fault) => file.faults.push((line, fault)),
        });
        if file.records.is_empty() && file.faults.is_empty() {
            return Err(NoRecord { name: name.to_owned(), found: described(text) });
        }
        Ok(file)
    }
}

/// What a text seems to be, for the error.
fn described(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    let lines = || plural(text.lines().count() as u64, "line");
    if text.trim().is_empty() {
        "nothing".to_owned()
    } else if let Some(columns) = scan::columns(text).filter(|columns| 1 < columns.len()) {
        format!("a CSV with the columns {}", columns.join(", "))
    } else if first.trim_start().starts_with(['{', '[']) {
        format!("{} of JSON in which no object has a tick", lines())
    } else {
        format!("{} of text in which no JSON object has a tick", lines())
    }
}
