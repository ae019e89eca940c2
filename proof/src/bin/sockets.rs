//! Runs every call of a cycle against every fault of a real socket, and reports the outcome of
//! each.
//!
//!     cargo run -p dynoscaler-proof --bin sockets -- [--write docs/results/sockets.md]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use support::sockets::world::{Outcome, run_all, shows_a_secret};
use support::sockets::{documented, fault, memory, table, traces::Traces};

#[tokio::main]
async fn main() -> ExitCode {
    let traces = Traces::start();
    let started = Instant::now();
    let faults = run(fault::cases(fault::FAULTS)).await;
    let answers = run(documented::cases()).await;
    let before = memory::peak_kib();
    let floods = run(fault::cases(fault::FLOODS)).await;
    let growth = memory::peak_kib().zip(before).map(|(after, before)| after - before);

    let all: Vec<&Outcome> = faults.iter().chain(&answers).chain(&floods).collect();
    let broken = all.iter().filter(|outcome| !outcome.broken().is_empty()).count();
    let slowest = all.iter().map(|outcome| outcome.took).max().unwrap_or_default();
    let lines = traces.text().lines().map(shows_a_secret).collect::<Vec<_>>();
    let leaks = lines.iter().filter(|shows| **shows).count();
    let text = format!(
        "`make proof-sockets` wrote this: {} cases in {:.0} s, {broken} broken, the slowest {:.1} s. Peak \
         memory of the whole process {} KiB, of which {} KiB came with the {} bodies of a gigabyte. {} \
         lines were logged at the level TRACE; {leaks} of them show a secret.\n\n\
         Each cell is the reason in the record and how long the cycle took.\n\n{}\n{}\n\
         ### Answers that the services document\n\n{}",
        all.len(),
        started.elapsed().as_secs_f64(),
        slowest.as_secs_f64(),
        memory::peak_kib().unwrap_or_default(),
        growth.unwrap_or_default(),
        floods.len(),
        lines.len(),
        table::by_call(&faults),
        table::by_call(&floods).lines().skip(2).fold(String::new(), |all, row| all + row + "\n"),
        table::by_answer(&answers),
    )
    .replace(" |\n\n| gigabyte", " |\n| gigabyte");
    println!("{text}");
    let mut arguments = std::env::args().skip_while(|argument| argument != "--write").skip(1);
    if let Some(page) = arguments.next() {
        dynoscaler_proof::page::insert(Path::new(&page), "sockets", &text).unwrap();
    }
    if broken == 0 && leaks == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(cases: Vec<fault::Case>) -> Vec<Outcome> {
    eprintln!("    {} cases", cases.len());
    let outcomes = run_all(cases).await;
    for outcome in outcomes.iter().filter(|outcome| !outcome.broken().is_empty()) {
        eprintln!("BROKEN: {:?}: {outcome:?}", outcome.broken());
    }
    outcomes
}
