//! `dynoscaler targets`: what a targets file says, without a call.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::{BINARY, stderr, stdout};

const FLEET: &str = r#"
[defaults]
max_dynos = 8

[[target]]
app = "shop"
process = "worker"
queue = "jobs"

[[target]]
app = "shop"
process = "mailer"
queue = ["mail", "newsletter"]
policy = "rate"
schedule = "mon-fri 08:00-18:00 2..10"

[[target]]
app = "billing"
process = "worker"
queue = "invoices"
account = "billing"
backlog_threshold = 12.5
dry_run = true

[account.billing]
token = "ssm:/dynoscaler/billing"
description = "dynoscaler for billing"
"#;

/// The check of a text in a file `targets.toml`, with these variables and no other.
fn checked(text: &str, variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("targets.toml"), text).unwrap();
    check(folder.path(), variables)
}

fn check(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(["targets", "check", "targets.toml"]).current_dir(folder).env_clear();
    command.envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn a_check_says_what_each_target_will_be() {
    let output = checked(FLEET, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let expected = "\
target                                  dynos  threshold  policy  queues
shop/worker                            1 to 8        100    step  jobs
shop/mailer               1 to 8, by the hour        100    rate  mail, newsletter
billing/worker (dry run)               1 to 8       12.5    step  invoices

targets.toml: 3 targets, all valid
";
    assert_eq!(stdout(&output), expected);
}

#[test]
fn what_the_file_leaves_out_is_the_shells_and_then_the_templates() {
    let variables = [("DYNOSCALER_MIN_DYNOS", "3"), ("DYNOSCALER_MAX_DYNOS", "4")];
    let shown = stdout(&checked(FLEET, &variables));
    assert!(shown.contains("3 to 8"), "{shown}");
}

#[test]
fn every_fault_of_a_file_is_listed_at_once() {
    let text = FLEET
        .replace("policy = \"rate\"", "polcy = \"rate\"\nmin_dynos = 9")
        .replace("ssm:/dynoscaler/billing", "HRKU-a-token-in-the-file")
        + "[[target]]\napp = \"shop\"\nprocess = \"worker\"\n";
    let output = checked(&text, &[]);
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    for expected in [
        "target 2: polcy is no setting of a target: the nearest is policy",
        "[account.billing]: token must be ssm:/name, and no secret itself",
        "target 4 must be another target than target 1: both are shop/worker",
        "shop/mailer: min_dynos = \"9\"",
        "targets.toml: 3 targets, 5 faults",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert!(!shown.contains("HRKU"), "{shown}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let output = check(tempfile::tempdir().unwrap().path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("targets.toml"), "{}", stderr(&output));
}
