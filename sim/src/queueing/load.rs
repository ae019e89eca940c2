//! How many messages come when: a rate that is constant within each segment.

use jiff::{SignedDuration, Timestamp};

use super::{SECOND_US, secs_of_us, us_of_secs};

const MINUTE_US: u64 = 60 * SECOND_US;

/// A stretch of time with one rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Its start, in microseconds from the start of the load.
    pub from_us: u64,
    /// Its end, likewise.
    pub to_us: u64,
    /// Messages per second. Finite, at least 0.
    pub per_second: f64,
}

impl Segment {
    /// So many messages, evenly spread over `length`, beginning `from` after the start.
    #[must_use]
    pub fn of(from: SignedDuration, length: SignedDuration, messages: f64) -> Self {
        let from_us = us_of_secs(from.as_secs_f64());
        let to_us = from_us + us_of_secs(length.as_secs_f64());
        Self { from_us, to_us, per_second: messages / length.as_secs_f64() }
    }

    fn messages(&self) -> f64 {
        self.per_second * secs_of_us(self.to_us - self.from_us)
    }
}

/// Messages over time. Segments are in order and do not overlap; between them no messages come.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    name: String,
    starts_at: Timestamp,
    segments: Vec<Segment>,
}

impl Load {
    /// The segments must be in order.
    #[must_use]
    pub const fn new(name: String, starts_at: Timestamp, segments: Vec<Segment>) -> Self {
        Self { name, starts_at, segments }
    }

    /// A synthetic load: the rate of each minute, in messages per second.
    #[must_use]
    pub fn by_minute(name: String, rates: impl Iterator<Item = f64>) -> Self {
        let ends = (1..).map(|minute| minute * MINUTE_US);
        let segments = ends.zip(rates).map(|(to_us, per_second)| Segment {
            from_us: to_us - MINUTE_US,
            to_us,
            per_second,
        });
        Self::new(name, Timestamp::UNIX_EPOCH, segments.collect())
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

    /// The part before a time, in microseconds from the start.
    #[must_use]
    pub fn until(mut self, end_us: u64) -> Self {
        self.segments.retain(|segment| segment.from_us < end_us);
        if let Some(last) = self.segments.last_mut() {
            last.to_us = last.to_us.min(end_us);
        }
        self
    }

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

    /// Its length, in microseconds.
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
