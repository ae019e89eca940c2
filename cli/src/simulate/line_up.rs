//! The contenders: the project's policies as they are configured, and the peers with settings of
//! the same meaning.

use crate::text::short;
use dynoscaler::policy::{Bounds, Policy, RateSettings, Rule, Schedule};
use dynoscaler_sim::queueing::baseline::{Hpa, Known};
use dynoscaler_sim::queueing::{Contender, Method, World};

/// The configuration from which all contenders are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// What is the same for every rule.
    pub usual: Policy,
    /// The project's rules with their settings.
    pub rules: Vec<Rule>,
    /// The times with other bounds.
    pub schedule: Schedule,
}

impl Basis {
    /// A policy for each rule.
    pub fn policies(&self) -> impl Iterator<Item = Policy> {
        self.rules.iter().map(|rule| Policy { rule: *rule, ..self.usual })
    }

    /// A policy within these bounds.
    pub(super) fn policy(&self, policy: Policy) -> Contender {
        let (name, settings) = (policy.name(), settings(&policy));
        Contender {
            name,
            settings,
            method: Method::Policy { policy, schedule: self.schedule.clone() },
        }
    }
}

/// Each contender once, with the settings that correspond to the configuration.
#[must_use]
pub fn line_up(basis: &Basis, world: &World) -> Vec<Contender> {
    let Policy { bounds, up_cycles, down_cycles, backlog_threshold, .. } = basis.usual;
    let mut all: Vec<_> = basis.policies().map(|policy| basis.policy(policy)).collect();
    all.extend([
        constant(busiest(world).clamp(bounds.min, bounds.max)),
        original(bounds, up_cycles, down_cycles, backlog_threshold),
        keda(bounds, Hpa::with_defaults(backlog_threshold)),
        aws(bounds, backlog_threshold),
    ]);
    all.extend(basis.policies().filter_map(|policy| oracle(policy, &basis.schedule)));
    all
}

/// Dynos for the busiest minute: a constant quantity that is enough.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn busiest(world: &World) -> u32 {
    world.dynos_needed().1.ceil() as u32
}

fn settings(policy: &Policy) -> String {
    let Policy { up_cycles, down_cycles, backlog_threshold, .. } = *policy;
    let cycles = format!("up {up_cycles}, down {down_cycles} cycles");
    let threshold = short(backlog_threshold);
    match policy.rule {
        Rule::Rate(settings) => {
            format!("{}, {threshold} messages per dyno, {cycles}", of_rate(settings))
        }
        Rule::Step | Rule::Target { .. } => format!("{threshold} messages per dyno, {cycles}"),
    }
}

fn of_rate(RateSettings { service_level }: RateSettings) -> String {
    format!("level {} %", short(service_level * 100.0))
}

pub(super) fn constant(dynos: u32) -> Contender {
    let settings = format!("{dynos} dynos");
    Contender { name: "constant", settings, method: Method::Constant(dynos) }
}

pub(super) fn original(
    bounds: Bounds,
    up_cycles: u32,
    down_cycles: u32,
    backlog_threshold: f64,
) -> Contender {
    let threshold = short(backlog_threshold);
    Contender {
        name: "original",
        settings: format!(
            "{threshold} messages per dyno, up {up_cycles}, down {down_cycles} cycles"
        ),
        method: Method::Original { bounds, up_cycles, down_cycles, backlog_threshold },
    }
}

pub(super) fn keda(bounds: Bounds, hpa: Hpa) -> Contender {
    let (target, window_secs) = (short(hpa.target), hpa.down_window_secs);
    Contender {
        name: "keda",
        settings: format!("{target} messages per dyno, down window {window_secs} s"),
        method: Method::Keda { bounds, hpa },
    }
}

pub(super) fn aws(bounds: Bounds, target: f64) -> Contender {
    Contender {
        name: "aws",
        settings: format!("{} messages per dyno", short(target)),
        method: Method::TargetTracking { bounds, target },
    }
}

/// The oracle decides by the law of `rate`, and so only with a policy of that kind.
pub(super) fn oracle(policy: Policy, schedule: &Schedule) -> Option<Contender> {
    let Rule::Rate(settings) = policy.rule else { return None };
    Some(Contender {
        name: "oracle",
        settings: format!("{}, down {} cycles", of_rate(settings), policy.down_cycles),
        method: Method::Oracle {
            policy,
            settings,
            schedule: schedule.clone(),
            knows: Known::NextMinute,
        },
    })
}
