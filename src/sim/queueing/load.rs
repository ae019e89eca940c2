//! How many messages come when: a rate that is constant within each segment.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use super::{secs_of_us, us_of_secs};

/// A stretch of time with one rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Its start, in microseconds from the start of the load.
    pub from_us: u64,
    /// Its end.
    pub to_us: u64,
    /// Messages per second. Finite, at least 0.
    pub per_second: f64,
}

impl Segment {
    fn messages(&self) -> f64 {
        self.per_second * secs_of_us(self.to_us - self.from_us)
    }
}

/// Messages over time. Its segments follow each other without overlap; between them none come.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    name: String,
    starts_at: Timestamp,
    segments: Vec<Segment>,
}

/// What is wrong with a file of arrivals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// A line is not `timestamp,value`.
    #[error("line {line}: {text:?} must be a timestamp, a comma and a number")]
    Line {
        /// Counted from 1.
        line: usize,
        /// As it stands.
        text: String,
    },
    /// A timestamp is not one.
    #[error("line {line}: {text:?} must be a time such as 2026-01-31 13:05:00 (UTC)")]
    Timestamp {
        /// Counted from 1.
        line: usize,
        /// As it stands.
        text: String,
    },
    /// A value is not a number of messages.
    #[error("line {line}: {text:?} must be a number of messages, at least 0")]
    Value {
        /// Counted from 1.
        line: usize,
        /// As it stands.
        text: String,
    },
    /// Time runs backwards.
    #[error("line {line}: the time must be later than that of the line before")]
    Order {
        /// Counted from 1.
        line: usize,
    },
    /// One bucket has no length.
    #[error("at least two lines with a timestamp and a value are needed")]
    TooShort,
    /// Nothing to do.
    #[error("at least one value must be above 0")]
    Empty,
}

impl Load {
    /// A load of segments that are in order.
    pub(super) const fn new(name: String, starts_at: Timestamp, segments: Vec<Segment>) -> Self {
        Self { name, starts_at, segments }
    }

    /// Reads `timestamp,value` lines, as `CloudWatch` exports them: the value is the number of
    /// messages in the bucket that starts there. All buckets are as long as the shortest; what
    /// lies between the end of one and the start of the next is a gap without messages.
    ///
    /// # Errors
    /// The first line that is not one, by its number.
    pub fn from_csv(name: &str, csv: &str) -> Result<Self, LoadError> {
        let rows = rows(csv)?;
        let bucket = rows
            .windows(2)
            .map(|pair| pair[1].0.duration_since(pair[0].0))
            .min()
            .ok_or(LoadError::TooShort)?;
        if !rows.iter().any(|row| row.1 > 0.0) {
            return Err(LoadError::Empty);
        }
        let starts_at = rows[0].0;
        let segments = rows
            .iter()
            .map(|&(at, messages)| {
                let from_us = us_of_secs(at.duration_since(starts_at).as_secs_f64());
                let to_us = from_us + us_of_secs(bucket.as_secs_f64());
                Segment { from_us, to_us, per_second: messages / bucket.as_secs_f64() }
            })
            .collect();
        Ok(Self::new(name.to_owned(), starts_at, segments))
    }

    /// The same course with another mean.
    #[must_use]
    pub fn scaled_to_mean(mut self, per_second: f64) -> Self {
        let factor = per_second / self.mean_per_second();
        for segment in &mut self.segments {
            segment.per_second *= factor;
        }
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instant at which simulated time is 0.
    #[must_use]
    pub const fn starts_at(&self) -> Timestamp {
        self.starts_at
    }

    /// Its segments, in order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// How long it lasts, in microseconds.
    #[must_use]
    pub fn duration_us(&self) -> u64 {
        self.segments.last().map_or(0, |last| last.to_us)
    }

    /// The messages to expect.
    #[must_use]
    pub fn messages(&self) -> f64 {
        self.segments.iter().map(Segment::messages).sum()
    }

    /// The mean rate, in messages per second.
    #[must_use]
    pub fn mean_per_second(&self) -> f64 {
        self.messages() / secs_of_us(self.duration_us())
    }

    /// The rate at a time, in messages per second.
    #[must_use]
    pub fn per_second_at(&self, at_us: u64) -> f64 {
        let next = self.segments.partition_point(|segment| segment.from_us <= at_us);
        next.checked_sub(1)
            .map(|index| self.segments[index])
            .filter(|segment| at_us < segment.to_us)
            .map_or(0.0, |segment| segment.per_second)
    }

    /// The mean rate between two times, in messages per second.
    #[must_use]
    pub fn mean_per_second_between(&self, from_us: u64, to_us: u64) -> f64 {
        let first = self.segments.partition_point(|segment| segment.to_us <= from_us);
        let messages: f64 = self.segments[first..]
            .iter()
            .take_while(|segment| segment.from_us < to_us)
            .map(|segment| {
                let shared_us = segment.to_us.min(to_us) - segment.from_us.max(from_us);
                segment.per_second * secs_of_us(shared_us)
            })
            .sum();
        messages / secs_of_us(to_us - from_us)
    }

    /// The instant of a simulated time.
    #[must_use]
    pub fn instant(&self, at_us: u64) -> Timestamp {
        let elapsed = SignedDuration::from_micros(i64::try_from(at_us).unwrap_or(i64::MAX));
        self.starts_at.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
    }
}

/// The rows of a file, without its heading and its empty lines.
fn rows(csv: &str) -> Result<Vec<(Timestamp, f64)>, LoadError> {
    let mut rows: Vec<(Timestamp, f64)> = Vec::new();
    for (index, text) in csv.lines().enumerate() {
        let text = text.trim();
        if text.is_empty() || (index == 0 && is_heading(text)) {
            continue;
        }
        let row = row(index + 1, text)?;
        if rows.last().is_some_and(|last| row.0 <= last.0) {
            return Err(LoadError::Order { line: index + 1 });
        }
        rows.push(row);
    }
    Ok(rows)
}

/// A heading has no digit where a time has many.
fn is_heading(text: &str) -> bool {
    !text.contains(|c: char| c.is_ascii_digit())
}

fn row(line: usize, text: &str) -> Result<(Timestamp, f64), LoadError> {
    let (at, value) =
        text.split_once(',').ok_or_else(|| LoadError::Line { line, text: text.to_owned() })?;
    let (at, value) = (at.trim().trim_matches('"'), value.trim().trim_matches('"'));
    let timestamp =
        instant(at).ok_or_else(|| LoadError::Timestamp { line, text: at.to_owned() })?;
    let messages = f64::from_str(value)
        .ok()
        .filter(|messages| messages.is_finite() && 0.0 <= *messages)
        .ok_or_else(|| LoadError::Value { line, text: value.to_owned() })?;
    Ok((timestamp, messages))
}

/// An instant with its offset, or without one, in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    Timestamp::from_str(text).or_else(|_| Timestamp::from_str(&format!("{text}Z"))).ok()
}
