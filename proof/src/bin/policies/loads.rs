//! The loads that are measured, and their world and configuration.

use std::fs;
use std::path::Path;

use anyhow::Context;
use dynoscaler::config::{Environment, variable};
use dynoscaler::policy::{Policy, Rule, RuleName, Schedule};
use dynoscaler_cli::arrivals::Arrivals;
use dynoscaler_cli::simulate::Basis;
use dynoscaler_sim::queueing::{
    CountErrors, Course, DynoSpec, Load, OnStop, ServiceShape, ServiceTime, Shape, World,
};

/// The dynos that every load keeps busy on average.
const MEAN_DYNOS: f64 = 5.0;
/// Seconds of work per message.
const SERVICE_SECS: f64 = 3.0;
/// A minute's work per dyno.
const BACKLOG_THRESHOLD: f64 = 60.0 / SERVICE_SECS;
/// How long the synthetic loads last.
const MINUTES: u32 = 7 * 1440;

/// The synthetic loads and those of the folder, and a sentence on their sources.
pub(crate) fn all(traces: &Path) -> anyhow::Result<(Vec<Load>, String)> {
    let mut loads: Vec<Load> = Shape::ALL.map(synthetic).into();
    if !traces.is_dir() {
        return Ok((loads, "Only synthetic loads: the folder of traces is absent.".to_owned()));
    }
    let recorded = recorded(traces)?;
    let note = format!("{} synthetic loads and {} traces.", loads.len(), recorded.len());
    loads.extend(recorded);
    Ok((loads, note))
}

/// A synthetic load of the measured size.
pub(crate) fn synthetic(shape: Shape) -> Load {
    shape.load(MINUTES, MEAN_DYNOS / SERVICE_SECS)
}

fn recorded(folder: &Path) -> anyhow::Result<Vec<Load>> {
    let shown = folder.display();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {shown}"))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read {shown}"))?.path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| trace(path)).collect()
}

fn trace(path: &Path) -> anyhow::Result<Load> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let load = Arrivals::read(&name, &text, &[]).with_context(|| format!("{shown}"))?.load;
    Ok(load.scaled_to_mean(MEAN_DYNOS / SERVICE_SECS))
}

/// The world of a measurement.
pub(crate) fn world(load: Load) -> World {
    World {
        load,
        service: ServiceTime {
            mean_secs: SERVICE_SECS,
            shape: ServiceShape::Lognormal { cv: 1.0 },
            course: Course::CONSTANT,
        },
        dynos: DynoSpec {
            boot_min_secs: 10.0,
            boot_max_secs: 60.0,
            threads: 1,
            batch: 1,
            on_stop: OnStop::Return,
            visibility_timeout_secs: 30.0,
            database_dynos: None,
        },
        initial_dynos: 5,
        backlog_threshold: BACKLOG_THRESHOLD,
        counts: CountErrors { lag_max_secs: 60, noise: 0.05 },
        cycle_secs: 60,
        missed_ticks_share: 0.0,
        by_hand: Vec::new(),
        seed: 1,
    }
}

/// The measured configuration: defaults wherever there are.
pub(crate) fn basis() -> anyhow::Result<Basis> {
    let usual = policy()?;
    let rules = RuleName::ALL.map(Rule::from).to_vec();
    Ok(Basis { usual, rules, schedule: Schedule::default() })
}

fn policy() -> anyhow::Result<Policy> {
    let threshold = BACKLOG_THRESHOLD.to_string();
    let basis = [
        (variable::MIN_DYNOS, "1"),
        (variable::MAX_DYNOS, "20"),
        (variable::UP_CYCLES, "1"),
        (variable::DOWN_CYCLES, "5"),
        (variable::BACKLOG_THRESHOLD, &threshold),
    ];
    Ok(basis.into_iter().collect::<Environment>().policy()?)
}
