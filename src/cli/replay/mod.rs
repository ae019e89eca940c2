//! `dynoscaler replay`: what another configuration would have done.
//!
//! Every line is answered before the next is read, so that another program can drive it in a loop.

mod line;
mod memory;

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use anyhow::Context;

use self::line::{Line, read};
use self::memory::Memory;
use super::settings::PolicyArgs;
use crate::config::reader;

const EXAMPLES: &str = "\
Examples:
  What would six cycles down have done, on an export of the function's log?
    dynoscaler replay --down-cycles 6 < export.log

  The same for the policy rate, and only when it would have changed something:
    dynoscaler replay --policy rate < export.log | grep -v '\"action\":\"none\"'

  One cycle by hand, with the bounds and cycles of the environment:
    dynoscaler replay <<END
    {\"tick\":\"2026-01-31T12:00Z\",\"sqs_messages\":900,\"in_flight\":3,\"delayed\":0,\"active_dynos\":3}
    END

A line is a record if it holds a JSON object with a tick; text before the object is allowed, as
exports have it. Other lines are skipped and counted. A record whose values are not valid ends the
run with an error that names its line. Nothing is called or changed: the records are those of a dry
run, and each takes the queue and the dynos from its own line.";

/// What would another configuration have done? Decides again on the records of a log.
///
/// Reads cycle records from standard input, one JSON object a line (tick, sqs_messages, in_flight,
/// delayed, active_dynos; other fields are ignored), decides with the configuration of the
/// environment and the flags, carrying its own counters, and writes after each line the record that
/// it would have made.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// The policy: step, target or rate [env: DYNOSCALER_POLICY]
    #[arg(long, value_name = "NAME", value_parser = policy_name)]
    policy: Option<String>,
    #[command(flatten)]
    settings: PolicyArgs,
}

fn policy_name(text: &str) -> Result<String, &'static str> {
    reader::rule_name(text).map(|_| text.to_owned())
}

/// Answers every record until the input ends.
pub(super) fn run(
    args: &Args,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let mut memory = Memory::new(args.settings.policy(args.policy.as_deref(), |_| None)?);
    let mut skipped = 0_u64;
    for (number, text) in (1_u64..).zip(input.lines()) {
        let text = text.with_context(|| format!("line {number}: cannot be read"))?;
        match read(&text).with_context(|| format!("line {number}"))? {
            Line::Other => skipped += 1,
            Line::Cycle(cycle) => {
                serde_json::to_writer(&mut *out, &memory.answer(&cycle))
                    .map_err(io::Error::from)?;
                out.write_all(b"\n")?;
                out.flush()?;
            }
        }
    }
    tell(skipped)?;
    Ok(ExitCode::SUCCESS)
}

fn tell(skipped: u64) -> anyhow::Result<()> {
    let lines = if skipped == 1 { "line that is no record" } else { "lines that are no records" };
    if 0 < skipped {
        writeln!(io::stderr(), "skipped {skipped} {lines}")?;
    }
    Ok(())
}
