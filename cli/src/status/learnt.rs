//! What the policy `rate` has learnt of the load, in a sentence.
//!
//! Must not know how it learns.

use crate::text::short;
use dynoscaler::policy::{Demand, Observation, Policy, RuleMemory};

/// What brings a service level into reach for which the maximum is too low.
const REMEDY: &str = "a higher maximum or threshold, a lower level or more frequent cycles meet it";

/// None with a policy that does not learn.
pub(super) fn described(
    policy: &Policy,
    seen: &Observation,
    memory: &RuleMemory,
) -> Option<String> {
    let demand = Demand::of(policy, seen, memory);
    let learnt = demand.learnt?;
    let text = format!(
        "{} dynos busy, {} messages a minute each; {} dynos are ready for {} times the arrivals",
        short(learnt.busy_dynos),
        short(learnt.messages_per_dyno_minute),
        demand.dynos,
        short(learnt.headroom),
    );
    let (needed, max) = (learnt.level_dynos, policy.bounds.max);
    if needed <= max {
        return Some(text);
    }
    Some(format!("{text}; the service level needs {needed}, and {max} are allowed: {REMEDY}"))
}

#[cfg(test)]
mod tests {
    use dynoscaler::policy::rate::RateRecord;
    use dynoscaler::policy::{Backlog, Bounds, RateMemory, Rule, RuleName};
    use jiff::Timestamp;

    use super::*;

    fn described_with(rule: RuleName, headroom: f64) -> Option<String> {
        let policy =
            Policy { rule: Rule::from(rule), ..Policy::new(Bounds { min: 1, max: 9 }, 20.0) };
        let seen = Observation::new(Backlog { visible: 0, in_flight: 5, delayed: 0 }, 6);
        let (means, covariance) = ([5.2, 20.0, 0.0], [1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        let begun =
            RateRecord::of_estimate(Timestamp::UNIX_EPOCH, seen, means, covariance, vec![6]);
        let memory = RateMemory::restored(RateRecord { headroom, ..begun }).unwrap();
        described(&policy, &seen, &RuleMemory::Rate(memory))
    }

    #[test]
    fn what_was_learnt_is_a_sentence() {
        let text = "5.2 dynos busy, 20 messages a minute each; 6 dynos are ready for 1.6 times the \
                    arrivals";
        assert_eq!(described_with(RuleName::Rate, 1.6).as_deref(), Some(text));
        assert_eq!(described_with(RuleName::Step, 1.6), None);
    }

    #[test]
    fn a_level_out_of_reach_names_what_meets_it() {
        // 3 x 5.2 x 50 / 70 = 11.1
        let text = described_with(RuleName::Rate, 3.0).unwrap();
        let end = format!("; the service level needs 12, and 9 are allowed: {REMEDY}");
        assert!(text.ends_with(&end), "{text}");
    }
}
