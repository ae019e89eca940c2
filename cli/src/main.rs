//! The command line: passes the arguments on, and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    dynoscaler_cli::run()
}
