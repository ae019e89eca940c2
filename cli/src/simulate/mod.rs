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
mod sweep;
mod table;

use std::io::Write;
use std::process::ExitCode;

use self::advice::Advice;
pub(super) use self::args::Args;
pub use self::contest::{Contest, Entry};
pub use self::figure::{course, front};
pub use self::line_up::{Basis, line_up};
pub use self::progress::watched;
pub use self::sweep::sweep;
pub use self::table::{heading, text};
use super::output::PictureFile;

/// Runs the contest that the flags describe, and shows its outcome and what to deploy.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (world, contenders) = args.contest()?;
    let contest = watched(world, contenders);
    if let Some(file) = &args.plot {
        file.write(&if args.sweep { front(&contest) } else { course(&contest) })?;
    }
    let advice = Advice::of(args, &contest);
    let price = args.price.price().per_dyno_hour;
    let text = if args.json {
        table::json(&contest, price, advice)? + "\n"
    } else {
        let shown = if args.sweep { &contest.best_of_each() } else { &contest };
        text(shown, price) + &advice.map_or_else(String::new, |advice| advice.text())
    };
    PictureFile::text_output(args.plot.as_ref()).write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
