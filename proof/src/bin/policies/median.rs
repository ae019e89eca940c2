//! The median of some values.
//!
//! Must not know what they are.

/// The upper of two in the middle; of none no number.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
