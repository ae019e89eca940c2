//! From values to places, and the round values on an axis.

use crate::text::{fixed, short};

/// A linear scale from values to places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// At both ends.
    pub(super) values: (f64, f64),
    pub(super) places: (f64, f64),
}

impl Axis {
    pub(super) fn place(&self, value: f64) -> f64 {
        let (first, last) = self.values;
        let (from, to) = self.places;
        let share = (value.clamp(first, last) - first) / (last - first);
        share.mul_add(to - from, from)
    }

    /// Round values within the axis, roughly `about` of them.
    pub(super) fn ticks(&self, about: u32) -> Vec<f64> {
        let (first, last) = self.values;
        let step = round_up((last - first) / f64::from(about.max(1)));
        multiples(step, first, last)
    }
}

/// A value at an axis, where there is room for few characters.
pub(super) fn label(value: f64) -> String {
    if 1e6 <= value {
        format!("{}M", short(value / 1e6))
    } else if 1e4 <= value {
        format!("{}k", short(value / 1e3))
    } else if 1e3 <= value {
        fixed(value, 0)
    } else {
        short(value)
    }
}

/// All multiples of a step from one value to another.
pub(super) fn multiples(step: f64, first: f64, last: f64) -> Vec<f64> {
    let start = (first / step).ceil();
    // Rounding may put the end slightly beyond itself.
    let ends = last + step * 1e-6;
    (0..).map(|n| (start + f64::from(n)) * step).take_while(|value| *value <= ends).collect()
}

/// The next 1, 2 or 5 times a power of ten.
pub(super) fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(f64::MIN_POSITIVE).log10().floor());
    let lead = value / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| lead <= *round * (1.0 + 1e-9));
    round.unwrap_or(10.0) * power
}

/// A time axis: the unit of its ticks, and how many hours lie between two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Clock {
    pub(super) unit: &'static str,
    pub(super) hours_per_unit: f64,
    pub(super) step: f64,
}

impl Clock {
    /// The axis on which so many hours have some ten ticks.
    pub(super) fn over(hours: f64) -> Self {
        let (unit, hours_per_unit, steps): (_, _, &[f64]) = if hours <= 4.0 {
            ("minutes", 1.0 / 60.0, &[1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0])
        } else if hours <= 96.0 {
            ("hours", 1.0, &[0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0])
        } else {
            ("days", 24.0, &[1.0, 2.0, 3.0, 5.0, 7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0])
        };
        let fits = |step: &&f64| hours / hours_per_unit / **step <= 14.0;
        let last = steps.last().copied().unwrap_or(1.0);
        Self { unit, hours_per_unit, step: steps.iter().find(fits).copied().unwrap_or(last) }
    }
}
