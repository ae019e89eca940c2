//! The account of all targets of a source: what `--json` prints and the page shows.

use jiff::Timestamp;
use serde::Serialize;

use super::sums::{Numbers, Sum};
use super::target::TargetAccount;
use super::terms::Terms;
use crate::source::Targets;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Account {
    pub(super) source: String,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Of the targets that have none of their own; so are the two below.
    pub(super) service_level: f64,
    pub(super) price_per_dyno_hour: f64,
    pub(super) price: String,
    /// Of all targets but dry runs, whose dynos may be those of another target. Null without one.
    pub(super) total: Option<Total>,
    pub(super) targets: Vec<TargetAccount>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Total {
    pub(super) targets: usize,
    pub(super) cycles: usize,
    pub(super) failed: usize,
    pub(super) changes: usize,
    #[serde(flatten)]
    pub(super) numbers: Numbers,
    /// Whether each target keeps its own.
    pub(super) is_kept: Option<bool>,
}

impl Account {
    /// None if there is no record.
    pub(super) fn of(targets: &Targets, terms: &Terms) -> Option<Self> {
        let account = |(name, records): (&String, &Vec<_>)| TargetAccount::of(name, records, terms);
        let accounts: Vec<TargetAccount> = targets.iter().filter_map(account).collect();
        Some(Self {
            source: terms.source.clone(),
            from: accounts.iter().map(|target| target.from).min()?,
            to: accounts.iter().map(|target| target.to).max()?,
            service_level: terms.common.service_level,
            price_per_dyno_hour: terms.common.price.per_dyno_hour,
            price: terms.common.price.source().to_owned(),
            total: Total::of(&accounts),
            targets: accounts,
        })
    }
}

impl Total {
    fn of(targets: &[TargetAccount]) -> Option<Self> {
        let live: Vec<_> = targets.iter().filter(|target| !target.dry_run).collect();
        let count = |of: fn(&TargetAccount) -> usize| live.iter().map(|target| of(target)).sum();
        let numbers = Sum::total(live.iter().map(|target| target.sum)).numbers();
        (!live.is_empty()).then(|| Self {
            targets: live.len(),
            cycles: count(|target| target.cycles),
            failed: count(|target| target.failed),
            changes: count(|target| target.changes_up + target.changes_down),
            is_kept: all_kept(&live),
            numbers,
        })
    }
}

/// One that is not kept decides, and else one that is unknown.
fn all_kept(targets: &[&TargetAccount]) -> Option<bool> {
    let is_kept = targets.iter().all(|target| target.is_kept == Some(true));
    let is_broken = targets.iter().any(|target| target.is_kept == Some(false));
    if is_broken { Some(false) } else { is_kept.then_some(true) }
}
