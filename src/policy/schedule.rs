//! Bounds that depend on the day and the hour: the first rule that applies now is in force.
//!
//! A rule looks at the wall clock of its time zone. An hour that a clock change repeats counts
//! twice, one that it skips does not come. Must not know: what now is, how rules are written.

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::{Bounds, Policy};

/// When other bounds than the policy's are in force. Without rules: never.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schedule {
    /// In the order in which they are tried.
    pub rules: Vec<ScheduleRule>,
}

/// Bounds and when they are in force.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleRule {
    /// The days on which its hours begin.
    pub days: Days,
    /// The hours, or the whole day.
    pub hours: Option<Hours>,
    /// Whose wall clock.
    pub zone: TimeZone,
    /// The bounds; unlike a policy's they may allow no dyno at all.
    pub bounds: Bounds,
}

/// Days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days([bool; 7]);

/// Hours of a day, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first moment.
    pub from: Time,
    /// The first moment after. Not after `from`: on the next day.
    pub to: Time,
}

impl Days {
    /// Every day.
    pub const ALL: Self = Self([true; 7]);

    /// The days from one to another, both included; over the end of the week if it must be.
    #[must_use]
    pub fn range(first: Weekday, last: Weekday) -> Self {
        let more = first.until(last);
        (0..=more).map(|days| first.wrapping_add(days)).fold(Self::default(), Self::with)
    }

    /// These and those of `others`.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(std::array::from_fn(|day| self.0[day] || others.0[day]))
    }

    fn with(mut self, day: Weekday) -> Self {
        self.0[index(day)] = true;
        self
    }

    fn contains(self, day: Weekday) -> bool {
        self.0[index(day)]
    }
}

fn index(day: Weekday) -> usize {
    usize::from(day.to_monday_zero_offset().unsigned_abs())
}

impl ScheduleRule {
    fn applies(&self, now: Timestamp) -> bool {
        let local = self.zone.to_datetime(now);
        let (today, time) = (local.date().weekday(), local.time());
        let is_today = self.days.contains(today);
        match self.hours {
            None => is_today,
            Some(Hours { from, to }) if from < to => is_today && from <= time && time < to,
            Some(Hours { from, to }) => {
                let since_yesterday = self.days.contains(today.wrapping_sub(1)) && time < to;
                (is_today && from <= time) || since_yesterday
            }
        }
    }
}

impl Schedule {
    /// `policy`, with the bounds that are in force at `now`.
    #[must_use]
    pub fn in_force(&self, policy: &Policy, now: Timestamp) -> Policy {
        let rule = self.rules.iter().find(|rule| rule.applies(now));
        rule.map_or(*policy, |rule| Policy { bounds: rule.bounds, ..*policy })
    }

    /// The most dynos that any time of the week allows.
    #[must_use]
    pub fn highest_max(&self, policy: &Policy) -> u32 {
        self.rules.iter().map(|rule| rule.bounds.max).fold(policy.bounds.max, u32::max)
    }
}
