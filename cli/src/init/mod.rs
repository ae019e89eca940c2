//! `dynoscaler init`: from six answers to the files of a deployment, and the token where the function
//! reads it.
//!
//! Reads all that it offers, writes nothing without a yes, and never changes Heroku.

mod answers;
mod apply;
mod ask;
mod choice;
mod cost;
mod plan;
mod questions;
mod sam_config;
mod services;
mod targets_file;
mod unfinished;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use self::answers::Answers;
use self::ask::Asking;
use self::plan::{Current, Place, Plan, SAM_CONFIG, TokenStep};
use self::sam_config::SamConfig;
use self::services::{Services, Worker};
use self::unfinished::{Unfinished, show};
use super::connection::{Variables, block_on};
use super::doctor::{Finding, identity};
use super::stop::Stop;
use dynoscaler::adapters::SystemClock;
use dynoscaler::config::{Parameter, SecretKind, SecretSource, settings, variable};
use dynoscaler::ports::Clock as _;
use dynoscaler::secret::Secret;
use dynoscaler::target::{Mode, TargetId};

const EXAMPLES: &str = "\
Examples:
  In the folder of template.yaml, with credentials for AWS and a token of Heroku at hand:
    dynoscaler init

  The same from a script; the token is in MY_HEROKU_AUTH_TOKEN, or in SSM already:
    dynoscaler init --app shop --process worker --queue jobs --threshold 5m/3s --dynos 1..5 --yes

At most six questions, and each answer is checked at once: the token (hidden), the app, the
process type, its queues, how long a message may wait, the bounds. A flag answers its question; so
do a token that is stored already and a process type that is the only one.

Then it shows what it would do, and what a month costs. After a yes it stores the token in SSM,
writes targets.toml and samconfig.toml, and ends with the commands that deploy. Run it again to
add a target or to change one: it shows the difference, and your comments and other keys stay.

Nothing is deployed, and nothing is changed at Heroku.

Exit status: 0 if all is written, or was; 1 if not; 130 after Ctrl-C or Escape.";

/// Where the template has it by default.
const TOKEN_PARAMETER: &str = "/dynoscaler/token";

/// Enter alone: 5 minutes, and 3 seconds a message.
const THRESHOLD: &str = "5m/3s";
const BOUNDS: &str = "1..5";

/// Sets up a deployment: asks what to scale, and writes the files that `sam deploy` needs.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// The folder of template.yaml, in which the files are written
    #[arg(long, value_name = "PATH", default_value = ".")]
    folder: PathBuf,

    /// The Heroku app, by name or UUID
    #[arg(long, value_name = "NAME", value_parser = checked(variable::APP))]
    app: Option<String>,

    /// The process type to scale; by default the only one besides web
    #[arg(long, value_name = "NAME", value_parser = checked(variable::PROCESS))]
    process: Option<String>,

    /// The queues that it consumes, by name, URL or ARN, between commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    queue: Vec<String>,

    /// The longest wait and the time that a dyno needs for one message, as 5m/3s; or messages per
    /// dyno, as 100
    #[arg(long, value_name = "WAIT/TIME", value_parser = |text: &str| choice::threshold(text))]
    threshold: Option<f64>,

    /// The fewest and the most dynos, as 1..5
    #[arg(long, value_name = "MIN..MAX", value_parser = |text: &str| choice::bounds(text))]
    dynos: Option<dynoscaler::policy::Bounds>,

    /// Report what would be done, until you remove dry_run from targets.toml
    #[arg(long)]
    dry_run: bool,

    /// The SSM parameter of the token; by default the one in samconfig.toml, or /dynoscaler/token
    #[arg(long, value_name = "NAME", value_parser = parameter)]
    token_parameter: Option<Parameter>,

    /// Ask nothing: defaults for what no flag says, and yes to the proposal
    #[arg(long, short)]
    yes: bool,
}

fn checked(name: &'static str) -> impl Fn(&str) -> Result<String, String> + Clone {
    move |text| match settings::ALL.iter().find(|setting| setting.name == name) {
        Some(setting) => setting.check(text).map(|()| text.to_owned()).map_err(Into::into),
        None => Ok(text.to_owned()),
    }
}

fn parameter(text: &str) -> Result<Parameter, &'static str> {
    match SecretSource::parse(&format!("ssm:{text}"), SecretKind::Token) {
        Ok(SecretSource::Parameter(parameter)) => Ok(parameter),
        Ok(SecretSource::Given(_)) | Err(_) => {
            Err("must be an SSM parameter's name from the root on, such as /dynoscaler/token")
        }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let ended = block_on(async { Ok(set_up(args).await) })?;
    match ended {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Unfinished::Fault(finding)) => {
            show(finding)?;
            unchanged(ExitCode::FAILURE)
        }
        Err(Unfinished::Interrupted) => unchanged(ExitCode::from(130)),
        Err(Unfinished::Refused) => unchanged(ExitCode::FAILURE),
        Err(Unfinished::Failed(error)) => Err(error),
        Err(error @ Unfinished::Unanswered(_)) => Err(error.into()),
    }
}

fn unchanged(status: ExitCode) -> anyhow::Result<ExitCode> {
    writeln!(io::stderr(), "\nNothing was changed.")?;
    Ok(status)
}

/// From the first write on a signal ends nothing: what is written takes a moment.
async fn set_up(args: &Args) -> Result<(), Unfinished> {
    let mut stop = Stop::listening()?;
    let ready = tokio::select! {
        ready = prepared(args) => ready?,
        () = stop.requested() => return Err(Unfinished::Interrupted),
    };
    if let Some(Ready { plan, services, token }) = &ready {
        carried_out(args, plan, services, token).await?;
    }
    Ok(())
}

/// A plan with a yes, and what it needs.
struct Ready {
    plan: Plan,
    services: Services,
    token: Secret,
}

/// Asks, checks and proposes. Changes nothing.
async fn prepared(args: &Args) -> Result<Option<Ready>, Unfinished> {
    let asking = if args.yes { Asking::Unwanted } else { Asking::where_possible() };
    answerable(args, asking)?;
    let current = current(&args.folder)?;
    let config = SamConfig::read(current.sam_config.as_deref());
    let config = config.with_context(|| format!("cannot read {SAM_CONFIG}"))?;
    let variables = Variables::of_shell(config.region()).await;
    let services = connected(&variables).await?;
    let given = given_token(&variables)?;
    let parameter = token_parameter(args, &config)?;
    let (account, place) = questions::account(asking, &services, parameter, given).await?;
    let answers = answers(args, asking, &services, &account, &current, &config).await?;
    let readable = questions::readable(&services, &answers::queues_of(&config)).await?;
    let folder = Place { region: &services.region, folder: &args.folder, readable: &readable };
    let plan = Plan::new(&answers, place, folder, &current);
    let plan = plan.map_err(anyhow::Error::from)?;
    let mut out = anstream::stdout();
    if plan.is_done() {
        write!(out, "\nNothing is to be changed.\n{}", plan.next()).map_err(anyhow::Error::from)?;
        return Ok(None);
    }
    writeln!(out, "{}", plan.proposal()).map_err(anyhow::Error::from)?;
    match asking.agrees("Do this?", "--yes")? {
        true => Ok(Some(Ready { plan, services, token: account.token })),
        false => Err(Unfinished::Refused),
    }
}

/// Whether the flags answer what has no default, if nothing can be asked.
fn answerable(args: &Args, asking: Asking) -> Result<(), Unfinished> {
    let app = args.app.is_none().then_some("--app");
    let queue = args.queue.is_empty().then_some("--queue");
    let missing: Vec<&str> = app.into_iter().chain(queue).collect();
    match asking {
        Asking::AtTerminal => Ok(()),
        Asking::Unwanted | Asking::Impossible if missing.is_empty() => Ok(()),
        Asking::Unwanted | Asking::Impossible => Err(Unfinished::Unanswered(missing.join(" and "))),
    }
}

/// The services of this shell's credentials, once AWS has accepted those.
async fn connected(variables: &Variables) -> Result<Services, Unfinished> {
    let (findings, access) = identity::check(variables, SystemClock.now()).await;
    match (access, <[Finding; 1]>::try_from(findings)) {
        (identity::Access::Closed, Ok([fault])) => return Err(Unfinished::Fault(fault)),
        (_, Ok([finding])) => show(finding)?,
        (_, Err(_)) => {}
    }
    Ok(Services::connect(variables.environment())?)
}

/// The files as they are. Without a template there is nothing to deploy.
fn current(folder: &Path) -> Result<Current, Unfinished> {
    let read = |name: &str| {
        let path = folder.join(name);
        apply::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let template = read("template.yaml")?.ok_or_else(|| {
        let found = format!("no template.yaml in {}", folder.display());
        let remedy = "Run it where DynoScaler's release is unpacked, or name that place: --folder.";
        Unfinished::Fault(Finding::error("template", found, remedy))
    })?;
    let targets = read(&plan::place_of_targets(&template))?;
    Ok(Current { template, targets, sam_config: read(SAM_CONFIG)? })
}

fn token_parameter(args: &Args, config: &SamConfig) -> anyhow::Result<Parameter> {
    let deployed = config.parameter(answers::TOKEN_PARAMETER).unwrap_or(TOKEN_PARAMETER);
    let read = || parameter(deployed).map_err(|bound| anyhow::anyhow!("{deployed:?} {bound}"));
    args.token_parameter.clone().map_or_else(read, Ok)
}

/// The token of this shell, if it is there itself.
fn given_token(variables: &Variables) -> Result<Option<Secret>, Unfinished> {
    let Some(text) = variables.environment().get(variable::TOKEN) else { return Ok(None) };
    match SecretSource::parse(text, SecretKind::Token) {
        Ok(SecretSource::Given(token)) => Ok(Some(token)),
        Ok(SecretSource::Parameter(_)) => Ok(None),
        Err(bound) => Err(anyhow::anyhow!("{} {bound}", variable::TOKEN).into()),
    }
}

async fn answers(
    args: &Args,
    asking: Asking,
    services: &Services,
    account: &services::Account,
    current: &Current,
    config: &SamConfig,
) -> Result<Answers, Unfinished> {
    let app = questions::app(asking, account, args.app.clone()).await?;
    let Worker(worker) = questions::worker(asking, &app, args.process.as_deref()).await?;
    let id = TargetId { app: app.name, process: worker.name };
    let queues = questions::queues(asking, services, &args.queue).await?;
    let [threshold, bounds] = answers::known(&id, current.targets.as_deref(), config);
    let threshold = threshold.unwrap_or_else(|| THRESHOLD.to_owned());
    let bounds = bounds.unwrap_or_else(|| BOUNDS.to_owned());
    Ok(Answers {
        size: worker.size,
        queues,
        threshold: questions::threshold(asking, args.threshold, &threshold)?,
        bounds: questions::bounds(asking, args.dynos, &bounds)?,
        mode: if args.dry_run { Mode::DryRun } else { Mode::Live },
        id,
    })
}

/// The files come last: they are ready beside their places when the token is stored.
async fn carried_out(
    args: &Args,
    plan: &Plan,
    services: &Services,
    token: &Secret,
) -> anyhow::Result<()> {
    let staged = apply::stage(&args.folder, &plan.files)?;
    let mut done = Vec::new();
    if plan.token.step != TokenStep::Keep {
        let parameter = &plan.token.parameter;
        let stored = services.keep(parameter, token).await;
        stored.map_err(|error| apply::ApplyError::Token(parameter.clone(), error.into()))?;
        done.push(format!("the token is stored in {parameter}"));
    }
    let done = staged.place(done)?;
    Ok(write!(anstream::stdout(), "\nDone: {}.\n{}", done.join(", "), plan.next())?)
}
