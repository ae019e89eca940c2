//! The contenders of a comparison, and the running of all of them side by side.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::baseline::{
    Constant, Hpa, Keda, Known, Oracle, Original, Paper, Planned, TargetTracking,
};
use super::{Controller, Outcome, Policied, Progress, World, run};
use dynoscaler::policy::{Bounds, Policy, RateSettings, Schedule};

/// One method with its settings, and its usual name.
#[derive(Debug, Clone, PartialEq)]
pub struct Contender {
    pub name: &'static str,
    /// Its settings, as far as they are its own.
    pub settings: String,
    pub method: Method,
}

impl Contender {
    /// Whether it knows what no deployed method can know.
    #[must_use]
    pub const fn is_oracle(&self) -> bool {
        matches!(self.method, Method::Oracle { .. })
    }
}

/// How the number of dynos is decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// A policy of the project.
    Policy {
        policy: Policy,
        /// The times with other bounds.
        schedule: Schedule,
    },
    /// Always the same number.
    Constant(u32),
    /// The first `DynoScaler`.
    Original {
        /// The allowed quantities.
        bounds: Bounds,
        /// Breaches before the one that adds a dyno.
        up_cycles: u32,
        /// Breaches before the one that removes a dyno.
        down_cycles: u32,
        /// Messages per dyno.
        backlog_threshold: f64,
    },
    /// KEDA with the HPA.
    Keda {
        /// The allowed quantities.
        bounds: Bounds,
        hpa: Hpa,
    },
    /// AWS's target tracking.
    TargetTracking {
        /// The allowed quantities.
        bounds: Bounds,
        /// Messages per dyno.
        target: f64,
    },
    /// A method of the field's comparisons.
    Paper {
        /// The allowed quantities.
        bounds: Bounds,
        paper: Paper,
    },
    /// Knows the load, and decides by the law of `rate`.
    Oracle {
        /// The policy of an equal `rate`.
        policy: Policy,
        /// The settings of its law.
        settings: RateSettings,
        /// The times with other bounds.
        schedule: Schedule,
        knows: Known,
    },
}

impl Method {
    /// A controller at its start.
    #[must_use]
    pub fn controller(&self, world: &World) -> Box<dyn Controller> {
        match self {
            Self::Policy { policy, schedule } => {
                let starts_at = world.load.starts_at();
                Box::new(Policied::new(*policy, schedule.clone(), starts_at, world.cycle_secs))
            }
            Self::Constant(dynos) => Box::new(Constant(*dynos)),
            Self::Original { bounds, up_cycles, down_cycles, backlog_threshold } => {
                Box::new(Original::new(*bounds, *up_cycles, *down_cycles, *backlog_threshold))
            }
            Self::Keda { bounds, hpa } => Box::new(Keda::new(*hpa, *bounds)),
            Self::TargetTracking { bounds, target } => {
                Box::new(TargetTracking::new(*target, *bounds))
            }
            Self::Paper { bounds, paper } => {
                Box::new(Planned::new(paper.clone(), *bounds, world.clone()))
            }
            Self::Oracle { policy, settings, schedule, knows } => {
                let oracle = Oracle::new(world.clone(), *knows, *policy, *settings);
                Box::new(oracle.within(schedule.clone()))
            }
        }
    }
}

/// Runs every contender in the same world, on all cores. The outcomes are in the contenders' order.
#[must_use]
pub fn run_all(world: &World, contenders: &[Contender], progress: &Progress) -> Vec<Outcome> {
    in_parallel(contenders, |contender| {
        run(world, &mut *contender.method.controller(world), progress)
    })
}

/// Does `work` on each item, on all cores. The results are in the items' order.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                while let Some((index, item)) = take(items, &next) {
                    let result = work(item);
                    // A lock is only poisoned by a thread that panicked, which the scope repeats.
                    if let Ok(mut results) = results.lock() {
                        results.push((index, result));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn take<'a, T>(items: &'a [T], next: &AtomicUsize) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}
