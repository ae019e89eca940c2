//! What the account needs besides the records.

use std::collections::BTreeMap;

use crate::price::Price;
use dynoscaler::target::Mode;

/// What is not in the records.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Terms {
    /// Of a target that has none of its own.
    pub(crate) common: TargetTerms,
    /// By the target.
    pub(crate) own: BTreeMap<String, TargetTerms>,
    /// What a dyno finishes, if the operator knows it.
    pub(crate) messages_per_dyno_minute: Option<f64>,
    /// Where the records come from.
    pub(crate) source: String,
}

/// The price of a target's dynos, and its promise.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TargetTerms {
    pub(crate) price: Price,
    /// The share of time that is to be under the threshold.
    pub(crate) service_level: f64,
}

impl Terms {
    /// A dry run has the terms of its target.
    pub(super) fn of(&self, target: &str) -> &TargetTerms {
        self.own.get(Mode::without_mark(target)).unwrap_or(&self.common)
    }
}
