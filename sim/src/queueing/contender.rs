//! The contenders of a comparison, and the running of all of them side by side.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::baseline::{Constant, Hpa, Keda, Oracle, Original, TargetTracking};
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
    /// Knows the load, and decides by the law of `rate`.
    Oracle {
        /// The policy of an equal `rate`.
        policy: Policy,
        /// The settings of its law.
        settings: RateSettings,
        /// The times with other bounds.
        schedule: Schedule,
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
            Self::Oracle { policy, settings, schedule } => {
                Box::new(Oracle::new(world.clone(), *policy, *settings).within(schedule.clone()))
            }
        }
    }
}

/// Runs every contender in the same world, on all cores. The outcomes are in the contenders' order.
#[must_use]
pub fn run_all(world: &World, contenders: &[Contender], progress: &Progress) -> Vec<Outcome> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(vec![None; contenders.len()]);
    thread::scope(|scope| {
        for _ in 0..threads.min(contenders.len()) {
            scope.spawn(|| {
                while let Some((index, contender)) = take(contenders, &next) {
                    let outcome = run(world, &mut *contender.method.controller(world), progress);
                    // A lock is only poisoned by a thread that panicked, which the scope repeats.
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes[index] = Some(outcome);
                    }
                }
            });
        }
    });
    outcomes.into_inner().map_or_else(|_| Vec::new(), |all| all.into_iter().flatten().collect())
}

fn take<'a>(contenders: &'a [Contender], next: &AtomicUsize) -> Option<(usize, &'a Contender)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    contenders.get(index).map(|contender| (index, contender))
}
