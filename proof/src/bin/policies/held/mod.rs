//! What `rate` is held to: each figure, its goal, and whether it is met.
//!
//! Must not know how a load was found.

mod cost;
mod estimate;
mod figures;
mod hpa;
mod informed;
mod promise;
mod steady;

use std::fmt::Write;

use dynoscaler_cli::text::percent;
use dynoscaler_sim::queueing::{Method, Progress, Score, World, in_parallel, run};

use self::figures::Figures;
use crate::cases::Case;

/// The loads and the seeds with which everything is measured.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) cases: Vec<Case>,
    pub(crate) seeds: Vec<u64>,
}

impl Scope {
    /// Every load with every seed.
    fn each(&self) -> impl Iterator<Item = (&Case, u64)> {
        self.cases.iter().flat_map(|case| self.seeds.iter().map(move |seed| (case, *seed)))
    }
}

/// One line of the table.
#[derive(Debug)]
struct Figure {
    what: String,
    goal: String,
    measured: String,
    is_met: bool,
}

/// All figures, measured.
pub(crate) fn table(scope: &Scope) -> String {
    let points = [
        estimate::figures(scope),
        promise::figures(scope),
        hpa::figures(scope),
        cost::figures(scope),
        steady::figures(scope),
        informed::figures(scope),
    ];
    let mut text = "| | figure | goal | measured | met |\n|--:|---|---|---|---|\n".to_owned();
    for (number, figures) in (1..).zip(&points) {
        for Figure { what, goal, measured, is_met } in figures {
            let met = if *is_met { "yes" } else { "**no**" };
            let _ = writeln!(text, "| {number} | {what} | {goal} | {measured} | {met} |");
        }
    }
    let all = points.iter().flatten();
    let met = all.clone().filter(|figure| figure.is_met).count();
    let (loads, runs) = (scope.cases.len(), scope.seeds.len());
    let _ = writeln!(text, "\n{met} of {} are met, on {loads} loads of {runs} seeds.", all.count());
    text
}

/// A world and what controls it.
type Trial = (World, Method);

fn figures_of(trials: &[Trial]) -> Vec<Figures> {
    in_parallel(trials, |(world, method)| Figures::of(&score(world, method)))
}

fn score(world: &World, method: &Method) -> Score {
    run(world, &mut *method.controller(world), &Progress::default()).score
}

/// The largest value, and where it was.
fn worst(values: &[f64], each: &[(&Case, u64)]) -> (f64, String) {
    let places = values.iter().zip(each);
    let worst = places.max_by(|(one, _), (other, _)| one.total_cmp(other));
    worst.map_or((0.0, "no load".to_owned()), |(value, (case, _))| (*value, case.name()))
}

/// How many values keep a bound, and the loads of the others.
fn kept(values: &[f64], each: &[(&Case, u64)], most: f64) -> String {
    let missed = values.iter().zip(each).filter(|(value, _)| most < **value);
    let mut missed: Vec<String> = missed.map(|(_, (case, _))| case.name()).collect();
    let kept = format!("kept by {} of {}", values.len() - missed.len(), values.len());
    missed.dedup();
    if missed.is_empty() { kept } else { format!("{kept}, missed on {}", missed.join(", ")) }
}

/// A quotient as the difference to 1.
fn more(ratio: f64) -> String {
    let sign = if ratio < 1.0 { "−" } else { "+" };
    format!("{sign}{}", percent((ratio - 1.0).abs()))
}
