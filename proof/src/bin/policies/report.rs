//! The measurements as Markdown.

use std::fmt::Write;

use crate::comparison::{self, Compared};

/// The text above all tables.
pub(crate) fn opening(synthetic: usize, traces: usize) -> String {
    format!(
        "{synthetic} synthetic loads, a week each, and {traces} traces, each at 2 and 5 dynos on \
         average for a week and at 20 for two days; 1 to four times the mean are allowed; seed 1. A \
         message takes 3 s (lognormal, as much deviation as mean), a boot 10 to 60 s, the threshold \
         is 20 messages per dyno, and each of SQS's counts is up to 60 s late and 5 % off. `make \
         bench-policies` writes this section.\n\n\
         *Above* is the share of the time above the threshold. SPEC's figures compare the dynos \
         that have booted with the demand: for each minute the fewest that keep up with the load, \
         within the bounds. *Under* and *over* are the dynos missing and too many relative to the \
         demand, *time under* and *time over* the shares of the time with them, *unstable* the \
         share of the minutes in which supply and demand do not move alike, *jitter* the changes \
         beyond those of the demand. *Best* is the best setting of a grid in hindsight, at 5 \
         dynos: the cheapest that is above at most a point longer than the maximum always running, \
         or else the one that is above least. *Won* is the share of the comparisons, with each \
         other method in each of nine figures, that a method wins. React, Adapt, Hist, Reg and \
         ConPaaS get what no other has: the messages sent, exactly, and the true throughput.\n\n"
    )
}

/// All loads, and each.
pub(crate) fn all(loads: &[(String, Vec<Compared>)]) -> String {
    let every: Vec<&Compared> = loads.iter().flat_map(|(_, sizes)| sizes).collect();
    let mut text = format!("### All loads\n\n{}", comparison::summary(&every));
    for (name, sizes) in loads {
        let table = comparison::table(sizes.iter());
        let _ = write!(text, "### {name}\n\n{table}![{name} over time](policies/{name}.svg)\n\n");
    }
    text
}
