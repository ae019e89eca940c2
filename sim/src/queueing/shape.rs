//! Named synthetic loads.

use std::f64::consts::TAU;

use super::Load;

const MINUTES_PER_DAY: f64 = 1440.0;

/// The course of a synthetic load. Every one repeats daily, except the ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The same rate all the time.
    Steady,
    /// A wave: nine times as much at noon as at midnight.
    Daily,
    /// Even, and every six hours ten minutes of four times as much.
    Spike,
    /// From a tenth of the mean to almost twice, evenly.
    Ramp,
    /// Two hours little, two hours seven times as much.
    Square,
    /// Even all day, and at 02:00 a batch of a fifth of the day's messages within 15 minutes.
    Batch,
}

impl Shape {
    pub const ALL: [Self; 6] =
        [Self::Steady, Self::Daily, Self::Spike, Self::Ramp, Self::Square, Self::Batch];

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Daily => "daily",
            Self::Spike => "spike",
            Self::Ramp => "ramp",
            Self::Square => "square",
            Self::Batch => "batch",
        }
    }

    /// A load of this shape, in buckets of a minute.
    #[must_use]
    pub fn load(self, minutes: u32, mean_per_second: f64) -> Load {
        let total = f64::from(minutes);
        let rates = (0..minutes).map(|minute| self.relative(f64::from(minute), total));
        Load::by_minute(self.label().to_owned(), rates).scaled_to_mean(mean_per_second)
    }

    /// The rate in a minute, up to a factor.
    fn relative(self, minute: f64, minutes: f64) -> f64 {
        let of_day = minute % MINUTES_PER_DAY;
        match self {
            Self::Steady => 1.0,
            Self::Daily => 1.0 - 0.8 * (TAU * of_day / MINUTES_PER_DAY).cos(),
            Self::Spike => between(of_day % 360.0, 180.0, 190.0, 4.0, 1.0),
            Self::Ramp => 0.1 + 1.8 * minute / minutes,
            Self::Square => between(of_day % 240.0, 120.0, 240.0, 7.0, 1.0),
            // 15 minutes of 24 times the rate weigh a quarter of the other 1425.
            Self::Batch => between(of_day, 120.0, 135.0, 24.0, 1.0),
        }
    }
}

fn between(minute: f64, from: f64, to: f64, inside: f64, outside: f64) -> f64 {
    if (from..to).contains(&minute) { inside } else { outside }
}
