//! Against one who knows the past minute and the true throughput, at the same time above.

use dynoscaler::policy::{RateSettings, Schedule};
use dynoscaler_sim::queueing::Method;
use dynoscaler_sim::queueing::baseline::Known;

use super::{Figure, Figures, Scope, Trial, figures_of, kept, more, worst};
use crate::cases::Case;

const LEVELS: [f64; 8] = [0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999];
const MOST: f64 = 1.15;

pub(super) fn figures(scope: &Scope) -> Vec<Figure> {
    let each: Vec<(&Case, u64)> = scope.each().collect();
    let rates = figures_of(&each.iter().map(|&(case, seed)| rate(case, seed)).collect::<Vec<_>>());
    let informed: Vec<Trial> = each
        .iter()
        .flat_map(|&(case, seed)| LEVELS.map(|level| knowing(case, seed, level)))
        .collect();
    let informed = figures_of(&informed);
    let ratios: Vec<f64> = rates
        .iter()
        .zip(informed.chunks(LEVELS.len()))
        .map(|(rate, front)| rate.dyno_hours / hours_at(front, rate.above))
        .collect();
    let (value, place) = worst(&ratios, &each);
    vec![Figure {
        what: "dyno-hours ÷ those of one who knows the past minute, at the same share above"
            .to_owned(),
        goal: format!("at most {}", more(MOST)),
        measured: format!("{} ({place}); {}", more(value), kept(&ratios, &each, MOST)),
        is_met: value <= MOST,
    }]
}

fn rate(case: &Case, seed: u64) -> Trial {
    (case.world(seed), case.rate())
}

fn knowing(case: &Case, seed: u64, service_level: f64) -> Trial {
    let method = Method::Oracle {
        policy: case.policy(service_level),
        settings: RateSettings { service_level },
        schedule: Schedule::default(),
        knows: Known::PastMinute,
    };
    (case.world(seed), method)
}

/// The dyno-hours at a share above, between the two settings that are nearest; beyond all of them
/// those of the last.
fn hours_at(settings: &[Figures], above: f64) -> f64 {
    let mut front: Vec<&Figures> =
        settings.iter().filter(|it| !settings.iter().any(|other| it.is_behind(other))).collect();
    front.sort_by(|one, other| one.above.total_cmp(&other.above));
    let next = front.partition_point(|it| it.above < above);
    let (Some(less), Some(more)) = (next.checked_sub(1).map(|it| front[it]), front.get(next))
    else {
        return if next == 0 { front[0].dyno_hours } else { front[next - 1].dyno_hours };
    };
    let way = (above - less.above) / (more.above - less.above);
    less.dyno_hours + way * (more.dyno_hours - less.dyno_hours)
}
