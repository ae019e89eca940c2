//! Numbers, times and tables in readable form.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use serde_json::Value;

/// A whole number in groups of three digits.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let lead = digits.len() % 3;
    let mut text = digits[..lead].to_owned();
    for group in digits.as_bytes()[lead..].chunks(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.extend(group.iter().map(|digit| char::from(*digit)));
    }
    text
}

/// A number with its noun.
#[must_use]
pub fn plural(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", grouped(count))
}

/// A number that is not negative, with so many decimals, its integer part in groups.
#[must_use]
pub fn fixed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let (integer, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let integer = integer.parse().map_or_else(|_| integer.to_owned(), grouped);
    if fraction.is_empty() { integer } else { format!("{integer}.{fraction}") }
}

/// A share, with two decimals where one would be 0.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = if percent < 1.0 { 2 } else { 1 };
    format!("{percent:.decimals$} %")
}

/// The mean of numbers; of none it is unknown.
#[expect(clippy::cast_precision_loss, reason = "2^53 numbers are beyond any log")]
pub(super) fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0_u64), |(sum, count), number| (sum + number, count + 1));
    (0 < count).then(|| sum / count as f64)
}

/// Six decimals are a microsecond: the rest is the noise of floating point.
pub(super) fn rounded(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().unwrap_or_default();
            Value::from((number * 1e6).round() / 1e6)
        }
        Value::Array(values) => values.into_iter().map(rounded).collect(),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, rounded(value))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// A duration, in the unit that gives a short number.
#[must_use]
pub fn duration(secs: f64) -> String {
    if secs < 9.95 {
        format!("{secs:.1} s")
    } else if secs < 119.5 {
        format!("{secs:.0} s")
    } else if secs < 597.0 {
        format!("{:.1} min", secs / 60.0)
    } else if secs < 7170.0 {
        format!("{:.0} min", secs / 60.0)
    } else {
        format!("{} h", fixed(secs / 3600.0, 1))
    }
}

/// In the shortest form: settings are often integers.
#[must_use]
pub fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How long something has lasted, or was ago. After a clock was set back it is 0.
pub(super) fn age(span: SignedDuration) -> String {
    const DAY_SECS: f64 = 86_400.0;
    match span.as_secs_f64().max(0.0) {
        secs if secs < 2.0 * DAY_SECS => duration(secs),
        secs if secs < 730.0 * DAY_SECS => format!("{} days", fixed(secs / DAY_SECS, 0)),
        secs => format!("{} years", fixed(secs / (365.25 * DAY_SECS), 0)),
    }
}

/// How long so many cycles take at this period.
pub(super) fn cycles_last(every: SignedDuration, cycles: u64) -> SignedDuration {
    let secs = i128::from(every.as_secs()).saturating_mul(cycles.into());
    SignedDuration::from_secs(i64::try_from(secs).unwrap_or(i64::MAX))
}

/// A table: the first column and the last to the left, the numbers between to the right.
pub(super) fn aligned<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| match column {
                0 => format!("{cell:<width$}", width = width(column)),
                _ if column + 1 == COLUMNS => cell.clone(),
                _ => format!("{cell:>width$}", width = width(column)),
            })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The units of a length of time, in seconds, the longest first.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A length of time such as `30s`, `90m` or `1h30m`, within bounds that `bound` names.
pub(super) fn span(
    text: &str,
    bounds: RangeInclusive<SignedDuration>,
    bound: &'static str,
) -> Result<SignedDuration, &'static str> {
    let span = parts(text).map(SignedDuration::from_secs);
    span.filter(|span| bounds.contains(span)).ok_or(bound)
}

/// The seconds of integers and their units, the longer unit first; a unit occurs once.
fn parts(text: &str) -> Option<i64> {
    let (mut rest, mut units, mut secs) = (text, UNITS.iter(), None);
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let unit = tail.chars().next()?;
        let (_, unit_secs) = units.find(|(known, _)| *known == unit)?;
        secs = Some(secs.unwrap_or(0) + i64::from(number.parse::<u32>().ok()?) * unit_secs);
        rest = &tail[1..];
    }
    secs
}

/// The time from one cycle to the next, for any schedule.
pub(super) fn period(text: &str) -> Result<SignedDuration, &'static str> {
    let bounds = SignedDuration::from_secs(1)..=SignedDuration::from_hours(31 * 24);
    span(text, bounds, "must be a time from 1s to 31d, such as 30s, 15m, 6h or 1d")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_whole_number_and_its_unit_within_its_bounds() {
        let bounds = || SignedDuration::from_secs(1)..=SignedDuration::from_hours(48);
        for (text, secs) in [
            ("1s", 1),
            ("30s", 30),
            ("15m", 900),
            ("6h", 21_600),
            ("2d", 172_800),
            // case F19
            ("90m", 5_400),
            ("1h30m", 5_400),
            ("1d12h", 129_600),
            ("1m0s", 60),
        ] {
            assert_eq!(span(text, bounds(), "no"), Ok(SignedDuration::from_secs(secs)), "{text}");
        }
        for text in [
            "",
            "s",
            "0s",
            "-1s",
            "1.5h",
            "30",
            "1w",
            "1 h",
            "4294967296s",
            "5€",
            "3d",
            "172801s",
            "4294967295d",
            "1h30",
            "30m1h",
            "1h1h",
            "h30m",
            "1h 30m",
            "1H",
        ] {
            assert_eq!(span(text, bounds(), "no"), Err("no"), "{text}");
        }
    }
}
