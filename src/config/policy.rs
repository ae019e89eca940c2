//! The settings of the policy, read and written; separate, since the command line has them alone.
//!
//! Must not know what a policy does with them.

use super::reader::Reader;
use super::setting::Variable;
use super::{ConfigError, Environment, settings, variable};
use crate::policy::{BacklogIncludes, Part, Schedule};
use crate::policy::{Bounds, Policy, RateSettings, Rule, RuleName};

impl Environment {
    /// Reads a policy's settings alone.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn policy(&self) -> Result<Policy, ConfigError> {
        let mut reader = Reader::new(self);
        reader.check_names();
        let policy = read(&mut reader);
        reader.finish(|| policy)
    }

    /// The same, and the schedule of its bounds.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn scaling(&self) -> Result<(Policy, Schedule), ConfigError> {
        let mut reader = Reader::new(self);
        reader.check_names();
        let (policy, schedule) = (read(&mut reader), reader.value(&settings::SCHEDULE));
        reader.finish(|| Some((policy?, schedule?.unwrap_or_default())))
    }

    /// The share of the time that is to be under the threshold, by default if it is not set.
    ///
    /// # Errors
    /// If its value is not valid.
    pub fn service_level(&self) -> Result<f64, ConfigError> {
        let mut reader = Reader::new(self);
        let level = reader.value(&settings::SERVICE_LEVEL);
        reader.finish(|| level)
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Policy> {
    let rule = rule(reader);
    let min = reader.value(&settings::MIN_DYNOS);
    let max = reader.value(&settings::MAX_DYNOS);
    let up_cycles = reader.value(&settings::UP_CYCLES);
    let down_cycles = reader.value(&settings::DOWN_CYCLES);
    let backlog_threshold = reader.value(&settings::BACKLOG_THRESHOLD);
    let backlog_includes = reader.value(&settings::BACKLOG_INCLUDES);
    let queues = reader.value(&settings::QUEUES);
    let max_step_up = reader.value(&settings::MAX_STEP_UP);
    let max_step_down = reader.value(&settings::MAX_STEP_DOWN);
    let in_flight_per_dyno = reader.value(&settings::IN_FLIGHT_PER_DYNO);
    let busy_minutes = reader.value(&settings::BUSY_MINUTES);
    let manual_hold_minutes = reader.value(&settings::MANUAL_HOLD_MINUTES);
    let bounds = Bounds { min: min?, max: max? };
    if bounds.max < bounds.min {
        reader.invalid(variable::MIN_DYNOS, &format!("must be at most {}", variable::MAX_DYNOS));
    }
    Some(Policy {
        rule: rule?,
        bounds,
        up_cycles: up_cycles?,
        down_cycles: down_cycles?,
        backlog_threshold: backlog_threshold?,
        backlog_includes: backlog_includes?,
        queues: queues?,
        max_step_up: max_step_up?,
        max_step_down: max_step_down?,
        in_flight_per_dyno: in_flight_per_dyno?,
        busy_minutes: busy_minutes?,
        manual_hold_minutes: manual_hold_minutes?,
    })
}

fn rule(reader: &mut Reader<'_>) -> Option<Rule> {
    let name = reader.value(&settings::POLICY);
    let tolerance = reader.value(&settings::TOLERANCE);
    let service_level = reader.value(&settings::SERVICE_LEVEL);
    Some(match name? {
        RuleName::Step => Rule::Step,
        RuleName::Target => Rule::Target { tolerance: tolerance? },
        RuleName::Rate => Rule::Rate(RateSettings { service_level: service_level? }),
    })
}

/// The variables of a policy, without those at their defaults.
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
        queues,
        max_step_up,
        max_step_down,
        in_flight_per_dyno,
        busy_minutes,
        manual_hold_minutes,
    } = *policy;
    let name = (variable::POLICY, RuleName::from(&rule).label().to_owned());
    let others = [
        written(&settings::MIN_DYNOS, min),
        written(&settings::MAX_DYNOS, max),
        written(&settings::UP_CYCLES, up_cycles),
        written(&settings::DOWN_CYCLES, down_cycles),
        written(&settings::BACKLOG_THRESHOLD, backlog_threshold),
        written(&settings::BACKLOG_INCLUDES, included(backlog_includes)),
        written(&settings::QUEUES, queues.label()),
        written(&settings::MAX_STEP_UP, or_empty(max_step_up)),
        written(&settings::MAX_STEP_DOWN, or_empty(max_step_down)),
        written(&settings::IN_FLIGHT_PER_DYNO, or_empty(in_flight_per_dyno)),
        written(&settings::BUSY_MINUTES, busy_minutes),
        written(&settings::MANUAL_HOLD_MINUTES, manual_hold_minutes),
    ];
    [name].into_iter().chain(others.into_iter().flatten()).chain(settings_of(rule)).collect()
}

/// The settings of the rule are written even at their defaults.
fn settings_of(rule: Rule) -> Vec<(&'static str, String)> {
    match rule {
        Rule::Step => Vec::new(),
        Rule::Target { tolerance } => vec![(variable::TOLERANCE, tolerance.to_string())],
        Rule::Rate(RateSettings { service_level }) => {
            vec![(variable::SERVICE_LEVEL, service_level.to_string())]
        }
    }
}

/// A setting as a text, unless it is the default.
fn written<T>(setting: &Variable<T>, value: impl ToString) -> Option<(&'static str, String)> {
    let text = value.to_string();
    (setting.presence.text_if_unset() != Some(&text)).then_some((setting.name, text))
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn included(BacklogIncludes { in_flight, delayed }: BacklogIncludes) -> String {
    let parts = [("visible", Part::Counted), ("in_flight", in_flight), ("delayed", delayed)];
    let counted = parts.into_iter().filter(|(_, part)| *part == Part::Counted);
    counted.map(|(name, _)| name).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    // case F20
    #[test]
    fn a_policy_is_read_as_it_was_written() {
        let least = [
            (variable::MIN_DYNOS, "0"),
            (variable::MAX_DYNOS, "5"),
            (variable::UP_CYCLES, "2"),
            (variable::DOWN_CYCLES, "3"),
            (variable::BACKLOG_THRESHOLD, "33.333333333333336"),
        ];
        let more = [
            (variable::BACKLOG_INCLUDES, "visible,in_flight,delayed"),
            (variable::QUEUES, "max"),
            (variable::MAX_STEP_UP, "2"),
            (variable::MAX_STEP_DOWN, "1"),
            (variable::IN_FLIGHT_PER_DYNO, "1.5"),
            (variable::BUSY_MINUTES, "90"),
            (variable::MANUAL_HOLD_MINUTES, "30"),
            (variable::TOLERANCE, "0.05"),
            (variable::SERVICE_LEVEL, "0.995"),
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
