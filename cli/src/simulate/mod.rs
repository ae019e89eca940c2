//! `dynoscaler simulate`: which policy and which numbers to deploy.

mod advice;
mod args;
mod choice;
mod contest;
mod figure;
mod flags;
mod limits;
mod line_up;
mod progress;
mod recording;
mod sweep;
mod table;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use self::advice::Advice;
pub(super) use self::args::Args;
pub use self::contest::{Contest, Entry};
pub use self::figure::course;
use self::figure::front;
pub use self::line_up::{Basis, line_up};
pub use self::progress::watched;
pub use self::sweep::hpa_settings;
use self::sweep::sweep;
pub use self::table::{heading, text};
use super::log_file::Logged;
use super::output::OutputFile;
use super::report::{Report, TargetTerms, Terms};
use super::source::Targets;

/// Runs the contest that the flags describe, and shows its outcome and what to deploy.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (settings, place) = args.settings()?;
    let (world, contenders) = args.contest(&settings)?;
    let contest = watched(world, contenders);
    if let Some(file) = &args.plot {
        file.write(&if args.sweep { front(&contest) } else { course(&contest) })?;
    }
    if let Some(file) = &args.report {
        file.write(&page(args, &contest)?)?;
    }
    let advice = Advice::of(args, (&settings, place), &contest);
    let price = args.price.price().per_dyno_hour;
    let text = if args.json {
        table::json(&contest, price, advice)? + "\n"
    } else {
        let shown = if args.sweep { &contest.best_of_each() } else { &contest };
        text(shown, price) + &advice.map_or_else(String::new, |advice| advice.text())
    };
    OutputFile::text_output([&args.plot, &args.report]).write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The page of the project's own policies, as if each had been a target.
fn page(args: &Args, contest: &Contest) -> anyhow::Result<String> {
    let mut targets = Targets::new();
    for entry in &contest.entries {
        let records = recording::records(&contest.world, &entry.contender)?;
        targets.extend(records.first().map(Logged::target).map(|target| (target, records)));
    }
    let terms = Terms {
        common: TargetTerms { price: args.price.price(), service_level: 1.0 - args.above_at_most },
        own: BTreeMap::new(),
        messages_per_dyno_minute: None,
        source: format!("a simulation of {}", contest.world.load.name()),
    };
    Ok(Report::of(targets, &terms)?.page()?)
}
