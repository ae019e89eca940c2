//! Measures the policies against the peers, and what `rate` is held to, and writes both with
//! pictures into `docs/results/policies.md`.
//!
//!     cargo run --release -p dynoscaler-proof --bin policies -- --traces ../shared/traces
//!
//! The same seeds give the same files.

mod cases;
mod comparison;
mod disturbance;
mod entrants;
mod held;
mod median;
mod report;
mod settling;
mod trials;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use dynoscaler_cli::simulate::{course, line_up, watched};
use dynoscaler_sim::queueing::{Load, Shape};

use self::cases::{Case, Size};
use self::comparison::Compared;
use self::held::Scope;

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

    /// Only what `rate` is held to, and only to the terminal
    #[arg(long)]
    held: bool,

    /// What `rate` is held to on four days of three traces that keep 5 dynos busy on average
    #[arg(long, requires = "held")]
    quick: bool,

    /// So many loads drawn at random, in the place of all others
    #[arg(long, requires = "held", conflicts_with_all = ["quick", "only"], value_name = "COUNT")]
    drawn: Option<u64>,

    /// The seeds with which the figures that `rate` is held to are measured, between commas
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS", default_value = "1")]
    seeds: Vec<u64>,

    /// What cargo passes to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// The random loads of the page, as many of each size. Each is of a seed already.
const DRAWN: u64 = 12;
const DRAWN_SEED: u64 = 1;

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some(count) = args.drawn {
        println!("{}", held::table(&Scope { cases: cases::random(count), seeds: args.seeds }));
        return Ok(());
    }
    let traces = if args.traces.is_dir() { cases::recorded(&args.traces)? } else { Vec::new() };
    let cases = if args.quick { quick(&traces) } else { full(&traces) };
    let wanted = |case: &Case| args.only.as_ref().is_none_or(|only| case.name().contains(only));
    let cases: Vec<Case> = cases.into_iter().filter(wanted).collect();
    if args.held {
        println!("{}", held::table(&Scope { cases, seeds: args.seeds }));
        return Ok(());
    }
    page(&args, cases, &traces)
}

fn page(args: &Args, cases: Vec<Case>, traces: &[Load]) -> anyhow::Result<()> {
    let mut loads: Vec<(String, Vec<Compared>)> = Vec::new();
    for case in &cases {
        let (name, compared) = (case.load.name(), comparison::compared(case));
        match loads.iter_mut().find(|(load, _)| load == name) {
            Some((_, sizes)) => sizes.push(compared),
            None => loads.push((name.to_owned(), vec![compared])),
        }
    }
    let compared = report::opening(Shape::ALL.len(), traces.len()) + &report::all(&loads);
    let measured = compared + &trials::all() + &settling::all();
    println!("{measured}");
    if args.only.is_some() {
        return Ok(());
    }
    let page = args.results.join("policies.md");
    dynoscaler_proof::page::insert(&page, "measured", &measured)?;
    for case in cases.iter().filter(|case| case.size.mean_dynos == Size::MIDDLE.mean_dynos) {
        let world = case.world(1);
        let contest = watched(world.clone(), line_up(&case.basis(), &world));
        picture(&args.results, &format!("{}.svg", case.load.name()), &course(&contest))?;
    }
    let given = Scope { cases, seeds: args.seeds.clone() };
    let drawn = Scope { cases: cases::random(DRAWN), seeds: vec![DRAWN_SEED] };
    for (mark, scope) in [("held", given), ("held-drawn", drawn)] {
        let table = held::table(&scope);
        println!("{table}");
        dynoscaler_proof::page::insert(&page, mark, &table)?;
    }
    Ok(())
}

/// Every load: the synthetic ones in the middle size, the traces in all sizes.
fn full(traces: &[Load]) -> Vec<Case> {
    let recorded = Size::ALL
        .into_iter()
        .flat_map(|size| traces.iter().map(move |load| Case::new(load.clone(), size)));
    Shape::ALL.map(cases::synthetic).into_iter().chain(recorded).collect()
}

const QUICK: [&str; 3] = ["elb_request_count", "retailrocket", "worldcup98_june"];

fn quick(traces: &[Load]) -> Vec<Case> {
    let size = Size { days: 4, ..Size::MIDDLE };
    let chosen = traces.iter().filter(|load| QUICK.contains(&load.name()));
    chosen.map(|load| Case::new(load.clone(), size)).collect()
}

fn picture(results: &Path, name: &str, svg: &str) -> anyhow::Result<()> {
    let folder = results.join("policies");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(name);
    fs::write(&path, svg).with_context(|| format!("cannot write {}", path.display()))
}
