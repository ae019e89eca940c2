//! The memory of the rule `rate`: the last observation of the queue, the estimate, the recent
//! needs.
//!
//! Must not know: how either is found, where it is stored.

use jiff::Timestamp;

use super::crew::Crew;
use super::estimate::BUSY;
use super::law::Prospect;
use super::{Dynos, Estimate, Headroom, Trial};
use crate::policy::{Needs, Observation, Policy};

/// What a minute shows is learnt at once; less time shows less than the lateness of the counts.
const LEARNT_AFTER_MINUTES: f64 = 0.9;

/// The time between two looks that a longer one counts as.
const LOOK_MAX_MINUTES: f64 = 5.0;
/// The share of one look in the usual time between two.
const LOOK_SHARE: f64 = 0.1;

/// A service level is within reach again if it needs less than this share of the maximum.
const WITHIN_REACH: f64 = 0.8;

/// Standard deviation of the logarithm of what a dyno holds, from which on it counts as known.
const HELD_DEVIATION_KNOWN: f64 = 0.5;

/// The memory of the rule `rate`. Every number is finite.
#[derive(Debug, Clone, PartialEq)]
pub struct RateMemory {
    learnt: Learnt,
    pace: Pace,
    headroom: Headroom,
    trial: Option<Trial>,
    out_of_reach_since: Option<Timestamp>,
    /// Never empty but before the first cycle has ended.
    needs: Needs,
}

/// What was learnt up to an observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Learnt {
    pub(super) seen: Observation,
    pub(super) at: Timestamp,
    pub(super) estimate: Estimate,
    pub(super) crew: Crew,
}

/// The last look, and the usual time between two.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pace {
    at: Timestamp,
    minutes: f64,
}

/// Finite numbers are equal to themselves.
impl Eq for RateMemory {}

/// The memory as plain values, to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct RateRecord {
    /// The observation up to which was learnt.
    pub at: Timestamp,
    /// The observation then.
    pub seen: Observation,
    /// Busy dynos, messages per dyno and minute, logarithm of the messages in flight per busy dyno.
    pub means: [f64; 3],
    /// Their covariance, the lower triangle row by row.
    pub covariance: [f64; 6],
    /// The dynos that work for sure.
    pub certain_dynos: u32,
    /// When dynos were last added.
    pub added_at: Timestamp,
    /// Messages that a working dyno holds while others wait.
    pub held: Option<f64>,
    /// When the queue was last observed.
    pub looked_at: Timestamp,
    /// The usual time between two observations.
    pub look_minutes: f64,
    /// The arrivals after a jump that is prepared for ÷ those before it.
    pub headroom: f64,
    /// The dynos that the arrivals usually keep busy.
    pub usual_busy: f64,
    /// The messages that would wait if the maximum of dynos had worked all the time.
    pub backlog_at_max: f64,
    /// The time above beyond what the service level leaves, as a share of what it leaves in a day.
    pub overspent: f64,
    /// Whether the dynos that were added help.
    pub trial: Option<Trial>,
    /// When the service level came to need more dynos than the maximum.
    pub out_of_reach_since: Option<Timestamp>,
    /// The dynos needed in the last cycles, the oldest first.
    pub needs: Vec<u32>,
}

/// A record that no memory can have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no estimate has such numbers")]
pub struct Unreadable;

impl RateRecord {
    /// What an earlier version learnt, which did not learn the rest.
    #[must_use]
    pub fn of_estimate(
        at: Timestamp,
        seen: Observation,
        means: [f64; 3],
        covariance: [f64; 6],
        needs: Vec<u32>,
    ) -> Self {
        let crew = Crew::begun(&seen, at);
        let headroom = Headroom::begun(means[BUSY]);
        Self {
            at,
            seen,
            means,
            covariance,
            certain_dynos: crew.certain,
            added_at: crew.added_at,
            held: crew.held,
            looked_at: at,
            look_minutes: Pace::USUAL_MINUTES,
            headroom: headroom.factor(),
            usual_busy: headroom.usual(),
            backlog_at_max: headroom.backlog_at_max(),
            overspent: headroom.overspent(),
            trial: None,
            out_of_reach_since: None,
            needs,
        }
    }
}

impl Learnt {
    /// From a first observation.
    pub(super) fn begun(estimate: Estimate, seen: &Observation, at: Timestamp) -> Self {
        let seen = Observation::new(seen.backlog, seen.active);
        Self { seen, at, estimate, crew: Crew::begun(&seen, at) }
    }

    /// The dynos at a look.
    pub(super) fn dynos(&self, seen: &Observation) -> Dynos {
        let Self { estimate, crew, .. } = self;
        Dynos {
            working: crew.at_work(seen),
            busy: estimate.busy_dynos(),
            messages_per_minute: estimate.messages_per_dyno_minute(),
        }
    }
}

impl Pace {
    const USUAL_MINUTES: f64 = 1.0;

    fn after(self, now: Timestamp) -> Self {
        let passed = minutes_between(self.at, now).clamp(0.0, LOOK_MAX_MINUTES);
        Self { at: now, minutes: self.minutes + LOOK_SHARE * (passed - self.minutes) }
    }
}

pub(super) fn minutes_between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() / 60.0
}

impl RateMemory {
    /// Reads what [`Self::record`] wrote.
    ///
    /// # Errors
    /// Numbers that are not finite, beyond their bounds, or no covariance; too many needs.
    pub fn restored(record: RateRecord) -> Result<Self, Unreadable> {
        let estimate = Estimate::restored(record.means, record.covariance).ok_or(Unreadable)?;
        let RateRecord { headroom, usual_busy, backlog_at_max, overspent, .. } = record;
        let headroom = Headroom::restored(headroom, usual_busy, backlog_at_max, overspent);
        let headroom = headroom.ok_or(Unreadable)?;
        let crew = Crew::restored(record.certain_dynos, record.added_at, record.held);
        let crew = crew.ok_or(Unreadable)?;
        let needs = Needs::restored(record.needs).map_err(|_| Unreadable)?;
        let pace = Pace { at: record.looked_at, minutes: record.look_minutes };
        if !(0.0..=LOOK_MAX_MINUTES).contains(&pace.minutes) {
            return Err(Unreadable);
        }
        let learnt = Learnt { seen: record.seen, at: record.at, estimate, crew };
        let trial = record.trial.map(|trial| trial.restored().ok_or(Unreadable)).transpose()?;
        let out_of_reach_since = record.out_of_reach_since;
        Ok(Self { learnt, pace, headroom, trial, out_of_reach_since, needs })
    }

    /// The memory as plain values.
    #[must_use]
    pub fn record(&self) -> RateRecord {
        let Learnt { seen, at, estimate, crew } = self.learnt;
        RateRecord {
            at,
            seen,
            means: estimate.means(),
            covariance: estimate.covariance(),
            certain_dynos: crew.certain,
            added_at: crew.added_at,
            held: crew.held,
            looked_at: self.pace.at,
            look_minutes: self.pace.minutes,
            headroom: self.headroom.factor(),
            usual_busy: self.headroom.usual(),
            backlog_at_max: self.headroom.backlog_at_max(),
            overspent: self.headroom.overspent(),
            trial: self.trial,
            out_of_reach_since: self.out_of_reach_since,
            needs: self.needs.as_slice().to_vec(),
        }
    }

    /// The estimate of arrivals and throughput.
    #[must_use]
    pub const fn estimate(&self) -> &Estimate {
        &self.learnt.estimate
    }

    /// The jump that is prepared for.
    #[must_use]
    pub const fn headroom(&self) -> Headroom {
        self.headroom
    }

    /// Whether the dynos that were added help, while that is on trial.
    #[must_use]
    pub const fn trial(&self) -> Option<Trial> {
        self.trial
    }

    /// The dynos that work, as far as they can be seen.
    #[must_use]
    pub fn working_dynos(&self, seen: &Observation) -> f64 {
        self.learnt.crew.at_work(seen)
    }

    /// Messages in flight that one dyno holds, once it is known to within its half.
    pub(in crate::policy) fn held(&self, seen: &Observation) -> Option<f64> {
        let Learnt { estimate, crew, .. } = &self.learnt;
        let is_known = estimate.held_deviation() < HELD_DEVIATION_KNOWN;
        if seen.is_backed_up() {
            crew.held
        } else {
            is_known.then(|| estimate.in_flight_per_busy_dyno())
        }
    }

    /// The latest time in it.
    pub(in crate::policy) fn at(&self) -> Timestamp {
        let held = self.trial.and_then(|trial| trial.hold).map(|hold| hold.since);
        let learnt = self.learnt.at.max(self.learnt.crew.added_at);
        let news = held.max(self.out_of_reach_since);
        learnt.max(self.pace.at).max(news.unwrap_or(learnt))
    }

    /// What is to come, as far as was learnt about a minute ago.
    pub(super) const fn prospect(&self) -> Prospect<'_> {
        Prospect {
            estimate: &self.learnt.estimate,
            headroom: self.headroom,
            look_minutes: self.pace.minutes,
        }
    }

    /// What was learnt about a minute ago.
    pub(super) const fn learnt(&self) -> &Learnt {
        &self.learnt
    }

    /// After a first observation.
    pub(super) fn begun(learnt: Learnt) -> Self {
        let pace = Pace { at: learnt.at, minutes: Pace::USUAL_MINUTES };
        let headroom = Headroom::begun(learnt.estimate.busy_dynos());
        Self {
            learnt,
            pace,
            headroom,
            trial: None,
            out_of_reach_since: None,
            needs: Needs::default(),
        }
    }

    /// After another look. What is learnt in less than about a minute is used and not kept: the
    /// next look learns it again, and better.
    pub(super) fn taught(
        &self,
        learnt: Learnt,
        headroom: impl FnOnce(Headroom, f64) -> Headroom,
        trial: Option<Trial>,
    ) -> Self {
        let minutes = minutes_between(self.learnt.at, learnt.at);
        let pace = self.pace.after(learnt.at);
        if minutes < LEARNT_AFTER_MINUTES {
            return Self { pace, ..self.clone() };
        }
        let headroom = headroom(self.headroom, minutes);
        Self { learnt, pace, headroom, trial, ..self.clone() }
    }

    /// The memory after a look at which the service level needs so many dynos. It is within reach
    /// again with fewer by a fifth, so that a few looks do not bring the same news again.
    pub(super) fn reaching(self, level_dynos: u32, policy: &Policy) -> Self {
        let (needed, max) = (f64::from(level_dynos), f64::from(policy.bounds.max));
        let out_of_reach_since = if max < needed {
            self.out_of_reach_since.or(Some(self.pace.at))
        } else {
            self.out_of_reach_since.filter(|_| WITHIN_REACH * max < needed)
        };
        Self { out_of_reach_since, ..self }
    }

    /// Whether the last look was the first at which the service level needs too many dynos.
    pub(super) fn is_newly_out_of_reach(&self) -> bool {
        self.out_of_reach_since == Some(self.pace.at)
    }

    /// The memory after a cycle that needed so many dynos. As many needs are kept as the next
    /// removal considers.
    pub(super) fn needing(self, need: u32, down_cycles: u32) -> Self {
        Self { needs: self.needs.with(need, down_cycles), ..self }
    }

    /// The most dynos that any remembered cycle needed.
    pub(super) fn highest_need(&self) -> u32 {
        self.needs.highest()
    }

    /// The dynos that the last cycle needed.
    pub(super) fn last_need(&self) -> u32 {
        self.needs.as_slice().last().copied().unwrap_or(0)
    }
}
