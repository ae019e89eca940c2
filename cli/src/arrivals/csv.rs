//! A CSV: lines of a time and values, below heading lines.
//!
//! The console of CloudWatch writes several such lines, each of which begins with its name.

use csv::StringRecord;

use super::{ArrivalsError, Column, Place, Point, instant, messages};
use crate::csv_rows::rows;

/// The lines of the console that name metrics, the best one first.
const NAMING: [&str; 3] = ["Label", "Full label", "Id"];

pub(super) fn read(text: &str) -> Result<Vec<Column>, ArrivalsError> {
    let rows: Vec<_> = rows(text).collect();
    let first = rows.iter().position(|row| !is_heading(row)).unwrap_or(rows.len());
    let (heads, rows) = rows.split_at(first);
    let width = rows.iter().map(|(_, row)| row.len()).max().unwrap_or_default();
    if width == 1 {
        return Err(ArrivalsError::Unknown { found: "text without a comma" });
    }
    (1..width).map(|index| column(heads, rows, index)).collect()
}

/// A line of a CSV and its number.
type Row = (u64, StringRecord);

/// A heading has no digit where a time has many.
fn is_heading((_, row): &Row) -> bool {
    !row.get(0).unwrap_or_default().contains(|c: char| c.is_ascii_digit())
}

fn column(heads: &[Row], rows: &[Row], index: usize) -> Result<Column, ArrivalsError> {
    let points = rows.iter().map(|row| point(row, index)).collect::<Result<_, _>>()?;
    Ok(Column { names: names(heads, index), points })
}

/// The console's names, or the last line above the values, or else the column's number.
fn names(heads: &[Row], index: usize) -> Vec<String> {
    let named = |(_, head): &Row| Some(head.get(index)?.trim().to_owned());
    let console = NAMING.iter().filter_map(|name| heads.iter().find(|(_, head)| &head[0] == *name));
    let console: Vec<String> = console.filter_map(named).collect();
    let names = if console.is_empty() {
        heads.last().and_then(named).into_iter().collect()
    } else {
        console
    };
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    if names.is_empty() { vec![(index + 1).to_string()] } else { names }
}

fn point((line, row): &Row, index: usize) -> Result<Point, ArrivalsError> {
    let place = Place::Line(*line);
    let at = row.get(0).unwrap_or_default().trim();
    let value = row.get(index).unwrap_or_default().trim();
    let wrong = || ArrivalsError::Value { place, text: value.to_owned() };
    Ok(Point {
        place,
        at: instant(at).ok_or_else(|| ArrivalsError::Timestamp { place, text: at.to_owned() })?,
        messages: match value {
            "" => None,
            value => Some(messages(value.parse().ok()).ok_or_else(wrong)?),
        },
    })
}
