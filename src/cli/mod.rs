//! The commands of a person.
//!
//! Must not know: how a cycle runs in the function. What a command needs of the environment it
//! asks `config` for.

pub mod plot;
mod replay;
mod settings;
pub mod simulate;
pub mod text;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Scales Heroku worker dynos by the backlog of an Amazon SQS queue.
#[derive(Debug, Parser)]
#[command(name = "dynoscaler", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Simulate(Box<simulate::Args>),
    Replay(Box<replay::Args>),
}

/// Runs the command of the process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Simulate(args) => simulate::run(&args, &mut io::stdout().lock()),
        Command::Replay(args) => {
            replay::run(&args, &mut io::stdin().lock(), &mut io::stdout().lock())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Who reads has read enough, as `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// An error that cannot be told either is only in the exit code.
fn fail(error: &anyhow::Error) -> ExitCode {
    let told = writeln!(io::stderr(), "error: {error:#}");
    told.map_or(ExitCode::from(2), |()| ExitCode::FAILURE)
}
