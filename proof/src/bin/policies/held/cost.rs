//! What threads and slow boots cost: dyno-hours against those of the same load without.

use super::{Figure, Scope, Trial, figures_of, kept, more, worst};
use crate::cases::Case;
use crate::disturbance::{Disturbance, NONE, SLOW_BOOTS, TEN_THREADS};

pub(super) fn figures(scope: &Scope) -> Vec<Figure> {
    vec![figure(scope, TEN_THREADS, 1.2), figure(scope, SLOW_BOOTS, 1.12)]
}

fn figure(scope: &Scope, disturbance: Disturbance, most: f64) -> Figure {
    let each: Vec<(&Case, u64)> = scope.each().collect();
    let hours = |world: Disturbance| -> Vec<f64> {
        let trials = each.iter().map(|(case, seed)| (world.of(case.world(*seed)), case.rate()));
        let figures = figures_of(&trials.collect::<Vec<Trial>>());
        figures.iter().map(|figures| figures.dyno_hours).collect()
    };
    let (usual, disturbed) = (hours(NONE), hours(disturbance));
    let total = disturbed.iter().sum::<f64>() / usual.iter().sum::<f64>();
    let ratios: Vec<f64> = disturbed.iter().zip(&usual).map(|(more, less)| more / less).collect();
    let (value, place) = worst(&ratios, &each);
    Figure {
        what: format!("dyno-hours: {}", disturbance.what),
        goal: format!("at most {}", more(most)),
        measured: format!(
            "{} ({place}); {}; in total {}",
            more(value),
            kept(&ratios, &each, most),
            more(total)
        ),
        is_met: value <= most,
    }
}
