//! A file of arrivals, as CloudWatch exports them -> a load.
//!
//! Must not know how a load is simulated.

mod buckets;
mod csv;
mod json;

use std::fmt;

use jiff::Timestamp;

use super::text::grouped;
use dynoscaler_sim::queueing::Load;

/// The content of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrivals {
    pub load: Load,
    /// Points without a value.
    pub missing: u64,
}

/// A position in a file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Of a CSV.
    Line(u64),
    /// Of a metric in JSON.
    Point(u64),
}

/// What is wrong with a file of arrivals.
#[derive(Debug, thiserror::Error)]
pub enum ArrivalsError {
    /// The file has another format.
    #[error(
        "found {found}. Read are the CSV of the CloudWatch console, a CSV of timestamp,value \
         lines, and the JSON of aws cloudwatch get-metric-statistics and get-metric-data"
    )]
    Unknown { found: &'static str },
    #[error("not valid JSON")]
    Json(#[source] serde_json::Error),
    /// No column was chosen.
    #[error("there are {}: choose one with --column", named(.names))]
    Several { names: Vec<String> },
    /// The chosen name fits no column, or several.
    #[error("--column: {chosen:?} names none or several of {}", named(.names))]
    Column {
        chosen: String,
        /// Of all columns.
        names: Vec<String>,
    },
    #[error("{place}: {text:?} must be a time such as 2026-01-31 13:05:00 (UTC)")]
    Timestamp { place: Place, text: String },
    #[error("{place}: {text:?} must be a number of messages, at least 0, or nothing")]
    Value { place: Place, text: String },
    #[error("{place}: another value for the time of {first}")]
    Twice { first: Place, place: Place },
    /// A wrong time, or a longer time than a simulation takes.
    #[error(
        "from {} ({from_at}) to {} ({to_at}) there is nothing, and all of it must be within {} days",
        .from, .to, grouped(buckets::DAYS_MAX)
    )]
    TooLong {
        /// Before the longest gap.
        from: Place,
        from_at: Timestamp,
        /// After the gap.
        to: Place,
        to_at: Timestamp,
    },
    /// A single bucket has no length.
    #[error("at least two points in time are needed")]
    TooShort,
    #[error("at least one value must be above 0")]
    Empty,
}

fn named(names: &[String]) -> String {
    match names {
        [] => "no columns".to_owned(),
        [one] => format!("one column, {one}"),
        names => format!("{} columns, {}", names.len(), names.join(", ")),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Point(point) => write!(f, "point {point}"),
        }
    }
}

/// The values of one metric.
#[derive(Debug, Clone, PartialEq, Default)]
struct Column {
    /// Accepted by `--column`, the best one first.
    names: Vec<String>,
    points: Vec<Point>,
}

/// A bucket's start, and the messages in it unless they are missing.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    place: Place,
    at: Timestamp,
    messages: Option<f64>,
}

impl Arrivals {
    /// Reads a text; of several metrics the one that is chosen by name.
    ///
    /// # Errors
    /// The first fault, by its place.
    pub fn read(name: &str, text: &str, chosen: Option<&str>) -> Result<Self, ArrivalsError> {
        let columns = if text.trim_start().starts_with(['{', '[']) {
            json::read(text)
        } else {
            csv::read(text)
        };
        let points = one(columns?, chosen)?.points;
        let missing = points.iter().filter(|point| point.messages.is_none()).count() as u64;
        Ok(Self { load: buckets::load(name, points)?, missing })
    }
}

fn one(mut columns: Vec<Column>, chosen: Option<&str>) -> Result<Column, ArrivalsError> {
    let names = || names(&columns);
    match chosen {
        None if columns.len() <= 1 => columns.pop().ok_or(ArrivalsError::TooShort),
        None => Err(ArrivalsError::Several { names: names() }),
        Some(chosen) => {
            let has_it = |column: &Column| column.names.iter().any(|name| name == chosen);
            match &columns.iter().filter(|column| has_it(column)).collect::<Vec<_>>()[..] {
                [one] => Ok((*one).clone()),
                _ => Err(ArrivalsError::Column { chosen: chosen.to_owned(), names: names() }),
            }
        }
    }
}

/// Each column by the best of its names that no other has.
fn names(columns: &[Column]) -> Vec<String> {
    let having =
        |name: &String| columns.iter().filter(|column| column.names.contains(name)).count();
    let named = |column: &Column| {
        let unique = column.names.iter().find(|name| having(name) == 1);
        unique.or(column.names.first()).cloned().unwrap_or_default()
    };
    columns.iter().map(named).collect()
}

/// An instant with its offset, or without one, in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim().replace('/', "-");
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

fn messages(number: Option<f64>) -> Option<f64> {
    number.filter(|messages| messages.is_finite() && 0.0 <= *messages)
}
