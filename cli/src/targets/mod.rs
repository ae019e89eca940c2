//! `dynoscaler targets`: what a targets file says, before it is deployed.
//!
//! Must not know how a target is scaled.

mod check;
mod file;
mod permissions;
mod policy;

use std::process::ExitCode;

use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  Before a deployment, and in CI:
    dynoscaler targets check targets.toml

  What the function's role needs for it:
    dynoscaler targets policy targets.toml

  What check says, and how it ends:
    dynoscaler targets check --help";

/// Says what a targets file means, before it is deployed.
///
/// A targets file describes the targets of one function: DYNOSCALER_TARGETS names it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Policy(policy::Args),
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Check(args) => check::run(args),
        Command::Policy(args) => policy::run(args),
    }
}
