//! `dynoscaler history`: what changed, when and why.
//!
//! Reads records, and writes nothing but a picture. Must not know how a cycle decided.

mod events;
mod outside;
mod picture;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write, stdin};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};

use self::events::told;
use super::deployment::DeploymentArgs;
use super::output::{PictureFile, picture_file};
use super::records::{self, Found, Record, before};
use super::text::span;
use super::world::{Variables, block_on};
use crate::adapters::SystemClock;
use crate::ports::Clock;

const EXAMPLES: &str = "\
Examples:
  The changes of the last day, from the stack's output LogGroupName:
    dynoscaler history --log-group dynoscaler-LogGroup-ABC

  A week, with a picture:
    dynoscaler history --log-group dynoscaler-LogGroup-ABC --since 7d --plot week.svg

  Of a clock process on Heroku, whose log is no CloudWatch's:
    heroku logs --ps clock --num 1500 | dynoscaler history --file -

The picture has the panels of the dashboard: the backlog per instance with its threshold, the dynos
with their bounds, the changes with their reasons and those of others, the messages, the failures,
the duration. Failures are shaded through all of them. Of more cycles than can be told apart it
shows the mean of each stretch of time in a band from the least to the most.

Of the function's variables only the region is needed. AWS's credentials are found as its other
tools find them, and need logs:FilterLogEvents. A line that names no tick is no record and is left
out; a record that cannot be read is counted and told.

Exit status: 0 if the log could be read, also if there is nothing in it; 1 if not, if there is
nothing to draw, or if a record could not be read.";

/// Lists the changes of a target's dynos and their reasons, and when cycles failed.
///
/// Changes that DynoScaler did not make are told as well: a person's, or another scaler's. Failures
/// in a row for one reason are one line, and so are the cycles of a pause. All times are in UTC.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// The function's log group: the stack's output LogGroupName
    #[arg(long, value_name = "NAME", conflicts_with = "file",
          required_unless_present_any = ["file", "function", "stack"])]
    log_group: Option<String>,

    /// A file of records instead, one line of JSON each, or - for standard input
    #[arg(long, value_name = "PATH", conflicts_with_all = ["since", "function", "stack"])]
    file: Option<PathBuf>,

    #[command(flatten)]
    deployment: DeploymentArgs,

    /// How far back, from 1s to 3650d: 30s, 15m, 6h or 1d
    #[arg(long, value_name = "TIME", value_parser = since, default_value = "1d")]
    since: SignedDuration,

    /// Write a picture of what happened, a set of panels for each target; - for standard output,
    /// and the text then goes to standard error
    #[arg(long, value_name = "FILE.svg", value_parser = picture_file)]
    plot: Option<PictureFile>,
}

/// CloudWatch keeps nothing longer.
fn since(text: &str) -> Result<SignedDuration, &'static str> {
    let bounds = SignedDuration::from_secs(1)..=SignedDuration::from_hours(3_650 * 24);
    span(text, bounds, "must be a time from 1s to 3650d, such as 30s, 15m, 6h or 1d")
}

/// The records of one target, the oldest first; a dry run is another one's.
type Targets = BTreeMap<String, Vec<Record>>;

/// Tells what happened.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let now = SystemClock.now();
    let source = Source::of(args, now)?;
    let found = source.found()?;
    let unreadable = found.unreadable();
    let targets = by_target(found.records);
    let mut out = PictureFile::text_beside(args.plot.as_ref());
    if targets.is_empty() {
        writeln!(out, "no cycle in {}", source.told())?;
    }
    for (target, records) in &targets {
        write!(out, "{}", told(target, records))?;
    }
    if let Some(file) = &args.plot {
        file.write(&picture::svg(&targets).context("there is no record to draw")?)?;
    }
    match unreadable {
        None => Ok(ExitCode::SUCCESS),
        Some(told) => bail!("in {}, {told}", source.told()),
    }
}

/// Where records are.
enum Source<'a> {
    LogGroup { variables: Box<Variables>, name: String, since: Timestamp },
    File(&'a Path),
    Input,
}

impl<'a> Source<'a> {
    fn of(args: &'a Args, now: Timestamp) -> anyhow::Result<Self> {
        match &args.file {
            Some(path) if path.as_os_str() == "-" => Ok(Self::Input),
            Some(path) => Ok(Self::File(path)),
            None => Self::log_group(args, now),
        }
    }

    fn log_group(args: &Args, now: Timestamp) -> anyhow::Result<Self> {
        let variables = block_on(async { Ok(Variables::read(&args.deployment).await?) })?;
        let name = variables.log_group(args.log_group.as_deref());
        let name = name.context("say --log-group or --file")?;
        Ok(Self::LogGroup { variables: Box::new(variables), name, since: before(now, args.since) })
    }

    fn told(&self) -> String {
        match self {
            Self::LogGroup { name, since, .. } => format!("log group {name} since {since:.0}"),
            Self::File(path) => path.display().to_string(),
            Self::Input => "standard input".to_owned(),
        }
    }

    fn found(&self) -> anyhow::Result<Found> {
        match self {
            Self::LogGroup { variables, name, since } => {
                block_on(records::fetch(variables, name, *since))
            }
            Self::File(path) => {
                let cannot = || format!("cannot open {}", self.told());
                self.lines(fs::File::open(path).with_context(cannot)?)
            }
            Self::Input => self.lines(stdin()),
        }
    }

    fn lines(&self, input: impl Read) -> anyhow::Result<Found> {
        let lines: Result<Vec<String>, _> = BufReader::new(input).lines().collect();
        Ok(Found::among(lines.with_context(|| format!("cannot read {}", self.told()))?))
    }
}

fn by_target(records: Vec<Record>) -> Targets {
    let mut targets = Targets::new();
    for record in records {
        let dry_run = if record.dry_run { " (dry run)" } else { "" };
        let target = format!("{}/{}{dry_run}", record.app, record.process);
        targets.entry(target).or_default().push(record);
    }
    targets
}
