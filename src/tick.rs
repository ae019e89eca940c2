//! An event -> the tick: when this cycle was due, and whether the schedule or an operator requested
//! it.
//!
//! Any JSON is a tick: the event rule's envelope, `EventBridge` Scheduler's, `{}` and null.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::policy::{Origin, TICK_AHEAD_MAX, Tick};

/// A scheduler that was down delivers all missed events at once. Events older than this say nothing
/// about the present.
const LATE_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// Reads what requested the cycle. Never fails: an event without a usable time is an operator's.
#[must_use]
pub fn read(event: &Value, clock: Timestamp) -> Tick {
    match scheduled_time(event) {
        Some(at) if at.duration_since(clock) > TICK_AHEAD_MAX => by_operator(clock),
        Some(at) if clock.duration_since(at) > LATE_AFTER => Tick { at, origin: Origin::Late },
        Some(at) => Tick { at, origin: Origin::Schedule },
        None => by_operator(clock),
    }
}

const fn by_operator(clock: Timestamp) -> Tick {
    Tick { at: clock, origin: Origin::Operator }
}

/// None for the time of `sam local generate-event`, which an operator sends.
fn scheduled_time(event: &Value) -> Option<Timestamp> {
    let time = event.get("time")?.as_str()?.parse().ok();
    time.filter(|time| *time != Timestamp::UNIX_EPOCH)
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
        for time in ["2026-11-24T12:00:00Z", "2026-11-24T11:45:00Z", "2026-11-24T12:05:00Z"] {
            let expected = Tick { at: time.parse().unwrap(), origin: Origin::Schedule };
            assert_eq!(tick(&json!({ "time": time })), expected);
        }
    }

    #[test]
    fn an_event_without_a_scheduled_time_is_an_operators_tick_at_the_clock() {
        let operator = Tick { at: CLOCK.parse().unwrap(), origin: Origin::Operator };
        for event in [
            json!(null),
            json!({}),
            json!([]),
            json!("2026-11-24T12:00:00Z"),
            json!({ "time": null }),
            json!({ "time": 1_764_000_000 }),
            json!({ "time": "noon" }),
            json!({ "time": "1970-01-01T00:00:00Z" }),
            json!({ "time": "1970-01-01T01:00:00+01:00" }),
        ] {
            assert_eq!(tick(&event), operator, "{event}");
        }
    }

    // case B7
    #[test]
    fn a_scheduled_event_of_more_than_15_minutes_ago_is_late() {
        for time in ["2026-11-24T11:44:59.999Z", "2026-11-24T11:00:00Z", "1970-01-01T00:00:01Z"] {
            let expected = Tick { at: time.parse().unwrap(), origin: Origin::Late };
            assert_eq!(tick(&json!({ "time": time })), expected);
        }
    }

    // case G2
    #[test]
    fn a_time_more_than_five_minutes_ahead_is_not_believed() {
        for time in ["2026-11-24T12:05:00.001Z", "2026-11-24T12:20:00Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(tick(&json!({ "time": time })).origin, Origin::Operator, "{time}");
        }
    }
}
