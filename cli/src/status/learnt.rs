//! What the policy `rate` has learnt of the load, in a sentence.
//!
//! Must not know how it learns.

use crate::text::short;
use dynoscaler::policy::{Demand, Observation, Policy, RuleMemory};

/// What brings a service level into reach that the traffic puts out of it.
const REMEDY: &str = "the service level is out of reach, since the traffic jumps further than is \
                      prepared for: a higher threshold, a lower level or more frequent cycles meet \
                      it";

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
    let is_exhausted = memory.rate().is_some_and(|rate| rate.headroom().is_exhausted());
    Some(if is_exhausted { format!("{text}; {REMEDY}") } else { text })
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
        let text = described_with(RuleName::Rate, 6.0).unwrap();
        assert!(text.ends_with(REMEDY), "{text}");
    }
}
