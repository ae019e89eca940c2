//! `dynoscaler doctor`: whether everything is as it should be, and how to mend what is not.
//!
//! Nothing stops at the first fault: every check that can run does, and tells what it found as soon
//! as it ends.

mod deployment;
mod endpoints;
mod finding;
mod heroku;
mod identity;
mod last_cycle;
mod limits;
mod queue;
mod reach;
mod schedule;
mod sink;
mod state;

use std::io::Write;
use std::process::ExitCode;

use jiff::SignedDuration;

use self::finding::{Desk, Finding, Findings};
use self::identity::Access;
use self::reach::Reach;
use self::schedule::{Expected, Schedule};
use super::text::period;
use super::world::{self, Variables, World, WorldArgs, block_on};
use crate::adapters::{SystemClock, start_logging_on_stderr};
use crate::config::{AtTerminal, ConfigError, Proxy, variable};
use crate::ports::Clock;

const EXAMPLES: &str = "\
Examples:
  Before the deployment, with the variables of the function in the environment:
    dynoscaler doctor

  After it, with credentials for AWS alone:
    dynoscaler doctor --stack dynoscaler

  For a monitor:
    dynoscaler doctor --json | jq '.findings[] | select(.severity == \"error\")'

Everything is asked with your own credentials for AWS: what the function's role may do is in the
template. Nothing is changed; whether the table may be written is tried with a condition that
cannot hold.

Exit status: 0 if there is nothing to mend, 1 if there are warnings, 2 if there are errors. What is
unchecked does not count.";

/// The time from one cycle to the next as it is deployed by default.
const EVERY: SignedDuration = SignedDuration::from_mins(1);

/// How to mend a reference to a secret that cannot be read.
const SECRET_READ: &str = "Look at the parameter's name and region, and at who asks (aws sts \
    get-caller-identity): it needs ssm:GetParameter, and kms:Decrypt for a key of your own.";

/// Checks everything that scaling needs, and says how to mend what is wrong.
///
/// Who asks AWS, the variables, the counts and the bounds by the hour, the Heroku token and its
/// scope, the app and its process type, the limit of the dyno size, the queue, the table,
/// Elasticsearch, the schedule, and the last cycle.
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

    /// The time from one cycle to the next, from 1s to 31d: 30s for `dynoscaler run`. By default the
    /// rule's rate, or 60s
    #[arg(long, value_name = "TIME", value_parser = period)]
    every: Option<SignedDuration>,

    #[command(flatten)]
    world: WorldArgs,
}

/// Runs all checks.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let desk = if args.json { Desk::AtTheEnd } else { Desk::AsTheyCome };
    let findings = block_on(examine(args, desk))?;
    let told = if args.json { findings.json()? } else { findings.sums() };
    anstream::stdout().write_all(told.as_bytes())?;
    Ok(findings.status())
}

async fn examine(args: &Args, desk: Desk) -> anyhow::Result<Findings> {
    let mut all = Findings::default();
    all.add(desk.shown(proxied())?);
    let (who, access) = identity::check(&args.world.shell().await, SystemClock.now()).await;
    all.add(desk.shown(who)?);
    if access == Access::Closed && args.world.names_deployment() {
        all.add(desk.shown(vec![deployment::unasked()])?);
        return Ok(all);
    }
    match args.world.read().await {
        Ok(variables) => rest(args, &variables, access, desk, &mut all).await?,
        Err(error) => all.add(desk.shown(vec![deployment::unread(&error)])?),
    }
    Ok(all)
}

/// What the variables lead to. The rule comes first: how often a cycle is due is its to say.
async fn rest(
    args: &Args,
    variables: &Variables,
    access: Access,
    desk: Desk,
    all: &mut Findings,
) -> anyhow::Result<()> {
    all.add(desk.shown(variables.deployment.iter().map(deployment::read).collect())?);
    let expected = Expected { deployment: variables.deployment.as_ref(), every: args.every };
    let Schedule { findings, rate } = match access {
        Access::Open => schedule::check(variables, args.rule.as_deref(), expected).await,
        Access::Closed => Schedule::default(),
    };
    let schedule = desk.shown(findings)?;
    match variables.config() {
        Ok(config) => {
            start_logging_on_stderr(config.log_level);
            all.add(desk.shown(vec![Finding::ok("variables", "all are valid")])?);
            all.add(desk.shown(endpoints::check(&config))?);
            let every = args.every.or(rate).unwrap_or(EVERY);
            let examined = Examined { args, variables, config: &config, access, every, desk };
            all.add(services(&examined).await?);
        }
        Err(error) => all.add(desk.shown(faulty(&error))?),
    }
    all.add(schedule);
    Ok(())
}

/// What is examined, and how.
struct Examined<'a> {
    args: &'a Args,
    variables: &'a Variables,
    config: &'a AtTerminal,
    access: Access,
    every: SignedDuration,
    desk: Desk,
}

/// All at the same time: a service that does not answer keeps nobody waiting for the others.
async fn services(examined: &Examined<'_>) -> anyhow::Result<Vec<Finding>> {
    let Examined { args, variables, config, every, desk, .. } = *examined;
    let reach = Reach::of(examined);
    let World { ports, target } = match reach.state {
        Access::Open => World::as_stored(config.clone(), &args.world).await?,
        Access::Closed => World::new(config, &args.world)?,
    };
    let now = ports.clock.now();
    let group = variables.log_group(args.log_group.as_deref());
    let log = last_cycle::Log { variables, group, every };
    let schedule = variables.environment().get(variable::SCHEDULE);
    let limits = desk.shown(limits::check(&target, schedule, every, now))?;
    let (heroku, queue, state, sink, last) = tokio::try_join!(
        reach.heroku.then(desk, "heroku-app", heroku::check(&ports.formation, &target, now)),
        reach.queue.then(desk, "queue", queue::check(&ports.backlog, &target, every)),
        reach.state.then(desk, "state", state::check(&ports.state, now)),
        reach.sink.then(desk, "elastic", sink::check(ports.sink.as_ref())),
        reach.log.then(desk, "last-cycle", last_cycle::check(log, &ports.state, &target, now)),
    )?;
    let unasked = desk.shown(reach.unasked())?;
    Ok([limits, heroku, queue, state, sink, last, unasked].concat())
}

/// What works here because of a proxy need not work in the function.
fn proxied() -> Vec<Finding> {
    let shown = |proxy: Proxy| {
        let host = proxy.https.host_str().unwrap_or_default().to_owned();
        Finding::ok(
            "proxy",
            format!("{host} (HTTPS_PROXY), here alone: the function uses no proxy"),
        )
    };
    // A proxy that is none is found where it is needed first.
    world::proxy().ok().flatten().map(shown).into_iter().collect()
}

fn faulty(error: &ConfigError) -> Vec<Finding> {
    let faults = error.faults().iter().map(|fault| {
        let mend = match fault.variable() {
            variable::REGION => "Set AWS_REGION, or AWS_PROFILE to a profile that has a region.",
            _ => "Set it as docs/CONFIGURATION.md says.",
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
