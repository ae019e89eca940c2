//! `dynoscaler targets policy`: what the function's role needs for a targets file.
//!
//! Must not know how a policy is written.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use super::file::Examined;
use super::permissions::{self, Home};
use crate::connection::{Variables, block_on, http};
use dynoscaler::adapters::Sts;
use dynoscaler::config::ServiceConfig;

const EXAMPLES: &str = "\
Examples:
  A policy of the file's queues and tokens, for the template's parameter FleetPolicyArns:
    dynoscaler targets policy targets.toml > policy.json
    aws iam create-policy --policy-name dynoscaler-fleet --policy-document file://policy.json

  After a change of the file:
    aws iam create-policy-version --policy-arn ARN --policy-document file://policy.json \\
      --set-as-default

The region is that of this shell, and must be the stack's. Nothing but your own identity is read,
and with --account nothing at all. The token, the queue and the secrets in the template's own
parameters are not in it: these the role may read anyway.

Exit status: 0 if the policy is written, 1 if not.";

/// Writes the policy that lets the function read the queues and tokens of a targets file.
///
/// It has each queue of the file, each token of its accounts, each secret of a key for a queue, and
/// nothing else.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// The targets file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The AWS account of the stack; by default that of your credentials
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,

    /// Which policy, if the file needs several: AWS takes 6,144 characters in one
    #[arg(long, value_name = "NUMBER")]
    part: Option<NonZeroUsize>,
}

fn account(text: &str) -> Result<String, &'static str> {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| text.to_owned()).ok_or("must be an AWS account's 12 digits")
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let examined = Examined::read(&args.file)?;
    let name = &examined.name;
    let Some(targets) = examined.valid() else {
        anyhow::bail!("{name} is not valid: see dynoscaler targets check");
    };
    let home = block_on(home(args))?;
    let policies = permissions::policies(&targets, &home);
    let part = match (args.part, policies.len()) {
        (Some(part), _) => part.get(),
        (None, 1) => 1,
        (None, several) => anyhow::bail!(
            "{name} needs {several} policies: write each by itself, --part 1 to --part {several}"
        ),
    };
    let Some(policy) = policies.get(part - 1) else {
        anyhow::bail!("--part must be at most {} for {name}", policies.len());
    };
    writeln!(anstream::stdout(), "{}", serde_json::to_string_pretty(policy)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Where the stack is.
async fn home(args: &Args) -> anyhow::Result<Home> {
    let variables = Variables::of_shell(None).await;
    let config = ServiceConfig::sts(variables.environment())?;
    let account = match &args.account {
        Some(account) => account.clone(),
        None => Sts::new(&config, &http()?).caller().await?.account,
    };
    Ok(Home { account, region: config.region })
}
