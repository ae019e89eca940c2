//! The flags of the policy's settings. Each means the same as its environment variable, and comes
//! before it.
//!
//! Must not know any setting by itself: the flags are what the table of settings says.

use anyhow::anyhow;
use clap::{Arg, ArgMatches, Command};

use dynoscaler::config::{self, Environment, Group, Presence, Setting, settings, variable};
use dynoscaler::policy::{Policy, Schedule};

const HEADING: &str = "The policy (each flag overrides the environment variable)";

const FLAGS_HINT: &str =
    "each variable also has a flag of its name, as --min-dynos for DYNOSCALER_MIN_DYNOS";

/// What the flags of the policy's settings say.
#[derive(Debug, Clone, Default)]
pub(super) struct PolicyArgs {
    given: Vec<(&'static str, String)>,
}

/// Which policy is tried, each command says in its own way.
fn offered() -> impl Iterator<Item = &'static Setting> {
    let all = settings::ALL.iter().filter(|setting| setting.group == Group::Policy);
    all.filter(|setting| setting.name != variable::POLICY)
}

fn flag(setting: &'static Setting) -> Arg {
    Arg::new(setting.name)
        .long(setting.key().replace('_', "-"))
        .value_name("VALUE")
        .help(help(setting))
        .value_parser(|text: &str| setting.check(text).map(|()| text.to_owned()))
}

fn help(setting: &Setting) -> String {
    let sentence = setting.sentence().replace('`', "");
    let bound = setting.bound().replacen("must", "Must", 1);
    let default = match setting.presence {
        Presence::Default(text) => format!(" [default: {text}]"),
        Presence::Required | Presence::Optional => String::new(),
    };
    format!("{sentence} {bound}{default} [env: {}]", setting.name)
}

impl clap::Args for PolicyArgs {
    fn augment_args(command: Command) -> Command {
        command.next_help_heading(HEADING).args(offered().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for PolicyArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let value = |name| matches.get_one::<String>(name).cloned();
        self.given = offered().filter_map(|it| Some((it.name, value(it.name)?))).collect();
        Ok(())
    }
}

impl PolicyArgs {
    /// The policy with a rule of this name, if one is given; otherwise that of the settings, above
    /// which the flags are. With it the schedule of its bounds.
    ///
    /// The defaults stand for what neither a flag nor a setting says.
    pub(super) fn scaling(
        &self,
        settings: &Environment,
        rule: Option<&str>,
        defaults: &[(&'static str, String)],
    ) -> anyhow::Result<(Policy, Schedule)> {
        let mut environment = self.above(settings);
        if let Some(rule) = rule {
            environment.set(variable::POLICY, rule);
        }
        for (name, value) in defaults {
            environment.set_default(*name, value);
        }
        environment.scaling().map_err(|error| anyhow!("{error} ({FLAGS_HINT})"))
    }

    /// The variables to deploy for a policy of these settings. The schedule is as it was written.
    pub(super) fn to_deploy(
        &self,
        settings: &Environment,
        policy: &Policy,
    ) -> Vec<(&'static str, String)> {
        let environment = self.above(settings);
        let schedule = environment.get(variable::SCHEDULE);
        let schedule = schedule.map(|text| (variable::SCHEDULE, text.to_owned()));
        config::variables_of(policy).into_iter().chain(schedule).collect()
    }

    /// The settings, with the flags before them.
    fn above(&self, settings: &Environment) -> Environment {
        let mut environment = settings.clone();
        for (name, value) in &self.given {
            environment.set(*name, value);
        }
        environment
    }
}
