//! Whether cycles run, by the log; without one, when the state was last written.
//!
//! Must not know where a log is kept.

use std::collections::BTreeMap;

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

/// The remedy for a log that cannot be read.
pub(super) const UNREAD: &str =
    "Check --log-group and the region; the caller needs logs:FilterLogEvents.";

/// How AWS's services call what a policy does not allow.
pub(super) const DENIED: &str = "AccessDenied";

const FOR_ROLE: &str = "The function's role may not do this. Of a targets file: write its policy with \
    `dynoscaler targets policy FILE`, and deploy the policy's ARN in FleetPolicyArns. Of one target: \
    give the queue by its ARN in AwsSqsName, and secrets by the template's parameters.";

/// Where records are searched, and how often one is due.
#[derive(Debug, Clone)]
pub(super) struct Log<'a> {
    variables: &'a Variables,
    group: Option<String>,
    every: SignedDuration,
    /// How far back the log is searched first, and at most.
    first: SignedDuration,
    longest: SignedDuration,
}

impl<'a> Log<'a> {
    pub(super) fn of_one(
        variables: &'a Variables,
        group: Option<String>,
        every: SignedDuration,
    ) -> Self {
        let first = every.saturating_mul(SEARCHED_CYCLES);
        Self { variables, group, every, first, longest: SEARCHED.max(first) }
    }

    /// Of many targets one that has no record would have all of a day searched.
    pub(super) fn of_many(
        variables: &'a Variables,
        group: Option<String>,
        every: SignedDuration,
    ) -> Self {
        let one = Self::of_one(variables, group, every);
        Self { longest: one.first, ..one }
    }

    /// The same where a cycle is due less often.
    pub(super) fn due_every(&self, every: SignedDuration) -> Self {
        Self { every, ..self.clone() }
    }
}

pub(super) async fn check(
    log: Log<'_>,
    store: &Store,
    target: &Target,
    now: Timestamp,
) -> Vec<Finding> {
    let Some(group) = &log.group else { return vec![without_log(store, now).await] };
    match newest(&log, group, &[&target.id], now).await {
        Ok(found) => of_target(&found, &log, target, now),
        Err(error) => vec![unread(&error)],
    }
}

/// The records of several targets, each with its own.
pub(super) async fn of_each(
    log: &Log<'_>,
    targets: &[&TargetId],
    now: Timestamp,
) -> Result<BTreeMap<String, Found>, Finding> {
    let Some(group) = &log.group else { return Err(unnamed("no log was named")) };
    let found = newest(log, group, targets, now).await.map_err(|error| unread(&error))?;
    let mut of_each: BTreeMap<String, Found> = BTreeMap::new();
    for record in found.records {
        let id = TargetId { app: record.app.clone(), process: record.process.clone() };
        of_each.entry(id.to_string()).or_default().records.push(record);
    }
    Ok(of_each)
}

/// What the last records of a target show.
pub(super) fn of_target(
    found: &Found,
    log: &Log<'_>,
    target: &Target,
    now: Timestamp,
) -> Vec<Finding> {
    [judged(found, log, now)].into_iter().chain(drifted(found, target)).collect()
}

fn unread(error: &anyhow::Error) -> Finding {
    Finding::unchecked(LAST, format!("{error:#}"), UNREAD)
}

/// The newest records, as far back as the last success of each target.
async fn newest(
    log: &Log<'_>,
    group: &str,
    targets: &[&TargetId],
    now: Timestamp,
) -> anyhow::Result<Found> {
    let Log { first, longest, .. } = *log;
    let is_enough = |records: &[&Record]| records.iter().any(|record| record.error.is_none());
    let search = Search { targets, first, longest, is_enough };
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
        let text = format!("no cycle in the last {}{unreadable}", age(log.longest));
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
    Finding::error(LAST, text, remedy(last, error))
}

/// Only the function's own record shows what its role may not do: other calls are the operator's.
fn remedy(last: &Record, error: &str) -> String {
    if error.contains(DENIED) {
        return FOR_ROLE.to_owned();
    }
    let known = last.known_reason().and_then(Reason::remedy).map(ToOwned::to_owned);
    known.unwrap_or_else(|| format!("See {} in docs/REASONS.md.", last.reason()))
}

/// A cycle without anything to remember writes nothing: an old item does not show that none runs.
async fn without_log(store: &Store, now: Timestamp) -> Finding {
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
    unnamed(found)
}

fn unnamed(found: impl Into<String>) -> Finding {
    let remedy = "Name the log with --log-group: the stack's output LogGroupName; or the deployment with \
        --stack or --function. Whether its settings are these is not known without.";
    Finding::unchecked(LAST, found, remedy)
}
