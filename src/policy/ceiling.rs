//! Limits that Heroku sets to the dynos of a process type, learnt from its refusals.
//!
//! Must not know: how Heroku says so, what the load asks for.

use jiff::{SignedDuration, Timestamp};

use super::{Bounds, Change, Cycle, Decision, Observation, Policy, Reason, State};

/// How long a limit is taken to stand. A person may have had it raised meanwhile, which shows only
/// by asking for more again.
pub const LIMIT_REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// A limit of Heroku's that a change ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DynoLimit {
    /// The most dynos that the process type may have.
    pub dynos: u32,
    /// When it is forgotten.
    pub until: Timestamp,
}

/// What Heroku said when it refused a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitTold {
    /// The limit, in dynos.
    pub limit: u32,
    /// What the other process types of the app run.
    pub others: u32,
}

impl LimitTold {
    /// Heroku limits either each process type or the app as a whole, and does not say which. A
    /// refusal of no more than the limit can only mean the app.
    const fn dynos(self, asked: u32) -> u32 {
        if asked > self.limit { self.limit } else { self.limit.saturating_sub(self.others) }
    }
}

impl State {
    /// `policy`, with bounds that respect a limit of Heroku's as long as it is remembered. Dynos
    /// that run already are not given up for it.
    #[must_use]
    pub fn limited(&self, policy: &Policy, seen: &Observation, now: Timestamp) -> Policy {
        let Some(limit) = self.limit_at(now) else { return *policy };
        let ceiling = limit.dynos.max(seen.active);
        let Bounds { min, max } = policy.bounds;
        Policy { bounds: Bounds { min: min.min(ceiling), max: max.min(ceiling) }, ..*policy }
    }
}

/// What to do instead of `refused`, which was committed together with `committed`: as much of it
/// as the limit allows, at once.
///
/// None if the limit does not explain the refusal: it was told of a quantity that it allows.
pub fn within_limit(
    refused: Change,
    committed: &State,
    told: LimitTold,
    seen: &Observation,
    cycle: &Cycle,
) -> Option<Decision> {
    let dynos = told.dynos(refused.to);
    if refused.to <= dynos || refused.to <= refused.from {
        return None;
    }
    let until = cycle.now.saturating_add(LIMIT_REMEMBERED).unwrap_or(Timestamp::MAX);
    let limit = Some(DynoLimit { dynos, until });
    let before = State { limit, intent: None, ..committed.clone() };
    let decision = if dynos > seen.active {
        Decision::change(Reason::HerokuLimit, dynos, seen, &before, cycle, None)
    } else {
        Decision::hold(Reason::HerokuLimit, seen, before, None)
    };
    Some(Decision { until: Some(until), ..decision })
}
