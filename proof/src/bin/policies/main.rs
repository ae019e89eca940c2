//! Measures the policies against the peers, and writes the tables and pictures of
//! `docs/results/policies.md`.
//!
//!     cargo run --release -p dynoscaler-proof --bin policies -- --traces ../shared/traces
//!
//! Every load is scaled so that it keeps 5 dynos busy on average; 1 to 20 are allowed. The same
//! seeds give the same files.

mod loads;
mod report;
mod trials;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use dynoscaler_cli::simulate::{course, front, line_up, sweep, watched};

/// Measures the policies, and writes the tables and pictures of docs/results/policies.md.
#[derive(Debug, Parser)]
struct Args {
    /// A folder of timestamp,value files; if it does not exist, only synthetic loads are measured
    #[arg(long, value_name = "FOLDER", default_value = "../shared/traces")]
    traces: PathBuf,

    /// The folder with policies.md
    #[arg(long, value_name = "FOLDER", default_value = "docs/results")]
    results: PathBuf,

    /// Only the loads whose name contains this, and only to the terminal
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,

    /// What cargo passes to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let (loads, note) = loads::all(&args.traces)?;
    println!("{note}\n");
    let wanted = |name: &str| args.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let mut section = report::opening(&note);
    for load in loads.into_iter().filter(|load| wanted(load.name())) {
        let basis = loads::basis()?;
        let world = loads::world(load);
        let single = watched(world.clone(), line_up(&basis, &world));
        let swept = watched(world, sweep(&basis));
        let text = report::load(&single, &swept);
        println!("{text}");
        section.push_str(&text);
        if args.only.is_none() {
            let name = single.world.load.name();
            picture(&args.results, &format!("{name}.svg"), &course(&single))?;
            picture(&args.results, &format!("{name}-sweep.svg"), &front(&swept))?;
        }
    }
    if args.only.is_some() {
        return Ok(());
    }
    let text = trials::all(&loads::basis()?);
    println!("{text}");
    section.push_str(&text);
    dynoscaler_proof::page::insert(&args.results.join("policies.md"), "measured", &section)?;
    Ok(())
}

fn picture(results: &Path, name: &str, svg: &str) -> anyhow::Result<()> {
    let folder = results.join("policies");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(name);
    fs::write(&path, svg).with_context(|| format!("cannot write {}", path.display()))
}
