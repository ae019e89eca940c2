//! An axis that is wide where it matters and compressed at both ends, so that nothing is cut.
//!
//! Must not know what its values are.

use super::axis::Axis;

/// The share of the room that each compressed stretch has.
const CLOSE_SHARE: f64 = 0.12;

/// An axis of up to three stretches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretched {
    /// Where it matters.
    pub(super) wide: Axis,
    /// Smaller values, if there are any.
    pub(super) before: Option<Axis>,
    /// Larger values, if there are any.
    pub(super) behind: Option<Axis>,
}

impl Stretched {
    /// From the least value to the most, wide between two others.
    pub(super) fn new(ends: (f64, f64), wide: (f64, f64), places: (f64, f64)) -> Self {
        let (least, most) = (ends.0.min(wide.1), ends.1.max(wide.0));
        let close = CLOSE_SHARE * (places.1 - places.0);
        let from = if least < wide.0 { places.0 + close } else { places.0 };
        let to = if wide.1 < most { places.1 - close } else { places.1 };
        let before = Axis { values: (least, wide.0), places: (places.0, from) };
        let behind = Axis { values: (wide.1, most), places: (to, places.1) };
        Self {
            wide: Axis { values: wide, places: (from, to) },
            before: Some(before).filter(|_| least < wide.0),
            behind: Some(behind).filter(|_| wide.1 < most),
        }
    }

    pub(super) fn place(&self, value: f64) -> f64 {
        let (from, to) = self.wide.values;
        match (self.before, self.behind) {
            (Some(before), _) if value < from => before.place(value),
            (_, Some(behind)) if to < value => behind.place(value),
            _ => self.wide.place(value),
        }
    }

    /// The compressed stretches.
    pub(super) fn close(&self) -> impl Iterator<Item = Axis> {
        self.before.into_iter().chain(self.behind)
    }

    /// Round values along the full axis.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let close = self.close().flat_map(|axis| axis.ticks(2));
        close.chain(self.wide.ticks(9)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_place_of_its_own_in_order() {
        let axis = Stretched::new((100.0, 5_000.0), (800.0, 1_600.0), (0.0, 700.0));
        let places = [100.0, 500.0, 800.0, 1_200.0, 1_600.0, 3_000.0, 5_000.0];
        let places = places.map(|value| axis.place(value));
        assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
        assert_eq!((places[0], places[6]), (0.0, 700.0));
    }

    #[test]
    fn an_axis_without_values_beyond_is_wide_throughout() {
        let axis = Stretched::new((900.0, 1_000.0), (800.0, 1_600.0), (0.0, 700.0));
        assert_eq!((axis.close().count(), axis.wide.places), (0, (0.0, 700.0)));
    }
}
