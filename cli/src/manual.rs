//! `dynoscaler completions` and `dynoscaler man`: the command line described for a shell and for
//! `man`, from its own definition.
//!
//! Must not know what any command does.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::Cli;

const SHELL_EXAMPLES: &str = "\
Examples:
  bash, for every shell that begins from now on:
    dynoscaler completions bash > ~/.local/share/bash-completion/completions/dynoscaler

  zsh, in a folder of its fpath:
    dynoscaler completions zsh > ~/.zfunc/_dynoscaler

  fish:
    dynoscaler completions fish > ~/.config/fish/completions/dynoscaler.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  Read one page:
    dynoscaler man doctor | man -l -

  Install two:
    dynoscaler man > ~/.local/share/man/man1/dynoscaler.1
    dynoscaler man status > ~/.local/share/man/man1/dynoscaler-status.1";

/// Prints what a shell needs to complete commands and flags.
#[derive(Debug, clap::Args)]
#[command(after_long_help = SHELL_EXAMPLES)]
pub(super) struct CompletionsArgs {
    /// The shell that is to complete
    shell: Shell,
}

/// Prints a page of the manual.
#[derive(Debug, clap::Args)]
#[command(after_long_help = MAN_EXAMPLES)]
pub(super) struct ManArgs {
    /// The command to describe, such as status or targets check; by default all of them in short
    command: Vec<String>,
}

pub(super) fn completions(args: &CompletionsArgs) -> anyhow::Result<ExitCode> {
    // The generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dynoscaler", &mut script);
    io::stdout().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(args: &ManArgs) -> anyhow::Result<ExitCode> {
    // The help of a help command is no page of a manual.
    let mut all = Cli::command().disable_help_subcommand(true);
    all.build();
    let page = args.command.iter().try_fold(all, |of, name| found(&of, name))?;
    render(page, &mut io::stdout())?;
    Ok(ExitCode::SUCCESS)
}

fn render(page: Command, out: &mut impl Write) -> io::Result<()> {
    let more = page.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let is_all = page.has_subcommands();
    let man = Man::new(page).source(concat!("dynoscaler ", env!("CARGO_PKG_VERSION")));
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if is_all {
        man.render_subcommands_section(out)?;
    }
    explained(&more).to_writer(out)
}

/// The text after the options. Commands to type stay as they are, other lines are filled.
fn explained(more: &str) -> Roff {
    let mut page = Roff::new();
    for block in more.split("\n\n") {
        let (section, block) = sections(block);
        match section {
            Some(name) => page.control("SH", [name]),
            None => page.control("PP", []),
        };
        for line in block.lines() {
            match line.strip_prefix("    ") {
                Some(typed) => page
                    .control("RS", ["4"])
                    .control("nf", [])
                    .text([roman(typed)])
                    .control("fi", [])
                    .control("RE", []),
                None => page.text([roman(line.trim())]),
            };
        }
    }
    page
}

/// The section that a block of the help begins, if any, and the block without its name.
fn sections(block: &str) -> (Option<&'static str>, &str) {
    let named = [("Examples:\n", "EXAMPLES"), ("Exit status: ", "EXIT STATUS")];
    let found =
        named.iter().find_map(|(name, section)| Some((Some(*section), block.strip_prefix(name)?)));
    found.unwrap_or((None, block))
}

fn found(all: &Command, name: &str) -> anyhow::Result<Command> {
    all.find_subcommand(name).cloned().with_context(|| {
        let known: Vec<&str> = all.get_subcommands().map(Command::get_name).collect();
        format!("no command {name}; there are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_of_every_command_is_explained() {
        let mut all = Cli::command();
        all.build();
        let groups = all.get_subcommands().flat_map(Command::get_subcommands);
        for command in all.get_subcommands().chain(groups) {
            for argument in command.get_arguments() {
                let (command, argument_id) = (command.get_name(), argument.get_id());
                assert!(argument.get_help().is_some(), "{command} {argument_id}");
            }
        }
    }
}
