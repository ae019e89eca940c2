//! Whether cycles run, by the log; without one, when the state was last written.
//!
//! Must not know where a log is kept.

use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::connection::Variables;
use crate::drift;
use crate::log_group::{LogGroup, Search};
use crate::records::{Found, Record};
use crate::text::age;
use dynoscaler::adapters::Store;
use dynoscaler::policy::Reason;
use dynoscaler::target::{Target, TargetId};

const LAST: &str = "last-cycle";
const DRIFT: &str = "drift";

/// So many missed cycles in a row are a warning.
const LATE_CYCLES: i32 = 2;

/// So many missed cycles are an error.
const SILENT_CYCLES: i32 = 5;

/// A record takes a moment to be in the log, and an event rule fires within its minute.
const DELAY: SignedDuration = SignedDuration::from_secs(30);

/// The log is searched for so many cycles first, and then further back.
const SEARCHED_CYCLES: i32 = 60;
const SEARCHED: SignedDuration = SignedDuration::from_hours(24);

const REMEDY: &str = "See \"When it does not scale\" in docs/OPERATIONS.md: the rule may be disabled, or the \
    function may not start.";

/// Where records are searched, and how often one is due.
pub(super) struct Log<'a> {
    pub(super) variables: &'a Variables,
    pub(super) group: Option<String>,
    pub(super) every: SignedDuration,
}

impl Log<'_> {
    /// How far back the log is searched.
    fn searched(&self) -> SignedDuration {
        SEARCHED.max(self.every.saturating_mul(SEARCHED_CYCLES))
    }
}

pub(super) async fn check(
    log: Log<'_>,
    store: &Store,
    target: &Target,
    now: Timestamp,
) -> Vec<Finding> {
    let Some(group) = &log.group else { return vec![without_log(store, now).await] };
    match newest(&log, group, &target.id, now).await {
        Ok(found) => {
            let last = judged(&found, &log, now);
            [last].into_iter().chain(drifted(&found, target)).collect()
        }
        Err(error) => vec![Finding::unchecked(
            LAST,
            format!("{error:#}"),
            "Check --log-group and the region; the caller needs logs:FilterLogEvents.",
        )],
    }
}

/// The newest records, as far back as the last success.
async fn newest(
    log: &Log<'_>,
    group: &str,
    target: &TargetId,
    now: Timestamp,
) -> anyhow::Result<Found> {
    let first = log.every.saturating_mul(SEARCHED_CYCLES);
    let is_enough = |records: &[Record]| records.iter().any(|record| record.error.is_none());
    let search = Search { target, first, longest: log.searched(), is_enough };
    LogGroup::new(log.variables, group)?.newest(search, now).await
}

/// With other settings the findings are not about the function.
fn drifted(found: &Found, target: &Target) -> Option<Finding> {
    let drift = drift::between(target, found.records.last()?);
    if drift.is_empty() {
        return None;
    }
    let remedy = "Take the function's settings with --stack or --function, or set the variables as it \
        has them. After a deployment the next cycle has the new ones.";
    let text = format!("other settings than the last cycle's: {}", drift.join(", "));
    Some(Finding::warning(DRIFT, text, remedy))
}

fn judged(found: &Found, log: &Log<'_>, now: Timestamp) -> Finding {
    let Some(last) = found.records.last() else {
        let unreadable = found.unreadable().map(|text| format!("; {text}")).unwrap_or_default();
        let text = format!("no cycle in the last {}{unreadable}", age(log.searched()));
        return Finding::error(LAST, text, REMEDY);
    };
    let since = now.duration_since(last.tick);
    let due = |cycles| log.every.saturating_mul(cycles) + DELAY;
    let late =
        || format!("the last one was {} ago, and one is due every {}", age(since), age(log.every));
    match &last.error {
        _ if due(SILENT_CYCLES) < since => Finding::error(LAST, late(), REMEDY),
        None if due(LATE_CYCLES) < since => Finding::warning(LAST, late(), REMEDY),
        None => Finding::ok(LAST, format!("{} ago: {}", age(since), last.reason())),
        Some(error) => failed(found, last, error, now),
    }
}

fn failed(found: &Found, last: &Record, error: &str, now: Timestamp) -> Finding {
    let ago = |record: &Record| age(now.duration_since(record.tick));
    let success = found.records.iter().rfind(|record| record.error.is_none());
    let success = success.map_or_else(
        || "none before it succeeded".to_owned(),
        |record| format!("the last success was {} ago", ago(record)),
    );
    let reason = last.reason();
    let text = format!("{} ago: {reason}, {error}; {success}", ago(last));
    let remedy = last.known_reason().and_then(Reason::remedy).map(ToOwned::to_owned);
    let remedy = remedy.unwrap_or_else(|| format!("See {reason} in docs/REASONS.md."));
    Finding::error(LAST, text, remedy)
}

/// A cycle without anything to remember writes nothing: an old item does not show that none runs.
async fn without_log(store: &Store, now: Timestamp) -> Finding {
    let remedy = "Name the log with --log-group: the stack's output LogGroupName; or the deployment with \
        --stack or --function. Whether its settings are these is not known without.";
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
    Finding::unchecked(LAST, found, remedy)
}
