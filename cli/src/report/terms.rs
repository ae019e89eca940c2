//! What the account needs besides the records.

use crate::price::Price;

/// What is not in the records.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Terms {
    pub(crate) price: Price,
    /// The share of time that is to be under the threshold.
    pub(crate) service_level: f64,
    /// What a dyno finishes, if the operator knows it.
    pub(crate) messages_per_dyno_minute: Option<f64>,
    /// Where the records come from.
    pub(crate) source: String,
}
