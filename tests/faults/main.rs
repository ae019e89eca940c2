//! Every call of a cycle against every fault of a real socket: no panic, no cycle over its budget,
//! no growth of memory, no secret shown, and no change.

use support::sockets::world::{Outcome, run_all, shows_a_secret};
use support::sockets::{documented, fault, memory, traces::Traces};

/// Forty cycles at once hold a few answers of a megabyte each, and never a gigabyte.
const GROWTH_KIB_MAX: u64 = 128 << 10;

/// One test, one after the other: memory and log belong to the process.
#[tokio::test(flavor = "multi_thread")]
async fn no_fault_of_a_service_panics_hangs_grows_leaks_or_changes_anything() {
    let traces = Traces::start();
    judge(run_all(fault::cases(fault::FAULTS)).await);
    judge(run_all(documented::cases()).await);
    let before = memory::peak_kib();
    judge(run_all(fault::cases(fault::FLOODS)).await);
    let growth = memory::peak_kib().zip(before).map(|(after, before)| after - before);
    assert!(growth.is_none_or(|growth| growth <= GROWTH_KIB_MAX), "{growth:?} KiB");
    let text = traces.text();
    assert!(text.contains("aws_smithy_runtime"), "the SDK's own text is searched too");
    let shown = text.lines().find(|line| shows_a_secret(line));
    assert!(shown.is_none(), "{shown:?}");
}

fn judge(outcomes: Vec<Outcome>) {
    assert!(outcomes.len() > 10, "the cases are run");
    let broken: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.broken().is_empty())
        .map(|outcome| {
            let Outcome { case, reason, took, changes, record, .. } = outcome;
            let (call, input, laws) = (case.call.name(), case.input, outcome.broken());
            format!("{call}, {input}: {laws:?}; {reason} in {took:?}, {changes:?}\n{record}")
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
