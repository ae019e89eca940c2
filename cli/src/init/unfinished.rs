//! Why a set-up ended early, and how a finding is shown.
//!
//! Must not know what is set up.

use crate::doctor::{Finding, Listing};

#[derive(Debug, thiserror::Error)]
pub(super) enum Unfinished {
    #[error("{0}")]
    Fault(Finding),
    #[error("nothing can be asked: give {0}, or run it at a terminal and without --yes")]
    Unanswered(String),
    #[error("interrupted")]
    Interrupted,
    /// The proposal.
    #[error("refused")]
    Refused,
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// As `doctor` shows it.
pub(super) fn show(finding: Finding) -> anyhow::Result<()> {
    Listing::AsTheyCome.shown(vec![finding])?;
    Ok(())
}
