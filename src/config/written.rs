//! A policy -> the variables that say it: what `policy` reads, written.
//!
//! Must not know why somebody wants them.

use super::variable;
use crate::policy::{BacklogIncludes, Bounds, Part, Policy, RateSettings, Rule, RuleName};

/// The variables of a policy. Those that may be left out are, where they say nothing.
#[must_use]
pub fn variables_of(policy: &Policy) -> Vec<(&'static str, String)> {
    // Without `..`: a setting that is added is written as well.
    let Policy {
        rule,
        bounds: Bounds { min, max },
        up_cycles,
        down_cycles,
        backlog_threshold,
        backlog_includes,
        max_step_up,
        max_step_down,
        in_flight_per_dyno,
        busy_minutes,
        manual_hold_minutes,
    } = policy;
    let required = [
        (variable::POLICY, Some(RuleName::from(rule).label().to_owned())),
        (variable::MIN_DYNOS, Some(min.to_string())),
        (variable::MAX_DYNOS, Some(max.to_string())),
        (variable::UP_CYCLES, Some(up_cycles.to_string())),
        (variable::DOWN_CYCLES, Some(down_cycles.to_string())),
        (variable::BACKLOG_THRESHOLD, Some(backlog_threshold.to_string())),
    ];
    let optional = [
        (variable::BACKLOG_INCLUDES, included(*backlog_includes)),
        (variable::MAX_STEP_UP, max_step_up.map(|step| step.to_string())),
        (variable::MAX_STEP_DOWN, max_step_down.map(|step| step.to_string())),
        (variable::IN_FLIGHT_PER_DYNO, in_flight_per_dyno.map(|messages| messages.to_string())),
        (
            variable::BUSY_MINUTES,
            (*busy_minutes != Policy::BUSY_MINUTES).then(|| busy_minutes.to_string()),
        ),
        (
            variable::MANUAL_HOLD_MINUTES,
            (0 < *manual_hold_minutes).then(|| manual_hold_minutes.to_string()),
        ),
    ];
    let all = required.into_iter().chain(rule_settings(rule)).chain(optional);
    all.filter_map(|(name, value)| Some((name, value?))).collect()
}

fn rule_settings(rule: &Rule) -> Vec<(&'static str, Option<String>)> {
    match rule {
        Rule::Step => Vec::new(),
        Rule::Target { tolerance } => vec![(variable::TOLERANCE, Some(tolerance.to_string()))],
        Rule::Rate(RateSettings { drain_minutes, utilization, messages_per_dyno_minute }) => vec![
            (variable::DRAIN_MINUTES, Some(drain_minutes.to_string())),
            (variable::UTILIZATION, Some(utilization.to_string())),
            (
                variable::MESSAGES_PER_DYNO_MINUTE,
                messages_per_dyno_minute.map(|messages| messages.to_string()),
            ),
        ],
    }
}

fn included(BacklogIncludes { in_flight, delayed }: BacklogIncludes) -> Option<String> {
    let parts = [("in_flight", in_flight), ("delayed", delayed)];
    let counted = parts.into_iter().filter(|(_, part)| *part == Part::Counted);
    let names: Vec<&str> = ["visible"].into_iter().chain(counted.map(|(name, _)| name)).collect();
    (1 < names.len()).then(|| names.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    // case F20
    #[test]
    fn what_is_written_reads_as_the_same_policy() {
        let least = [
            (variable::MIN_DYNOS, "0"),
            (variable::MAX_DYNOS, "5"),
            (variable::UP_CYCLES, "2"),
            (variable::DOWN_CYCLES, "3"),
            (variable::BACKLOG_THRESHOLD, "33.333333333333336"),
        ];
        let more = [
            (variable::BACKLOG_INCLUDES, "visible,in_flight,delayed"),
            (variable::MAX_STEP_UP, "2"),
            (variable::MAX_STEP_DOWN, "1"),
            (variable::IN_FLIGHT_PER_DYNO, "1.5"),
            (variable::BUSY_MINUTES, "90"),
            (variable::MANUAL_HOLD_MINUTES, "30"),
            (variable::TOLERANCE, "0.05"),
            (variable::DRAIN_MINUTES, "7.5"),
            (variable::UTILIZATION, "1.1"),
            (variable::MESSAGES_PER_DYNO_MINUTE, "0.1"),
        ];
        for rule in RuleName::ALL.map(RuleName::label) {
            for settings in [least.to_vec(), [&least[..], &more].concat()] {
                let settings = settings.into_iter().chain([(variable::POLICY, rule)]);
                let policy = settings.collect::<Environment>().policy().unwrap();
                let written = variables_of(&policy);
                let again = written.iter().cloned().collect::<Environment>().policy();
                assert_eq!(again.unwrap(), policy, "{written:?}");
            }
        }
    }
}
