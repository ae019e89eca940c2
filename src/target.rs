//! What is scaled: a process type of an app, its queues, and its settings.
//!
//! Must not know how any of it is reached.

use std::fmt;

use jiff::Timestamp;
use nonempty::NonEmpty;

use crate::policy::{Policy, Schedule};

/// A process type, the queues that it consumes, and how it is scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    pub id: TargetId,
    /// The names of its queues, for the record.
    pub queues: QueueNames,
    pub policy: Policy,
    /// When other bounds than the policy's apply.
    pub schedule: Schedule,
    pub mode: Mode,
}

/// One process type of one Heroku app. Both names match Heroku's patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetId {
    /// Name or UUID of the app.
    pub app: String,
    pub process: String,
}

/// The names of a target's queues, none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueNames(pub NonEmpty<String>);

impl From<&str> for QueueNames {
    fn from(name: &str) -> Self {
        Self(NonEmpty::new(name.to_owned()))
    }
}

/// Between commas, as they are set.
impl fmt::Display for QueueNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.head)?;
        self.0.tail.iter().try_for_each(|name| write!(f, ",{name}"))
    }
}

/// Whether changes are made or only reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Heroku is changed.
    Live,
    /// All but the PATCH is done.
    DryRun,
}

impl Mode {
    /// What is behind the name of its target, or a change of it, wherever it is shown.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Live => "",
            Self::DryRun => " (dry run)",
        }
    }

    /// The name of a target without the mark that it may have.
    #[must_use]
    pub fn without_mark(name: &str) -> &str {
        name.strip_suffix(Self::DryRun.mark()).unwrap_or(name)
    }
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.app, self.process)
    }
}

impl Target {
    /// The policy, with the bounds at `now`.
    #[must_use]
    pub fn policy_at(&self, now: Timestamp) -> Policy {
        self.policy.within(self.schedule.in_force(self.policy.bounds, now))
    }

    /// The partition key of the state item. A dry run has its own counters.
    #[must_use]
    pub fn state_key(&self) -> String {
        match self.mode {
            Mode::Live => self.id.to_string(),
            Mode::DryRun => format!("{}#dry-run", self.id),
        }
    }

    /// The item of the target's live cycles, if these are not live: a dry run respects the same
    /// pause and the same limit, and knows which quantity they set.
    #[must_use]
    pub fn live_key(&self) -> Option<String> {
        (self.mode == Mode::DryRun).then(|| self.id.to_string())
    }
}
