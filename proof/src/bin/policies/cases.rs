//! What is measured: loads of three sizes, each with a maximum of four times its mean.

use std::fs;
use std::path::Path;

use anyhow::Context;
use dynoscaler::policy::{Bounds, Policy, RateSettings, Rule, RuleName, Schedule};
use dynoscaler_cli::arrivals::Arrivals;
use dynoscaler_cli::simulate::Basis;
use dynoscaler_sim::queueing::{
    CountErrors, Course, DynoSpec, Load, Method, SECOND_US, ServiceShape, ServiceTime, Shape,
    World, drawn,
};

/// Seconds of work per message.
const SERVICE_SECS: f64 = 3.0;
/// A minute's work per dyno.
pub(crate) const BACKLOG_THRESHOLD: f64 = 60.0 / SERVICE_SECS;
/// The service level that is the default.
pub(crate) const LEVEL: f64 = 0.99;
/// The cycles to remove a dyno that are the default.
pub(crate) const DOWN_CYCLES: u32 = 5;
const DAY_US: u64 = 86_400 * SECOND_US;

/// How large a load is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Size {
    /// The dynos that it keeps busy on average.
    pub(crate) mean_dynos: u32,
    /// The most dynos that are allowed.
    pub(crate) max_dynos: u32,
    /// Of a longer load the rest is left out.
    pub(crate) days: u32,
}

impl Size {
    pub(crate) const ALL: [Self; 3] = [
        Self { mean_dynos: 2, max_dynos: 8, days: 7 },
        Self::MIDDLE,
        Self { mean_dynos: 20, max_dynos: 80, days: 2 },
    ];
    /// The one of the pictures.
    pub(crate) const MIDDLE: Self = Self { mean_dynos: 5, max_dynos: 20, days: 7 };

    pub(crate) fn hours(self) -> f64 {
        24.0 * f64::from(self.days)
    }

    pub(crate) const fn bounds(self) -> Bounds {
        Bounds { min: 1, max: self.max_dynos }
    }
}

/// A load of a size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Case {
    pub(crate) load: Load,
    pub(crate) size: Size,
}

impl Case {
    /// A load, cut and scaled to a size.
    pub(crate) fn new(load: Load, size: Size) -> Self {
        let per_second = f64::from(size.mean_dynos) / SERVICE_SECS;
        let load = load.until(u64::from(size.days) * DAY_US).scaled_to_mean(per_second);
        Self { load, size }
    }

    pub(crate) fn name(&self) -> String {
        format!("{} at {}", self.load.name(), self.size.mean_dynos)
    }

    /// The usual world with this load.
    pub(crate) fn world(&self, seed: u64) -> World {
        World { initial_dynos: self.size.mean_dynos, seed, ..usual(self.load.clone()) }
    }

    /// `rate` at its defaults.
    pub(crate) fn rate(&self) -> Method {
        self.rate_with(LEVEL, DOWN_CYCLES)
    }

    /// `rate` with another service level and other cycles to remove a dyno.
    pub(crate) fn rate_with(&self, service_level: f64, down_cycles: u32) -> Method {
        let policy = Policy { down_cycles, ..self.policy(service_level) };
        Method::Policy { policy, schedule: Schedule::default() }
    }

    /// What the command line would make of the same settings.
    pub(crate) fn basis(&self) -> Basis {
        let rules = RuleName::ALL.map(Rule::from).to_vec();
        Basis { usual: self.policy(LEVEL), rules, schedule: Schedule::default() }
    }

    pub(crate) fn policy(&self, service_level: f64) -> Policy {
        Policy {
            rule: Rule::Rate(RateSettings { service_level }),
            up_cycles: 1,
            down_cycles: DOWN_CYCLES,
            ..Policy::new(self.size.bounds(), BACKLOG_THRESHOLD)
        }
    }
}

/// A synthetic load, in the middle size.
pub(crate) fn synthetic(shape: Shape) -> Case {
    sized(shape, Size { days: 7, ..Size::MIDDLE })
}

/// A synthetic load in a size.
pub(crate) fn sized(shape: Shape, size: Size) -> Case {
    Case::new(shape.load(size.days * 1440, 1.0), size)
}

/// Loads that no constant was chosen with, in each size in turn.
pub(crate) fn random(count: u64) -> Vec<Case> {
    let sizes = Size::ALL.into_iter().cycle();
    (1..=count)
        .zip(sizes)
        .map(|(seed, size)| Case::new(drawn(seed, size.days * 1440), size))
        .collect()
}

/// The loads of a folder, by name.
pub(crate) fn recorded(folder: &Path) -> anyhow::Result<Vec<Load>> {
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
    Ok(Arrivals::read(&name, &text, &[]).with_context(|| format!("{shown}"))?.load)
}

fn usual(load: Load) -> World {
    World {
        load,
        service: ServiceTime {
            mean_secs: SERVICE_SECS,
            shape: ServiceShape::Lognormal { cv: 1.0 },
            course: Course::CONSTANT,
        },
        dynos: DynoSpec::USUAL,
        initial_dynos: 5,
        backlog_threshold: BACKLOG_THRESHOLD,
        counts: CountErrors::USUAL,
        cycle_secs: 60,
        missed_ticks_share: 0.0,
        by_hand: Vec::new(),
        seed: 1,
    }
}
