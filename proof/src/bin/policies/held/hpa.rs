//! `rate` against every setting of KEDA with the HPA.

use dynoscaler_cli::simulate::hpa_settings;
use dynoscaler_cli::text::percent;
use dynoscaler_sim::queueing::baseline::Hpa;
use dynoscaler_sim::queueing::{Method, World};

use super::{Figure, Figures, Scope, Trial, figures_of};
use crate::cases::{BACKLOG_THRESHOLD, Case};

const LEVELS: [f64; 7] = [0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999];
const DOWN_CYCLES: [u32; 3] = [5, 20, 60];
/// The HPA's own period, and ours then.
const FAST_SECS: u32 = 15;

pub(super) fn figures(scope: &Scope) -> Vec<Figure> {
    let mut figures = as_often(scope);
    figures.push(each_15_seconds(scope));
    figures
}

fn keda(case: &Case, sync_secs: u32) -> impl Iterator<Item = Method> {
    let bounds = case.size.bounds();
    let hpas = hpa_settings(BACKLOG_THRESHOLD).map(move |hpa| Hpa { sync_secs, ..hpa });
    hpas.map(move |hpa| Method::Keda { bounds, hpa })
}

fn measured(world: &World, methods: impl IntoIterator<Item = Method>) -> Vec<Figures> {
    let trials = methods.into_iter().map(|method| (world.clone(), method));
    figures_of(&trials.collect::<Vec<Trial>>())
}

fn as_often(scope: &Scope) -> Vec<Figure> {
    let (mut better, mut beaten, mut all) = (Vec::new(), 0, 0);
    for (case, seed) in scope.each() {
        let world = case.world(seed);
        let rate = measured(&world, [case.rate()])[0];
        let settings = measured(&world, keda(case, world.cycle_secs));
        if settings.iter().any(|setting| setting.beats(&rate)) {
            better.push(case.name());
        }
        beaten += settings.iter().filter(|setting| rate.beats(setting)).count();
        all += settings.len();
    }
    better.dedup();
    let share = share(beaten, all);
    vec![
        Figure {
            what:
                "HPA looking as often: loads on which a setting of its grid beats the default in \
                   all three figures"
                    .to_owned(),
            goal: "none".to_owned(),
            measured: if better.is_empty() { "none".to_owned() } else { better.join(", ") },
            is_met: better.is_empty(),
        },
        Figure {
            what: "HPA looking as often: settings that the default beats in all three".to_owned(),
            goal: "at least 66.7 %".to_owned(),
            measured: format!("{} ({beaten} of {all})", percent(share)),
            is_met: 2.0 / 3.0 <= share,
        },
    ]
}

fn each_15_seconds(scope: &Scope) -> Figure {
    let (mut equalled, mut all) = (0, 0);
    for (case, seed) in scope.each() {
        let world = World { cycle_secs: FAST_SECS, ..case.world(seed) };
        let settings = measured(&world, keda(case, FAST_SECS));
        let is_ahead = |it: &&Figures| !settings.iter().any(|other| it.is_behind(other));
        let front: Vec<&Figures> = settings.iter().filter(is_ahead).collect();
        let levels = LEVELS.iter().flat_map(|level| DOWN_CYCLES.map(|down| (*level, down)));
        let rates = measured(&world, levels.map(|(level, down)| case.rate_with(level, down)));
        let reached = |hpa: &&&Figures| rates.iter().any(|rate| rate.is_no_worse_than(hpa));
        equalled += front.iter().filter(reached).count();
        all += front.len();
    }
    let share = share(equalled, all);
    Figure {
        what: "HPA each 15 s, and cycles of 15 s: points of its front that a level and down \
               cycles beat or equal in all three"
            .to_owned(),
        goal: "at least 80 %".to_owned(),
        measured: format!("{} ({equalled} of {all})", percent(share)),
        is_met: 0.8 <= share,
    }
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn share(part: usize, all: usize) -> f64 {
    part as f64 / all.max(1) as f64
}
