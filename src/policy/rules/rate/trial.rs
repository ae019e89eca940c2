//! Whether more dynos help: how many hold messages while others wait, before dynos were added and
//! after.
//!
//! A worker that has crashed, or that a FIFO queue gives no group, holds none. Must not know: how
//! many dynos are wanted, throughput.

use jiff::{SignedDuration, Timestamp};

use super::crew::Crew;
use crate::policy::{Observation, Policy};

/// If fewer than this share of the added dynos hold messages they do not help.
const HELPFUL_SHARE: f64 = 0.5;
/// Standard deviation of the dynos that hold messages, relative to all.
const HOLDING_DEVIATION: f64 = 0.1;

/// For so long no more dynos are added; each time that they do not help again, twice as long.
const FIRST_HOLD_MINUTES: u32 = 10;
const LONGEST_HOLD_MINUTES: u32 = 640;
/// After it, dynos may be added for so long before the last ones are judged again.
const RETRY: SignedDuration = SignedDuration::from_mins(10);

/// What dynos did before others were added, and the hold if those did not help.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// The dynos before.
    pub dynos: u32,
    /// Those of them that held messages.
    pub holding: f64,
    /// None as long as it is not known that more do not help.
    pub hold: Option<Hold>,
}

/// More dynos did not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// When it was found.
    pub since: Timestamp,
    /// How long no more are added.
    pub minutes: u32,
}

/// The queue at a look, and what is known of its dynos.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) seen: &'a Observation,
    pub(super) crew: &'a Crew,
}

impl Look<'_> {
    fn holding(self) -> f64 {
        self.crew.holding(self.seen)
    }
}

/// What became of a trial.
enum Verdict {
    Helped,
    DidNot,
    Unclear,
}

impl Hold {
    /// When more are tried again.
    #[must_use]
    pub fn until(self) -> Timestamp {
        let lasts = SignedDuration::from_mins(self.minutes.into());
        self.since.saturating_add(lasts).unwrap_or(Timestamp::MAX)
    }

    fn is_over(self, now: Timestamp) -> bool {
        self.until() <= now
    }
}

impl Trial {
    /// What was remembered, if it can be.
    pub(super) fn restored(self) -> Option<Self> {
        let is_hold = |hold: Hold| (1..=LONGEST_HOLD_MINUTES).contains(&hold.minutes);
        let is_possible = (0.0..=f64::from(self.dynos)).contains(&self.holding);
        (is_possible && self.hold.is_none_or(is_hold)).then_some(self)
    }

    /// The hold in force.
    pub(super) fn hold_at(&self, now: Timestamp) -> Option<Hold> {
        self.hold.filter(|hold| !hold.is_over(now))
    }

    /// After another look. None while no dynos are on trial: nothing waits, they helped, or they
    /// were removed.
    pub(super) fn after(
        policy: &Policy,
        open: Option<Self>,
        last: Look<'_>,
        look: Look<'_>,
        now: Timestamp,
    ) -> Option<Self> {
        let open = open.filter(|trial| trial.dynos < look.seen.active);
        if !look.seen.is_backed_up() {
            None
        } else if last.seen.active < look.seen.active {
            Some(open.unwrap_or_else(|| Self::begun(last)))
        } else {
            let open = open?;
            if open.is_due(policy, look, now) { open.judged(look, now) } else { Some(open) }
        }
    }

    /// Dynos were added to those of the last look.
    fn begun(last: Look<'_>) -> Self {
        Self { dynos: last.seen.active, holding: last.holding(), hold: None }
    }

    /// Once all dynos have booted, while more than the threshold waits for those that hold messages,
    /// and no hold or retry is on.
    fn is_due(&self, policy: &Policy, look: Look<'_>, now: Timestamp) -> bool {
        let acceptable = policy.backlog_threshold * look.holding();
        let is_above = acceptable < look.seen.waiting();
        let retried = |hold: Hold| RETRY <= now.duration_since(hold.until());
        is_above && look.crew.certain == look.seen.active && self.hold.is_none_or(retried)
    }

    fn judged(self, look: Look<'_>, now: Timestamp) -> Option<Self> {
        match self.verdict(look) {
            Verdict::Helped => None,
            Verdict::Unclear => Some(self),
            Verdict::DidNot => Some(Self { hold: Some(self.next_hold(now)), ..self }),
        }
    }

    fn verdict(&self, look: Look<'_>) -> Verdict {
        let added = f64::from(look.seen.active.saturating_sub(self.dynos));
        let helpful = HELPFUL_SHARE.mul_add(added, self.holding);
        let (now, doubt) = (look.holding(), HOLDING_DEVIATION * f64::from(look.seen.active));
        if now + doubt < helpful {
            Verdict::DidNot
        } else if helpful < now - doubt {
            Verdict::Helped
        } else {
            Verdict::Unclear
        }
    }

    fn next_hold(&self, now: Timestamp) -> Hold {
        let minutes = self.hold.map_or(FIRST_HOLD_MINUTES, |hold| 2 * hold.minutes);
        Hold { since: now, minutes: minutes.min(LONGEST_HOLD_MINUTES) }
    }
}
