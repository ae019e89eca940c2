//! `dynoscaler cycle`: one cycle, now, from the operator's terminal.
//!
//! Must not know how a cycle decides, nor which services it calls.

use std::process::ExitCode;

use serde_json::Value;

use super::connection::{ConnectionArgs, Driver, block_on};
use super::spelling;
use dynoscaler::adapters::start_logging_on_stderr;
use dynoscaler::config::{Targets, variable};
use dynoscaler::cycle::Invocation;
use dynoscaler::fleet::{Round, Terms};
use dynoscaler::ports::Clock;

const EXAMPLES: &str = "\
Examples:
  What would it do now? Heroku is not changed, and the counters of a dry run are its own:
    dynoscaler cycle --dry-run

  One cycle of each target of a file, or of one of them:
    dynoscaler cycle --targets targets.toml
    dynoscaler cycle --targets targets.toml --target shop/worker

  One cycle instead of the function's next, and only the reason of it:
    dynoscaler cycle | jq -r .reason

The environment variables are the function's: those of --stack or --function, or this shell's. AWS's
credentials are found as its other tools find them: environment, profile (AWS_PROFILE), single
sign-on, role. The region is AWS_REGION, or the profile's, or AWS_SQS_REGION. Without
DYNOSCALER_TABLE the state is in --state-file.

Exit status: 0 if every cycle succeeded, 1 if one failed or could not begin.";

/// Runs one scaling cycle now, and prints its record.
///
/// It is the function's own cycle, over the same queue, formation and state: it counts, and it
/// changes the formation if that is due. An operator's cycle is never a duplicate of a
/// scheduled one. Of the targets of a file each has its cycle, unless --target names one, and the
/// round has a line of its own. The record goes to standard output as one line of JSON; at a terminal, a summary
/// goes to standard error.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// Do everything but change Heroku, with counters apart [env: DYNOSCALER_DRY_RUN]
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connection: ConnectionArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let round = block_on(one(args))?;
    let is_incomplete = 0 < round.failed() + round.deferred;
    Ok(ExitCode::from(u8::from(is_incomplete)))
}

async fn one(args: &Args) -> anyhow::Result<Round> {
    let mut variables = args.connection.variables().await?;
    if args.dry_run {
        variables = variables.with(variable::DRY_RUN, "true");
    }
    let targets = args.connection.fleet().driven(&variables).await?;
    start_logging_on_stderr(targets.process().log_level);
    let targets = match targets {
        Targets::One(config) => {
            let (config, ..) = spelling::as_stored(*config, &args.connection).await?;
            Targets::One(Box::new(config))
        }
        Targets::File(file) => Targets::File(file),
    };
    let driver = Driver::new(&variables, targets, &args.connection)?;
    let invocation = Invocation {
        event: Value::Null,
        request_id: driver.process.now().to_string(),
        trace_id: None,
        cold_start: true,
    };
    let round = driver.round(&invocation, Terms { ends_at: None, a_minute: 1 }).await?;
    driver.process.log.written()?;
    Ok(round)
}
