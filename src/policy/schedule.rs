//! Bounds that depend on the day and the hour: the first window that applies now sets them.
//!
//! A window follows the wall clock of its time zone. An hour that a clock change repeats counts
//! twice, one that it skips does not come. Must not know: the current time, how windows are written.

use std::collections::BTreeSet;
use std::iter;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Bounds;

/// When other bounds than the policy's apply. Without windows: never.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schedule {
    /// In the order in which they are tried.
    pub windows: Vec<BoundsWindow>,
}

/// Bounds and when they apply.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundsWindow {
    /// The days on which its hours begin.
    pub days: Days,
    /// The hours, or the whole day.
    pub hours: Option<Hours>,
    /// The time zone of the wall clock.
    pub zone: TimeZone,
    /// The bounds; unlike a policy's they may allow no dyno at all.
    pub bounds: Bounds,
}

/// Other bounds than before, and from when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoundsChange {
    /// The first moment.
    pub at: Timestamp,
    /// The bounds from then on.
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

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A week, and another one if clocks skip the hour that is searched for, with a day to spare.
const DAYS_TO_CHANGE: i32 = 15;

/// A year: in it each pair of time zones has had every distance.
const DAYS_TO_COME: i32 = 366;

impl BoundsWindow {
    /// The moments of a day from `start` on at which the window may begin or end.
    fn edges(&self, start: Timestamp) -> impl Iterator<Item = Timestamp> {
        let times = self.hours.map_or([Time::midnight(); 2], |Hours { from, to }| [from, to]);
        let today = self.zone.to_datetime(start).date();
        let dates = [Some(today), today.tomorrow().ok()].into_iter().flatten();
        let on = move |date: Date| {
            times.map(|time| self.zone.to_ambiguous_timestamp(date.to_datetime(time)))
        };
        let moments = dates.flat_map(on).flat_map(|at| [at.earlier(), at.later()]).flatten();
        let clocks = self.zone.following(start).take(1).map(|change| change.timestamp());
        moments.chain(clocks).filter(move |at| is_in_day(*at, start))
    }

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

fn is_in_day(at: Timestamp, start: Timestamp) -> bool {
    start <= at && at.duration_since(start) < DAY
}

impl Schedule {
    /// The first window that applies.
    fn first(&self, now: Timestamp) -> Option<usize> {
        self.windows.iter().position(|window| window.applies(now))
    }

    /// All moments of some days from `from` on at which a window may begin or end, in order.
    fn edges(&self, from: Timestamp, days: i32) -> impl Iterator<Item = Timestamp> {
        let starts = (0..days).filter_map(move |day| from.checked_add(DAY * day).ok());
        starts.flat_map(|start| {
            self.windows.iter().flat_map(|window| window.edges(start)).collect::<BTreeSet<_>>()
        })
    }

    /// When other bounds begin after `now`, one change after the other; `usual` if no window applies.
    pub fn changes(&self, usual: Bounds, now: Timestamp) -> impl Iterator<Item = BoundsChange> {
        iter::successors(self.change(usual, now), move |last| self.change(usual, last.at))
    }

    fn change(&self, usual: Bounds, now: Timestamp) -> Option<BoundsChange> {
        let before = self.in_force(usual, now);
        self.edges(now, DAYS_TO_CHANGE)
            .map(|at| BoundsChange { at, bounds: self.in_force(usual, at) })
            .find(|change| change.bounds != before)
    }

    /// The windows that will never apply, since earlier ones apply whenever they would.
    #[must_use]
    pub fn hidden(&self, now: Timestamp) -> Vec<usize> {
        let moments = iter::once(now).chain(self.edges(now, DAYS_TO_COME));
        let seen: BTreeSet<usize> = moments.filter_map(|at| self.first(at)).collect();
        (0..self.windows.len()).filter(|window| !seen.contains(window)).collect()
    }

    /// The bounds at `now`; `usual` if no window applies.
    #[must_use]
    pub fn in_force(&self, usual: Bounds, now: Timestamp) -> Bounds {
        self.first(now).map_or(usual, |window| self.windows[window].bounds)
    }

    /// The most dynos that any time of the week allows.
    #[must_use]
    pub fn highest_max(&self, usual: Bounds) -> u32 {
        self.windows.iter().map(|window| window.bounds.max).fold(usual.max, u32::max)
    }
}
