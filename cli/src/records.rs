//! The records that cycles left, as an operator reads them later.
//!
//! Every field may be missing, and every label may be unknown: another version wrote them, and
//! unknown is never zero. That is why it is not the type that a cycle writes.
//!
//! Must not know what is reported of them.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::log_file::{Identity, Logged};
use super::text::{grouped, plural, short};
use dynoscaler::policy::{Reason, ReasonKind, RuleName};
use dynoscaler::report::Action;
use dynoscaler::target::{Mode, TargetId};
use dynoscaler::visible::visible;

/// The record of one cycle.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Record {
    pub(super) tick: Timestamp,
    pub(super) timestamp: Option<Timestamp>,
    pub(super) request_id: Option<String>,
    pub(super) reason: Option<Label<Reason>>,
    pub(super) app: String,
    pub(super) process: String,
    pub(super) queue: Option<String>,
    pub(super) policy: Option<Label<RuleName>>,
    pub(super) action: Option<Label<Action>>,
    pub(super) sqs_messages: Option<u64>,
    pub(super) in_flight: Option<u64>,
    pub(super) delayed: Option<u64>,
    pub(super) active_dynos: Option<u32>,
    pub(super) required_dynos: Option<u32>,
    pub(super) backlog_per_instance: Option<f64>,
    pub(super) backlog_threshold: Option<f64>,
    pub(super) min_dynos: Option<u32>,
    pub(super) max_dynos: Option<u32>,
    pub(super) duration_ms: Option<u64>,
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// A word of a record: one that this version knows, or another version's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Label<T> {
    Known(T),
    Unknown(String),
}

impl<T> Label<T> {
    /// What it means to this version.
    pub(super) const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(word) => Some(word),
            Self::Unknown(_) => None,
        }
    }

    /// A log also has text of other programs.
    fn shown(self) -> Self {
        match self {
            Self::Known(word) => Self::Known(word),
            Self::Unknown(word) => Self::Unknown(visible(&word).into_owned()),
        }
    }
}

impl<T: fmt::Display> fmt::Display for Label<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(word) => word.fmt(f),
            Self::Unknown(word) => f.write_str(word),
        }
    }
}

impl Record {
    /// A line of a log, if it names a tick: then it should be a record. Text before the object is
    /// allowed, as exports have it.
    fn read(line: &str) -> Option<serde_json::Result<Self>> {
        let start = line.find('{').filter(|_| line.contains("\"tick\""))?;
        Some(serde_json::from_str(&line[start..]).map(Self::shown))
    }

    /// A log also has text of other programs.
    fn shown(mut self) -> Self {
        for text in [&mut self.app, &mut self.process].into_iter().chain(&mut self.error) {
            *text = visible(text).into_owned();
        }
        let (reason, policy, action) = (self.reason, self.policy, self.action);
        let reason = reason.map(Label::shown);
        Self { reason, policy: policy.map(Label::shown), action: action.map(Label::shown), ..self }
    }

    /// The name of its reason.
    pub(super) fn reason(&self) -> String {
        self.reason.as_ref().map_or_else(|| "unknown".to_owned(), Label::to_string)
    }

    /// Its reason, if this version knows it.
    pub(super) fn known_reason(&self) -> Option<Reason> {
        self.reason.as_ref()?.known().copied()
    }

    /// The kind of its reason.
    pub(super) fn kind(&self) -> Option<ReasonKind> {
        self.known_reason().map(Reason::kind)
    }

    pub(super) fn is_of(&self, target: &TargetId) -> bool {
        self.app == target.app && self.process == target.process
    }

    /// Whether the formation was changed, or would have been.
    pub(super) fn is_change(&self) -> bool {
        self.action.as_ref().is_some_and(|action| action.known() != Some(&Action::None))
    }

    /// The dynos from this cycle to the next one, if they are known.
    pub(super) fn dynos_after(&self) -> Option<u32> {
        match self.is_change() && !self.dry_run {
            true => self.required_dynos,
            false => self.active_dynos,
        }
    }

    /// Whether there were more messages per dyno than the threshold, or any at 0 dynos.
    pub(super) fn is_above(&self) -> Option<bool> {
        match (self.backlog_per_instance, self.active_dynos) {
            (Some(each), _) => Some(self.backlog_threshold? < each),
            (None, Some(0)) => Some(0 < self.sqs_messages?),
            (None, Some(_) | None) => None,
        }
    }

    /// The observation and the action, in a row of a table.
    pub(super) fn row(&self) -> [String; 5] {
        let count = |count: Option<u64>| count.map_or_else(|| "?".to_owned(), grouped);
        let dynos = |dynos: Option<u32>| count(dynos.map(u64::from));
        let change = match (self.is_change(), self.required_dynos) {
            (true, Some(to)) => format!("{} -> {}", dynos(self.active_dynos), grouped(to.into())),
            _ => dynos(self.active_dynos),
        };
        [
            format!("{:.0}", self.tick),
            count(self.sqs_messages),
            self.backlog_per_instance.map_or_else(|| "-".to_owned(), short),
            change,
            self.text(),
        ]
    }

    fn text(&self) -> String {
        let error = self.error.iter().map(|error| format!(": {}", excerpt(error)));
        let dry_run = self.dry_run.then(|| Mode::DryRun.mark().to_owned());
        let parts = [self.reason()].into_iter().chain(error).chain(dry_run);
        parts.collect()
    }
}

impl Logged for Record {
    fn identity(&self) -> Identity<'_> {
        Identity {
            target: (&self.app, &self.process, self.dry_run),
            tick: self.tick,
            written: self.timestamp,
            request_id: self.request_id.as_deref(),
            reason: self.known_reason(),
            has_failed: self.error.is_some(),
        }
    }
}

/// The heads of the columns of [`Record::row`].
pub(super) const HEADS: [&str; 5] = ["cycle", "messages", "per dyno", "dynos", "reason"];

/// What fits on a line with the other columns.
const EXCERPT_CHARS_MAX: usize = 80;

/// The beginning of a long text.
fn excerpt(text: &str) -> String {
    if text.chars().count() <= EXCERPT_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(EXCERPT_CHARS_MAX).chain("...".chars()).collect()
}

/// The content of lines of a log.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The records, the oldest first.
    pub(super) records: Vec<Record>,
    /// Why the other lines that name a tick are no records.
    pub(super) faults: Vec<serde_json::Error>,
}

impl Found {
    pub(super) fn among(lines: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut found = Self::default();
        for line in lines {
            match Record::read(line.as_ref()) {
                None => {}
                Some(Ok(record)) => found.records.push(record),
                Some(Err(fault)) => found.faults.push(fault),
            }
        }
        found.records.sort_by_key(|record| record.tick);
        found
    }

    /// How many records could not be read, and the fault of the first.
    pub(super) fn unreadable(&self) -> Option<String> {
        let first = self.faults.first()?;
        let count = plural(self.faults.len() as u64, "record");
        Some(format!("{count} could not be read; the first: {first}"))
    }
}

/// The instant `span` earlier, or the earliest possible.
pub(super) fn before(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_sub(span).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    // case G6
    #[test]
    fn a_record_shows_no_invisible_character() {
        let line = r#"{"tick":"2026-01-31T12:00:00Z","reason":"Idle\u001b[2J","app":"a\u202e",
            "process":"w\u0085","action":"none\u2028","error":"\u009b2J"}"#;
        let Found { records, .. } = Found::among([line]);
        let record = records[0].clone();
        let reason = record.reason();
        let Record { app, process, action, error, .. } = record;
        let Some(Label::Unknown(action)) = action else { panic!("{action:?}") };
        let texts = [reason, app, process, action, error.unwrap()];
        assert_eq!(
            texts,
            [r"Idle\u{1b}[2J", r"a\u{202e}", r"w\u{85}", r"none\u{2028}", r"\u{9b}2J"]
        );
    }

    #[test]
    fn labels_of_another_version_are_kept_as_they_stand_and_none_is_unknown() {
        let record = |more: &str| {
            let line =
                format!(r#"{{"tick":"2026-01-31T12:00:00Z","app":"a","process":"w"{more}}}"#);
            Found::among([line]).records.remove(0)
        };
        let ours = record(r#","reason":"Idle","policy":"step","action":"none""#);
        assert_eq!((ours.known_reason(), ours.reason()), (Some(Reason::Idle), "Idle".to_owned()));
        assert_eq!(ours.policy, Some(Label::Known(RuleName::Step)));
        assert!(!ours.is_change());
        let newer = record(r#","reason":"Bored","policy":"pid","action":"scale""#);
        assert_eq!((newer.known_reason(), newer.reason()), (None, "Bored".to_owned()));
        assert!(newer.is_change());
        let older = record("");
        assert_eq!((older.known_reason(), older.reason()), (None, "unknown".to_owned()));
        assert!(!older.is_change());
    }

    #[test]
    fn a_line_that_names_a_tick_is_a_record_or_a_fault_and_no_other_is_either() {
        let record = r#"{"tick":"2026-01-31T12:00:00Z","reason":"Idle","app":"a","process":"w"}"#;
        let exported = format!("2026-01-31T12:00:01 app[clock.1]: {record}");
        let cut = &record[..40];
        let lines = ["START", "{}", "{\"type\":\"platform.report\"}", record, &exported, cut];
        let found = Found::among(lines);
        assert_eq!(found.records.len(), 2);
        let text = found.unreadable().unwrap();
        assert!(text.starts_with("1 record could not be read; the first: EOF"), "{text}");
        assert_eq!(Found::among(["START", record]).unreadable(), None);
    }
}
