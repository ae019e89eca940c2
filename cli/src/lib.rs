//! The commands of an operator.
//!
//! Must not know: how a cycle runs in the function. A command reads the environment through
//! `config`.

pub mod arrivals;
mod bounds;
mod clock;
mod clocks;
mod connection;
mod csv_rows;
mod cycle;
mod deploy;
mod deployment;
mod doctor;
mod drift;
mod fleet;
mod history;
mod init;
mod input;
mod log_file;
mod log_group;
mod manual;
mod moment;
mod output;
mod outside;
mod pause;
pub mod plot;
mod price;
mod records;
mod replay;
mod report;
mod settings;
pub mod simulate;
mod source;
mod spelling;
mod status;
mod stop;
mod stretches;
mod summary;
mod targets;
pub mod text;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::fleet::FleetError;
use dynoscaler::visible::visible;

const EXAMPLES: &str = "\
Examples:
  Paged: what is wrong, what is the current state, and what happened?
    dynoscaler doctor --stack dynoscaler
    dynoscaler status --stack dynoscaler
    dynoscaler history --stack dynoscaler

  Each command has its own help, and a page for man:
    dynoscaler status --help
    dynoscaler man status | man -l -

Commands that call services take the function's environment variables: from the deployment that
--stack or --function names, or else from this shell. The deployment's settings override the
shell's; AWS's credentials, profile, region and endpoint are the shell's. HTTPS_PROXY and NO_PROXY
are respected. Colours are for a terminal; NO_COLOR=1 switches them off there, and CLICOLOR_FORCE=1
on elsewhere.

Exit status: 0 if all is well, 1 if not, 2 if the arguments are not valid; what that means for a
command is in its help.";

/// Scales Heroku worker dynos by the backlog of an Amazon SQS queue.
///
/// The function on AWS Lambda scales by itself, and so does `run` in its place. The other commands
/// show, explain and try out.
#[derive(Debug, Parser)]
#[command(name = "dynoscaler", version, propagate_version = true, max_term_width = 100,
          after_long_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Cycle(cycle::Args),
    Run(clock::Args),
    Doctor(doctor::Args),
    Pause(pause::PauseArgs),
    Resume(pause::ResumeArgs),
    Status(status::Args),
    History(history::Args),
    Report(Box<report::Args>),
    Simulate(Box<simulate::Args>),
    Replay(Box<replay::Args>),
    Targets(targets::Args),
    Completions(manual::CompletionsArgs),
    Man(manual::ManArgs),
}

#[must_use]
pub fn run() -> ExitCode {
    let outcome = Cli::try_parse().map_or_else(explain, |cli| execute(&cli.command));
    let written = output::flush().and(outcome);
    match written {
        Ok(status) => status,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Help on standard output, or the fault of the arguments on standard error.
fn explain(message: clap::Error) -> anyhow::Result<ExitCode> {
    message.print()?;
    Ok(ExitCode::from(if message.use_stderr() { 2 } else { 0 }))
}

fn execute(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Init(args) => init::run(args),
        Command::Cycle(args) => cycle::run(args),
        Command::Run(args) => clock::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Pause(args) => pause::pause(args),
        Command::Resume(args) => pause::resume(args),
        Command::Status(args) => status::run(args),
        Command::History(args) => history::run(args),
        Command::Report(args) => report::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Targets(args) => targets::run(args),
        Command::Completions(args) => manual::completions(args),
        Command::Man(args) => manual::man(args),
    }
}

/// The reader has read enough, as `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// If an error cannot be printed either, only the exit code reports it. An error of the system that
/// names nothing comes from standard output: every other one has a context.
fn fail(error: &anyhow::Error) -> ExitCode {
    let is_bare = error.chain().next().is_some_and(<dyn Error>::is::<io::Error>);
    let about = if is_bare { "cannot write to standard output: " } else { "" };
    let listed = error.downcast_ref::<FleetError>().and_then(FleetError::lines);
    let lines = listed.unwrap_or_else(|| vec![format!("{error:#}")]);
    let lines: Vec<_> = lines.iter().map(|line| visible(line)).collect();
    let written = writeln!(io::stderr(), "error: {about}{}", lines.join("\n"));
    written.map_or(ExitCode::from(2), |()| ExitCode::FAILURE)
}
