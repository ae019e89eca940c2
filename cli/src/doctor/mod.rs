//! `dynoscaler doctor`: whether the set-up is right, and how to correct it.
//!
//! No check stops at the first fault: every check that can run does, and shows its findings as soon
//! as it ends.

mod accounts;
mod deployment;
mod endpoints;
mod events;
mod finding;
mod fleet;
pub(super) mod heroku;
pub(super) mod identity;
mod last_cycle;
mod limits;
mod queue;
mod reach;
mod schedule;
mod sink;
mod state;

use std::io::{self, Write};
use std::process::ExitCode;

use jiff::SignedDuration;

use self::accounts::Pace;
use self::finding::Findings;
pub(super) use self::finding::{Finding, Listing};
use self::identity::Access;
use self::reach::Reach;
use self::schedule::{Expected, Schedule};
use super::connection::{self, Connection, ConnectionArgs, Variables, block_on};
use super::fleet::{Chosen, FleetError};
use super::text::period;
use dynoscaler::adapters::{SystemClock, start_logging_on_stderr};
use dynoscaler::config::{AtTerminal, ConfigError, Proxy, variable};
use dynoscaler::fleet::rounds_a_minute;
use dynoscaler::ports::Clock;
use dynoscaler::report::error_chain;

const EXAMPLES: &str = "\
Examples:
  Before the deployment, with the variables of the function in the environment:
    dynoscaler doctor

  After it, with credentials for AWS alone:
    dynoscaler doctor --stack dynoscaler

  All targets of a file, the worst first:
    dynoscaler doctor --targets targets.toml

  For a monitor:
    dynoscaler doctor --json | jq '.findings[] | select(.severity == \"error\")'

All calls use your own credentials for AWS: what the function's role may do is in the template.
Nothing is changed; whether the table may be written is tried with a condition that cannot hold.

Exit status: 0 if there is nothing to correct, 1 if there are warnings, 2 if there are errors.
Unchecked findings do not count.";

const VARIABLES: &str = "variables";
const TARGETS: &str = "targets";

/// The time from one cycle to the next as it is deployed by default.
const EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The remedy for a reference to a secret that cannot be read.
const SECRET_READ: &str = "Check the parameter's name and region, and the caller (aws sts \
    get-caller-identity): it needs ssm:GetParameter, and kms:Decrypt for a key of your own.";

/// Checks all that scaling needs, and names the remedy for each fault.
///
/// The caller of AWS, the variables, the counts and the bounds by time, the Heroku token and its
/// scope, the app and its process type, the limit of the dyno size, the queue, the table,
/// Elasticsearch, the schedule, the last cycle, and events that were refused. Of the targets of a
/// file it checks all, unless --target names one, and how often the apps of each account have their
/// turn.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// Write JSON instead of a list
    #[arg(long)]
    json: bool,

    /// The function's log group, which is searched for the last cycle: the stack's output
    /// LogGroupName
    #[arg(long, value_name = "NAME")]
    log_group: Option<String>,

    /// The EventBridge rule that runs the function: the stack's output Rule
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,

    /// The time from one cycle to the next, from 1s to 31d: 30s for `dynoscaler run`. By default
    /// the rule's rate, or 60s
    #[arg(long, value_name = "TIME", value_parser = period)]
    every: Option<SignedDuration>,

    #[command(flatten)]
    connection: ConnectionArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let listing = if args.json { Listing::AtTheEnd } else { Listing::AsTheyCome };
    let findings = block_on(examine(args, listing))?;
    let text = if args.json { findings.json()? } else { findings.sums() };
    anstream::stdout().write_all(text.as_bytes())?;
    Ok(findings.status())
}

async fn examine(args: &Args, listing: Listing) -> anyhow::Result<Findings> {
    let mut all = Findings::default();
    all.add(listing.shown(proxied())?);
    let (who, access) = identity::check(&args.connection.shell().await, SystemClock.now()).await;
    all.add(listing.shown(who)?);
    if access == Access::Closed && args.connection.names_deployment() {
        all.add(listing.shown(vec![deployment::uncalled()])?);
        return Ok(all);
    }
    match args.connection.read().await {
        Ok(variables) => rest(args, &variables, access, listing, &mut all).await?,
        Err(error) => all.add(listing.shown(vec![deployment::unread(&error)])?),
    }
    Ok(all)
}

/// All checks after the variables. The event rule comes first: it sets how often a cycle is due.
async fn rest(
    args: &Args,
    variables: &Variables,
    access: Access,
    listing: Listing,
    all: &mut Findings,
) -> anyhow::Result<()> {
    all.add(listing.shown(variables.deployment.iter().map(deployment::read).collect())?);
    let expected = Expected { deployment: variables.deployment.as_ref(), every: args.every };
    let Schedule { findings, rate } = match access {
        Access::Open => schedule::check(variables, args.rule.as_deref(), expected).await,
        Access::Closed => Schedule::default(),
    };
    let schedule = listing.shown(findings)?;
    let every = args.every.or(rate).unwrap_or(EVERY);
    let examined = Examined { args, variables, access, every, listing };
    match args.connection.fleet().chosen(variables).await {
        Ok(Chosen::One(config)) => {
            start_logging_on_stderr(config.process.log_level);
            all.add(listing.shown(vec![Finding::ok(VARIABLES, "all are valid")])?);
            all.add(listing.shown(endpoints::check(&config))?);
            all.add(services(examined, &config).await?);
        }
        Ok(Chosen::All(fleet)) => {
            start_logging_on_stderr(fleet.process.log_level);
            fleet::check(examined, fleet, all).await?;
        }
        Err(error) => all.add(listing.shown(unchosen(&error))?),
    }
    all.add(schedule);
    Ok(())
}

/// What the checks of each target share.
#[derive(Clone, Copy)]
struct Examined<'a> {
    args: &'a Args,
    variables: &'a Variables,
    access: Access,
    every: SignedDuration,
    listing: Listing,
}

/// All at the same time: no check waits for a service that does not answer.
async fn services(examined: Examined<'_>, config: &AtTerminal) -> anyhow::Result<Vec<Finding>> {
    let Examined { variables, every, listing, .. } = examined;
    let reach = Reach::of(examined, config);
    let connection = connected(examined, reach, config).await?;
    let Connection { ports, target } = &connection;
    let now = ports.process.now();
    let log = last_cycle::Log::of_one(variables, examined.log_group(), every);
    let schedule = variables.environment().get(variable::SCHEDULE);
    let bus = events::check(examined, config.process.event_bus.as_ref(), now);
    let (own, sink, last, events) = tokio::try_join!(
        of_target(examined, reach, &connection, schedule),
        reach.sink.then(listing, "elastic", sink::check(ports.process.sink.as_ref())),
        reach.log.then(listing, "last-cycle", last_cycle::check(log, &ports.state, target, now)),
        reach.log.then(listing, "events", bus),
    )?;
    let uncalled = listing.shown(reach.uncalled())?;
    Ok([own, sink, last, events, uncalled].concat())
}

async fn connected(
    examined: Examined<'_>,
    reach: Reach,
    config: &AtTerminal,
) -> anyhow::Result<Connection> {
    let args = &examined.args.connection;
    match reach.state {
        Access::Open => Connection::as_stored(config.clone(), args).await,
        Access::Closed => Connection::new(config, args),
    }
}

/// What is a target's own.
async fn of_target(
    Examined { every, listing, .. }: Examined<'_>,
    reach: Reach,
    Connection { ports, target }: &Connection,
    schedule: Option<&str>,
) -> io::Result<Vec<Finding>> {
    let now = ports.process.now();
    let limits = listing.shown(limits::check(target, schedule, every, now))?;
    let (heroku, queue, state) = tokio::try_join!(
        reach.heroku.then(listing, "heroku-app", heroku::check(&ports.formation, target, now)),
        reach.queue.then(listing, "queue", queue::check(&ports.backlog, &target.policy, every)),
        reach.state.then(listing, "state", state::check(&ports.state, now)),
    )?;
    Ok([limits, heroku, queue, state].concat())
}

impl Examined<'_> {
    fn log_group(&self) -> Option<String> {
        self.variables.log_group(self.args.log_group.as_deref())
    }

    /// The function reckons with its setting, a clock process with its own pace.
    fn pace(&self, cycle_seconds: u32) -> Pace {
        let reckoned = match self.variables.deployment {
            Some(_) => SignedDuration::from_secs(cycle_seconds.into()),
            None => self.every,
        };
        Pace { every: self.every, a_minute: rounds_a_minute(reckoned) }
    }
}

/// A proxy of this machine is not the function's.
fn proxied() -> Vec<Finding> {
    let shown = |proxy: Proxy| {
        let host = proxy.https.host_str().unwrap_or_default().to_owned();
        Finding::ok(
            "proxy",
            format!("{host} (HTTPS_PROXY), here alone: the function uses no proxy"),
        )
    };
    // An invalid proxy is reported where it is needed first.
    connection::proxy().ok().flatten().map(shown).into_iter().collect()
}

/// It is not known which targets there are, or the one that was named is not valid.
fn unchosen(error: &FleetError) -> Vec<Finding> {
    let faults = match error.faults() {
        Some(error) => settings(error).collect(),
        None => vec![Finding::error(TARGETS, error_chain(error), error.remedy())],
    };
    let rest = Finding::unchecked(
        "services",
        "nothing was called",
        "Heroku, the queue and the table are called once all variables are valid.",
    );
    faults.into_iter().chain([rest]).collect()
}

/// Settings that are not valid.
fn settings(error: &ConfigError) -> impl Iterator<Item = Finding> {
    error.faults().iter().map(|fault| {
        let remedy = match fault.variable() {
            variable::REGION => connection::SET_REGION,
            _ => "Set it as docs/CONFIGURATION.md says.",
        };
        Finding::error(VARIABLES, fault.to_string(), remedy)
    })
}
