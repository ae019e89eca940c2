//! Limits that Heroku sets to the dynos of a process type, learnt from its refusals.
//!
//! What Heroku reports need not explain a refusal: it counts dynos that no formation shows, such as
//! one-off dynos. Then a search finds the limit, as long as the load needs more. Must not know:
//! how Heroku reports it, what the load needs.

use jiff::{SignedDuration, Timestamp};

use super::tick::CLOCKS_DIFFER_MAX;
use super::{Bounds, Direction};

/// How long a limit is assumed to hold. An operator may have had it raised meanwhile, which shows
/// only by requesting more again.
pub const LIMIT_REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// Refusals after which a search halves what is left: a limit of the process type, one of the app,
/// and one dyno that no formation shows need no more.
const REFUSALS_IN_STEPS: u32 = 3;

/// A limit of Heroku's that a change met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DynoLimit {
    /// The most dynos that were not refused.
    pub dynos: u32,
    /// When it is forgotten.
    pub until: Timestamp,
    /// Refusals in a row while the load needed more: a search in progress.
    pub refusals: u32,
}

/// Heroku's report when it refused a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitReport {
    /// The limit in dynos, if it named one.
    pub limit: Option<u32>,
    /// The dynos of the app's other process types.
    pub others: u32,
}

impl LimitReport {
    /// The most dynos that may be allowed, now that `refused` were not.
    ///
    /// Heroku limits either each process type or the app, and does not report which. A
    /// refusal of no more than the limit can only mean the app, and one of no more than that leaves
    /// for this process type means dynos that are not in the formation.
    fn dynos(self, refused: u32) -> u32 {
        let one_less = refused.saturating_sub(1);
        match self.limit {
            Some(limit) if limit < refused => limit,
            Some(limit) => limit.saturating_sub(self.others).min(one_less),
            None => one_less,
        }
    }
}

impl DynoLimit {
    /// The limit after a refusal of `refused` dynos.
    pub(super) fn learnt(
        before: Option<Self>,
        refused: u32,
        report: LimitReport,
        now: Timestamp,
    ) -> Self {
        let most = before.map_or(u32::MAX, |limit| limit.dynos);
        let refusals = before.map_or(0, |limit| limit.refusals).saturating_add(1);
        let until = now.saturating_add(LIMIT_REMEMBERED).unwrap_or(Timestamp::MAX);
        Self { dynos: report.dynos(refused).min(most), until, refusals }
    }

    /// The most dynos to request now. Running dynos are not given up.
    pub(super) fn reachable(self, active: u32) -> u32 {
        let left = self.dynos.saturating_sub(active);
        let step = if self.refusals > REFUSALS_IN_STEPS { left.div_ceil(2) } else { left };
        active.saturating_add(step)
    }

    /// The same after a new recommendation: a search ends once the load needs no more dynos.
    pub(super) fn after(self, direction: Direction) -> Self {
        match direction {
            Direction::Up => self,
            Direction::Down | Direction::Steady => Self { refusals: 0, ..self },
        }
    }

    /// Whether more dynos were requested moments ago and may yet be allowed.
    pub(super) const fn is_open(self, active: u32) -> bool {
        self.refusals > 0 && active < self.dynos
    }

    /// Bounds that request no more than it may allow.
    pub(super) fn within(self, Bounds { min, max }: Bounds, active: u32) -> Bounds {
        let ceiling = self.reachable(active);
        Bounds { min: min.min(ceiling), max: max.min(ceiling) }
    }

    /// Whether a cycle can have written it by `now`.
    pub(super) fn is_plausible_at(self, now: Timestamp) -> bool {
        self.until.duration_since(now) <= LIMIT_REMEMBERED.saturating_add(CLOCKS_DIFFER_MAX)
    }
}
