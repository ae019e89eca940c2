//! The cycles that are worth a line: changes, also those made by others, failures and holds.
//!
//! Must not know where the records come from.

use anstyle::{AnsiColor, Style};

use super::sums::Sums;
use crate::outside::{ByOthers, by_others};
use crate::records::{HEADS, Record};
use crate::stretches::{lasts, runs};
use crate::text::aligned;

const TITLE: Style = Style::new().bold();
const BAD: Style = AnsiColor::Red.on_default();

/// What is worth a line.
pub(super) enum Event<'a> {
    Change(&'a Record),
    ByOthers(ByOthers<'a>),
    /// Cycles in a row of a state that lasts, as the first recorded it.
    Lasting {
        first: &'a Record,
        last: &'a Record,
        cycles: usize,
    },
}

/// A target's heading, its events and its sums.
pub(super) fn described(target: &str, records: &[Record]) -> String {
    let rows: Vec<_> = events(records).iter().map(Event::row).collect();
    let heads = [HEADS.map(str::to_owned)];
    let table = match rows.is_empty() {
        true => "no change, no hold, no failure\n".to_owned(),
        false => aligned(&heads.into_iter().chain(rows).collect::<Vec<_>>()),
    };
    format!("{TITLE}{target}{TITLE:#}\n{table}{}\n\n", Sums::of(records).text())
}

/// In the order of time.
pub(super) fn events(records: &[Record]) -> Vec<Event<'_>> {
    let mut outside = by_others(records).peekable();
    let mut events = Vec::new();
    for run in runs(records) {
        events.extend(lasting(run));
        for record in run {
            let by_others = outside.next_if(|change| std::ptr::eq(change.seen_by, record));
            events.extend(by_others.map(Event::ByOthers));
            events.extend(record.is_change().then_some(Event::Change(record)));
        }
    }
    events
}

fn lasting(run: &[Record]) -> Option<Event<'_>> {
    let (first, last) = (run.first().filter(|first| lasts(first))?, run.last()?);
    Some(Event::Lasting { first, last, cycles: run.len() })
}

impl Event<'_> {
    fn row(&self) -> [String; 5] {
        match self {
            Self::Change(record) => record.row(),
            Self::ByOthers(ByOthers { seen_by, before, now }) => {
                let [tick, messages, each, ..] = seen_by.row();
                let dynos = format!("{before} -> {now}");
                [tick, messages, each, dynos, "changed outside DynoScaler".to_owned()]
            }
            Self::Lasting { first, last, cycles } => {
                let [tick, messages, each, dynos, text] = first.row();
                let style = first.error.as_ref().map_or(Style::new(), |_| BAD);
                let again = match cycles {
                    1 => String::new(),
                    times => format!(" ({times} times until {:.0})", last.tick),
                };
                [tick, messages, each, dynos, format!("{style}{text}{style:#}{again}")]
            }
        }
    }
}
