//! The values within the stretch of time of one point.

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    pub min: f64,
    pub mean: f64,
    pub max: f64,
}

impl Range {
    /// The range of some values, if there are any.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (mut range, mut sum, mut count) = (None::<Self>, 0.0, 0.0);
        for value in values {
            (sum, count) = (sum + value, count + 1.0);
            let so_far = range.unwrap_or(Self { min: value, mean: value, max: value });
            let (min, max) = (so_far.min.min(value), so_far.max.max(value));
            range = Some(Self { min, mean: sum / count, max });
        }
        range
    }

    /// Whether there was more than one value.
    pub(super) fn is_wide(&self) -> bool {
        self.min < self.max
    }
}
