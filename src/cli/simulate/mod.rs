//! `dynoscaler simulate`: which policy and which numbers to deploy.

mod args;
mod contest;
mod figure;
mod flags;
mod line_up;
mod progress;
mod sweep;
mod table;

use std::io::Write;
use std::process::ExitCode;

pub(super) use self::args::Args;
pub use self::contest::{Contest, Entry};
pub use self::figure::{course, front};
pub use self::line_up::{Basis, line_up};
pub use self::progress::watched;
pub use self::sweep::sweep;
pub use self::table::{heading, text};
use super::output::PictureFile;

/// Runs the contest that the flags describe, and tells its outcome.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let world = args.world()?;
    let contenders = args.contenders(&world)?;
    let contest = watched(world, contenders);
    if let Some(file) = &args.plot {
        file.write(&if args.sweep { front(&contest) } else { course(&contest) })?;
    }
    let price = args.price_per_dyno_hour;
    let told = if args.json {
        table::json(&contest, price)? + "\n"
    } else if args.sweep {
        text(&contest.best_of_each(), price)
    } else {
        text(&contest, price)
    };
    PictureFile::text_beside(args.plot.as_ref()).write_all(told.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
