//! The records that cycles left, as a person asks for them later.
//!
//! Fields that are missing were unknown to whoever wrote them: an older version's record is one.
//!
//! Must not know what is told of them.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::world::Variables;
use crate::adapters::{CloudWatchLogs, Http};
use crate::config::{ServiceConfig, Target};

/// What is told of one cycle.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Record {
    pub(super) tick: Timestamp,
    pub(super) reason: String,
    pub(super) app: String,
    pub(super) process: String,
    pub(super) error: Option<String>,
}

impl Record {
    /// A line of a log, if it is a record. Text before the object is allowed, as exports have it.
    pub(super) fn read(line: &str) -> Option<Self> {
        serde_json::from_str(&line[line.find('{')?..]).ok()
    }

    pub(super) fn is_of(&self, target: &Target) -> bool {
        self.app == target.app && self.process == target.process
    }
}

/// Every record of a log group that is not older than `age`, the oldest first.
pub(super) async fn fetch(
    variables: &Variables,
    group: &str,
    age: SignedDuration,
    now: Timestamp,
) -> anyhow::Result<Vec<Record>> {
    let config = ServiceConfig::logs(|name| variables.value(name))?;
    let since = now.checked_sub(age).context("such a time is too long")?;
    let logs = CloudWatchLogs::new(&config, &Http::new()?);
    let lines = logs.records(group, since).await.map_err(anyhow::Error::from_boxed);
    let lines = lines.with_context(|| format!("cannot read log group {group}"))?;
    let mut records: Vec<Record> = lines.iter().filter_map(|line| Record::read(line)).collect();
    records.sort_by_key(|record| record.tick);
    Ok(records)
}
