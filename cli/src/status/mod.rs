//! `dynoscaler status`: the current state of a target, and what would make it change next; of several
//! a table.
//!
//! Reads the same as a cycle, and writes nothing. Must not know how a cycle decides.

mod course;
mod fleet;
mod forecast;
mod json;
mod learnt;
mod observed;
mod overview;
mod screen;
mod view;

use std::convert::Infallible;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};

use self::fleet::ConnectedFleet;
use self::observed::Observed;
use self::overview::Overview;
use self::screen::Screen;
use self::view::{Past, View};
use super::connection::{Connection, ConnectionArgs, Variables, block_on};
use super::fleet::Chosen;
use super::log_group::{LogGroup, Search};
use super::records::{Found, Record, before};
use super::stop::Stop;
use super::text::{period, span};
use dynoscaler::adapters::start_logging_on_stderr;
use dynoscaler::cycle::observe;
use dynoscaler::ports::Clock;
use dynoscaler::target::TargetId;

const EXAMPLES: &str = "\
Examples:
  Once, of a deployed function, with its last cycles:
    dynoscaler status --stack dynoscaler

  Again and again, until Ctrl-C:
    dynoscaler status --watch

  All targets of a file in a table, the worst first; and one of them in full:
    dynoscaler status --targets targets.toml
    dynoscaler status --targets targets.toml --target shop/worker

  For a script, whether anything is open that may not have reached Heroku:
    dynoscaler status --json | jq .intent

The environment variables are the function's: those of --stack or --function, or this shell's. Where
they differ from those of the last cycle, that is shown. AWS's credentials are found as its other
tools find them. The queue, the formation and the state are read as a cycle reads them; nothing is
counted, stored or changed. \"next\" is what the policy itself decides if nothing changes; \"to
add\" and \"to remove\" are the loads at which it begins to decide otherwise.

The table has the targets that hold because something is unknown first, then those above their
threshold, the fullest first, then those that an operator holds. Below it is what to do. Its JSON has
a list, \"targets\", of what it has for one target.

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
/// Of the targets of a file it shows a table, the worst first, unless --target names one.
///
/// The queue's messages, the backlog per instance towards its threshold, the dynos towards their
/// maximum, both counters, an open intent, a pause, a limit of Heroku's, what the policy decides
/// next, and the last 6 cycles. A failed reading is shown with its cause, and the rest is still
/// shown.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// Show it again every 10s or TIME, from 5s to 1h, until Ctrl-C. Each time is one of the 75
    /// calls a minute that Heroku allows, for each app; of many apps more rarely
    #[arg(long, value_name = "TIME", value_parser = pause, num_args = 0..=1,
          default_missing_value = "10s")]
    watch: Option<SignedDuration>,

    /// Write one line of JSON instead, with the names that records have
    #[arg(long)]
    json: bool,

    /// The function's log group, for the last cycles of one target: the stack's output LogGroupName
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

/// Shows the target or the targets, once or until interrupted.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    block_on(async {
        let variables = args.connection.variables().await?;
        let subject = Subject::of(args, &variables).await?;
        let watched = Watched { subject, variables, args };
        match args.watch {
            None => watched.once().await,
            Some(pause) => watched.until_interrupted(watched.spared(pause).try_into()?).await,
        }
    })
}

/// What is read.
enum Subject {
    One(Box<Connection>),
    All(ConnectedFleet),
}

impl Subject {
    /// The only target of a file is shown like one of the variables; to a program it is one of a
    /// list.
    async fn of(args: &Args, variables: &Variables) -> anyhow::Result<Self> {
        let config = match args.connection.fleet().chosen(variables).await? {
            Chosen::One(config) => config,
            Chosen::All(fleet) if 1 < fleet.members.len() || args.json => {
                start_logging_on_stderr(fleet.process.log_level);
                return Ok(Self::All(ConnectedFleet::new(fleet, args)?));
            }
            Chosen::All(fleet) => fleet.only()?,
        };
        start_logging_on_stderr(config.process.log_level);
        let connection = Connection::as_stored(*config, &args.connection).await?;
        Ok(Self::One(Box::new(connection)))
    }
}

/// What was read.
enum Shown {
    One(Box<View>),
    All(Overview),
}

impl Shown {
    fn is_complete(&self) -> bool {
        match self {
            Self::One(view) => view.is_complete(),
            Self::All(overview) => overview.is_complete(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::One(view) => view.text(),
            Self::All(overview) => overview.text(),
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        match self {
            Self::One(view) => json::line(view),
            Self::All(overview) => json::fleet(overview),
        }
    }
}

/// A target or several, and how they are read.
struct Watched<'a> {
    subject: Subject,
    variables: Variables,
    args: &'a Args,
}

impl Watched<'_> {
    async fn once(&self) -> anyhow::Result<ExitCode> {
        let shown = self.read().await;
        screen::print(&self.output(&shown)?)?;
        Ok(ExitCode::from(u8::from(!shown.is_complete())))
    }

    /// The pause, or a longer one that leaves the cycles their calls.
    fn spared(&self, pause: SignedDuration) -> SignedDuration {
        match &self.subject {
            Subject::One(_) => pause,
            Subject::All(fleet) => pause.max(fleet.pause_min()),
        }
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
            let shown = self.read().await;
            screen.draw(&self.output(&shown)?)?;
            tokio::time::sleep(pause).await;
        }
    }

    fn output(&self, shown: &Shown) -> anyhow::Result<String> {
        if self.args.json { shown.json().context("no JSON") } else { Ok(shown.text()) }
    }

    async fn read(&self) -> Shown {
        match &self.subject {
            Subject::One(connection) => Shown::One(Box::new(self.view(connection).await)),
            Subject::All(fleet) => Shown::All(fleet.read().await),
        }
    }

    async fn view(&self, Connection { ports, target }: &Connection) -> View {
        let now = ports.process.now();
        let (seen, last_write, past) = tokio::join!(
            observe(ports),
            ports.state.last_write(),
            self.last_cycles(&target.id, now),
        );
        let (target, every, now) = (target.clone(), self.args.every, ports.process.now());
        View { observed: Observed { target, every, now, seen }, last_write, past }
    }

    /// The last cycles, if a log was named.
    async fn last_cycles(&self, target: &TargetId, now: Timestamp) -> Option<Past> {
        let group = self.variables.log_group(self.args.log_group.as_deref())?;
        let first = self.args.every.saturating_mul(SEARCHED_CYCLES);
        let longest = SEARCHED.max(first);
        let is_enough = |records: &[&Record]| SHOWN <= records.len();
        let search = Search { targets: &[target], first, longest, is_enough };
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
