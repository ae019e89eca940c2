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
            service_level: terms.service_level,
            price_per_dyno_hour: terms.price.per_dyno_hour,
            price: terms.price.source().to_owned(),
            total: Total::of(&accounts, terms),
            targets: accounts,
        })
    }
}

impl Total {
    fn of(targets: &[TargetAccount], terms: &Terms) -> Option<Self> {
        let live: Vec<_> = targets.iter().filter(|target| !target.dry_run).collect();
        let count = |of: fn(&TargetAccount) -> usize| live.iter().map(|target| of(target)).sum();
        let numbers = Sum::total(live.iter().map(|target| target.sum)).numbers(&terms.price);
        (!live.is_empty()).then(|| Self {
            targets: live.len(),
            cycles: count(|target| target.cycles),
            failed: count(|target| target.failed),
            changes: count(|target| target.changes_up + target.changes_down),
            is_kept: numbers.under_share.map(|under| terms.service_level <= under),
            numbers,
        })
    }
}
