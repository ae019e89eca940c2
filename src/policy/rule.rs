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
    /// As many as the arrivals need, and those that bring the backlog under the threshold in time.
    Rate(RateSettings),
}

/// The settings of the rule `rate`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateSettings {
    /// Time in which a backlog is to come under the threshold. Finite, above 0.
    pub drain_minutes: f64,
    /// Share of its time that a dyno is to work. Above 0, at most 1.5: more than a dyno can do
    /// leaves part of the arrivals to the backlog, until that needs dynos.
    pub utilization: f64,
    /// A guess at the throughput of a dyno, corrected by observations. Finite, above 0.
    pub messages_per_dyno_minute: Option<f64>,
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
            RuleName::Rate => Self::Rate(RateSettings {
                drain_minutes: 5.0,
                utilization: 0.9,
                messages_per_dyno_minute: None,
            }),
        }
    }
}
