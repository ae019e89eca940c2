//! A file of arrivals, as CloudWatch exports them -> a load.
//!
//! Must not know how a load is simulated.

mod buckets;
mod csv;
mod json;

use std::collections::{BTreeMap, BTreeSet};
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
    #[error("there are {}: choose with --column", named(.names))]
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
    /// Reads a text; of several metrics those that are chosen by name, whose messages are added:
    /// each queue has metrics of its own.
    ///
    /// # Errors
    /// The first fault, by its place.
    pub fn read(name: &str, text: &str, chosen: &[String]) -> Result<Self, ArrivalsError> {
        let columns = if text.trim_start().starts_with(['{', '[']) {
            json::read(text)
        } else {
            csv::read(text)
        };
        let points = added(selected(columns?, chosen)?)?;
        let missing = points.iter().filter(|point| point.messages.is_none()).count() as u64;
        Ok(Self { load: buckets::load(name, &points)?, missing })
    }
}

/// The columns that are chosen, or the only one. One that is chosen by two of its names is one.
fn selected(columns: Vec<Column>, chosen: &[String]) -> Result<Vec<Column>, ArrivalsError> {
    if chosen.is_empty() {
        return match columns.len() {
            0 | 1 => Ok(columns),
            _ => Err(ArrivalsError::Several { names: names(&columns) }),
        };
    }
    let places = chosen.iter().map(|name| place_of(&columns, name));
    let places = places.collect::<Result<BTreeSet<_>, _>>()?;
    Ok(places.into_iter().map(|place| columns[place].clone()).collect())
}

fn place_of(columns: &[Column], chosen: &String) -> Result<usize, ArrivalsError> {
    let mut places = (0..columns.len()).filter(|place| columns[*place].names.contains(chosen));
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        (None, _) | (Some(_), Some(_)) => {
            Err(ArrivalsError::Column { chosen: chosen.clone(), names: names(columns) })
        }
    }
}

/// The sums of the columns. A point without a value in all of them stays without one.
fn added(columns: Vec<Column>) -> Result<Vec<Point>, ArrivalsError> {
    let mut sums: BTreeMap<Timestamp, Point> = BTreeMap::new();
    for column in columns {
        for point in buckets::in_order(column.points)? {
            let sum = sums.entry(point.at).or_insert(Point { messages: None, ..point });
            sum.messages = match (sum.messages, point.messages) {
                (Some(one), Some(other)) => Some(one + other),
                (one, other) => one.or(other),
            };
        }
    }
    Ok(sums.into_values().collect())
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
