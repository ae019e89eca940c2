//! `dynoscaler history`: what changed, when and why.
//!
//! Reads records, and writes nothing but a picture. Must not know how a cycle decided.

mod events;
mod outside;
mod picture;
mod progress;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::events::described;
use self::progress::Progress;
use super::connection::{Variables, block_on};
use super::deployment::DeploymentArgs;
use super::input::Input;
use super::log_file::{LogFile, Logged, in_order};
use super::log_group::{LogGroup, Reading};
use super::output::{PictureFile, picture_file};
use super::records::{Found, Record, before};
use super::text::span;
use dynoscaler::adapters::SystemClock;
use dynoscaler::ports::Clock;

const EXAMPLES: &str = "\
Examples:
  The changes of the last day:
    dynoscaler history --stack dynoscaler

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
/// in UTC.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// The function's log group: the stack's output LogGroupName
    #[arg(long, value_name = "NAME", conflicts_with = "file",
          required_unless_present_any = ["file", "function", "stack"])]
    log_group: Option<String>,

    /// A file with records instead, or - for standard input: the log itself, or an export of it, in
    /// any order
    #[arg(long, value_name = "PATH", conflicts_with_all = ["function", "stack"])]
    file: Option<PathBuf>,

    #[command(flatten)]
    deployment: DeploymentArgs,

    /// How far back, from 1s to 3650d: 30s, 15m, 6h or 1d; by default a day of a log group, and all
    /// of a file
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<SignedDuration>,

    /// Write a picture of what happened, a set of panels for each target; - for standard output,
    /// and the text then goes to standard error
    #[arg(long, value_name = "FILE.svg", value_parser = picture_file)]
    plot: Option<PictureFile>,
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// CloudWatch keeps nothing longer.
fn since(text: &str) -> Result<SignedDuration, &'static str> {
    let bounds = SignedDuration::from_secs(1)..=SignedDuration::from_hours(3_650 * 24);
    span(text, bounds, "must be a time from 1s to 3650d, such as 30s, 15m, 6h or 1d")
}

/// The records of one target, the oldest first; a dry run is another target.
type Targets = BTreeMap<String, Vec<Record>>;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let now = SystemClock.now();
    let source = Source::of(args, now)?;
    let Reading { found, cut } = source.reading(now)?;
    let unreadable = found.unreadable();
    let targets = by_target(in_order(found.records));
    let mut out = PictureFile::text_output(args.plot.as_ref());
    if targets.is_empty() {
        writeln!(out, "no cycle in {}", source.described())?;
    }
    for (target, records) in &targets {
        write!(out, "{}", described(target, records))?;
    }
    if let Some(file) = &args.plot {
        file.write(&picture::svg(&targets).context("there is no record to draw")?)?;
    }
    match (cut, unreadable) {
        (None, None) => Ok(ExitCode::SUCCESS),
        (Some(cut), _) => Err(cut),
        (None, Some(fault)) => bail!("in {}, {fault}", source.described()),
    }
}

/// The source of the records.
enum Source {
    LogGroup { variables: Box<Variables>, name: String, since: Timestamp },
    File { input: Input, since: Option<Timestamp> },
}

impl Source {
    fn of(args: &Args, now: Timestamp) -> anyhow::Result<Self> {
        let since = args.since.map(|span| before(now, span));
        match &args.file {
            Some(path) => Ok(Self::File { input: Input::at(path), since }),
            None => Self::log_group(args, since.unwrap_or_else(|| before(now, DAY))),
        }
    }

    fn log_group(args: &Args, since: Timestamp) -> anyhow::Result<Self> {
        let variables = block_on(async { Ok(Variables::read(&args.deployment).await?) })?;
        let name = variables.log_group(args.log_group.as_deref());
        let name = name.context("give --log-group or --file")?;
        Ok(Self::LogGroup { variables: Box::new(variables), name, since })
    }

    fn described(&self) -> String {
        match self {
            Self::LogGroup { name, since, .. } => format!("log group {name} since {since:.0}"),
            Self::File { input, since: Some(since) } => {
                format!("{} since {since:.0}", input.name())
            }
            Self::File { input, since: None } => input.name(),
        }
    }

    fn reading(&self, now: Timestamp) -> anyhow::Result<Reading> {
        match self {
            Self::LogGroup { variables, name, since } => {
                let group = LogGroup::new(variables, name)?;
                let progress = Progress::new(*since, now);
                block_on(group.since(*since, now, |step| progress.show(step)))
            }
            Self::File { input, since } => in_file(input, *since),
        }
    }
}

fn in_file(input: &Input, since: Option<Timestamp>) -> anyhow::Result<Reading> {
    let parse = |object: serde_json::Result<_>| serde_json::from_value(Value::Object(object?));
    let file: LogFile<Record, serde_json::Error> =
        LogFile::read(&input.name(), &input.text()?, parse)?;
    let records = file.records.into_iter().map(|(_, record)| record);
    let records = records.filter(|record| since.is_none_or(|since| since <= record.tick));
    let faults = file.faults.into_iter().map(|(_, fault)| fault);
    let found = Found { records: records.collect(), faults: faults.collect() };
    Ok(Reading { found, cut: None })
}

fn by_target(records: Vec<Record>) -> Targets {
    let mut targets = Targets::new();
    for record in records {
        targets.entry(record.target()).or_default().push(record);
    }
    targets
}
