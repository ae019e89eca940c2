//! The promise: the share of the time above the threshold, beyond what the maximum always running
//! would have had.

use dynoscaler_cli::text::{fixed, percent};
use dynoscaler_sim::queueing::Method;

use super::{Figure, Figures, Scope, Trial, figures_of, kept, worst};
use crate::cases::Case;
use crate::disturbance::{
    BOOTS_OF_TWO_MINUTES, DRIFT, Disturbance, JUMP, LATE, MISSED, NONE, TEN_THREADS,
};

const LEVELS: [f64; 3] = [0.98, 0.99, 0.995];
/// How far beyond its level the promise may be.
const TOLERANCE: f64 = 0.005;

pub(super) fn figures(scope: &Scope) -> Vec<Figure> {
    let worlds = [NONE, BOOTS_OF_TWO_MINUTES, MISSED, LATE, DRIFT, JUMP, TEN_THREADS];
    worlds.iter().flat_map(|world| of_world(scope, *world)).collect()
}

fn of_world(scope: &Scope, disturbance: Disturbance) -> Vec<Figure> {
    let each: Vec<(&Case, u64)> = scope.each().collect();
    let with = |method: &dyn Fn(&Case) -> Method| -> Vec<Figures> {
        let trial = |&(case, seed): &(&Case, u64)| -> Trial {
            (disturbance.of(case.world(seed)), method(case))
        };
        figures_of(&each.iter().map(trial).collect::<Vec<_>>())
    };
    let unavoidable = with(&|case| Method::Constant(case.size.max_dynos));
    let figure = |level: f64| {
        let measured = with(&|case| case.rate_with(level, crate::cases::DOWN_CYCLES));
        let beyond: Vec<f64> =
            measured.iter().zip(&unavoidable).map(|(rate, max)| rate.above - max.above).collect();
        judged(disturbance, level, &each, &beyond)
    };
    LEVELS.map(figure).into()
}

fn judged(world: Disturbance, level: f64, each: &[(&Case, u64)], beyond: &[f64]) -> Figure {
    let most = 1.0 - level + TOLERANCE;
    let (value, place) = worst(beyond, each);
    Figure {
        what: format!("above at {}, beyond the maximum's: {}", percent(level), world.what),
        goal: format!("at most {} points", fixed(100.0 * most, 1)),
        measured: format!("{} ({place}); {}", fixed(100.0 * value, 2), kept(beyond, each, most)),
        is_met: value <= most,
    }
}
