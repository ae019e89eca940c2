//! The decision after Heroku has refused a change because of a limit.
//!
//! Must not know what a limit allows, how Heroku reports it.

use super::{Change, Cycle, Decision, DynoLimit, LimitReport, Observation, Reason, State};

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

/// What to remember once that was refused as well: the next cycle continues from there.
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
