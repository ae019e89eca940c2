//! The rules by which dynos are recommended: their names and their settings.
//!
//! Must not know how a rule recommends.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the dynos that the load needs are found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// One more above the threshold, one less below it.
    Step,
    /// As many as bring the backlog per instance to the threshold.
    Target {
        /// Share of the threshold by which the backlog per instance may miss it. Finite, at
        /// least 0, less than 1.
        tolerance: f64,
    },
    /// The fewest with which the backlog per instance is under the threshold for a share of the
    /// time.
    Rate(RateSettings),
}

/// The settings of the rule `rate`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateSettings {
    /// Share of the time that the backlog per instance is to be under the threshold. Above 0.5,
    /// less than 1.
    pub service_level: f64,
}

/// The names of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleName {
    /// [`Rule::Step`]
    Step,
    /// [`Rule::Target`]
    Target,
    /// [`Rule::Rate`]
    Rate,
}

impl RuleName {
    /// Every rule, the default first.
    pub const ALL: [Self; 3] = [Self::Step, Self::Target, Self::Rate];

    /// The name in the settings and in the record.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Target => "target",
            Self::Rate => "rate",
        }
    }

    /// The rule of a label.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.label() == label)
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl From<&Rule> for RuleName {
    fn from(rule: &Rule) -> Self {
        match rule {
            Rule::Step => Self::Step,
            Rule::Target { .. } => Self::Target,
            Rule::Rate(_) => Self::Rate,
        }
    }
}

/// The rule with every setting at its default.
impl From<RuleName> for Rule {
    fn from(name: RuleName) -> Self {
        match name {
            RuleName::Step => Self::Step,
            RuleName::Target => Self::Target { tolerance: 0.1 },
            RuleName::Rate => Self::Rate(RateSettings { service_level: 0.99 }),
        }
    }
}
