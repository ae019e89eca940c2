//! `dynoscaler status`: the current state of a target, and what would make it change next.
//!
//! Reads the same as a cycle, and writes nothing. Must not know how a cycle decides.

mod course;
mod forecast;
mod json;
mod learnt;
mod screen;
mod view;

use std::convert::Infallible;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};

use self::screen::Screen;
use self::view::{Past, View};
use super::connection::{Connection, ConnectionArgs, Variables, block_on};
use super::log_group::{LogGroup, Search};
use super::records::{Found, Record, before};
use super::stop::Stop;
use super::text::{period, span};
use dynoscaler::adapters::start_logging_on_stderr;
use dynoscaler::cycle::observe;
use dynoscaler::ports::Clock;

const EXAMPLES: &str = "\
Examples:
  Once, of a deployed function, with its last cycles:
    dynoscaler status --stack dynoscaler

  Again and again, until Ctrl-C:
    dynoscaler status --watch

  For a script, whether anything is open that may not have reached Heroku:
    dynoscaler status --json | jq .intent

The environment variables are the function's: those of --stack or --function, or this shell's. Where
they differ from those of the last cycle, that is shown. AWS's credentials are found as its other
tools find them. The queue, the formation and the state are read as a cycle reads them; nothing is
counted, stored or changed. \"next\" is what the policy itself decides if nothing changes; \"to
add\" and \"to remove\" are the loads at which it begins to decide otherwise.

Exit status: 0 if all that was requested could be read, or after Ctrl-C; 1 if something could not,
which is shown in its place, or if the variables are not valid.";

/// The last cycles that are shown: all fits on a terminal of 24 lines.
const SHOWN: usize = 6;

/// Twice as many are searched first, and then further back, a day at most: some may have failed to
/// run.
const SEARCHED_CYCLES: i32 = 12;
const SEARCHED: SignedDuration = SignedDuration::from_hours(24);

/// Shows the target, its counters on the way to their limits, and what comes next.
///
/// The queue's messages, the backlog per instance towards its threshold, the dynos towards their
/// maximum, both counters, an open intent, a pause, a limit of Heroku's, what the policy decides
/// next, and the last 6 cycles. A failed reading is shown with its cause, and the rest is still
/// shown.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// Show it again every 10s or TIME, from 5s to 1h, until Ctrl-C. Each time is one of the 75
    /// calls a minute that Heroku allows
    #[arg(long, value_name = "TIME", value_parser = pause, num_args = 0..=1,
          default_missing_value = "10s")]
    watch: Option<SignedDuration>,

    /// Write one line of JSON instead, with the names that records have
    #[arg(long)]
    json: bool,

    /// The function's log group, for the last cycles: the stack's output LogGroupName
    #[arg(long, value_name = "NAME")]
    log_group: Option<String>,

    /// The time from one cycle to the next, from 1s to 31d: 30s for `dynoscaler run`
    #[arg(long, value_name = "TIME", value_parser = period, default_value = "60s")]
    every: SignedDuration,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Every reading is a call to Heroku, whose pool the cycles need.
fn pause(text: &str) -> Result<SignedDuration, &'static str> {
    let bounds = SignedDuration::from_secs(5)..=SignedDuration::from_hours(1);
    span(text, bounds, "must be a time from 5s to 1h")
}

/// Shows the target, once or until interrupted.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    block_on(async {
        let variables = args.connection.variables().await?;
        let config = variables.config()?;
        start_logging_on_stderr(config.process.log_level);
        let connection = Connection::as_stored(config, &args.connection).await?;
        let watched = Watched { connection, variables, args };
        match args.watch {
            None => watched.once().await,
            Some(pause) => watched.until_interrupted(pause.try_into()?).await,
        }
    })
}

/// A target, and how it is read.
struct Watched<'a> {
    connection: Connection,
    variables: Variables,
    args: &'a Args,
}

impl Watched<'_> {
    async fn once(&self) -> anyhow::Result<ExitCode> {
        let view = self.read().await;
        screen::print(&self.output(&view)?)?;
        Ok(ExitCode::from(u8::from(!view.is_complete())))
    }

    async fn until_interrupted(&self, pause: Duration) -> anyhow::Result<ExitCode> {
        let mut stop = Stop::listening()?;
        let screen = Screen::enter()?;
        tokio::select! {
            biased;
            () = stop.requested() => Ok(ExitCode::SUCCESS),
            ended = self.again_and_again(&screen, pause) => match ended? {},
        }
    }

    async fn again_and_again(
        &self,
        screen: &Screen,
        pause: Duration,
    ) -> anyhow::Result<Infallible> {
        loop {
            let view = self.read().await;
            screen.draw(&self.output(&view)?)?;
            tokio::time::sleep(pause).await;
        }
    }

    fn output(&self, view: &View) -> anyhow::Result<String> {
        if self.args.json { json::line(view).context("no JSON") } else { Ok(view.text()) }
    }

    async fn read(&self) -> View {
        let Connection { ports, target } = &self.connection;
        let (seen, last_write, past) =
            tokio::join!(observe(ports), ports.state.last_write(), self.last_cycles(),);
        let (target, every, now) = (target.clone(), self.args.every, ports.process.now());
        View { target, every, now, seen, last_write, past }
    }

    /// The last cycles, if a log was named.
    async fn last_cycles(&self) -> Option<Past> {
        let group = self.variables.log_group(self.args.log_group.as_deref())?;
        let now = self.connection.ports.process.now();
        let first = self.args.every.saturating_mul(SEARCHED_CYCLES);
        let longest = SEARCHED.max(first);
        let target = &self.connection.target.id;
        let is_enough = |records: &[Record]| SHOWN <= records.len();
        let search = Search { target, first, longest, is_enough };
        let found = self.newest(&group, search, now).await;
        Some(Past { group, since: before(now, longest), found })
    }

    async fn newest(
        &self,
        group: &str,
        search: Search<'_>,
        now: Timestamp,
    ) -> anyhow::Result<Found> {
        let mut found = LogGroup::new(&self.variables, group)?.newest(search, now).await?;
        found.records.drain(..found.records.len().saturating_sub(SHOWN));
        Ok(found)
    }
}
