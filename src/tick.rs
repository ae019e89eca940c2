//! An event -> the tick: when this cycle was due, and whether the schedule or a person asked.
//!
//! Any JSON is a tick: the rule's envelope, `EventBridge` Scheduler's, `{}` and null.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::policy::{Origin, Tick};

/// Older than this is no delivery of the schedule: `sam local generate-event` says 1970.
const LATE_MAX: SignedDuration = SignedDuration::from_mins(15);

/// Further ahead than this is no delivery either. As a watermark it would silence the schedule
/// until then.
const EARLY_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Reads what asked for the cycle. Never fails: what does not look scheduled is a person's.
#[must_use]
pub fn read(event: &Value, clock: Timestamp) -> Tick {
    match scheduled_time(event).filter(|time| is_plausible(*time, clock)) {
        Some(at) => Tick { at, origin: Origin::Schedule },
        None => Tick { at: clock, origin: Origin::Person },
    }
}

fn scheduled_time(event: &Value) -> Option<Timestamp> {
    event.get("time")?.as_str()?.parse().ok()
}

fn is_plausible(time: Timestamp, clock: Timestamp) -> bool {
    let age = clock.duration_since(time);
    -EARLY_MAX <= age && age <= LATE_MAX
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CLOCK: &str = "2026-11-24T12:00:00Z";

    fn tick(event: &Value) -> Tick {
        read(event, CLOCK.parse().unwrap())
    }

    #[test]
    fn a_scheduled_time_is_the_watermark() {
        for time in ["2026-11-24T12:00:00Z", "2026-11-24T11:45:00Z", "2026-11-24T13:00:00Z"] {
            let expected = Tick { at: time.parse().unwrap(), origin: Origin::Schedule };
            assert_eq!(tick(&json!({ "time": time })), expected);
        }
    }

    #[test]
    fn whatever_does_not_look_scheduled_is_a_persons_tick_at_the_clock() {
        let person = Tick { at: CLOCK.parse().unwrap(), origin: Origin::Person };
        for event in [
            json!(null),
            json!({}),
            json!([]),
            json!("2026-11-24T12:00:00Z"),
            json!({ "time": null }),
            json!({ "time": 1_764_000_000 }),
            json!({ "time": "noon" }),
            json!({ "time": "1970-01-01T00:00:00Z" }),
            json!({ "time": "2026-11-24T11:44:59Z" }),
        ] {
            assert_eq!(tick(&event), person, "{event}");
        }
    }

    #[test]
    fn a_tick_from_the_far_future_cannot_silence_the_schedule() {
        for time in ["2026-11-24T13:00:01Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(tick(&json!({ "time": time })).origin, Origin::Person, "{time}");
        }
    }
}
