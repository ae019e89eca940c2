//! The outcome of every case, in Markdown.

use std::fmt::Write;
use std::time::Duration;

use super::call::Call;
use super::world::Outcome;

/// One row for each input, one column for each call.
pub fn by_call(outcomes: &[Outcome]) -> String {
    let mut inputs: Vec<&str> = outcomes.iter().map(|outcome| outcome.case.input).collect();
    inputs.dedup();
    let names: Vec<_> = Call::ALL.iter().map(|call| call.name()).collect();
    let mut table = format!("| input | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(7));
    for input in inputs {
        let row = Call::ALL.map(|call| {
            let found = outcomes.iter().find(|o| o.case.call == call && o.case.input == input);
            found.map_or("–".to_owned(), |o| format!("{}, {}", o.reason, seconds(o.took)))
        });
        let _ = writeln!(table, "| {input} | {} |", row.join(" | "));
    }
    table
}

/// One row for each answer of each call.
pub fn by_answer(outcomes: &[Outcome]) -> String {
    let mut table = "| call | answer | reason | took |\n|---|---|---|---:|\n".to_owned();
    for Outcome { case, reason, took, .. } in outcomes {
        let (call, input) = (case.call.name(), case.input);
        let _ = writeln!(table, "| {call} | {input} | {reason} | {} |", seconds(*took));
    }
    table
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}
