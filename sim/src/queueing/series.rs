//! The course of a run in as many points as a plot has columns.

use super::SECOND_US;
use super::fleet::Fleet;

const POINTS: u64 = 600;

#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The time of one point, in microseconds.
    pub width_us: u64,
    /// In order of time.
    pub points: Vec<Point>,
}

/// One stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// Messages that waited per running dyno; with none running, all that waited.
    pub backlog_per_instance: Spread,
    /// Requested dynos.
    pub dynos: Spread,
}

/// The least, the mean and the most of some values.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spread {
    pub min: f64,
    pub max: f64,
    sum: f64,
    count: u32,
}

impl Spread {
    const fn of(value: f64) -> Self {
        Self { min: value, max: value, sum: value, count: 1 }
    }

    fn note(&mut self, value: f64) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum += value;
        self.count += 1;
    }

    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum / f64::from(self.count.max(1))
    }
}

impl Series {
    /// The time of one point, in a run of this length.
    #[must_use]
    pub const fn width_us(horizon_us: u64) -> u64 {
        let width_us = horizon_us.div_ceil(POINTS);
        // No series shows anything between two seconds.
        if width_us < SECOND_US { SECOND_US } else { width_us }
    }

    pub(super) fn new(horizon_us: u64) -> Self {
        Self { width_us: Self::width_us(horizon_us), points: Vec::new() }
    }

    /// Notes the state of the world at an instant. Instants come in order, one a second.
    pub(super) fn note(&mut self, now_us: u64, queued: usize, fleet: &Fleet) {
        #[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
        let backlog_per_instance = queued as f64 / fleet.running().max(1) as f64;
        let dynos = f64::from(fleet.quantity());
        let covered_us = self.points.len() as u64 * self.width_us;
        match self.points.last_mut() {
            Some(point) if now_us < covered_us => {
                point.backlog_per_instance.note(backlog_per_instance);
                point.dynos.note(dynos);
            }
            Some(_) | None => self.points.push(Point {
                backlog_per_instance: Spread::of(backlog_per_instance),
                dynos: Spread::of(dynos),
            }),
        }
    }
}
