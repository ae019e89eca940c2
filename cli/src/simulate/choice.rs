//! Which of the tried settings to deploy.
//!
//! Must not know how settings are shown.

use super::{Contest, Entry};
use dynoscaler::policy::Policy;
use dynoscaler_sim::queueing::Method;

/// An entry of the project's own and its policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice<'a> {
    pub(super) entry: &'a Entry,
    pub(super) policy: &'a Policy,
    pub(super) why: Why,
}

/// Why these settings are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The fewest dyno-hours of those that are above the threshold seldom enough.
    Cheapest,
    /// None is above the threshold seldom enough; this one is so least.
    LeastAbove,
}

/// None if no policy of the project took part.
pub(super) fn choice(contest: &Contest, above_max: f64) -> Option<Choice<'_>> {
    let own = contest.entries.iter().filter_map(own);
    let hours = |entry: &Entry| entry.outcome.score.dyno_hours;
    let above = |entry: &Entry| entry.outcome.score.above_threshold_share;
    let cheapest = own
        .clone()
        .filter(|(entry, _)| above(entry) <= above_max)
        .min_by(|(one, _), (other, _)| hours(one).total_cmp(&hours(other)));
    let least = || own.min_by(|(one, _), (other, _)| above(one).total_cmp(&above(other)));
    let chosen = |why| move |(entry, policy)| Choice { entry, policy, why };
    cheapest.map(chosen(Why::Cheapest)).or_else(|| least().map(chosen(Why::LeastAbove)))
}

fn own(entry: &Entry) -> Option<(&Entry, &Policy)> {
    match &entry.contender.method {
        Method::Policy { policy, .. } => Some((entry, policy)),
        Method::Constant(_)
        | Method::Original { .. }
        | Method::Keda { .. }
        | Method::TargetTracking { .. }
        | Method::Paper { .. }
        | Method::Oracle { .. } => None,
    }
}
