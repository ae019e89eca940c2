//! The dynos that work: seen in what they hold, since a requested dyno boots for an unknown time.
//!
//! Must not know: arrivals, throughput, how many dynos are wanted.

use jiff::{SignedDuration, Timestamp};

use crate::policy::Observation;

/// A dyno that was requested so long ago works.
const BOOTED_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// After so long most do, so that what all hold shows what each holds.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_mins(3);

/// The share of one look in what a dyno holds.
const LOOK_SHARE: f64 = 0.15;

/// More than any queue has in flight.
const HELD_MAX: f64 = 1e6;

/// The dynos that work, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Crew {
    /// Those that work for sure.
    pub(super) certain: u32,
    /// When dynos were last added.
    pub(super) added_at: Timestamp,
    /// Messages that a working dyno holds while others wait, at least 1. None before the first
    /// such look.
    pub(super) held: Option<f64>,
}

impl Crew {
    /// At the first look all dynos count as working.
    pub(super) const fn begun(seen: &Observation, at: Timestamp) -> Self {
        Self { certain: seen.active, added_at: at, held: None }
    }

    /// What was remembered, if it can be.
    pub(super) fn restored(certain: u32, added_at: Timestamp, held: Option<f64>) -> Option<Self> {
        let is_possible = held.is_none_or(|held| (1.0..=HELD_MAX).contains(&held));
        is_possible.then_some(Self { certain, added_at, held })
    }

    /// After another look.
    pub(super) fn after(self, last: &Observation, seen: &Observation, now: Timestamp) -> Self {
        if last.active < seen.active {
            return Self { certain: self.certain.min(last.active), added_at: now, ..self };
        }
        let have_booted = BOOTED_AFTER <= now.duration_since(self.added_at);
        let certain = if have_booted { seen.active } else { self.certain.min(seen.active) };
        Self { certain, held: self.held_after(last, seen, now), ..self }
    }

    /// The dynos that work while messages wait.
    pub(super) fn working(&self, seen: &Observation) -> Option<f64> {
        let (least, most) = (self.certain.min(seen.active), seen.active);
        let working = seen.in_flight() / self.held?;
        Some(working.clamp(least.into(), most.into()))
    }

    /// The dynos that hold messages, of which one that crashes holds none.
    pub(super) fn holding(&self, seen: &Observation) -> f64 {
        let active = f64::from(seen.active);
        self.held.map_or(active, |held| active.min(seen.in_flight() / held))
    }

    /// At a look with or without messages waiting: without, all that were requested count.
    pub(super) fn at_work(&self, seen: &Observation) -> f64 {
        let working = self.working(seen).filter(|_| seen.is_backed_up());
        working.unwrap_or_else(|| seen.active.into())
    }

    fn held_after(&self, last: &Observation, seen: &Observation, now: Timestamp) -> Option<f64> {
        let is_settled = SETTLED_AFTER <= now.duration_since(self.added_at)
            && last.active == seen.active
            && last.is_backed_up()
            && seen.is_backed_up();
        if !is_settled {
            return self.held;
        }
        let each = (seen.in_flight() / f64::from(seen.active.max(1))).clamp(1.0, HELD_MAX);
        Some(self.held.map_or(each, |held| held + LOOK_SHARE * (each - held)))
    }
}
