//! The readings of one target, and what its policy decides of them.
//!
//! Must not know how they were read, nor how they are shown.

use jiff::{SignedDuration, Timestamp};

use super::forecast::{Forecast, Present};
use crate::text::{age, cycles_last, plural};
use dynoscaler::cycle::Seen;
use dynoscaler::policy::{Bounds, BoundsChange, Driver, InstanceId, Observation, Reason};
use dynoscaler::report::error_chain;
use dynoscaler::target::Target;

#[derive(Debug)]
pub(super) struct Observed {
    pub(super) target: Target,
    pub(super) every: SignedDuration,
    pub(super) now: Timestamp,
    pub(super) seen: Seen,
}

impl Observed {
    /// The failed readings, with their causes.
    pub(super) fn unknown(&self) -> Vec<String> {
        let Seen { backlog, formation, state } = &self.seen;
        let read = [
            backlog.as_ref().err().map(|error| error_chain(error)),
            formation.as_ref().err().map(|error| error_chain(error)),
            state.as_ref().err().map(|error| error_chain(error)),
        ];
        read.into_iter().flatten().collect()
    }

    pub(super) fn observation(&self) -> Option<Observation> {
        let (queues, reading) = (&self.seen.backlog, &self.seen.formation);
        let (queues, reading) = (queues.as_ref().ok()?, reading.as_ref().ok()?);
        Some(self.target.policy.observed(queues, reading.quantity))
    }

    /// The input of the policy's forecast, if nothing is unknown.
    pub(super) fn present(&self) -> Option<Present> {
        let state = self.seen.state.as_ref().ok()?.state.clone();
        let (seen, app) = (self.observation()?, self.seen.formation.as_ref().ok()?.app);
        let (policy, schedule) = (self.target.policy, self.target.schedule.clone());
        let driver = Driver::new(policy, schedule, InstanceId::new("forecast")).remembering(state);
        Some(Present::new(driver, seen, app, (self.now, self.every)))
    }

    /// The current bounds.
    pub(super) fn bounds(&self) -> Bounds {
        self.target.policy_at(self.now).bounds
    }

    /// When other bounds begin, if they ever do.
    pub(super) fn bounds_change(&self) -> Option<BoundsChange> {
        self.target.schedule.changes(self.target.policy.bounds, self.now).next()
    }

    /// When a change comes, and which.
    pub(super) fn then(&self, forecast: Forecast) -> String {
        match forecast {
            Forecast::Steady { reason, until: None } => reason.label().to_owned(),
            Forecast::Steady { reason, until: Some(until) } => {
                format!("{} {}", reason.label(), ends(until))
            }
            Forecast::Beyond { cycles, reason } => self.beyond(cycles, reason),
            Forecast::Change { cycles, reason, change } => format!(
                "{}{}: {} to {}",
                plural(cycles, "more cycle"),
                self.lasting(cycles),
                reason.label(),
                plural(change.to.into(), "dyno"),
            ),
        }
    }

    pub(super) fn beyond(&self, cycles: u64, reason: Reason) -> String {
        let (cycles, time) = (plural(cycles, "cycle"), self.lasting(cycles));
        format!("no change within {cycles}{time}: {}", reason.label())
    }

    /// The time that so many cycles take, where it is not obvious.
    fn lasting(&self, cycles: u64) -> String {
        let lasting = cycles_last(self.every, cycles);
        if lasting < SignedDuration::from_hours(1) {
            return String::new();
        }
        format!(" ({})", age(lasting))
    }
}

pub(super) fn ends(until: Timestamp) -> String {
    format!("until {until:.0}")
}
