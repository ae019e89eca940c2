//! Who takes part in a comparison, and the running of all of them side by side.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::baseline::{Constant, Hpa, Keda, Oracle, Original, TargetTracking};
use super::{Controller, Outcome, Policied, Progress, World, run};
use crate::policy::{Bounds, Policy, RateSettings, Schedule};

/// One rule with its settings, and the names under which people find it.
#[derive(Debug, Clone, PartialEq)]
pub struct Contender {
    /// The rule's name.
    pub name: &'static str,
    /// Its settings, as far as they are its own.
    pub settings: String,
    /// What it is.
    pub method: Method,
}

impl Contender {
    /// Whether it knows what nobody can know.
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
        /// Its settings.
        policy: Policy,
        /// When other bounds are in force.
        schedule: Schedule,
    },
    /// Always the same number.
    Constant(u32),
    /// The first `DynoScaler`.
    Original {
        /// The quantities that are allowed.
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
        /// The quantities that are allowed.
        bounds: Bounds,
        /// The HPA's settings.
        hpa: Hpa,
    },
    /// AWS's target tracking.
    TargetTracking {
        /// The quantities that are allowed.
        bounds: Bounds,
        /// Messages per dyno.
        target: f64,
    },
    /// One who knows the load and decides by the law of `rate`.
    Oracle {
        /// What `rate` would be configured with.
        policy: Policy,
        /// The settings of its rule.
        settings: RateSettings,
        /// When other bounds are in force.
        schedule: Schedule,
    },
}

impl Method {
    /// A controller without a past.
    #[must_use]
    pub fn controller(&self, world: &World) -> Box<dyn Controller> {
        match self {
            Self::Policy { policy, schedule } => {
                let starts_at = world.load.starts_at();
                Box::new(Policied::new(*policy, schedule.clone(), starts_at))
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
                let (load, service) = (world.load.clone(), world.service);
                Box::new(Oracle::new(load, service, *policy, *settings).within(schedule.clone()))
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
