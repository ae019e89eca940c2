//! A steady load: how often the quantity changes, and how many dynos it takes.

use dynoscaler_cli::text::fixed;
use dynoscaler_sim::queueing::{Method, Shape, World};

use super::{Figure, Figures, Scope, Trial, figures_of};
use crate::cases::{Case, LEVEL, Size, sized};

const DAYS: u32 = 7;

pub(super) fn figures(scope: &Scope) -> Vec<Figure> {
    Size::ALL.iter().flat_map(|size| of_size(scope, Size { days: DAYS, ..*size })).collect()
}

fn of_size(scope: &Scope, size: Size) -> [Figure; 2] {
    let case = sized(Shape::Steady, size);
    let worlds: Vec<World> = scope.seeds.iter().map(|seed| case.world(*seed)).collect();
    let trials = worlds.iter().map(|world| (world.clone(), case.rate()));
    let rates = figures_of(&trials.collect::<Vec<Trial>>());
    let needed = enough(&case, &worlds[0]);
    let hours = size.hours();
    let most = |of: &dyn Fn(&Figures) -> f64| rates.iter().map(of).fold(0.0, f64::max);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let changes = most(&|rate| rate.changes as f64 / hours);
    let dynos = most(&|rate| rate.dyno_hours / hours);
    let changes_max = if size.mean_dynos < 20 { 0.5 } else { 2.0 };
    [
        Figure {
            what: format!("changes an hour on a steady load at {} dynos", size.mean_dynos),
            goal: format!("under {changes_max}"),
            measured: fixed(changes, 2),
            is_met: changes < changes_max,
        },
        Figure {
            what: format!(
                "dynos on a steady load at {} ÷ the fewest whose constant number keeps the level",
                size.mean_dynos
            ),
            goal: "at most 1.15".to_owned(),
            measured: format!(
                "{} ({} ÷ {needed})",
                fixed(dynos / f64::from(needed), 2),
                fixed(dynos, 2)
            ),
            is_met: dynos <= 1.15 * f64::from(needed),
        },
    ]
}

/// The fewest dynos that are enough without scaling.
fn enough(case: &Case, world: &World) -> u32 {
    let mean = case.size.mean_dynos;
    let counts: Vec<u32> = (mean..=2 * mean).collect();
    let trials = counts.iter().map(|dynos| (world.clone(), Method::Constant(*dynos)));
    let figures = figures_of(&trials.collect::<Vec<Trial>>());
    let kept = |(_, figures): &(&u32, &Figures)| figures.above <= 1.0 - LEVEL;
    counts.iter().zip(&figures).find(kept).map_or(2 * mean, |(dynos, _)| *dynos)
}
