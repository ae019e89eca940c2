//! `dynoscaler init`: from six answers to the files of a deployment, and the token where the function
//! reads it.
//!
//! Reads all that it offers, writes nothing without a yes, and never changes Heroku.

mod answers;
mod apply;
mod ask;
mod change;
mod choice;
mod commands;
mod cost;
mod fleet_policy;
mod folder;
mod plan;
mod questions;
mod sam_config;
mod services;
mod targets_file;
mod targets_place;
mod unfinished;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use self::answers::{Answers, Known};
use self::ask::Asking;
use self::folder::Folder;
use self::plan::{Current, Place, Plan, TokenStep};
use self::sam_config::SamConfig;
use self::services::{Services, Worker};
use self::targets_place::TargetsPlace;
use self::unfinished::{Unfinished, show};
use super::connection::{Variables, block_on};
use super::doctor::{Finding, identity};
use super::stop::Stop;
use dynoscaler::adapters::{AwsError, SystemClock};
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

  An app that another Heroku account has, which has a token of its own:
    dynoscaler init --account billing

At most six questions, and each answer is checked at once: the token (hidden), the app, the
process type, its queues, how long a message may wait, the bounds. A flag answers its question; so
do a token that is stored already and a process type that is the only one. The queues that the
target has already, or that AWS_SQS_NAME names, are chosen before you are asked.

Then it shows what it would do, and what a month costs. After a yes it stores the token in SSM,
writes targets.toml and samconfig.toml, and ends with the commands that deploy. Run it again to
add a target or to change one: it shows the difference, and your comments and other keys stay.

With --targets-parameter /dynoscaler/targets the targets are kept in SSM instead of the function's
package: the function reads them again each minute, so that a change needs no deployment, and
`doctor --stack NAME` and the others need no file. SSM takes 4 KB for nothing, and 8 KB at most.

Nothing is deployed, and nothing is changed at Heroku.

Exit status: 0 if all is written, or was; 1 if not; 130 after Ctrl-C or Escape.";

/// Where the template has it by default.
const TOKEN_PARAMETER: &str = "/dynoscaler/token";

/// Those of other accounts are beneath it.
const ACCOUNTS: &str = "/dynoscaler/accounts/";

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

    /// Let the function report what it would do and not change Heroku, until you remove dry_run
    /// from targets.toml, or say --live. The files are written all the same
    #[arg(long)]
    dry_run: bool,

    /// End a dry run of the target
    #[arg(long, conflicts_with = "dry_run")]
    live: bool,

    /// The Heroku account of the app, by a name of yours, if it has a token of its own; by default
    /// the one that the app's targets have
    #[arg(long, value_name = "NAME", value_parser = choice::account)]
    account: Option<String>,

    /// The SSM parameter of the token; by default the one in samconfig.toml, or /dynoscaler/token;
    /// of an --account, /dynoscaler/accounts/NAME
    #[arg(long, value_name = "NAME", value_parser = choice::token_parameter)]
    token_parameter: Option<Parameter>,

    /// Keep the targets in this SSM parameter, and not in the function's package
    #[arg(long, value_name = "NAME", value_parser = choice::targets_parameter)]
    targets_parameter: Option<Parameter>,

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
    let folder = Folder::read(&args.folder, args.targets_parameter.as_ref())?;
    let variables = Variables::of_shell(folder.config.region()).await;
    answerable(args, asking, &folder, &variables)?;
    let services = connected(&variables).await?;
    let current = folder.with_targets(&services).await?;
    let config = &folder.config;
    let account = account_name(args, &current);
    let parameter = token_parameter(args, account.as_deref(), &current, config)?;
    let given = given_token(&variables)?;
    let (heroku, token) = questions::account(asking, &services, parameter, given).await?;
    let known = |id: &TargetId| known(id, &current, config, &variables);
    let answers = answers(args, asking, &services, &heroku, account, known).await?;
    let readable = questions::readable(&services, &answers::queues_of(config)).await?;
    let caller = match needs_policy(&answers, &current)? {
        true => Some(services.caller().await.map_err(Unfinished::Fault)?),
        false => None,
    };
    let (region, readable, caller) = (&services.region, &readable, caller.as_ref());
    let place = Place { region, folder: &args.folder, readable, caller };
    let plan = Plan::new(&answers, token, place, &current).map_err(anyhow::Error::from)?;
    let mut out = anstream::stdout();
    if plan.is_done() {
        write!(out, "\nNothing is to be changed.\n{}", plan.next()).map_err(anyhow::Error::from)?;
        return Ok(None);
    }
    writeln!(out, "{}", plan.proposal()).map_err(anyhow::Error::from)?;
    match asking.agrees("Do this?", "--yes")? {
        true => Ok(Some(Ready { plan, services, token: heroku.token })),
        false => Err(Unfinished::Refused),
    }
}

/// Whether the flags answer what has no default, if nothing can be asked.
fn answerable(
    args: &Args,
    asking: Asking,
    folder: &Folder,
    variables: &Variables,
) -> Result<(), Unfinished> {
    let may_be_known = matches!(folder.place, TargetsPlace::Parameter(_))
        || folder.packed.is_some()
        || variables.environment().is_set(variable::SQS_NAME);
    let app = args.app.is_none().then_some("--app");
    let queue = (args.queue.is_empty() && !may_be_known).then_some("--queue");
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

/// The account that was named, or that the targets of the app have.
fn account_name(args: &Args, current: &Current) -> Option<String> {
    let of_app = || {
        let (app, process) = (args.app.as_deref()?, args.process.as_deref());
        targets_file::account_of(current.known()?, app, process)
    };
    args.account.clone().or_else(of_app)
}

/// The one that was named, or that the targets or the deployment have, or else a new one.
fn token_parameter(
    args: &Args,
    account: Option<&str>,
    current: &Current,
    config: &SamConfig,
) -> anyhow::Result<Parameter> {
    let deployed = match account {
        None => config.parameter(answers::TOKEN_PARAMETER).unwrap_or(TOKEN_PARAMETER).to_owned(),
        Some(name) => {
            let token = current.known().and_then(|text| targets_file::token_of(text, name));
            let token = token.unwrap_or_else(|| format!("{ACCOUNTS}{name}"));
            token.strip_prefix("ssm:").unwrap_or(&token).to_owned()
        }
    };
    let read = || {
        choice::token_parameter(&deployed).map_err(|bound| anyhow::anyhow!("{deployed:?} {bound}"))
    };
    args.token_parameter.clone().map_or_else(read, Ok)
}

/// What the files, or else the variables of this shell, say of a target.
fn known(id: &TargetId, current: &Current, config: &SamConfig, variables: &Variables) -> Known {
    let known = answers::known(id, current.known(), config);
    let of_shell = || {
        let names = variables.environment().get(variable::SQS_NAME)?.split(',');
        Some(names.map(|name| name.trim().to_owned()).collect())
    };
    Known { queues: known.queues.or_else(of_shell), ..known }
}

/// Without a policy the role may read the token of the function's environment alone.
fn needs_policy(answers: &Answers, current: &Current) -> anyhow::Result<bool> {
    let has_accounts = current.known().map(targets_file::has_accounts).transpose();
    let has_accounts = has_accounts.context("cannot change the targets")?;
    Ok(answers.account.is_some() || has_accounts == Some(true))
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
    heroku: &services::Account,
    account: Option<String>,
    known: impl Fn(&TargetId) -> Known,
) -> Result<Answers, Unfinished> {
    let app = questions::app(asking, heroku, args.app.clone()).await?;
    let Worker(worker) = questions::worker(asking, &app, args.process.as_deref()).await?;
    let id = TargetId { app: app.name, process: worker.name };
    let Known { queues, threshold, bounds } = known(&id);
    let queues = questions::queues(asking, services, &args.queue, queues, &id.process).await?;
    let threshold = threshold.unwrap_or_else(|| THRESHOLD.to_owned());
    let bounds = bounds.unwrap_or_else(|| BOUNDS.to_owned());
    let live = args.live.then_some(Mode::Live);
    Ok(Answers {
        account,
        size: worker.size,
        queues,
        threshold: questions::threshold(asking, args.threshold, &threshold)?,
        bounds: questions::bounds(asking, args.dynos, &bounds)?,
        mode: args.dry_run.then_some(Mode::DryRun).or(live),
        id,
    })
}

/// The files come last: they are ready beside their places when the rest is stored.
async fn carried_out(
    args: &Args,
    plan: &Plan,
    services: &Services,
    token: &Secret,
) -> Result<(), Unfinished> {
    let staged = apply::stage(&args.folder, &plan.files).map_err(anyhow::Error::from)?;
    if let Some((parameter, change)) = &plan.stored {
        let now = services.targets(parameter).await.map_err(Unfinished::Fault)?;
        if now != change.before {
            let changed = apply::ApplyError::Changed(parameter.to_string());
            return Err(anyhow::Error::from(changed).into());
        }
    }
    let done = stored(plan, services, token).await.map_err(anyhow::Error::from)?;
    let done = staged.place(done).map_err(anyhow::Error::from)?;
    let mut out = anstream::stdout();
    let shown = write!(out, "\nDone: {}.\n{}", done.join(", "), plan.next());
    Ok(shown.map_err(anyhow::Error::from)?)
}

/// What SSM keeps: the token, then the targets that need it.
async fn stored(
    plan: &Plan,
    services: &Services,
    token: &Secret,
) -> Result<Vec<String>, apply::ApplyError> {
    let failed = |done: &[String], what, parameter: &Parameter, cause: AwsError| {
        let (done, parameter, cause) = (done.to_vec(), parameter.clone(), Box::new(cause));
        apply::ApplyError::Store { done, what, parameter, cause }
    };
    let mut done = Vec::new();
    if plan.token.step != TokenStep::Keep {
        let parameter = &plan.token.parameter;
        let kept = services.keep(parameter, token).await;
        kept.map_err(|error| failed(&done, "the token", parameter, error))?;
        done.push(format!("the token is stored in {parameter}"));
    }
    if let Some((parameter, change)) = &plan.stored {
        let kept = services.keep(parameter, &Secret::new(change.after.clone())).await;
        kept.map_err(|error| failed(&done, "the targets", parameter, error))?;
        done.push(format!("the targets are stored in {parameter}"));
    }
    Ok(done)
}
