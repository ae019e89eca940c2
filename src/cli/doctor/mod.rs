//! `dynoscaler doctor`: whether everything is as it should be, and how to mend what is not.
//!
//! Nothing stops at the first fault: every check that can run does, and all findings are told.

mod deployment;
mod endpoints;
mod finding;
mod heroku;
mod last_cycle;
mod limits;
mod queue;
mod schedule;
mod sink;
mod state;

use std::io::Write;
use std::process::ExitCode;

use jiff::SignedDuration;

pub(super) use self::finding::{Finding, Findings};
use super::text::period;
use super::world::{Variables, World, WorldArgs, block_on};
use crate::adapters::start_logging_aside;
use crate::config::{AtTerminal, ConfigError, variable};
use crate::ports::Clock;

const EXAMPLES: &str = "\
Examples:
  Before the deployment, with the variables of the function in the environment:
    dynoscaler doctor

  After it, with the stack's outputs LogGroupName and Rule:
    dynoscaler doctor --log-group dynoscaler-LogGroup-ABC --rule dynoscaler-ScalerFunctionTick-XYZ

  For a monitor:
    dynoscaler doctor --json | jq '.findings[] | select(.severity == \"error\")'

The outputs of a stack:
    aws cloudformation describe-stacks --stack-name dynoscaler --query 'Stacks[0].Outputs'

Everything is asked with your own credentials for AWS: what the function's role may do is in the
template. Nothing is changed; whether the table may be written is tried with a condition that
cannot hold.

Exit status: 0 if there is nothing to mend, 1 if there are warnings, 2 if there are errors. What is
unchecked does not count.";

/// How to mend a reference to a secret that cannot be read.
const SECRET_READ: &str = "Look at the parameter's name and region, and at who asks (aws sts \
    get-caller-identity): it needs ssm:GetParameter, and kms:Decrypt for a key of your own.";

/// Checks everything that scaling needs, and says how to mend what is wrong.
///
/// The variables, the counts and the bounds by the hour, the Heroku token and its scope, the app and its process type, the limit of the
/// dyno size, the queue, the table, Elasticsearch, the schedule, and the last cycle.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// Write JSON instead of a list
    #[arg(long)]
    json: bool,

    /// The function's log group, in which the last cycle is looked for: the stack's output
    /// LogGroupName
    #[arg(long, value_name = "NAME")]
    log_group: Option<String>,

    /// The EventBridge rule that runs the function: the stack's output Rule
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,

    /// The time from one cycle to the next, from 1s to 31d: 30s for `dynoscaler run`
    #[arg(long, value_name = "TIME", value_parser = period, default_value = "60s")]
    every: SignedDuration,

    #[command(flatten)]
    world: WorldArgs,
}

/// Runs all checks.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let findings = block_on(examine(args))?;
    let told = if args.json { findings.json()? } else { findings.text() };
    anstream::stdout().write_all(told.as_bytes())?;
    Ok(findings.status())
}

async fn examine(args: &Args) -> anyhow::Result<Findings> {
    let mut all = Findings::default();
    let variables = match args.world.read().await {
        Ok(variables) => variables,
        Err(error) => {
            all.add([deployment::unread(&error)]);
            return Ok(all);
        }
    };
    all.add(variables.deployment.as_ref().map(deployment::read));
    match variables.config() {
        Ok(config) => {
            start_logging_aside(config.log_level);
            all.add([Finding::ok("variables", "all are valid")]);
            all.add(endpoints::check(&config));
            services(args, &variables, &config, &mut all).await?;
        }
        Err(error) => all.add(faulty(&error)),
    }
    all.add(schedule::check(&variables, args.rule.as_deref()).await);
    Ok(all)
}

/// All at the same time: a service that does not answer keeps nobody waiting for the others.
async fn services(
    args: &Args,
    variables: &Variables,
    config: &AtTerminal,
    all: &mut Findings,
) -> anyhow::Result<()> {
    let World { ports, plan } = World::new(config, &args.world)?;
    let now = ports.clock.now();
    let log = last_cycle::Log {
        variables,
        group: variables.log_group(args.log_group.as_deref()),
        every: args.every,
    };
    let (heroku, queue, state, sink, last) = tokio::join!(
        heroku::check(&ports.formation, &plan, now),
        queue::check(&ports.backlog, &plan, args.every),
        state::check(&ports.state, now),
        sink::check(ports.sink.as_ref()),
        last_cycle::check(log, &ports.state, &plan.target, now),
    );
    let schedule = variables.environment().get(variable::SCHEDULE);
    all.add(limits::check(&plan, schedule, args.every, now));
    all.add(heroku);
    all.add(queue);
    all.add(state);
    all.add(sink);
    all.add([last]);
    Ok(())
}

fn faulty(error: &ConfigError) -> Vec<Finding> {
    let faults = error.faults().iter().map(|fault| {
        let mend = match fault.variable() {
            variable::REGION => "Set AWS_REGION, or AWS_PROFILE to a profile that has a region.",
            _ => "Set it as the README's table of the configuration says.",
        };
        Finding::error("variables", fault.to_string(), mend)
    });
    let rest = Finding::unchecked(
        "services",
        "nothing was called",
        "Heroku, the queue and the table are asked once all variables are valid.",
    );
    faults.chain([rest]).collect()
}
