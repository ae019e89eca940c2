//! The variables of the policy; apart, since the command line reads them alone.
//!
//! Must not know what a policy does with them.

use super::reader::{self, Reader};
#[cfg(feature = "cli")]
use super::schedule;
use super::{ConfigError, Environment, variable};
#[cfg(feature = "cli")]
use crate::policy::Schedule;
use crate::policy::{Bounds, Policy, RateSettings, Rule, RuleName};

impl Environment {
    /// Reads a policy's settings alone.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn policy(&self) -> Result<Policy, ConfigError> {
        let mut reader = Reader::new(self);
        reader.look_at_names();
        let policy = read(&mut reader);
        reader.finish(|| policy)
    }

    /// The same, and the schedule of its bounds.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    #[cfg(feature = "cli")]
    pub fn scaling(&self) -> Result<(Policy, Schedule), ConfigError> {
        let mut reader = Reader::new(self);
        reader.look_at_names();
        let (policy, schedule) = (read(&mut reader), schedule::read(&mut reader));
        reader.finish(|| Some((policy?, schedule.unwrap_or_default())))
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Policy> {
    let rule = rule(reader);
    let min = reader.required(variable::MIN_DYNOS, reader::dynos);
    let max = reader.required(variable::MAX_DYNOS, reader::dynos_above_0);
    let up_cycles = reader.required(variable::UP_CYCLES, reader::cycles);
    let down_cycles = reader.required(variable::DOWN_CYCLES, reader::cycles);
    let backlog_threshold = reader.required(variable::BACKLOG_THRESHOLD, reader::above_0);
    let includes = reader.optional(variable::BACKLOG_INCLUDES, reader::backlog_includes);
    let max_step_up = reader.optional(variable::MAX_STEP_UP, reader::dynos_above_0);
    let max_step_down = reader.optional(variable::MAX_STEP_DOWN, reader::dynos_above_0);
    let in_flight_per_dyno = reader.optional(variable::IN_FLIGHT_PER_DYNO, reader::above_0);
    let busy_minutes = reader.optional(variable::BUSY_MINUTES, reader::busy_minutes);
    let manual_hold = reader.optional(variable::MANUAL_HOLD_MINUTES, reader::hold_minutes);
    let bounds = Bounds { min: min?, max: max? };
    if bounds.max < bounds.min {
        reader.invalid(variable::MIN_DYNOS, &format!("must be at most {}", variable::MAX_DYNOS));
    }
    Some(Policy {
        rule,
        bounds,
        up_cycles: up_cycles?,
        down_cycles: down_cycles?,
        backlog_threshold: backlog_threshold?,
        backlog_includes: includes.unwrap_or_default(),
        max_step_up,
        max_step_down,
        in_flight_per_dyno,
        busy_minutes: busy_minutes.unwrap_or(Policy::BUSY_MINUTES),
        manual_hold_minutes: manual_hold.unwrap_or(0),
    })
}

fn rule(reader: &mut Reader<'_>) -> Rule {
    let name = reader.optional(variable::POLICY, reader::rule_name);
    let tolerance = reader.optional(variable::TOLERANCE, reader::tolerance);
    let drain_minutes = reader.optional(variable::DRAIN_MINUTES, reader::above_0);
    let utilization = reader.optional(variable::UTILIZATION, reader::utilization);
    let hint = reader.optional(variable::MESSAGES_PER_DYNO_MINUTE, reader::above_0);
    match Rule::from(name.unwrap_or(RuleName::Step)) {
        Rule::Step => Rule::Step,
        Rule::Target { tolerance: usual } => Rule::Target { tolerance: tolerance.unwrap_or(usual) },
        Rule::Rate(usual) => Rule::Rate(RateSettings {
            drain_minutes: drain_minutes.unwrap_or(usual.drain_minutes),
            utilization: utilization.unwrap_or(usual.utilization),
            messages_per_dyno_minute: hint,
        }),
    }
}
