//! `dynoscaler report`: one page of what a time cost, and whether it kept the promise.
//!
//! Reads records, and writes a page and nothing else. Must not know how a cycle decided.

mod account;
mod cards;
mod course;
mod figures;
mod heat;
mod html;
mod page;
mod promises;
mod sections;
mod sums;
mod target;
mod terms;
mod waits;

use std::collections::BTreeMap;
use std::io::{self, Write, stdout};
use std::process::ExitCode;

use anyhow::Context;

use self::account::Account;
use self::course::Course;
use self::page::page;
use self::sections::{content, title};
pub(super) use self::terms::{TargetTerms, Terms};
use super::connection::Variables;
use super::output::{OutputFile, page_file};
use super::price::{Price, PriceArgs};
use super::source::{Log, SourceArgs, Targets};
use super::text::rounded;
use dynoscaler::adapters::SystemClock;
use dynoscaler::config::{Environment, parse, variable};
use dynoscaler::policy::ReasonKind;
use dynoscaler::ports::Clock;

const EXAMPLES: &str = "\
Examples:
  The last month of a deployed function:
    dynoscaler report --stack dynoscaler --since 30d -o report.html

  One target of an export, its dynos at another size:
    dynoscaler report --file logs.json.gz --target shop/worker --dyno-size performance-m -o report.html

  A fleet whose targets have their own service levels, and one of them its own dynos:
    dynoscaler report --stack dynoscaler --targets targets.toml \\
      --dyno-size-of shop/mailer=performance-m -o report.html

  The numbers for a program:
    dynoscaler report --stack dynoscaler --since 7d --json | jq .total.saved

The page is one file that loads nothing from anywhere: send it, print it, or keep it. In its charts
the pointer shows values at the same time in all of them; dragging zooms, and a double click shows
all again. With the keyboard: arrows move, + and - zoom, Escape shows all.

For each target, and in total: dyno-hours and dollars, the cost of the maximum all the time and what
was saved, the share of time under the threshold against the service level, waits, changes and their
reasons, failures, the busiest hours of the week, and each day. What could not be read is in no sum,
and the page says for how long. A record that cannot be read is reported as by history, whose help
says which files are read.

Exit status: 0 if the log could be read; 1 if not, if there is no record, or if a record could not be
read.";

/// Writes a page of what a time cost, what was saved, and whether the promise was kept.
///
/// All numbers come from the records of the cycles, and all times are in UTC.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    source: SourceArgs,

    /// The file to write, or - for standard output
    #[arg(long, short, value_name = "FILE.html", value_parser = page_file,
          required_unless_present = "json")]
    output: Option<OutputFile>,

    /// Write the numbers as JSON to standard output; the page too if --output is given
    #[arg(long)]
    json: bool,

    /// The file, or ssm:/NAME, with the service level of each target [env: DYNOSCALER_TARGETS]
    #[arg(long, value_name = "FILE")]
    targets: Option<String>,

    /// The dynos of one target, if they are of another size; may be repeated
    #[arg(long, value_name = "APP/PROCESS=SIZE", value_parser = size_of)]
    dyno_size_of: Vec<(String, Price)>,

    /// The share of the time that every target is to be under its threshold, above 0.5 and less
    /// than 1; by default that of the targets file, or DYNOSCALER_SERVICE_LEVEL, of the deployment
    /// or of this shell
    #[arg(long, value_name = "SHARE", value_parser = parse::service_level)]
    service_level: Option<f64>,

    /// What a dyno finishes in a minute, for the waits; without it, what the log shows
    #[arg(long, value_name = "MESSAGES", value_parser = parse::above_0)]
    messages_per_dyno_minute: Option<f64>,

    #[command(flatten)]
    price: PriceArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Log { targets, source, variables, gap } = args.source.read(SystemClock.now())?;
    let of_all = || variables.environment().service_level();
    let service_level = args.service_level.map_or_else(of_all, Ok)?;
    let common = TargetTerms { price: args.price.price(), service_level };
    let terms = Terms {
        own: own_terms(args, &variables, &common)?,
        common,
        messages_per_dyno_minute: args.messages_per_dyno_minute,
        source,
    };
    let report = Report::of(targets, &terms)?;
    if let Some(file) = &args.output {
        file.write(&report.page()?)?;
    }
    if args.json {
        stdout().write_all(report.json()?.as_bytes())?;
    }
    gap.map_or(Ok(ExitCode::SUCCESS), Err)
}

fn size_of(text: &str) -> Result<(String, Price), &'static str> {
    let price = text.rsplit_once('=').and_then(|(target, size)| {
        let price = Price::of_size(size)?;
        target.contains('/').then(|| (target.to_owned(), price))
    });
    price.ok_or("must be a target and a size of Heroku's dynos, as shop/mailer=performance-m")
}

/// The terms of the targets that have their own size or service level.
fn own_terms(
    args: &Args,
    variables: &Variables,
    common: &TargetTerms,
) -> anyhow::Result<BTreeMap<String, TargetTerms>> {
    let levels = match (args.service_level, targets_file(args, variables.environment())?) {
        (None, Some(file)) => promises::in_file(variables.clone().with(variable::TARGETS, file))?,
        (Some(_), _) | (None, None) => BTreeMap::new(),
    };
    let own = |(target, service_level)| (target, TargetTerms { service_level, ..common.clone() });
    let mut terms: BTreeMap<_, _> = levels.into_iter().map(own).collect();
    for (target, price) in &args.dyno_size_of {
        terms.entry(target.clone()).or_insert_with(|| common.clone()).price = price.clone();
    }
    Ok(terms)
}

/// The file that can be read. The one in the package of a function cannot, which is said.
fn targets_file<'a>(
    args: &'a Args,
    environment: &'a Environment,
) -> anyhow::Result<Option<&'a str>> {
    let named = args.targets.as_deref();
    let file = named.or_else(|| environment.get(variable::TARGETS));
    let is_packed = |file: &&str| args.source.names_deployment() && !file.starts_with("ssm:");
    match file.filter(is_packed).filter(|_| named.is_none() && args.service_level.is_none()) {
        Some(packed) => {
            writeln!(
                io::stderr(),
                "warning: the service levels in {packed} are not known, since it is in the \
                 function's package: give the same file with --targets"
            )?;
            Ok(None)
        }
        None => Ok(file),
    }
}

/// The account of a source, and the courses of its targets.
#[derive(Debug)]
pub(super) struct Report {
    account: Account,
    courses: Vec<Course>,
}

impl Report {
    /// Cycles that decided nothing because another one did are left out.
    ///
    /// # Errors
    /// If there is no record.
    pub(super) fn of(mut targets: Targets, terms: &Terms) -> anyhow::Result<Self> {
        for records in targets.values_mut() {
            records.retain(|record| record.kind() != Some(ReasonKind::Silent));
        }
        targets.retain(|_, records| !records.is_empty());
        let account = Account::of(&targets, terms);
        let account = account.with_context(|| format!("no cycle in {}", terms.source))?;
        let of_each = targets.values().zip(&account.targets);
        let courses = of_each.map(|(records, target)| Course::of(records, &target.changes));
        let courses = courses.collect();
        Ok(Self { account, courses })
    }

    pub(super) fn page(&self) -> serde_json::Result<String> {
        let data = serde_json::to_string(&self.courses)?;
        Ok(page(&title(&self.account), &content(&self.account), &data))
    }

    fn json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(&rounded(serde_json::to_value(&self.account)?))? + "\n")
    }
}
