//! `dynoscaler simulate`: which policy and which numbers to deploy.

mod args;
mod contest;
mod figure;
mod flags;
mod line_up;
mod progress;
mod sweep;
mod table;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

pub(super) use self::args::Args;
pub use self::contest::{Contest, Entry};
pub use self::figure::{course, front};
pub use self::line_up::{Basis, line_up};
pub use self::progress::watched;
pub use self::sweep::sweep;
pub use self::table::{heading, text};

/// Runs the contest that the flags describe, and tells its outcome.
pub(super) fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let world = args.world()?;
    let contenders = args.contenders(&world)?;
    let contest = watched(world, contenders);
    if let Some(path) = &args.plot {
        write_file(path, &if args.sweep { front(&contest) } else { course(&contest) })?;
    }
    let price = args.price_per_dyno_hour;
    let told = if args.json {
        table::json(&contest, price)? + "\n"
    } else if args.sweep {
        text(&contest.best_of_each(), price)
    } else {
        text(&contest, price)
    };
    out.write_all(told.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
