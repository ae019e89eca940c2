//! Takes every order of cycles, calls and faults in small worlds, and random ones in large, and
//! writes the extent of the search into a page of results.
//!
//!     cargo run --release -p dynoscaler-proof --bin interleavings -- [--runs 300000] [--write
//! docs/results/interleavings.md]
//!
//! The same arguments try the same runs. A law that is broken ends it with the steps that broke it.

use std::fmt::Debug;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{anyhow, bail};
use clap::Parser;
use dynoscaler::policy::{Policy, Rule};
use dynoscaler_cli::text::grouped;
use dynoscaler_sim::interleaving::{
    Defect, Explored, Finding, Law, Leak, Pair, PairRun, Run, Scenario, Side, Violation, explore,
    pair, scenario, walk, walk_pair, wander,
};
use dynoscaler_sim::queueing::in_parallel;
use indicatif::ProgressBar;

/// Takes every order of cycles and faults in small worlds, and random ones in large.
#[derive(Debug, Parser)]
struct Args {
    /// Random runs
    #[arg(long, default_value_t = 300_000)]
    runs: u64,

    /// Only the small worlds whose name has this in it
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,

    /// The page to write the tables into
    #[arg(long, value_name = "PAGE")]
    write: Option<PathBuf>,

    /// What cargo passes to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// Up to four ticks, with every way of doubling them.
const SCHEDULES: [&[u32]; 15] = [
    &[0],
    &[0, 0],
    &[0, 1],
    &[0, 0, 0],
    &[0, 0, 1],
    &[0, 1, 1],
    &[0, 1, 2],
    &[0, 0, 0, 0],
    &[0, 0, 0, 1],
    &[0, 0, 1, 1],
    &[0, 1, 1, 1],
    &[0, 0, 1, 2],
    &[0, 1, 1, 2],
    &[0, 1, 2, 2],
    &[0, 1, 2, 3],
];

/// Two ticks of two targets of one app, in one place or in two; either target is its first.
fn pairs() -> Vec<Pair> {
    let pair = |name, ticks: &[u32], (instances, faults)| {
        let of = |load: &[u64]| Scenario::new(name, load, ticks).with(instances, faults);
        Pair::new(of(&[900, 0]), of(&[0, 900]))
    };
    let by_hand = |pair: Pair| Pair::new(pair.watched, pair.other.by_hand(&[1]));
    let looks = |pair: Pair| {
        Pair::new(pair.watched.with_delayed_ticks(&[15]).at_seconds(&[0, 15]), pair.other)
    };
    let all = [
        pair("two minutes", &[0, 1], (1, 1)),
        by_hand(pair("an operator changes the other", &[0, 1], (1, 1))),
        looks(pair("a second look within the window", &[0], (1, 1))),
        pair("a doubled tick, two at once", &[0, 0], (2, 1)),
    ];
    let both =
        |pair: Pair| [Side::Other, Side::Watched].map(|first| pair.clone().with_first(first));
    all.into_iter().flat_map(both).collect()
}

/// More than the maximum can hold, then nothing, and again: the load turns with every tick.
const TURNING: [u64; 4] = [900, 0, 900, 0];

fn scenarios() -> Vec<Scenario> {
    let mut all: Vec<Scenario> = SCHEDULES
        .iter()
        .map(|ticks| Scenario::new("every schedule of up to four ticks", &TURNING, ticks))
        .collect();
    let three = SCHEDULES.iter().filter(|ticks| ticks.len() < 4);
    all.extend(three.map(|ticks| Scenario::new("three at once", &TURNING, ticks).with(3, 0)));
    let both = [&SCHEDULES[9], &SCHEDULES[4]];
    all.push(Scenario::new("three at once", &TURNING, both[0]).with(3, 0));
    all.push(Scenario::new("three at once, a fault", &TURNING, both[1]).with(3, 1));
    all.push(Scenario::new("two faults", &TURNING, &[0, 1, 1]).with(2, 2));
    all.push(Scenario::new("two faults", &TURNING, &[0, 0, 1]).with(2, 2));
    for load in [&[900][..], &[0], &TURNING] {
        all.push(Scenario::new("an operator", load, &[0, 1, 1]).by_hand(&[0, 1, 4, 7]));
    }
    for ticks in [&[0][..], &[0, 0], &[0, 1], &[0, 0, 1], &[0, 1, 1]] {
        for seconds in [&[0, 10, 20, 30][..], &[0, 13, 14, 22, 23], &[0, 23, 46], &[0, 8, 21, 31]] {
            all.push(Scenario::new("within a minute", &TURNING, ticks).at_seconds(seconds));
        }
    }
    let greedy = Policy { rule: Rule::Target { tolerance: 0.0 }, ..all[0].policy };
    for ticks in [&[0][..], &[0, 0], &[0, 1], &[0, 0, 1], &[0, 1, 1], &[0, 1, 2]] {
        let limited = Scenario::new("Heroku allows 3", &TURNING, ticks).limited_to(3);
        let limited = Scenario { policy: greedy, ..limited };
        all.push(limited.clone().by_hand(&[0, 1]));
        all.push(limited.clone().with_one_off_dynos(1).with(2, 2));
        all.push(limited.at_seconds(&[0, 13, 14, 22, 23]));
    }
    let burst = Scenario::new("a burst of late ticks", &TURNING, &[0, 1]);
    all.push(burst.clone().with_late_ticks(&[16, 16, 17, 60]));
    all.push(burst.with_late_ticks(&[16, 60]).with(2, 2).by_hand(&[0, 4]));
    let looks = |ticks: &[u32], delayed: &[u32]| {
        Scenario::new("delayed ticks", &TURNING, ticks).with_delayed_ticks(delayed)
    };
    all.push(looks(&[0], &[30]).at_seconds(&[0, 30]).by_hand(&[1]));
    all.push(looks(&[0], &[30, 30]).at_seconds(&[0, 30]));
    all.push(looks(&[0, 1], &[30]).at_seconds(&[0, 30]));
    all.push(looks(&[0], &[15, 30, 45]));
    let busy = |ticks: &[u32]| {
        Scenario::new("a message in flight", &[0], ticks).in_flight(0, &[1, 1, 1, 0])
    };
    all.push(busy(&[0, 1, 2]).by_hand(&[1, 3]));
    all.push(busy(&[0, 0, 1]).by_hand(&[1, 3]));
    all.push(busy(&[0, 1, 2, 3]).by_hand(&[1]));
    let late = Scenario::new("arrives too late, `NeverOld` waived", &TURNING, &[0, 1, 2]);
    all.push(late.arriving_within_secs(82).without(&[Law::NeverOld]));
    all.push(
        Scenario::new("an operator, two faults", &TURNING, &[0, 1, 2]).with(2, 2).by_hand(&[1]),
    );
    all
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let parts = [
        exhaustive(&args.only)?,
        isolated(&args.only)?,
        planted()?,
        random("Random", args.runs, scenario, walk)?,
        random("Random, two targets", args.runs / 10, pair, walk_pair)?,
    ];
    let text = parts.join("\n");
    println!("{text}");
    if let Some(page) = args.write {
        dynoscaler_proof::page::insert(&page, "interleavings", &text)?;
    }
    Ok(())
}

/// Explores every world, on all cores; a line for each as soon as its search ends.
fn all_of<W: Debug + Sync, S: Debug>(
    worlds: &[W],
    search: impl Fn(&W) -> Result<Explored, Box<Finding<S>>> + Sync,
    row: fn(&W, &Explored) -> String,
) -> anyhow::Result<Vec<Explored>> {
    let rows = in_parallel(worlds, |world| {
        let started = Instant::now();
        let explored =
            search(world).map_err(|it| anyhow!("{world:?}\n{:#?}\n{}", it.steps, it.violation))?;
        print!("{} s {}", started.elapsed().as_secs(), row(world, &explored));
        Ok(explored)
    });
    rows.into_iter().collect()
}

fn exhaustive(only: &str) -> anyhow::Result<String> {
    let started = Instant::now();
    let worlds: Vec<_> = scenarios().into_iter().filter(|it| it.name.contains(only)).collect();
    let search = |world: &Scenario| explore(|| Run::new(world));
    let all = all_of(&worlds, search, row)?;
    let rows: String =
        worlds.iter().zip(&all).map(|(world, explored)| row(world, explored)).collect();
    let sum = |of: fn(&Explored) -> u64| grouped(all.iter().map(of).sum());
    let (states, steps, ends) = (sum(|it| it.states), sum(|it| it.steps), sum(|it| it.ends));
    Ok(format!(
        "**Exhaustive.** No law was broken in {} worlds; {} s.\n\n\
         | what | ticks | delayed | seconds | instances | faults | by hand | states | steps | ends |\n\
         |---|---|---|---|--:|--:|---|--:|--:|--:|\n{rows}\
         | **all** | | | | | | | {states} | {steps} | {ends} |\n",
        worlds.len(),
        started.elapsed().as_secs(),
    ))
}

fn isolated(only: &str) -> anyhow::Result<String> {
    let started = Instant::now();
    let worlds: Vec<_> = pairs().into_iter().filter(|it| it.watched.name.contains(only)).collect();
    let search = |world: &Pair| explore(|| PairRun::new(world));
    let all = all_of(&worlds, search, row_of_pair)?;
    let rows: String =
        worlds.iter().zip(&all).map(|(world, explored)| row_of_pair(world, explored)).collect();
    Ok(format!(
        "**Isolated.** In no run one did what it could not do alone, be it the second of its app, as in \
         the first of two equal rows, or the first; {} s.\n\n\
         | two targets of one app | ticks | delayed | seconds | instances | faults | by hand | states | steps | ends |\n\
         |---|---|---|---|--:|--:|---|--:|--:|--:|\n{rows}",
        started.elapsed().as_secs(),
    ))
}

fn row_of_pair(Pair { watched, other, .. }: &Pair, explored: &Explored) -> String {
    let operated = Scenario { by_hand: other.by_hand.clone(), ..watched.clone() };
    row(&operated, explored)
}

fn row(scenario: &Scenario, explored: &Explored) -> String {
    format!(
        "| {} | {:?} | {:?} | {:?} | {} | {} | {:?} | {} | {} | {} |\n",
        scenario.name,
        scenario.ticks,
        scenario.delayed,
        scenario.instants,
        scenario.instances,
        scenario.faults,
        scenario.by_hand,
        grouped(explored.states),
        grouped(explored.steps),
        grouped(explored.ends),
    )
}

fn planted() -> anyhow::Result<String> {
    let mut text = "**Planted mistakes.** Each is caught.\n\n| mistake | law | after steps |\n\
                    |---|---|--:|\n"
        .to_owned();
    for defect in Defect::ALL {
        let planted = Scenario::planted(defect);
        let Err(finding) = explore(|| Run::new(&planted)) else {
            bail!("{defect:?} was not caught")
        };
        text.push_str(&caught(&defect, finding.violation.law, finding.steps.len()));
    }
    for leak in Leak::ALL {
        let planted = Pair::planted(leak);
        let Err(finding) = explore(|| PairRun::new(&planted)) else {
            bail!("{leak:?} was not caught")
        };
        text.push_str(&caught(&leak, finding.violation.law, finding.steps.len()));
    }
    Ok(text)
}

fn caught(mistake: &dyn Debug, law: Law, steps: usize) -> String {
    format!("| `{mistake:?}` | `{law:?}` | {steps} |\n")
}

/// The seeds of one search among those that run at the same time.
const SEEDS_AT_ONCE: u64 = 1_000;

fn random<S>(
    what: &str,
    runs: u64,
    scenario: fn(u64) -> S,
    walk: fn(&S, &[u8]) -> Result<u32, Violation>,
) -> anyhow::Result<String> {
    let started = Instant::now();
    let bar = ProgressBar::new(runs);
    let firsts: Vec<u64> = (0..runs).step_by(SEEDS_AT_ONCE as usize).collect();
    let walked = in_parallel(&firsts, |first| {
        let seeds = *first..(first + SEEDS_AT_ONCE).min(runs);
        wander(seeds, scenario, walk, &mut |_| bar.inc(1))
    });
    let mut cycles = 0;
    for walked in walked {
        match walked {
            Ok(at) => cycles += at.cycles,
            Err(lapse) => bail!("{what}, a seed and its choices:\n{lapse}"),
        }
    }
    Ok(format!(
        "**{what}.** {} runs with {} disturbed cycles in all, {} s: no law was broken.\n",
        grouped(runs),
        grouped(cycles),
        started.elapsed().as_secs(),
    ))
}
