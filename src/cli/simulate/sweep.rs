//! The contenders of a sweep: each with a range of its settings.

use super::line_up::{Basis, aws, constant, keda, oracle, original};
use crate::policy::{Policy, RateSettings, Rule};
use crate::sim::queueing::Contender;
use crate::sim::queueing::baseline::Hpa;

#[must_use]
pub fn sweep(basis: &Basis) -> Vec<Contender> {
    let bounds = basis.step.bounds;
    let threshold = basis.step.backlog_threshold;
    let shares = [0.1, 0.35, 0.7, 1.0].map(|share| share * threshold);
    let cycles: Vec<(u32, u32)> = pairs([1, 2, 4], [3, 15]).collect();
    let counted: Vec<_> = pairs(cycles, shares).collect();
    let set = |it: Policy| {
        counted.iter().map(move |&((up_cycles, down_cycles), backlog_threshold)| {
            basis.policy(Policy { up_cycles, down_cycles, backlog_threshold, ..it })
        })
    };
    let mut all: Vec<Contender> = set(basis.step).chain(set(basis.target)).collect();
    all.extend(rate_settings(&basis.rate).map(|policy| basis.policy(policy)));
    all.extend((bounds.min.max(1)..=bounds.max).map(constant));
    all.extend(counted.iter().map(|&((up, down), share)| original(bounds, up, down, share)));
    all.extend(hpa_settings(threshold).map(|hpa| keda(bounds, hpa)));
    all.extend(shares.map(|target| aws(bounds, target)));
    let known = known_settings(&basis.rate);
    all.extend(known.filter_map(|policy| oracle(policy, &basis.schedule)));
    all
}

/// Settings of the HPA: from few messages per pod to the threshold, and every window in use.
fn hpa_settings(threshold: f64) -> impl Iterator<Item = Hpa> {
    let targets = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0];
    pairs(targets, [0, 60, 300, 600, 1800]).map(move |(share, down_window_secs)| Hpa {
        down_window_secs,
        ..Hpa::with_defaults(share * threshold)
    })
}

fn rate_settings(basis: &Policy) -> impl Iterator<Item = Policy> {
    let cycles = pairs([1, 2], [1, 5, 15, 30]);
    let targets = pairs([1.0, 5.0], [0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0, 1.2]);
    configured(basis, cycles.collect(), targets.collect())
}

/// Fewer settings for the oracle: it is for comparison, not for choice.
fn known_settings(basis: &Policy) -> impl Iterator<Item = Policy> {
    let targets = pairs([1.0, 5.0], [0.6, 0.8, 0.9, 0.97]);
    configured(basis, vec![(1, 1), (1, 5)], targets.collect())
}

/// A basis with other cycles, minutes to drain and utilization, and its own hint.
fn configured(
    basis: &Policy,
    cycles: Vec<(u32, u32)>,
    targets: Vec<(f64, f64)>,
) -> impl Iterator<Item = Policy> {
    let (basis, hint) = (*basis, hint(basis));
    pairs(cycles, targets).map(move |((up_cycles, down_cycles), (drain_minutes, utilization))| {
        let settings = RateSettings { drain_minutes, utilization, messages_per_dyno_minute: hint };
        Policy { rule: Rule::Rate(settings), up_cycles, down_cycles, ..basis }
    })
}

fn hint(policy: &Policy) -> Option<f64> {
    match policy.rule {
        Rule::Rate(settings) => settings.messages_per_dyno_minute,
        Rule::Step | Rule::Target { .. } => None,
    }
}

fn pairs<A: Copy, B: Copy>(
    left: impl IntoIterator<Item = A>,
    right: impl IntoIterator<Item = B> + Clone,
) -> impl Iterator<Item = (A, B)> {
    left.into_iter().flat_map(move |a| right.clone().into_iter().map(move |b| (a, b)))
}
