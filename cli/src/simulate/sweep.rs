//! The contenders of a sweep: each with a range of its settings.

use super::line_up::{Basis, aws, constant, keda, oracle, original};
use dynoscaler::policy::{Policy, RateSettings, Rule};
use dynoscaler_sim::queueing::Contender;
use dynoscaler_sim::queueing::baseline::Hpa;

#[must_use]
pub(super) fn sweep(basis: &Basis) -> Vec<Contender> {
    let bounds = basis.usual.bounds;
    let threshold = basis.usual.backlog_threshold;
    let shares = [0.1, 0.35, 0.7, 1.0].map(|share| share * threshold);
    let cycles: Vec<(u32, u32)> = pairs([1, 2, 4], [3, 15]).collect();
    let counted: Vec<_> = pairs(cycles, shares).collect();
    let set = |it: Policy| {
        counted.iter().map(move |&((up_cycles, down_cycles), backlog_threshold)| {
            basis.policy(Policy { up_cycles, down_cycles, backlog_threshold, ..it })
        })
    };
    let (mut all, mut known) = (Vec::new(), Vec::new());
    for policy in basis.policies() {
        if let Rule::Rate(_) = policy.rule {
            all.extend(rate_settings(policy).map(|it| basis.policy(it)));
            known.extend(known_settings(policy));
        } else {
            all.extend(set(policy));
        }
    }
    all.extend((bounds.min.max(1)..=bounds.max).map(constant));
    all.extend(counted.iter().map(|&((up, down), share)| original(bounds, up, down, share)));
    all.extend(hpa_settings(threshold).map(|hpa| keda(bounds, hpa)));
    all.extend(shares.map(|target| aws(bounds, target)));
    all.extend(known.into_iter().filter_map(|policy| oracle(policy, &basis.schedule)));
    all
}

/// Settings of the HPA: from few messages per pod to the threshold, and every window in use.
pub fn hpa_settings(threshold: f64) -> impl Iterator<Item = Hpa> {
    let targets = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0];
    pairs(targets, [0, 60, 300, 600, 1800]).map(move |(share, down_window_secs)| Hpa {
        down_window_secs,
        ..Hpa::with_defaults(share * threshold)
    })
}

fn rate_settings(policy: Policy) -> impl Iterator<Item = Policy> {
    let levels = [0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];
    configured(policy, pairs([1, 2], [1, 5, 15, 30]).collect(), levels)
}

/// Fewer settings for the oracle: it is for comparison, not for choice.
fn known_settings(policy: Policy) -> impl Iterator<Item = Policy> {
    configured(policy, vec![(1, 1), (1, 5)], [0.8, 0.95, 0.99, 0.999])
}

/// A policy with other cycles and another service level.
fn configured<const N: usize>(
    policy: Policy,
    cycles: Vec<(u32, u32)>,
    levels: [f64; N],
) -> impl Iterator<Item = Policy> {
    pairs(cycles, levels).map(move |((up_cycles, down_cycles), service_level)| {
        let rule = Rule::Rate(RateSettings { service_level });
        Policy { rule, up_cycles, down_cycles, ..policy }
    })
}

fn pairs<A: Copy, B: Copy>(
    left: impl IntoIterator<Item = A>,
    right: impl IntoIterator<Item = B> + Clone,
) -> impl Iterator<Item = (A, B)> {
    left.into_iter().flat_map(move |a| right.clone().into_iter().map(move |b| (a, b)))
}
