//! `dynoscaler run`: a clock process, which runs a cycle at every tick.
//!
//! Must not know how a cycle decides, nor which services it calls.

mod beat;
mod forgotten;

use std::io::{self, Write};
use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use self::beat::Beat;
use super::connection::{ConnectionArgs, Driver, block_on, process_name};
use super::stop::Stop;
use super::text::span;
use dynoscaler::adapters::start_logging_on_stderr;
use dynoscaler::cycle::Invocation;
use dynoscaler::fleet::{Terms, rounds_a_minute};
use dynoscaler::policy::Reason;
use dynoscaler::ports::Clock;
use dynoscaler::report::error_chain;

const EXAMPLES: &str = "\
Examples:
  As a process type of the app itself, or of another one; in its Procfile:
    clock: dynoscaler run

  All targets of a file, which is read again each minute:
    dynoscaler run --targets targets.toml

  On any machine, every minute, with the state in a file:
    dynoscaler run --every 60s --state-file ./dynoscaler.redb

The environment variables are the function's; AWS's credentials are found as its other tools find
them, and renewed before they expire. Without DYNOSCALER_TABLE the state is in --state-file, which
several processes may share, and is lost with its disk: a dyno's disk is emptied whenever the dyno
restarts, at least once a day. Then the counters begin again; a pause, how long a quantity set by
hand is kept, a limit of Heroku's and what rate has learnt are lost; so is the fact that a quantity
of 0 was DynoScaler's own: a process type that it brought to 0 for the night stays at 0 in the
morning (StoppedByHand) if the dyno restarted meanwhile. The start warns of such a disk;
DYNOSCALER_TABLE keeps all of it.

Ticks lie at whole multiples of --every. Two clock processes over one state have the same ticks,
and each tick counts once. A cycle that takes longer than --every makes the next one late, and the
ticks in between are left out.

Exit status: 0 after SIGTERM or SIGINT, once the running cycle is done; 1 if it could not begin. A
failed cycle is a record with an error, and the next one runs all the same.";

/// Runs a scaling cycle every 30 seconds, until a signal stops it.
///
/// In place of the function: a clock process on a Heroku dyno or anywhere else. Each cycle is the
/// function's own and prints its record as one line of JSON on standard output; at a terminal, a
/// summary goes to standard error. Of the targets of a file it runs all, in the function's rounds,
/// unless --target names one.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// The time from one cycle to the next, from 1s to 1h
    #[arg(long, value_name = "TIME", value_parser = every, default_value = "30s")]
    every: SignedDuration,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// In less than a second counts do not change; slower than an hour a tick would look like an
/// operator's.
fn every(text: &str) -> Result<SignedDuration, &'static str> {
    let bounds = SignedDuration::from_secs(1)..=SignedDuration::from_hours(1);
    span(text, bounds, "must be a time from 1s to 1h")
}

/// Runs cycles until a signal comes.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    block_on(async {
        // Before anything else, so that no signal kills the process.
        let mut stop = Stop::listening()?;
        let variables = args.connection.variables().await?;
        let targets = args.connection.fleet().driven(&variables).await?;
        start_logging_on_stderr(targets.process().log_level);
        if let Some(warning) = forgotten::warning(&targets, &args.connection)? {
            writeln!(io::stderr(), "warning: {warning}")?;
        }
        let driver = Driver::new(&variables, targets, &args.connection)?;
        let mut clockwork = Clockwork::new(driver, args.every);
        while stop.continues_after(clockwork.pause()).await {
            clockwork.turn().await;
        }
        Ok(clockwork.records.status())
    })
}

struct Clockwork {
    driver: Driver,
    beat: Beat,
    terms: Terms,
    began: Timestamp,
    rounds: u64,
    records: Records,
}

/// Whether every record reached standard output. A clock that cannot write scales all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Records {
    Written,
    Lost,
}

impl Records {
    /// Only the first loss is reported: the others are the same.
    fn after(self, written: io::Result<()>) -> Self {
        match written {
            Ok(()) => self,
            Err(error) => {
                if self == Self::Written && error.kind() != io::ErrorKind::BrokenPipe {
                    tracing::error!(error = %error, "records cannot be written to standard output");
                }
                Self::Lost
            }
        }
    }

    fn status(self) -> ExitCode {
        ExitCode::from(u8::from(self == Self::Lost))
    }
}

impl Clockwork {
    fn new(driver: Driver, every: SignedDuration) -> Self {
        let began = driver.process.now();
        Self {
            driver,
            beat: Beat::every(every),
            terms: Terms { ends_at: None, a_minute: rounds_a_minute(every) },
            began,
            rounds: 0,
            records: Records::Written,
        }
    }

    fn now(&self) -> Timestamp {
        self.driver.process.now()
    }

    fn pause(&self) -> std::time::Duration {
        self.beat.pause(self.now())
    }

    /// A sleep may end a moment early: then no tick is due yet.
    async fn turn(&mut self) {
        let Some(tick) = self.beat.due(self.now()) else { return };
        self.rounds += 1;
        let invocation = Invocation {
            event: json!({ "source": "dynoscaler.run", "time": tick }),
            request_id: format!("{}-{}", process_name(self.began), self.rounds),
            trace_id: None,
            cold_start: self.rounds == 1,
        };
        if let Err(error) = self.driver.round(&invocation, self.terms).await {
            tracing::error!(
                error_type = Reason::InvalidConfiguration.label(),
                error = error_chain(&error),
                request_id = invocation.request_id,
                "nothing was called",
            );
        }
        self.records = self.records.after(self.driver.process.log.written());
    }
}
