//! Reads the records of a log group: all since an instant, or the newest ones.
//!
//! A log that takes no more calls for the moment is called again, after growing pauses. Must not
//! know what is shown of the records.

use std::iter;
use std::time::Duration;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};

use super::connection::{Variables, http};
use super::records::{Found, Record, before};
use super::text::{percent, plural};
use dynoscaler::adapters::{CloudWatchLogs, LogError, LogLines, Page, Pages};
use dynoscaler::config::ServiceConfig;
use dynoscaler::target::TargetId;

const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// While an operator watches a month being read.
const PATIENCE: Duration = Duration::from_secs(120);

/// While an operator waits for the last few cycles.
const HASTE: Duration = Duration::from_secs(10);

/// The progress of reading a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Every event up to here was read, unless there was none.
    Through(Option<Timestamp>),
    /// The log takes no more calls for the moment.
    Pausing(Duration),
}

/// The records that were read, and why no more were.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) found: Found,
    pub(super) cut: Option<anyhow::Error>,
}

/// Which of the newest records are needed, and from where.
pub(super) struct Search<'a> {
    pub(super) targets: &'a [&'a TargetId],
    /// How far back to search first; doubled each time that nothing is found.
    pub(super) first: SignedDuration,
    pub(super) longest: SignedDuration,
    /// Of each target's.
    pub(super) is_enough: fn(&[&Record]) -> bool,
}

impl Search<'_> {
    fn is_enough_of_each(&self, records: &[Record]) -> bool {
        self.targets.iter().all(|target| {
            let of_target: Vec<_> = records.iter().filter(|record| record.is_of(target)).collect();
            (self.is_enough)(&of_target)
        })
    }
}

/// A log group of an account and region.
#[derive(Debug)]
pub(super) struct LogGroup {
    logs: CloudWatchLogs,
    name: String,
}

impl LogGroup {
    /// Nothing is called yet.
    ///
    /// # Errors
    /// If the region is not valid or unknown.
    pub(super) fn new(variables: &Variables, name: &str) -> anyhow::Result<Self> {
        let config = ServiceConfig::logs(variables.environment())?;
        Ok(Self { logs: CloudWatchLogs::new(&config, &http()?), name: name.to_owned() })
    }

    /// Every record since an instant, or those before the log failed.
    ///
    /// # Errors
    /// If the log failed before anything was read.
    pub(super) async fn since(
        &self,
        since: Timestamp,
        now: Timestamp,
        watch: impl FnMut(Step),
    ) -> anyhow::Result<Reading> {
        let Lines { lines, through, cut } =
            read(self.pages(LogLines::Records, since, None), PATIENCE, watch).await;
        let found = Found::among(&lines);
        let cut = match (cut, through) {
            (None, _) => None,
            (Some(error), None) => return Err(error).with_context(|| self.unreadable()),
            (Some(error), Some(through)) => {
                let share = share(since, through, now);
                let count = plural(found.records.len() as u64, "record");
                let text = format!("{} after {through:.0}", self.unreadable());
                Some(
                    anyhow::Error::new(error)
                        .context(format!("{text}: {count} of {share} of the time were read")),
                )
            }
        };
        Ok(Reading { found, cut })
    }

    /// The newest records of the targets, the oldest first. Reads no more of the log than it must.
    ///
    /// # Errors
    /// If the log fails.
    pub(super) async fn newest(&self, search: Search<'_>, now: Timestamp) -> anyhow::Result<Found> {
        let (mut lines, mut end, mut span) = (Vec::new(), None, search.first);
        loop {
            let from = before(now, span.min(search.longest));
            let older = read(self.pages(LogLines::Records, from, end), HASTE, |_| ()).await;
            if let Some(error) = older.cut {
                return Err(error).with_context(|| self.unreadable());
            }
            lines.extend(older.lines);
            let mut found = Found::among(&lines);
            found.records.retain(|record| search.targets.iter().any(|it| record.is_of(it)));
            if search.is_enough_of_each(&found.records) || search.longest <= span {
                return Ok(found);
            }
            (end, span) = (Some(from), span.saturating_mul(2));
        }
    }

    /// The warnings since an instant of events that are not on the bus.
    ///
    /// # Errors
    /// If the log fails.
    pub(super) async fn undelivered_events(&self, since: Timestamp) -> anyhow::Result<Vec<String>> {
        let pages = self.pages(LogLines::UndeliveredEvents, since, None);
        let Lines { lines, cut, .. } = read(pages, HASTE, |_| ()).await;
        match cut {
            None => Ok(lines),
            Some(error) => Err(error).with_context(|| self.unreadable()),
        }
    }

    fn pages(&self, lines: LogLines, from: Timestamp, end: Option<Timestamp>) -> Pages<'_> {
        self.logs.pages(&self.name, lines, from, end)
    }

    fn unreadable(&self) -> String {
        format!("cannot read log group {}", self.name)
    }
}

/// How much of the time since an instant was read.
fn share(since: Timestamp, through: Timestamp, now: Timestamp) -> String {
    let [read, all] = [through, now].map(|end| end.duration_since(since).as_secs_f64());
    percent((read / all).clamp(0.0, 1.0))
}

/// Lines of a log, and the time of the last event.
#[derive(Debug, Default)]
struct Lines {
    lines: Vec<String>,
    through: Option<Timestamp>,
    cut: Option<LogError>,
}

async fn read(mut pages: Pages<'_>, patience: Duration, mut watch: impl FnMut(Step)) -> Lines {
    let mut all = Lines::default();
    loop {
        let next = patiently(async || pages.next().await, pauses(patience), &mut watch).await;
        match next {
            Ok(Some(Page { lines, through })) => {
                all.lines.extend(lines);
                all.through = all.through.max(through);
                watch(Step::Through(all.through));
            }
            Ok(None) => return all,
            Err(error) => return Lines { cut: Some(error), ..all },
        }
    }
}

/// Calls again after each pause for as long as the log takes no more calls.
async fn patiently<T>(
    mut call: impl AsyncFnMut() -> Result<T, LogError>,
    pauses: impl Iterator<Item = Duration>,
    watch: &mut impl FnMut(Step),
) -> Result<T, LogError> {
    for pause in pauses {
        match call().await {
            Err(LogError::Throttled(_)) => watch(Step::Pausing(pause)),
            outcome => return outcome,
        }
        tokio::time::sleep(pause).await;
    }
    call().await
}

/// Each twice as long as the one before, up to a bound, until their sum reaches `in_all`.
fn pauses(in_all: Duration) -> impl Iterator<Item = Duration> {
    let growing = iter::successors(Some(PAUSE_MIN), |pause| Some((*pause * 2).min(PAUSE_MAX)));
    growing.scan(Duration::ZERO, move |waited, pause| {
        *waited += pause;
        (*waited <= in_all).then_some(pause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynoscaler::adapters::AwsError;

    fn refused(status: u16) -> AwsError {
        let (region, code) = ("eu-west-1".to_owned(), "Refused".to_owned());
        let message = "No.".to_owned();
        AwsError::Refused { service: "CloudWatch Logs", region, status, code, message }
    }

    fn throttled<T>() -> Result<T, LogError> {
        Err(LogError::Throttled(refused(429)))
    }

    // case D8
    #[test]
    fn pauses_grow_to_a_bound_and_end() {
        let all: Vec<_> = pauses(Duration::from_secs(30)).map(|pause| pause.as_millis()).collect();
        assert_eq!(all, [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
    }

    // case D8
    #[tokio::test(start_paused = true)]
    async fn a_log_that_throttles_is_called_again_until_it_answers_or_patience_ends() {
        let mut steps = Vec::new();
        let mut calls = 0;
        let call = async || {
            calls += 1;
            if calls < 4 { throttled() } else { Ok(calls) }
        };
        let answer = patiently(call, pauses(PATIENCE), &mut |step| steps.push(step)).await;
        assert_eq!(answer.ok(), Some(4));
        let expected = [250, 500, 1_000].map(|ms| Step::Pausing(Duration::from_millis(ms)));
        assert_eq!(steps, expected);
        let never = patiently(async || throttled::<()>(), pauses(HASTE), &mut |_| ()).await;
        assert!(matches!(never, Err(LogError::Throttled(_))));
    }

    #[tokio::test]
    async fn an_error_other_than_throttling_is_not_retried() {
        let mut calls = 0;
        let call = async || {
            calls += 1;
            Err::<(), _>(LogError::Failed(refused(400)))
        };
        let answer = patiently(call, pauses(PATIENCE), &mut |_| ()).await;
        assert!(matches!(answer, Err(LogError::Failed(_))));
        assert_eq!(calls, 1);
    }
}
