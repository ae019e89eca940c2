//! Whether cycles run, told by the log; without one, when the state was last written.
//!
//! Must not know where a log is kept.

use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::adapters::Store;
use crate::cli::records::{self, Found, before};
use crate::cli::text::age;
use crate::cli::world::Variables;
use crate::config::Target;

const LAST: &str = "last-cycle";

/// So many cycles in a row that do not run are silence.
const SILENT_CYCLES: i32 = 5;

/// The log is searched for so many cycles.
const SEARCHED_CYCLES: i32 = 60;

/// Where records are looked for, and how often one is due.
pub(super) struct Log<'a> {
    pub(super) variables: &'a Variables,
    pub(super) group: Option<String>,
    pub(super) every: SignedDuration,
}

pub(super) async fn check(log: Log<'_>, store: &Store, target: &Target, now: Timestamp) -> Finding {
    let Some(group) = &log.group else { return without_log(store, now).await };
    let since = before(now, log.every.saturating_mul(SEARCHED_CYCLES));
    match records::fetch(log.variables, group, since).await {
        Ok(mut found) => {
            found.records.retain(|record| record.is_of(target));
            judged(&found, log.every, now)
        }
        Err(error) => Finding::unchecked(
            LAST,
            format!("{error:#}"),
            "Check --log-group and the region; who asks needs logs:FilterLogEvents.",
        ),
    }
}

fn judged(found: &Found, every: SignedDuration, now: Timestamp) -> Finding {
    let records = &found.records;
    let look = "See \"When it does not scale\" in the README: the rule may be disabled, or the \
        function may not start.";
    let Some(last) = records.last() else {
        let searched = age(every.saturating_mul(SEARCHED_CYCLES));
        let unreadable = found.unreadable().map(|told| format!("; {told}")).unwrap_or_default();
        let told = format!("no cycle in the last {searched}{unreadable}");
        return Finding::error(LAST, told, look);
    };
    let since = now.duration_since(last.tick);
    if every.saturating_mul(SILENT_CYCLES) < since {
        return Finding::error(LAST, format!("the last one was {} ago", age(since)), look);
    }
    let (reason, since) = (&last.reason, age(since));
    match (&last.error, records.iter().rfind(|record| record.error.is_none())) {
        (None, _) => Finding::ok(LAST, format!("{since} ago: {reason}")),
        (Some(error), success) => {
            let success = success.map_or_else(
                || "none before it succeeded".to_owned(),
                |record| {
                    format!("the last success was {} ago", age(now.duration_since(record.tick)))
                },
            );
            let found = format!("{since} ago: {reason}, {error}; {success}");
            let mend = format!("See {reason} in the README's table of reasons.");
            Finding::error(LAST, found, mend)
        }
    }
}

/// A cycle without anything to remember writes nothing: an old item is no proof of silence.
async fn without_log(store: &Store, now: Timestamp) -> Finding {
    let mend = "Name the log with --log-group: the stack's output LogGroupName.";
    let found = match store.last_write().await {
        Ok(Some(write)) => {
            format!(
                "the state was written {} ago by {}",
                age(now.duration_since(write.at)),
                write.by
            )
        }
        Ok(None) => "the state was never written".to_owned(),
        Err(_) => "the state cannot be read".to_owned(),
    };
    Finding::unchecked(LAST, found, mend)
}
