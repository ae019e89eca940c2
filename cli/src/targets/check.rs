//! `dynoscaler targets check`: what each target will be, and every fault.
//!
//! Must not know how a file is read.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use super::file::Examined;
use crate::text::{aligned, plural, short};
use dynoscaler::config::{DynamoDbConfig, FaultyTarget, Member};
use dynoscaler::policy::Bounds;
use dynoscaler::target::Target;

const BAD: Style = AnsiColor::Red.on_default().bold();

const HEADS: [&str; 5] = ["target", "dynos", "threshold", "policy", "queues"];

const EXAMPLES: &str = "\
Examples:
  Before a deployment, and in CI:
    dynoscaler targets check targets.toml

  A file that is kept in a parameter:
    aws ssm get-parameter --name /dynoscaler/targets --query Parameter.Value --output text \\
      | dynoscaler targets check -

What the file leaves out is taken from this shell's variables, as the function takes it from its
own, and what these leave out from the template's defaults. Nothing is called: whether an app, a
queue or a token exists is checked by doctor.

Exit status: 0 if every target is valid, 1 if not.";

/// Checks a targets file, and says what each target will be.
///
/// Every fault is listed with its line: a key that is no setting, with the nearest that is one, a
/// value with its bound, a target that is there twice, and what is missing.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// The targets file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let examined = Examined::read(&args.file)?;
    let (text, faults) = (table(&examined), faults(&examined));
    anstream::stdout().write_all(text.as_bytes())?;
    for fault in &faults {
        writeln!(anstream::stdout(), "{BAD}error{BAD:#}  {fault}")?;
    }
    let (name, targets) = (&examined.name, plural(examined.members.len() as u64, "target"));
    match faults.len() as u64 {
        0 => writeln!(anstream::stdout(), "{name}: {targets}, all valid")?,
        some => writeln!(anstream::stdout(), "\n{name}: {targets}, {}", plural(some, "fault"))?,
    }
    Ok(ExitCode::from(u8::from(!faults.is_empty())))
}

/// The valid targets, in the order of the file.
fn table(examined: &Examined) -> String {
    let valid = examined.members.iter().filter_map(Member::valid);
    let valid = valid.map(|config| row(&config.target));
    let rows: Vec<_> = [HEADS.map(str::to_owned)].into_iter().chain(valid).collect();
    if rows.len() == 1 { String::new() } else { aligned(&rows) + "\n" }
}

fn row(target: &Target) -> [String; 5] {
    let Target { id, queues, policy, schedule, mode } = target;
    let Bounds { min, max } = policy.bounds;
    let by_hour = if schedule.windows.is_empty() { "" } else { ", by the hour" };
    [
        format!("{id}{}", mode.mark()),
        format!("{min} to {max}{by_hour}"),
        short(policy.backlog_threshold),
        policy.name().to_owned(),
        queues.to_string().replace(',', ", "),
    ]
}

/// Those of the file and each target's own, in the order of their lines.
fn faults(Examined { name, members, faults }: &Examined) -> Vec<String> {
    let of_file = faults.iter().map(|fault| (fault.line, fault.kind.to_string()));
    let mut found: Vec<_> = of_file.chain(members.iter().flat_map(own)).collect();
    found.sort_by_key(|(line, _)| (line.is_none(), *line));
    let shown = |(line, what)| match line {
        Some(line) => format!("{name}:{line}: {what}"),
        None => format!("{name}: {what}"),
    };
    found.into_iter().map(shown).collect()
}

fn own(member: &Member<Option<DynamoDbConfig>>) -> Vec<(Option<usize>, String)> {
    match member {
        Member::Valid(_) => Vec::new(),
        Member::Faulty(FaultyTarget { id, error }) => {
            error.faults().iter().map(|fault| (fault.line(), format!("{id}: {fault}"))).collect()
        }
    }
}
