//! An event -> the tick: when this cycle was due, and whether the schedule or an operator requested
//! it.
//!
//! Any JSON is a tick: the event rule's envelope, `EventBridge` Scheduler's, an event of the
//! schedule in a message of a queue, `{}` and null.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::policy::{Origin, TICK_AHEAD_MAX, Tick};

/// A scheduler that was down delivers all missed events at once. Events older than this say nothing
/// about the present.
const LATE_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// The longest time for which SQS delays a message.
const DELAY_SECS_MAX: i64 = 900;

/// Reads what requested the cycle. Never fails: an event without a usable time is an operator's,
/// unless a queue delivered it: a queue may deliver again, and an operator's tick always counts.
#[must_use]
pub fn read(event: &Value, clock: Timestamp) -> Tick {
    let is_believed = |at: &Timestamp| at.duration_since(clock) <= TICK_AHEAD_MAX;
    let (due, otherwise) = match event.get("Records").and_then(Value::as_array) {
        Some(messages) => {
            (messages.iter().filter_map(delayed_time).filter(is_believed).max(), Origin::Undated)
        }
        None => (scheduled_time(event).filter(is_believed), Origin::Operator),
    };
    match due {
        Some(at) if clock.duration_since(at) > LATE_AFTER => Tick { at, origin: Origin::Late },
        Some(at) => Tick { at, origin: Origin::Schedule },
        None => Tick { at: clock, origin: otherwise },
    }
}

/// The time at which a queue was to deliver a message: that of the schedule's event in it, and the
/// delay that the event rule has written beside it.
fn delayed_time(message: &Value) -> Option<Timestamp> {
    let body: Value = serde_json::from_str(message.get("body")?.as_str()?).ok()?;
    let delay_secs = match body.get("delay_seconds") {
        Some(delay) => delay.as_i64().filter(|secs| (0..=DELAY_SECS_MAX).contains(secs))?,
        None => 0,
    };
    scheduled_time(&body)?.checked_add(SignedDuration::from_secs(delay_secs)).ok()
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

    fn message(body: &Value) -> Value {
        json!({ "eventSource": "aws:sqs", "body": body.to_string() })
    }

    fn queued(bodies: &[Value]) -> Value {
        json!({ "Records": bodies.iter().map(message).collect::<Vec<_>>() })
    }

    #[test]
    fn a_delayed_tick_is_due_at_its_own_time() {
        for (time, delay_seconds, at) in [
            ("2026-11-24T11:59:00Z", 15, "2026-11-24T11:59:15Z"),
            ("2026-11-24T11:59:15Z", 45, "2026-11-24T12:00:00Z"),
            ("2026-11-24T11:44:15Z", 45, "2026-11-24T11:45:00Z"),
            ("2026-11-24T12:04:30Z", 30, "2026-11-24T12:05:00Z"),
            ("2026-11-24T12:00:00Z", 0, "2026-11-24T12:00:00Z"),
        ] {
            let event = queued(&[json!({ "time": time, "delay_seconds": delay_seconds })]);
            let expected = Tick { at: at.parse().unwrap(), origin: Origin::Schedule };
            assert_eq!(tick(&event), expected, "{event}");
        }
    }

    #[test]
    fn an_event_of_the_schedule_in_a_message_without_a_delay_is_due_at_the_events_time() {
        let event = queued(&[json!({ "source": "aws.scheduler", "time": "2026-11-24T11:59:00Z" })]);
        let expected =
            Tick { at: "2026-11-24T11:59:00Z".parse().unwrap(), origin: Origin::Schedule };
        assert_eq!(tick(&event), expected);
    }

    #[test]
    fn of_several_messages_the_newest_that_can_be_read_is_the_tick() {
        let event = queued(&[
            json!({ "time": "2026-11-24T11:59:00Z", "delay_seconds": 15 }),
            json!({ "time": "2026-11-24T11:59:00Z", "delay_seconds": 45 }),
            json!({ "time": "2026-11-24T11:59:00Z", "delay_seconds": 30 }),
            json!("no tick"),
        ]);
        let expected =
            Tick { at: "2026-11-24T11:59:45Z".parse().unwrap(), origin: Origin::Schedule };
        assert_eq!(tick(&event), expected);
    }

    #[test]
    fn a_delayed_tick_of_more_than_15_minutes_ago_is_late() {
        let event = queued(&[json!({ "time": "2026-11-24T11:44:00Z", "delay_seconds": 45 })]);
        let expected = Tick { at: "2026-11-24T11:44:45Z".parse().unwrap(), origin: Origin::Late };
        assert_eq!(tick(&event), expected);
    }

    #[test]
    fn what_a_queue_delivers_without_a_usable_time_is_never_an_operators_tick() {
        let time = "2026-11-24T11:59:00Z";
        let undated = Tick { at: CLOCK.parse().unwrap(), origin: Origin::Undated };
        for event in [
            queued(&[]),
            queued(&[json!(null)]),
            queued(&[json!({})]),
            queued(&[json!("noon")]),
            queued(&[json!({ "time": "1970-01-01T00:00:00Z", "delay_seconds": 15 })]),
            queued(&[json!({ "time": "2026-11-24T12:05:00Z", "delay_seconds": 15 })]),
            queued(&[json!({ "time": "9999-12-31T22:00:00Z", "delay_seconds": 900 })]),
            queued(&[json!({ "time": time, "delay_seconds": -1 })]),
            queued(&[json!({ "time": time, "delay_seconds": 901 })]),
            queued(&[json!({ "time": time, "delay_seconds": 1.5 })]),
            queued(&[json!({ "time": time, "delay_seconds": "15" })]),
            queued(&[json!({ "time": time, "delay_seconds": null })]),
            json!({ "Records": [null] }),
            json!({ "Records": [{ "body": "Hello from SQS!" }] }),
            json!({ "Records": [{ "body": { "time": time } }] }),
            json!({ "Records": [{ "time": time }] }),
            json!({ "time": time, "Records": [] }),
        ] {
            assert_eq!(tick(&event), undated, "{event}");
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
            json!({ "Records": {} }),
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
