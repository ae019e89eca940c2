//! The command line as a process of its own, run by an operator or another program, and its
//! pictures.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod arrivals;
mod cli;
mod commands;
mod deployment;
mod doctor;
mod fleet;
mod init;
mod logs;
mod pictures;
mod report;
mod spelling;
mod targets;

use std::process::Output;

const BINARY: &str = env!("CARGO_BIN_EXE_dynoscaler");

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
