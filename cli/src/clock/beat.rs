//! When the next tick is due: at multiples of the period, so that delays do not add up.
//!
//! Must not know: the clock, which comes in as an argument.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Ticks at a fixed period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beat {
    every_ms: i64,
    last_ms: Option<i64>,
}

impl Beat {
    /// `period` is at least a millisecond.
    pub(super) fn every(period: SignedDuration) -> Self {
        let every_ms = i64::try_from(period.as_millis()).unwrap_or(i64::MAX).max(1);
        Self { every_ms, last_ms: None }
    }

    /// How long to wait until a new tick is due. The first one is due at once.
    pub(super) fn pause(&self, now: Timestamp) -> Duration {
        let now_ms = now.as_millisecond();
        let tick_ms = self.tick_ms(now_ms);
        let wait_ms =
            if self.last_ms == Some(tick_ms) { tick_ms + self.every_ms - now_ms } else { 0 };
        Duration::from_millis(wait_ms.unsigned_abs())
    }

    /// The new tick that is due; of several, the last.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<Timestamp> {
        let tick_ms = self.tick_ms(now.as_millisecond());
        if self.last_ms.replace(tick_ms) == Some(tick_ms) {
            return None;
        }
        Timestamp::from_millisecond(tick_ms).ok()
    }

    const fn tick_ms(&self, now_ms: i64) -> i64 {
        now_ms - now_ms.rem_euclid(self.every_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-24T12:{text}Z").parse().unwrap()
    }

    fn beat() -> Beat {
        Beat::every(SignedDuration::from_secs(30))
    }

    #[test]
    fn the_first_tick_is_due_at_once_and_is_the_one_that_every_process_has() {
        let mut beat = beat();
        assert_eq!(beat.pause(at("00:17.250")), Duration::ZERO);
        assert_eq!(beat.due(at("00:17.250")), Some(at("00:00")));
    }

    #[test]
    fn however_long_a_cycle_takes_the_ticks_do_not_drift() {
        let mut beat = beat();
        let mut now = at("00:00");
        for cycle in 1..=1_000 {
            let tick = beat.due(now).unwrap();
            assert_eq!(tick.as_second().rem_euclid(30), 0);
            now += SignedDuration::from_millis(cycle % 29_000);
            now += SignedDuration::try_from(beat.pause(now)).unwrap();
        }
        assert_eq!(now, at("00:00") + SignedDuration::from_secs(30 * 1_000));
    }

    #[test]
    fn ticks_that_a_long_cycle_or_sleep_missed_are_left_out() {
        let mut beat = beat();
        beat.due(at("00:00"));
        assert_eq!(beat.pause(at("02:10")), Duration::ZERO);
        assert_eq!(beat.due(at("02:10")), Some(at("02:00")));
        assert_eq!(beat.pause(at("02:10")), Duration::from_secs(20));
    }

    #[test]
    fn a_sleep_that_ends_early_makes_no_second_cycle_of_a_tick() {
        let mut beat = beat();
        beat.due(at("00:00"));
        assert_eq!(beat.due(at("00:29.999")), None);
        assert_eq!(beat.pause(at("00:29.999")), Duration::from_millis(1));
        assert_eq!(beat.due(at("00:30")), Some(at("00:30")));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_stop_the_beat() {
        let mut beat = beat();
        beat.due(at("50:00"));
        assert_eq!(beat.pause(at("10:05")), Duration::ZERO);
        assert_eq!(beat.due(at("10:05")), Some(at("10:00")));
    }
}
