//! The flags that mean the same as an environment variable, and come before it.
//!
//! Each variable has the flag of its name: `DYNOSCALER_MIN_DYNOS` is `--min-dynos`.

use anyhow::anyhow;

use crate::config::{self, Environment, reader, variable};
use crate::policy::{Policy, Schedule};

const FLAGS_HINT: &str =
    "each variable also has a flag of its name, as --min-dynos for DYNOSCALER_MIN_DYNOS";

/// Flags for everything that a policy is configured with.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "The policy (each flag overrides the environment variable)")]
pub(super) struct PolicyArgs {
    /// The fewest dynos, from 0, not more than --max-dynos [env: DYNOSCALER_MIN_DYNOS]
    #[arg(long, value_name = "DYNOS", value_parser = checked(reader::dynos))]
    min_dynos: Option<String>,

    /// The most dynos, from 1 [env: DYNOSCALER_MAX_DYNOS]
    #[arg(long, value_name = "DYNOS", value_parser = checked(reader::dynos_above_0))]
    max_dynos: Option<String>,

    /// Other bounds at certain times, such as mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3
    /// [env: DYNOSCALER_SCHEDULE]
    #[arg(long, value_name = "RULES")]
    schedule: Option<String>,

    /// Cycles that must ask for more until dynos are added, from 1 [env: DYNOSCALER_UP_CYCLES]
    #[arg(long, value_name = "CYCLES", value_parser = checked(reader::cycles))]
    up_cycles: Option<String>,

    /// Cycles that must ask for fewer until dynos are removed, from 1
    /// [env: DYNOSCALER_DOWN_CYCLES]
    #[arg(long, value_name = "CYCLES", value_parser = checked(reader::cycles))]
    down_cycles: Option<String>,

    /// Acceptable messages per dyno, above 0: acceptable latency ÷ time per message
    /// [env: DYNOSCALER_BACKLOG_THRESHOLD]
    #[arg(long, value_name = "MESSAGES", value_parser = checked(reader::above_0))]
    backlog_threshold: Option<String>,

    /// Which messages count: visible, and in_flight, delayed if named, between commas; by default
    /// visible alone
    /// [env: DYNOSCALER_BACKLOG_INCLUDES]
    #[arg(long, value_name = "PARTS", value_parser = checked(reader::backlog_includes))]
    backlog_includes: Option<String>,

    /// The most dynos that one change adds, from 1; by default as many as the policy asks for, which
    /// is one for step [env: DYNOSCALER_MAX_STEP_UP]
    #[arg(long, value_name = "DYNOS", value_parser = checked(reader::dynos_above_0))]
    max_step_up: Option<String>,

    /// The most dynos that one change removes, from 1; by default likewise
    /// [env: DYNOSCALER_MAX_STEP_DOWN]
    #[arg(long, value_name = "DYNOS", value_parser = checked(reader::dynos_above_0))]
    max_step_down: Option<String>,

    /// Messages in flight that one dyno holds, above 0: never go below the dynos that are busy. By
    /// default they are not looked at
    /// [env: DYNOSCALER_IN_FLIGHT_PER_DYNO]
    #[arg(long, value_name = "MESSAGES", value_parser = checked(reader::above_0))]
    in_flight_per_dyno: Option<String>,

    /// target: share of the threshold by which it may be missed, from 0 to less than 1, by default
    /// 0.1 [env: DYNOSCALER_TOLERANCE]
    #[arg(long, value_name = "SHARE", value_parser = checked(reader::tolerance))]
    tolerance: Option<String>,

    /// rate: minutes in which a backlog is to come under the threshold, above 0, by default 5
    /// [env: DYNOSCALER_DRAIN_MINUTES]
    #[arg(long, value_name = "MINUTES", value_parser = checked(reader::above_0))]
    drain_minutes: Option<String>,

    /// rate: share of its time that a dyno is to work, above 0, at most 1.5, by default 0.9
    /// [env: DYNOSCALER_UTILIZATION]
    #[arg(long, value_name = "SHARE", value_parser = checked(reader::utilization))]
    utilization: Option<String>,

    /// rate: a guess at the messages that a dyno works off in a minute, above 0, corrected by what
    /// is seen; by default all is learnt
    /// [env: DYNOSCALER_MESSAGES_PER_DYNO_MINUTE]
    #[arg(long, value_name = "MESSAGES", value_parser = checked(reader::above_0))]
    messages_per_dyno_minute: Option<String>,
}

/// The text of a flag once the variable's own parser has accepted it.
fn checked<T>(
    parse: fn(&str) -> reader::Parsed<T>,
) -> impl Fn(&str) -> Result<String, &'static str> + Clone + Send + Sync + 'static
where
    T: 'static,
{
    move |text| parse(text).map(|_| text.to_owned())
}

impl PolicyArgs {
    /// The policy with a rule of this name, if one is given; otherwise the environment's. With it the
    /// schedule of its bounds.
    ///
    /// default is asked for what neither a flag nor the environment sets.
    pub(super) fn scaling(
        &self,
        rule: Option<&str>,
        default: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<(Policy, Schedule)> {
        let mut environment = Environment::of_process();
        for name in variable::ALL {
            let rule = rule.filter(|_| *name == variable::POLICY).map(str::to_owned);
            if let Some(value) = rule.or_else(|| self.flag(name)) {
                environment.set(*name, value);
            } else if let Some(value) = default(name) {
                environment.set_default(*name, value);
            }
        }
        environment.scaling().map_err(|error| anyhow!("{error} ({FLAGS_HINT})"))
    }

    /// The variables to deploy for a policy of these settings. The schedule is as it was written.
    pub(super) fn to_deploy(&self, policy: &Policy) -> Vec<(&'static str, String)> {
        let schedule = self.value(variable::SCHEDULE).map(|text| (variable::SCHEDULE, text));
        config::variables_of(policy).into_iter().chain(schedule).collect()
    }

    /// What a dyno works off, as far as it is known.
    pub(super) fn messages_per_dyno_minute(&self) -> anyhow::Result<Option<f64>> {
        let name = variable::MESSAGES_PER_DYNO_MINUTE;
        let parsed = self.value(name).map(|text| {
            reader::above_0(&text).map_err(|bound| anyhow!("{name} = {text:?} {bound}"))
        });
        parsed.transpose()
    }

    /// Of a flag or of the environment.
    fn value(&self, name: &str) -> Option<String> {
        let environment = || Environment::of_process().get(name).map(str::to_owned);
        self.flag(name).or_else(environment)
    }

    fn flag(&self, name: &str) -> Option<String> {
        let flag = match name {
            variable::MIN_DYNOS => &self.min_dynos,
            variable::MAX_DYNOS => &self.max_dynos,
            variable::UP_CYCLES => &self.up_cycles,
            variable::DOWN_CYCLES => &self.down_cycles,
            variable::SCHEDULE => &self.schedule,
            variable::BACKLOG_THRESHOLD => &self.backlog_threshold,
            variable::BACKLOG_INCLUDES => &self.backlog_includes,
            variable::MAX_STEP_UP => &self.max_step_up,
            variable::MAX_STEP_DOWN => &self.max_step_down,
            variable::IN_FLIGHT_PER_DYNO => &self.in_flight_per_dyno,
            variable::TOLERANCE => &self.tolerance,
            variable::DRAIN_MINUTES => &self.drain_minutes,
            variable::UTILIZATION => &self.utilization,
            variable::MESSAGES_PER_DYNO_MINUTE => &self.messages_per_dyno_minute,
            _ => &None,
        };
        flag.clone()
    }
}
