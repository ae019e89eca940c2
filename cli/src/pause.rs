//! `dynoscaler pause` and `dynoscaler resume`: every cycle holds, wherever it runs, until an
//! operator
//! or a time ends it.
//!
//! The pause is a part of the state, written as a cycle writes: a cycle that read the state before
//! the pause loses its race and changes nothing. Must not know what a cycle does in a pause.

use std::io::{self, Write as _};
use std::pin::pin;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use futures_util::stream::{self, StreamExt as _};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::connection::{Connection, ConnectionArgs, block_on, operator, process_name};
use super::fleet::{Chosen, valid};
use super::moment::{self, Moment};
use super::text::{age, span};
use super::{fail, spelling};
use dynoscaler::adapters::Store;
use dynoscaler::config::AtTerminal;
use dynoscaler::policy::{Pause, State};
use dynoscaler::ports::{Clock, StateStore, Write, WriteOutcome};
use dynoscaler::target::Mode;

/// Cycles that may write between the read and the write. There is one a minute.
const TRIES_MAX: usize = 5;

/// The targets whose state is written at the same time.
const AT_ONCE: usize = 8;

const EXAMPLES: &str = "\
Examples:
  Keep the number of workers while you work on them:
    dynoscaler pause --stack dynoscaler

  For a migration, with an end by itself:
    dynoscaler pause --for 1h30m --reason 'the orders table is migrated'

  Of several targets one, or all:
    dynoscaler pause --targets targets.toml --target shop/worker
    dynoscaler pause --targets targets.toml --all

  Until the evening, by this machine's clock or another one's:
    dynoscaler pause --until 18:00
    dynoscaler pause --until '2026-11-27 18:00 Europe/Paris'

A change that a cycle is sending at this very moment may still arrive. While the pause lasts each
record says Paused, and hold_until if it has an end; counters keep their values. A second pause
replaces the first. The state, the records, status and doctor name who paused and why.

The pause holds all that share the state: the function, with its DYNOSCALER_TABLE; without a table
the clock process that has the same --state-file. An app's name and its UUID name the same target.
A target that Heroku does not have, and for which no cycle ever stored anything, is refused.

Exit status: 0 if it is stored for every chosen target, 1 if not.";

const RESUME_EXAMPLES: &str = "\
Examples:
  Cycles decide again, whether the pause had an end or not:
    dynoscaler resume --stack dynoscaler

  Of several targets one; --all means every one:
    dynoscaler resume --targets targets.toml --target shop/worker

Exit status: 0 if it is no longer paused, or was not; 1 if that could not be stored.";

/// Holds every cycle of the target; counters stay as they are.
///
/// The pause is stored with the state, so that it holds the function, a clock process and every
/// other terminal alike.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct PauseArgs {
    /// End by itself after this time, from 1s to 365d, such as 90m, 1h30m or 1d; without an end
    /// only resume ends the pause
    #[arg(long = "for", value_name = "TIME", value_parser = lasts, conflicts_with = "until")]
    lasts: Option<SignedDuration>,

    /// End by itself at this time, at most 365d from now: 18:00, 2026-11-27 18:00, either with a
    /// time zone behind, or 2026-11-27T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment::moment)]
    until: Option<Moment>,

    /// The reason, in at most 200 characters
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<String>,

    /// Who pauses, in at most 100 characters; by default your user and this machine
    #[arg(long, value_name = "NAME", value_parser = name)]
    by: Option<String>,

    #[command(flatten)]
    choice: ChoiceArgs,
}

/// Which targets are chosen: of several, none by accident.
#[derive(Debug, clap::Args)]
struct ChoiceArgs {
    /// Every target of the file
    #[arg(long, conflicts_with = "target")]
    all: bool,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// A pause of more than a year is better without an end.
const LASTS_MAX: SignedDuration = SignedDuration::from_hours(365 * 24);

fn lasts(text: &str) -> Result<SignedDuration, &'static str> {
    let bounds = SignedDuration::from_secs(1)..=LASTS_MAX;
    span(text, bounds, "must be a time from 1s to 365d, such as 90m, 1h30m or 1d")
}

fn reason(text: &str) -> Result<String, &'static str> {
    line(text, 200, "must be one line of 1 to 200 characters")
}

fn name(text: &str) -> Result<String, &'static str> {
    line(text, 100, "must be one line of 1 to 100 characters")
}

/// Terminals and logs show it, and the item that keeps it is small.
fn line(text: &str, chars_max: usize, bound: &'static str) -> Result<String, &'static str> {
    let text = text.trim();
    let is_line = !text.is_empty() && !text.contains(char::is_control);
    let fits = text.chars().count() <= chars_max;
    if is_line && fits { Ok(text.to_owned()) } else { Err(bound) }
}

/// Ends a pause: the next cycle decides again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = RESUME_EXAMPLES)]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    choice: ChoiceArgs,
}

pub(super) fn pause(args: &PauseArgs) -> anyhow::Result<ExitCode> {
    block_on(each(&args.choice, async |key, connection| {
        let now = connection.ports.process.now();
        let until = end(args, now)?;
        let by = args.by.clone().or_else(operator);
        store(connection, Some(Pause { since: now, until, by, reason: args.reason.clone() }))
            .await?;
        let end = until.map_or_else(
            || "dynoscaler resume".to_owned(),
            |until| format!("{until:.0}, in {}", age(until.duration_since(now))),
        );
        Ok(format!("{key}: paused until {end}{}", place(connection)))
    }))
}

/// When the pause ends by itself, if it does.
fn end(args: &PauseArgs, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
    let lasts = args.lasts.map(|lasts| now.checked_add(lasts)).transpose();
    let lasts = lasts.context("--for reaches beyond the calendar")?;
    let Some(until) = &args.until else { return Ok(lasts) };
    let until =
        until.at(now, TimeZone::try_system).context("--until: name the time zone, as UTC")?;
    let left = until.duration_since(now);
    ensure!(left.is_positive(), "--until: {until:.0} is over; it is {now:.0}");
    ensure!(left <= LASTS_MAX, "--until: {until:.0} is more than 365d from now");
    Ok(Some(until))
}

/// Ends the pause, if there is one.
pub(super) fn resume(args: &ResumeArgs) -> anyhow::Result<ExitCode> {
    block_on(each(&args.choice, async |key, connection| {
        let place = place(connection);
        Ok(match store(connection, None).await? {
            Some(pause) => format!("{key}: resumed; {}{place}", ended(&pause)),
            None => format!("{key}: was not paused{place}"),
        })
    }))
}

/// A pause as every command shows it.
pub(super) fn described(Pause { since, until, by, reason }: &Pause) -> String {
    let by = by.iter().map(|by| format!(" by {by}")).collect::<String>();
    let end = until.map_or_else(|| "dynoscaler resume".to_owned(), |until| format!("{until:.0}"));
    let reason = reason.iter().map(|reason| format!(": {reason}")).collect::<String>();
    format!("since {since:.0}{by}, until {end}{reason}")
}

fn ended(Pause { since, by, reason, .. }: &Pause) -> String {
    let by = by.iter().map(|by| format!(" by {by}"));
    let reason = reason.iter().map(|reason| format!(": {reason}"));
    format!("it was paused at {since:.0}") + &by.chain(reason).collect::<String>()
}

/// Does something with each chosen target, and prints what was done. A failure of one target
/// keeps it from no other.
async fn each(
    choice: &ChoiceArgs,
    act: impl AsyncFn(&str, &Connection) -> anyhow::Result<String>,
) -> anyhow::Result<ExitCode> {
    let args = &choice.connection;
    let variables = args.variables().await?;
    let chosen = match args.fleet().chosen(&variables).await? {
        Chosen::One(config) => vec![Ok(config)],
        Chosen::All(fleet) if choice.all => fleet.members.into_iter().map(valid).collect(),
        Chosen::All(fleet) => vec![Ok(fleet.only()?)],
    };
    let done = stream::iter(chosen).map(async |config| {
        let (key, connection) = connection(*config?, args).await?;
        act(&key, &connection).await
    });
    let mut done = pin!(done.buffered(AT_ONCE));
    let mut status = ExitCode::SUCCESS;
    while let Some(done) = done.next().await {
        match done {
            Ok(line) => writeln!(io::stdout(), "{line}")?,
            Err(error) => status = fail(&error),
        }
    }
    Ok(status)
}

async fn connection(
    config: AtTerminal,
    args: &ConnectionArgs,
) -> anyhow::Result<(String, Connection)> {
    is_shared(&config, args)?;
    let (config, connection, known) = spelling::as_stored(config, args).await?;
    if let Some(caution) = known.caution(&config.target.id)? {
        // A closed terminal is no reason to stop.
        let _ = writeln!(io::stderr(), "warning: {caution}");
    }
    Ok((config.target.state_key(), connection))
}

/// Without a named file the state is shared with no other process: the operator means another one.
fn is_shared(config: &AtTerminal, args: &ConnectionArgs) -> anyhow::Result<()> {
    ensure!(
        config.process.dynamodb.is_some() || args.is_named(),
        "DYNOSCALER_TABLE is not set, so that this would reach no function: set it to the \
         function's table, which is the stack's output Table; or name with --state-file the file \
         of the clock process that is meant"
    );
    Ok(())
}

/// Where the pause is, and which cycles it holds if not all.
fn place(Connection { target, ports }: &Connection) -> String {
    let place = match &ports.state {
        Store::Table(table) => format!("in table {} of {}", table.table(), table.region()),
        Store::File(file) => {
            format!("in file {}: for what shares it, and no function", file.shown())
        }
    };
    match target.mode {
        Mode::Live => format!(" ({place})"),
        Mode::DryRun => format!(" ({place}; for dry runs alone, as DYNOSCALER_DRY_RUN is true)"),
    }
}

/// The pause that was stored before. An equal pause is not written again.
async fn store(connection: &Connection, pause: Option<Pause>) -> anyhow::Result<Option<Pause>> {
    let store = &connection.ports.state;
    let at = connection.ports.process.now();
    let by = format!("{}/pause", process_name(at));
    for _ in 0..TRIES_MAX {
        let stored = store.load().await?;
        let before = stored.state.pause.clone();
        if before == pause {
            return Ok(before);
        }
        let state = State { pause: pause.clone(), ..stored.state };
        let write = Write { expected: stored.version, state, at, by: by.clone() };
        if store.commit(&write).await? == WriteOutcome::Won {
            return Ok(before);
        }
    }
    anyhow::bail!("other cycles wrote the state {TRIES_MAX} times meanwhile: try again")
}
