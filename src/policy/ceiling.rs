//! Limits that Heroku sets to the dynos of a process type, learnt from its refusals.
//!
//! What Heroku reports need not explain a refusal: it counts dynos that no formation shows, such as
//! one-off dynos. Then the limit is searched for, as long as the load requests more. Must not know:
//! how Heroku says so, what the load requests.

use jiff::{SignedDuration, Timestamp};

use super::{Bounds, Change, Cycle, Decision, Direction, Observation, Policy, Reason, State};

/// How long a limit is taken to stand. A person may have had it raised meanwhile, which shows only
/// by requesting more again.
pub const LIMIT_REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// Refusals after which a search halves what is left: a limit of the process type, one of the app,
/// and one dyno that no formation shows need no more.
const REFUSALS_IN_STEPS: u32 = 3;

/// A limit of Heroku's that a change ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DynoLimit {
    /// The most dynos that were not refused.
    pub dynos: u32,
    /// When it is forgotten.
    pub until: Timestamp,
    /// Refusals in a row while the load requested more: a search that goes on.
    pub refusals: u32,
}

/// What Heroku reported when it refused a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitReport {
    /// The limit in dynos, if it named one.
    pub limit: Option<u32>,
    /// What the other process types of the app run.
    pub others: u32,
}

impl LimitReport {
    /// The most dynos that may be allowed, now that `refused` were not.
    ///
    /// Heroku limits either each process type or the app as a whole, and does not say which. A
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
    /// What a refusal of `refused` dynos teaches.
    fn learnt(before: Option<Self>, refused: u32, report: LimitReport, now: Timestamp) -> Self {
        let most = before.map_or(u32::MAX, |limit| limit.dynos);
        let refusals = before.map_or(0, |limit| limit.refusals).saturating_add(1);
        let until = now.saturating_add(LIMIT_REMEMBERED).unwrap_or(Timestamp::MAX);
        Self { dynos: report.dynos(refused).min(most), until, refusals }
    }

    /// The most dynos to request now. What runs already is not given up.
    fn reachable(self, active: u32) -> u32 {
        let left = self.dynos.saturating_sub(active);
        let step = if self.refusals > REFUSALS_IN_STEPS { left.div_ceil(2) } else { left };
        active.saturating_add(step)
    }

    /// The same after a look at the load: a search ends once it requests no more dynos.
    pub(super) fn after(self, direction: Direction) -> Self {
        match direction {
            Direction::Above => self,
            Direction::Below | Direction::AtTarget => Self { refusals: 0, ..self },
        }
    }

    /// Whether more dynos were requested moments ago and may yet be allowed.
    pub(super) const fn is_open(self, active: u32) -> bool {
        self.refusals > 0 && active < self.dynos
    }
}

impl State {
    /// `policy`, with bounds that respect a limit of Heroku's as long as it is remembered. Dynos
    /// that run already are not given up for it.
    #[must_use]
    pub fn limited(&self, policy: &Policy, seen: &Observation, now: Timestamp) -> Policy {
        let Some(limit) = self.limit_at(now) else { return *policy };
        let ceiling = limit.reachable(seen.active);
        let Bounds { min, max } = policy.bounds;
        Policy { bounds: Bounds { min: min.min(ceiling), max: max.min(ceiling) }, ..*policy }
    }
}

/// What to do instead of `refused`, which was committed together with `committed`: as much of it
/// as the limit may allow, at once.
///
/// None for a removal, which no limit forbids.
pub fn within_limit(
    refused: Change,
    committed: &State,
    report: LimitReport,
    seen: &Observation,
    cycle: &Cycle,
) -> Option<Decision> {
    let (limit, before) = remembering(refused, committed, report, cycle)?;
    let to = limit.reachable(seen.active);
    if to <= seen.active {
        return Some(held(limit, before, seen));
    }
    let change = Decision::change(Reason::HerokuLimit, to, seen, &before, cycle, None);
    Some(Decision { until: Some(limit.until), ..change })
}

/// What to remember once that was refused as well: the next cycle goes on from there.
///
/// None for a removal.
pub fn limit_remembered(
    refused: Change,
    committed: &State,
    report: LimitReport,
    seen: &Observation,
    cycle: &Cycle,
) -> Option<Decision> {
    let (limit, before) = remembering(refused, committed, report, cycle)?;
    Some(held(limit, before, seen))
}

fn held(limit: DynoLimit, before: State, seen: &Observation) -> Decision {
    let hold = Decision::hold(Reason::HerokuLimit, seen, before, None);
    Decision { until: Some(limit.until), ..hold }
}

fn remembering(
    refused: Change,
    committed: &State,
    report: LimitReport,
    cycle: &Cycle,
) -> Option<(DynoLimit, State)> {
    if refused.to <= refused.from {
        return None;
    }
    let limit = DynoLimit::learnt(committed.limit, refused.to, report, cycle.now);
    Some((limit, State { limit: Some(limit), intent: None, ..committed.clone() }))
}
