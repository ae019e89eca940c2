//! A record in one readable line, in colour where there is a terminal.
//!
//! Must not know how the cycle ran.

use std::io::{IsTerminal, Write, stderr};

use anstyle::{AnsiColor, Style};

use super::text::{grouped, short};
use dynoscaler::policy::Policy;
use dynoscaler::report::{Action, CycleReport};

const BAD: Style = AnsiColor::Red.on_default().bold();
const CHANGED: Style = AnsiColor::Green.on_default().bold();
const QUIET: Style = Style::new();

/// Prints it for an operator who watches. A closed terminal is no reason to stop.
pub(super) fn print(report: &CycleReport, policy: Option<&Policy>) {
    if stderr().is_terminal() {
        let _ = writeln!(anstream::stderr(), "{}", text(report, policy));
    }
}

fn text(report: &CycleReport, policy: Option<&Policy>) -> String {
    let style = match (report.error_type, report.action) {
        (Some(_), _) => BAD,
        (None, Action::ScaleUp | Action::ScaleDown) => CHANGED,
        (None, Action::None) => QUIET,
    };
    let details = report.error.clone().unwrap_or_else(|| counts(report, policy));
    format!("{:.0}  {style}{}{style:#}  {details}", report.tick, report.message)
}

/// The counts, and the progress of the counters, with their limits if those are known.
fn counts(report: &CycleReport, policy: Option<&Policy>) -> String {
    let messages = report.sqs_messages.map_or_else(|| "?".to_owned(), grouped);
    let each = report.backlog_per_instance.map_or_else(|| "-".to_owned(), short);
    let count = |count: Option<u32>, limit: Option<u32>| {
        let count = count.map_or_else(|| "?".to_owned(), |count| count.to_string());
        limit.map_or_else(|| count.clone(), |limit| format!("{count}/{limit}"))
    };
    format!(
        "{messages} messages, {each} per dyno (threshold {}); up {}, down {}",
        report.backlog_threshold.map_or_else(|| "?".to_owned(), short),
        count(report.scale_up_cnt, policy.map(|policy| policy.up_cycles)),
        count(report.scale_down_cnt, policy.map(|policy| policy.down_cycles)),
    )
}
