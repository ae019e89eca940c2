//! Where the commands that look back read records from: a log group, or a file.
//!
//! Must not know what is shown of the records.

mod progress;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::ArgGroup;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::progress::Progress;
use super::connection::{Variables, block_on};
use super::deployment::DeploymentArgs;
use super::input::Input;
use super::log_file::{LogFile, Logged, in_order};
use super::log_group::{LogGroup, Reading};
use super::records::{Found, Record, before};
use super::text::span;

/// The flags that name a source of records.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("source").required(true).multiple(true)
    .args(["stack", "function", "log_group", "file"]))]
pub(super) struct SourceArgs {
    /// The function's log group: the stack's output LogGroupName
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
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

    /// Only this one of several targets, such as shop/worker
    #[arg(long, value_name = "APP/PROCESS")]
    target: Option<String>,
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// CloudWatch keeps nothing longer.
fn since(text: &str) -> Result<SignedDuration, &'static str> {
    let bounds = SignedDuration::from_secs(1)..=SignedDuration::from_hours(3_650 * 24);
    span(text, bounds, "must be a time from 1s to 3650d, such as 30s, 15m, 6h or 1d")
}

/// The records of one target, the oldest first; a dry run is another target.
pub(super) type Targets = BTreeMap<String, Vec<Record>>;

/// What a source has.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) targets: Targets,
    /// The source's name and the time.
    pub(super) source: String,
    /// The settings beside the records: a deployment's, or this shell's.
    pub(super) variables: Variables,
    /// Why records are missing, if any are.
    pub(super) gap: Option<anyhow::Error>,
}

impl SourceArgs {
    /// Whether a deployment was named.
    pub(super) const fn names_deployment(&self) -> bool {
        self.deployment.is_named()
    }

    /// The records of the source. Those that could be read are given even if others could not.
    ///
    /// # Errors
    /// If the source is not known, or nothing of it could be read.
    pub(super) fn read(&self, now: Timestamp) -> anyhow::Result<Log> {
        let source = Source::of(self, now)?;
        let Reading { found, cut } = source.reading(now)?;
        let (source, variables) = (source.described(), source.variables()?);
        let unreadable = found.unreadable().map(|fault| anyhow!("in {source}, {fault}"));
        let targets = chosen(by_target(in_order(found.records)), self.target.as_deref())?;
        Ok(Log { targets, source, variables, gap: cut.or(unreadable) })
    }
}

/// The source of the records.
enum Source {
    LogGroup { variables: Box<Variables>, name: String, since: Timestamp },
    File { input: Input, since: Option<Timestamp> },
}

impl Source {
    fn of(args: &SourceArgs, now: Timestamp) -> anyhow::Result<Self> {
        let since = args.since.map(|span| before(now, span));
        match &args.file {
            Some(path) => Ok(Self::File { input: Input::at(path), since }),
            None => Self::log_group(args, since.unwrap_or_else(|| before(now, DAY))),
        }
    }

    fn log_group(args: &SourceArgs, since: Timestamp) -> anyhow::Result<Self> {
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

    fn variables(self) -> anyhow::Result<Variables> {
        match self {
            Self::LogGroup { variables, .. } => Ok(*variables),
            Self::File { .. } => block_on(async { Ok(Variables::of_shell(None).await) }),
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

/// All targets, or the one of this name.
fn chosen(mut targets: Targets, name: Option<&str>) -> anyhow::Result<Targets> {
    let Some(name) = name.filter(|_| !targets.is_empty()) else { return Ok(targets) };
    let records = targets.remove(name).with_context(|| {
        let known: Vec<&str> = targets.keys().map(String::as_str).collect();
        format!("no record of --target {name}, but of {}", known.join(", "))
    })?;
    Ok(Targets::from([(name.to_owned(), records)]))
}

fn by_target(records: Vec<Record>) -> Targets {
    let mut targets = Targets::new();
    for record in records {
        targets.entry(record.target()).or_default().push(record);
    }
    targets
}
