//! Sums and events as JSON.
//!
//! Must not know where the records come from.

use serde_json::{Value, json};

use super::events::{Event, events};
use super::sums::Sums;
use crate::outside::ByOthers;
use crate::records::Record;
use crate::source::Targets;
use crate::text::rounded;

pub(super) fn line(targets: &Targets) -> serde_json::Result<String> {
    let targets: serde_json::Result<Vec<_>> =
        targets.iter().map(|(target, records)| of_target(target, records)).collect();
    Ok(serde_json::to_string(&rounded(json!({ "targets": targets? })))? + "\n")
}

fn of_target(target: &str, records: &[Record]) -> serde_json::Result<Value> {
    let mut object = serde_json::to_value(Sums::of(records))?;
    object["target"] = target.into();
    object["events"] = events(records).iter().map(event).collect();
    Ok(object)
}

fn event(event: &Event<'_>) -> Value {
    match event {
        Event::Change(record) => {
            let (from, to) = (record.active_dynos, record.required_dynos);
            json!({ "at": record.tick, "reason": record.reason(), "from": from, "to": to })
        }
        Event::ByOthers(ByOthers { seen_by, before, now }) => {
            json!({ "at": seen_by.tick, "by_others": true, "from": before, "to": now })
        }
        Event::Lasting { first, last, cycles } => json!({
            "at": first.tick,
            "until": last.tick,
            "cycles": cycles,
            "reason": first.reason(),
            "error": first.error,
        }),
    }
}
