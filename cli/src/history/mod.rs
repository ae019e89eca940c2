//! `dynoscaler history`: what changed, when and why.
//!
//! Reads records, and writes nothing but a picture. Must not know how a cycle decided.

mod events;
mod json;
mod overview;
mod picture;
mod sums;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;

use self::events::described;
use self::overview::overview;
use super::output::{OutputFile, picture_file};
use super::records::Record;
use super::source::{Log, SourceArgs, Targets};
use dynoscaler::adapters::SystemClock;
use dynoscaler::ports::Clock;

const EXAMPLES: &str = "\
Examples:
  The changes of the last day:
    dynoscaler history --stack dynoscaler

  What happened to one of many targets:
    dynoscaler history --stack dynoscaler --target shop/worker

  A week, with a picture:
    dynoscaler history --stack dynoscaler --since 7d --plot week.svg

  Of a clock process on Heroku, whose log is not in CloudWatch:
    heroku logs --ps clock --num 1500 | dynoscaler history --file -

  Of an export, and only its last two weeks:
    dynoscaler history --file logs-insights-results.csv --since 14d

The picture has the panels of the dashboard: the backlog per instance with its threshold, the dynos
with their bounds, the changes with their reasons and those made by others, the messages, the
failures, the duration. Failures are shaded in all of them. Of more cycles than can be distinguished
it shows the mean of each stretch of time in a band from the least to the most.

Of the function's variables only the region is needed. AWS's credentials are found as its other
tools find them, and need logs:FilterLogEvents. A log that takes no more calls for the moment is
called again, for up to two minutes; if the reading ends early, it shows what was read, and how
much of the time that was.

In a file, a record is a JSON object with a tick, anywhere: on a line of its own, after other text
(aws logs tail, heroku logs, filter-log-events as text), within other JSON (filter-log-events,
get-query-results), in the column @message of the CSV of Logs Insights; all of it may be gzipped.
Records are sorted, and those of one invocation count once. A record that cannot be read is counted
and reported.

Exit status: 0 if the log could be read; 1 if not, if a file has no record at all, if there is
nothing to draw, or if a record could not be read.";

/// Lists the changes of a target's dynos and their reasons, and when cycles failed.
///
/// Changes that DynoScaler did not make are shown as well: an operator's, or another scaler's.
/// Failures in a row for one reason are one line, and so are the cycles of a pause. All times are
/// in UTC. Of several targets it shows a table, the worst first, unless --target names one.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    source: SourceArgs,

    /// Write a picture of what happened, a set of panels for each target; - for standard output,
    /// and the text then goes to standard error
    #[arg(long, value_name = "FILE.svg", value_parser = picture_file)]
    plot: Option<OutputFile>,

    /// Write one line of JSON instead: the sums and the events of every target
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Log { targets, source, gap, .. } = args.source.read(SystemClock.now())?;
    let mut out = OutputFile::text_output([&args.plot]);
    out.write_all(shown(args, &targets, &source)?.as_bytes())?;
    if let Some(file) = &args.plot {
        file.write(&picture::svg(&targets).context("there is no record to draw")?)?;
    }
    gap.map_or(Ok(ExitCode::SUCCESS), Err)
}

fn shown(args: &Args, targets: &Targets, source: &str) -> serde_json::Result<String> {
    if args.json {
        return json::line(targets);
    }
    if targets.is_empty() {
        return Ok(format!("no cycle in {source}\n"));
    }
    let records = targets.values().flatten();
    let processes: BTreeSet<_> =
        records.map(|Record { app, process, .. }| (app, process)).collect();
    let of_each = targets.iter().map(|(target, records)| described(target, records));
    Ok(if 1 < processes.len() { overview(targets) } else { of_each.collect() })
}
