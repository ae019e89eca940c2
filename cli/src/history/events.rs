//! The cycles that are worth a line: changes, also those made by others, failures and holds.
//!
//! Must not know where the records come from.

use anstyle::{AnsiColor, Style};

use crate::outside::{ByOthers, by_others};
use crate::records::{HEADS, Record};
use crate::stretches::{lasts, runs};
use crate::text::{aligned, fixed, mean, percent, plural};

const TITLE: Style = Style::new().bold();
const BAD: Style = AnsiColor::Red.on_default();

/// A target's heading, its events and its sums.
pub(super) fn described(target: &str, records: &[Record]) -> String {
    let rows = rows(records);
    let heads = [HEADS.map(str::to_owned)];
    let table = match rows.is_empty() {
        true => "no change, no hold, no failure\n".to_owned(),
        false => aligned(&heads.into_iter().chain(rows).collect::<Vec<_>>()),
    };
    format!("{TITLE}{target}{TITLE:#}\n{table}{}\n\n", sums(records))
}

fn rows(records: &[Record]) -> Vec<[String; 5]> {
    let mut outside = by_others(records).peekable();
    let mut rows = Vec::new();
    for run in runs(records) {
        rows.extend(lasting(run));
        for record in run {
            rows.extend(
                outside
                    .next_if(|change| std::ptr::eq(change.seen_by, record))
                    .map(|it| changed(&it)),
            );
            rows.extend(record.is_change().then(|| record.row()));
        }
    }
    rows
}

fn changed(outside: &ByOthers<'_>) -> [String; 5] {
    let [tick, messages, each, ..] = outside.seen_by.row();
    let dynos = format!("{} -> {}", outside.before, outside.now);
    [tick, messages, each, dynos, "changed outside DynoScaler".to_owned()]
}

/// A lasting state, as its first cycle recorded it.
fn lasting(run: &[Record]) -> Option<[String; 5]> {
    let (first, last) = (run.first().filter(|first| lasts(first))?, run.last()?);
    let [tick, messages, each, dynos, text] = first.row();
    let style = first.error.as_ref().map_or(Style::new(), |_| BAD);
    let again = match run.len() {
        1 => String::new(),
        times => format!(" ({times} times until {:.0})", last.tick),
    };
    Some([tick, messages, each, dynos, format!("{style}{text}{style:#}{again}")])
}

fn sums(records: &[Record]) -> String {
    let of = |holds: fn(&Record) -> bool| {
        records.iter().filter(|record| holds(record)).map(|_| 1_u64).sum::<u64>()
    };
    let above = records.iter().filter_map(Record::is_above);
    let dynos: Vec<u32> = records.iter().filter_map(|record| record.active_dynos).collect();
    format!(
        "{}: {}, {} failed; {}; {}",
        plural(records.len() as u64, "cycle"),
        plural(of(Record::is_change), "change"),
        of(|record| record.error.is_some()),
        mean(dynos.iter().map(|count| f64::from(*count))).zip(dynos.iter().max()).map_or_else(
            || "dynos unknown".to_owned(),
            |(mean, most)| format!("{} dynos on average, {most} at most", fixed(mean, 1)),
        ),
        mean(above.map(|is_above| f64::from(u8::from(is_above)))).map_or_else(
            || "above the threshold: unknown".to_owned(),
            |share| format!("above the threshold in {}", percent(share)),
        ),
    )
}
