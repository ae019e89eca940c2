//! The busy floor: the dynos that hold messages in flight, which are not stopped.
//!
//! A message in flight need not be worked on: one in its retry back-off, or one that a library
//! keeps for later, is in flight as well. Such messages do not change, so that the floor expires.
//! Must not know: what would stop a dyno.

use jiff::{SignedDuration, Timestamp};

use super::{Observation, Policy};

/// Messages in flight that did not change while nothing waited and no dyno was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Still {
    /// Messages in flight.
    pub in_flight: u64,
    /// The dynos that ran then.
    pub active: u32,
    /// Since when.
    pub since: Timestamp,
}

impl Still {
    /// The unchanged messages at this observation. None at the minimum, where no dyno can be
    /// removed, so that an idle target has nothing to remember.
    pub(super) fn after(
        before: Option<Self>,
        policy: &Policy,
        seen: &Observation,
        now: Timestamp,
    ) -> Option<Self> {
        let in_flight = seen.backlog.in_flight;
        if seen.backlog.visible > 0 || in_flight == 0 || seen.active <= policy.bounds.min {
            return None;
        }
        let is_same = |it: &Self| it.in_flight == in_flight && seen.active <= it.active;
        let since = before.filter(is_same).map_or(now, |it| it.since);
        Some(Self { in_flight, active: seen.active, since })
    }
}

/// The dynos that are kept for the messages that they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BusyFloor {
    pub(super) dynos: u32,
    /// When it expires, unless the messages in flight change before.
    pub(super) until: Option<Timestamp>,
}

impl BusyFloor {
    pub(super) fn of(
        policy: &Policy,
        held: Option<f64>,
        seen: &Observation,
        still: Option<Still>,
        now: Timestamp,
    ) -> Self {
        let busy = SignedDuration::from_mins(policy.busy_minutes.into());
        let expires = |still: Still| still.since.saturating_add(busy).unwrap_or(Timestamp::MAX);
        match still.map(expires) {
            Some(until) if until <= now => Self { dynos: 0, until: None },
            until => Self { dynos: holding(held, seen), until },
        }
    }
}

/// The dynos that hold messages in flight. Rounded up: a dyno with one message is busy.
///
/// Heroku stops the highest numbers first and SQS does not report which worker holds which message,
/// so that this many are needed for none to be stopped at work, and may not suffice. Without a
/// number that is set or learnt one dyno is kept, since to stop the last one is sure to stop the work.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "not negative; the cast saturates, which keeps every dyno"
)]
fn holding(held: Option<f64>, seen: &Observation) -> u32 {
    let in_flight = seen.backlog.in_flight;
    match held {
        Some(each) => (in_flight as f64 / each).ceil() as u32,
        None => u32::from(in_flight > 0),
    }
}
