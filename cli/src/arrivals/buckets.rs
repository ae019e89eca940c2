//! Points in time -> a load in buckets.
//!
//! All buckets are as long as most points are apart. A point that follows another within less than
//! half of that is a second one of the same bucket. Between two buckets nothing is sent, nor in a
//! bucket without a value.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{ArrivalsError, Point};
use dynoscaler_sim::queueing::{Load, Segment};

/// CloudWatch keeps a metric for fifteen months.
pub(super) const DAYS_MAX: u64 = 500;

/// The load of points in the order of time.
pub(super) fn load(name: &str, points: &[Point]) -> Result<Load, ArrivalsError> {
    let bucket = usual_distance(points).ok_or(ArrivalsError::TooShort)?;
    bounded(points)?;
    if !points.iter().any(|point| point.messages.is_some_and(|messages| 0.0 < messages)) {
        return Err(ArrivalsError::Empty);
    }
    let starts_at = points[0].at;
    let buckets = buckets(points, bucket);
    Ok(Load::new(name.to_owned(), starts_at, segments(starts_at, &buckets, bucket)))
}

/// Sorted by time; a second point of one time is an error.
pub(super) fn in_order(mut points: Vec<Point>) -> Result<Vec<Point>, ArrivalsError> {
    points.sort_by_key(|point| point.at);
    let same_time = points
        .windows(2)
        .find(|pair| pair[0].at == pair[1].at && pair[0].messages != pair[1].messages);
    if let Some([one, other]) = same_time {
        return Err(ArrivalsError::Twice { first: one.place, place: other.place });
    }
    points.dedup_by_key(|point| point.at);
    Ok(points)
}

/// The distance that is most frequent; of several the shortest.
fn usual_distance(points: &[Point]) -> Option<SignedDuration> {
    let mut frequencies: BTreeMap<SignedDuration, usize> = BTreeMap::new();
    for pair in points.windows(2) {
        *frequencies.entry(pair[1].at.duration_since(pair[0].at)).or_default() += 1;
    }
    let frequent =
        frequencies.into_iter().max_by_key(|(distance, times)| (*times, Reverse(*distance)));
    frequent.map(|(distance, _)| distance)
}

fn bounded(points: &[Point]) -> Result<(), ArrivalsError> {
    let length =
        points.last().zip(points.first()).map(|(last, first)| last.at.duration_since(first.at));
    let days = length.map_or(0, |length| length.as_hours() / 24).unsigned_abs();
    let gap = |pair: &&[Point]| pair[1].at.duration_since(pair[0].at);
    match points.windows(2).max_by_key(gap) {
        Some([from, to]) if DAYS_MAX < days => Err(ArrivalsError::TooLong {
            from: from.place,
            from_at: from.at,
            to: to.place,
            to_at: to.at,
        }),
        _ => Ok(()),
    }
}

/// The start of each bucket, and the messages in it.
fn buckets(points: &[Point], length: SignedDuration) -> Vec<(Timestamp, f64)> {
    let mut buckets: Vec<(Timestamp, f64)> = Vec::with_capacity(points.len());
    for point in points {
        let Some(messages) = point.messages else { continue };
        match buckets.last_mut() {
            Some((at, before)) if point.at.duration_since(*at) * 2 < length => *before += messages,
            Some(_) | None => buckets.push((point.at, messages)),
        }
    }
    buckets
}

fn segments(
    starts_at: Timestamp,
    buckets: &[(Timestamp, f64)],
    length: SignedDuration,
) -> Vec<Segment> {
    let nexts = buckets.iter().skip(1).map(|(at, _)| Some(*at)).chain([None]);
    let segments = buckets.iter().zip(nexts).map(|(&(at, messages), next)| {
        let length = next.map_or(length, |next| length.min(next.duration_since(at)));
        Segment::of(at.duration_since(starts_at), length, messages)
    });
    segments.collect()
}
