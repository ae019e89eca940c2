//! `dynoscaler replay`: what another configuration would have done.
//!
//! A log is read completely, sorted and summed up. A program that waits for each answer before it
//! sends the next record gets it at once, so that it can close a loop of its own.

mod closed;
mod memory;
mod plant;
mod recorded;
mod summary;

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write, stderr, stdin};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

use self::closed::{closed, quantities};
pub(crate) use self::memory::{Changes, Memory};
pub(crate) use self::plant::Throughput;
use self::plant::course;
use self::recorded::RecordError;
pub(crate) use self::recorded::Recorded;
use self::summary::{Course, Summary};
use super::connection::block_on;
use super::deploy::Place;
use super::fleet::FleetArgs;
use super::input::Input;
use super::log_file::{LogFile, Logged, in_order};
use super::price::PriceArgs;
use super::settings::PolicyArgs;
use dynoscaler::config::{Environment, parse};
use dynoscaler::policy::{Policy, Schedule};
use dynoscaler::report::CycleReport;

const EXAMPLES: &str = "\
Examples:
  What would six cycles down have done, on an export of the function's log?
    dynoscaler replay --down-cycles 6 < export.csv

  Only the result and its cost, for the policy rate:
    dynoscaler replay --policy rate --file export.csv --summary

  When would it have changed something?
    dynoscaler replay --policy rate < export.csv | grep -v '\"action\":\"none\"'

  One cycle by hand, with the bounds and cycles of the environment:
    dynoscaler replay <<END
    {\"tick\":\"2026-01-31T12:00Z\",\"sqs_messages\":900,\"in_flight\":3,\"delayed\":0,\"active_dynos\":3}
    END

A record is a JSON object with a tick, anywhere: on a line of its own, after other text
(aws logs tail, heroku logs, filter-log-events as text), within other JSON (filter-log-events,
get-query-results), in the column @message of the CSV of Logs Insights; all of it may be gzipped.
Records are sorted, and those of one invocation count once. One whose values are not valid ends the
run with an error that names its line; those on earlier lines are answered first.

If the input begins with one record alone, as from a program that waits for its answer, each line is
answered before the next is read: nothing is sorted then, and there is no summary.

Nothing is called or changed: the records are those of a dry run, and each takes the queue and the
dynos from the log. docs/SIMULATOR.md says how the closed loop of the summary is derived.";

/// What would another configuration have done? Decides again on the records of a log.
///
/// Reads cycle records (tick, sqs_messages, in_flight, delayed, active_dynos; app and process
/// distinguish targets; other fields are ignored), decides with the configuration of the
/// environment, or of a target of a file, and the flags, its schedule included, carrying its own counters, and writes for each
/// the record that it would have made. A summary goes to standard error: the log as it was, how
/// often the configuration would have changed it, a closed loop in which its changes take effect,
/// what to deploy, and what that costs a month.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// The file with the records, or - for standard input, which is the default
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,

    #[command(flatten)]
    fleet: FleetArgs,

    /// What a dyno of the closed loop finishes in a minute; without it, what the log shows
    #[arg(long, value_name = "MESSAGES", value_parser = parse::above_0)]
    messages_per_dyno_minute: Option<f64>,

    /// Write the summary alone, to standard output
    #[arg(long)]
    summary: bool,

    /// The policy: step, target or rate [env: DYNOSCALER_POLICY]
    #[arg(long, value_name = "NAME", value_parser = policy_name)]
    policy: Option<String>,
    #[command(flatten)]
    settings: PolicyArgs,
    #[command(flatten)]
    price: PriceArgs,
}

fn policy_name(text: &str) -> parse::Parsed<String> {
    parse::rule_name(text).map(|_| text.to_owned())
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let tried = Tried::of(args)?;
    let input = args.file.as_deref().map_or(Input::Standard, Input::at);
    if input == Input::Standard && is_one_record(stdin().lock().fill_buf()?) {
        one_by_one(&tried)?;
    } else {
        complete(args, &tried, &input)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The configuration under trial.
struct Tried {
    policy: Policy,
    schedule: Schedule,
    settings: Environment,
    place: Place,
}

impl Tried {
    fn of(args: &Args) -> anyhow::Result<Self> {
        let (settings, place) = block_on(async { Ok(args.fleet.settings().await?) })?;
        let (policy, schedule) = args.settings.scaling(&settings, args.policy.as_deref(), &[])?;
        Ok(Self { policy, schedule, settings, place })
    }

    fn memory(&self, changes: Changes) -> Memory {
        Memory::new(self.policy, self.schedule.clone(), changes)
    }
}

/// Whether the input so far is one line with a record: then its sender may wait for the answer.
fn is_one_record(begin: &[u8]) -> bool {
    let Some((b'\n', line)) = begin.split_last() else { return false };
    let Ok(text) = std::str::from_utf8(line) else { return false };
    !text.contains('\n') && read("", text).is_ok_and(|file| file.records.len() == 1)
}

type Log = LogFile<Recorded, RecordError>;

fn read(name: &str, text: &str) -> anyhow::Result<Log> {
    Ok(LogFile::read(name, text, Recorded::read)?)
}

/// Answers each line before it reads the next.
fn one_by_one(tried: &Tried) -> anyhow::Result<()> {
    let mut memory = tried.memory(Changes::Ignored);
    for (number, text) in (1_u64..).zip(stdin().lock().lines()) {
        let text = text.with_context(|| format!("line {number}: cannot be read"))?;
        // Other lines of a log are no fault of the input.
        let Ok(file) = read("", &text) else { continue };
        for (_, record) in file.records {
            print(&memory.answer(&record))?;
        }
        if let Some((_, fault)) = file.faults.into_iter().next() {
            return Err(fault).with_context(|| format!("line {number}"));
        }
    }
    Ok(())
}

/// Reads all, and answers in the order of time.
fn complete(args: &Args, tried: &Tried, input: &Input) -> anyhow::Result<()> {
    let Log { records, mut faults } = read(&input.name(), &input.text()?)?;
    let broken = (!faults.is_empty()).then(|| faults.swap_remove(0));
    let before = broken.as_ref().map_or(u64::MAX, |(line, _)| *line);
    let records = records.into_iter().take_while(|(line, _)| *line < before);
    let records = in_order(of_target(args, records.map(|(_, record)| record).collect())?);
    let mut memory = tried.memory(Changes::Ignored);
    let open: Vec<CycleReport> = records.iter().map(|record| memory.answer(record)).collect();
    if !args.summary {
        open.iter().try_for_each(print)?;
    }
    if let Some((line, fault)) = broken {
        return Err(fault).with_context(|| format!("line {line}"));
    }
    let text = summed_up(args, tried, &records, &open)?;
    let mut out: Box<dyn Write> =
        if args.summary { Box::new(io::stdout()) } else { Box::new(stderr()) };
    Ok(out.write_all(text.as_bytes())?)
}

fn print(report: &CycleReport) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, report).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// The records of the target that was chosen, or of the only one.
fn of_target(args: &Args, records: Vec<Recorded>) -> anyhow::Result<Vec<Recorded>> {
    let targets: BTreeSet<String> = records.iter().map(Logged::target).collect();
    let listed = || targets.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    match args.fleet.target() {
        None if targets.len() <= 1 => Ok(records),
        None => {
            bail!("records of {} targets, {}: choose one with --target", targets.len(), listed())
        }
        Some(chosen) if targets.contains(chosen) => {
            Ok(records.into_iter().filter(|record| record.target() == chosen).collect())
        }
        Some(chosen) => bail!("no record of --target {chosen}, but of {}", listed()),
    }
}

fn summed_up(
    args: &Args,
    tried: &Tried,
    records: &[Recorded],
    open: &[CycleReport],
) -> anyhow::Result<String> {
    let span = open.first().zip(open.last()).map(|(first, last)| (first.tick, last.tick));
    let span = span.context("no record to sum up")?;
    let given = args.messages_per_dyno_minute;
    let course = course(records, &tried.policy);
    let throughput = Throughput::of(&course, &tried.policy, given);
    let closed = throughput.map(|throughput| {
        let reports = closed(&mut tried.memory(Changes::Made), records, throughput);
        let quantities = quantities(&reports);
        (throughput, Course::of(&reports, quantities))
    });
    let recorded = course.iter().map(|(at, seen)| (*at, seen.active)).collect();
    let summary = Summary {
        target: records.first().map(Logged::target).unwrap_or_default(),
        span,
        recorded: Course::of(open, recorded),
        open,
        closed,
        price: &args.price.price(),
    };
    let settings = args.settings.to_deploy(&tried.settings, &tried.policy);
    Ok(format!("{}\n{}", summary.text(&tried.policy), tried.place.text(&settings)))
}
