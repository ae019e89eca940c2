//! Which records are news to other programs: each change, and where a refusal or a stop begins.
//!
//! A refusal lasts until an operator acts, which may take hours of cycles. Must not know who gets
//! the news, nor how.

use std::collections::BTreeMap;

use crate::policy::{Reason, ReasonKind};
use crate::report::{Action, CycleReport};

/// What is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The quantity was changed, or would have been in a dry run.
    Change,
    /// Heroku refuses a request, or allows no more dynos or calls.
    Refusal,
    /// An operator decides, not the load.
    Stop,
}

/// The refusal or stop that lasts, for each target that has one.
#[derive(Debug, Default)]
pub struct NewsFilter {
    lasting: BTreeMap<(String, String), Reason>,
}

impl News {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Change, Self::Refusal, Self::Stop];

    /// Its name, by which a rule of EventBridge finds it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Change => "DynoScaler Change",
            Self::Refusal => "DynoScaler Refusal",
            Self::Stop => "DynoScaler Stop",
        }
    }

    fn of(report: &CycleReport) -> Option<Self> {
        match report.reason.kind() {
            _ if report.action != Action::None => Some(Self::Change),
            ReasonKind::Limit | ReasonKind::Refusal => Some(Self::Refusal),
            ReasonKind::Hold => Some(Self::Stop),
            ReasonKind::Change
            | ReasonKind::Count
            | ReasonKind::Silent
            | ReasonKind::Unread
            | ReasonKind::Unconfirmed => None,
        }
    }
}

impl NewsFilter {
    /// What is new in the record of a cycle, if anything is.
    pub fn news(&mut self, report: &CycleReport) -> Option<News> {
        let news = News::of(report);
        match news {
            Some(News::Refusal | News::Stop) => {
                let before = self.lasting.insert(target(report), report.reason);
                return news.filter(|_| before != Some(report.reason));
            }
            // A cycle that failed for another reason ends nothing.
            None if report.error_type.is_some() => {}
            Some(News::Change) | None => self.forget(report),
        }
        news
    }

    /// The record's refusal or stop is news again in the next cycle: this time it did not arrive.
    pub fn forget(&mut self, report: &CycleReport) {
        self.lasting.remove(&target(report));
    }
}

fn target(CycleReport { app, process, .. }: &CycleReport) -> (String, String) {
    (app.clone(), process.clone())
}
