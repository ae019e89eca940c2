//! The state as attributes of a `DynamoDB` item, and back.
//!
//! Whatever is missing or of another kind is refused by its name. Must not know how an item is
//! fetched, nor what the numbers mean.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::policy::rate::RateRecord;
use crate::policy::{
    Backlog, Change, Counters, DynoLimit, InstanceId, Intent, Observation, Pause, RateMemory,
    Standing, State,
};
use crate::ports::{Stored, Write};

pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) const TARGET: &str = "target";
const VERSION: &str = "version";
const SCALE_UP_CNT: &str = "scale_up_cnt";
const SCALE_DOWN_CNT: &str = "scale_down_cnt";
const LAST_TICK: &str = "last_tick";
const INTENT: &str = "intent";
const STANDING: &str = "standing";
const PAUSE: &str = "pause";
const LIMIT: &str = "heroku_limit";
const RATE: &str = "rate";
const UPDATED_AT: &str = "updated_at";
const WRITTEN_BY: &str = "written_by";

/// Smaller numbers than this are nothing to any estimate, and no number to `DynamoDB`.
const SMALLEST: f64 = 1e-100;

/// Whether an item is what this very cycle wrote.
pub(super) fn is_written_by(item: &Item, write: &Write) -> bool {
    item.get(VERSION) == Some(&number(write.version()))
        && item.get(WRITTEN_BY) == Some(&AttributeValue::S(write.by.clone()))
}

/// Whether an item is still as it was when a write was decided.
#[cfg(feature = "cli")]
pub(super) fn stands(held: Option<&Item>, write: &Write) -> bool {
    let version = held.map(|item| item.get(VERSION));
    version == write.expected.map(number).as_ref().map(Some)
}

/// Who wrote an item last, and when.
#[cfg(feature = "cli")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastWrite {
    /// When the cycle began that wrote it.
    pub at: Timestamp,
    /// The run of the instance that wrote it.
    pub by: String,
}

#[cfg(feature = "cli")]
pub(super) fn last_write(item: &Item) -> Option<LastWrite> {
    let at = read_text(item, UPDATED_AT).ok()?;
    Some(LastWrite { at, by: read_text(item, WRITTEN_BY).ok()? })
}

/// What a write sets and what it removes.
pub(super) fn attributes(
    write: &Write,
) -> (Vec<(&'static str, AttributeValue)>, Vec<&'static str>) {
    let State { counters, last_tick, intent, standing, pause, limit, rate } = &write.state;
    let mut set = vec![
        (VERSION, number(write.version())),
        (SCALE_UP_CNT, number(counters.up)),
        (SCALE_DOWN_CNT, number(counters.down)),
        (UPDATED_AT, time(write.at)),
        (WRITTEN_BY, AttributeValue::S(write.by.clone())),
    ];
    let mut removed = Vec::new();
    let optional = [
        (LAST_TICK, last_tick.map(time)),
        (INTENT, intent.as_ref().map(intent_value)),
        (STANDING, standing.map(standing_value)),
        (PAUSE, pause.as_ref().map(pause_value)),
        (LIMIT, limit.map(limit_value)),
        (RATE, rate.as_ref().map(rate_value)),
    ];
    for (name, value) in optional {
        match value {
            Some(value) => set.push((name, value)),
            None => removed.push(name),
        }
    }
    (set, removed)
}

pub(super) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn decimal(value: f64) -> AttributeValue {
    AttributeValue::N(if value.abs() < SMALLEST { "0".to_owned() } else { format!("{value:e}") })
}

fn decimals(values: &[f64]) -> AttributeValue {
    AttributeValue::L(values.iter().copied().map(decimal).collect())
}

fn time(time: Timestamp) -> AttributeValue {
    AttributeValue::S(time.to_string())
}

fn map<const N: usize>(members: [(&str, AttributeValue); N]) -> AttributeValue {
    AttributeValue::M(members.map(|(name, value)| (name.to_owned(), value)).into())
}

/// A map without the members that are not there.
fn map_of<const N: usize>(members: [(&str, Option<AttributeValue>); N]) -> AttributeValue {
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    AttributeValue::M(present.collect())
}

fn intent_value(intent: &Intent) -> AttributeValue {
    map([
        ("from", number(intent.change.from)),
        ("to", number(intent.change.to)),
        ("at", time(intent.at)),
        ("by", AttributeValue::S(intent.by.to_string())),
    ])
}

fn standing_value(standing: Standing) -> AttributeValue {
    let Standing { quantity, by_hand_since } = standing;
    map_of([("quantity", Some(number(quantity))), ("by_hand_since", by_hand_since.map(time))])
}

fn pause_value(pause: &Pause) -> AttributeValue {
    let text = |text: &Option<String>| text.clone().map(AttributeValue::S);
    map_of([
        ("since", Some(time(pause.since))),
        ("until", pause.until.map(time)),
        ("by", text(&pause.by)),
        ("reason", text(&pause.reason)),
    ])
}

fn limit_value(limit: DynoLimit) -> AttributeValue {
    map([("dynos", number(limit.dynos)), ("until", time(limit.until))])
}

fn rate_value(memory: &RateMemory) -> AttributeValue {
    let RateRecord { at, seen, means, covariance, needs } = memory.record();
    map([
        ("at", time(at)),
        ("visible", number(seen.backlog.visible)),
        ("in_flight", number(seen.backlog.in_flight)),
        ("delayed", number(seen.backlog.delayed)),
        ("active", number(seen.active)),
        ("means", decimals(&means)),
        ("covariance", decimals(&covariance)),
        ("needs", AttributeValue::L(needs.into_iter().map(number).collect())),
    ])
}

/// The attribute that is missing or of another kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) &'static str);

pub(super) fn read(item: &Item) -> Result<Stored, Unreadable> {
    let counters =
        Counters { up: read_number(item, SCALE_UP_CNT)?, down: read_number(item, SCALE_DOWN_CNT)? };
    let state = State {
        counters,
        last_tick: read_optional(item, LAST_TICK)?,
        intent: read_map(item, INTENT, read_intent)?,
        standing: read_map(item, STANDING, read_standing)?,
        pause: read_map(item, PAUSE, read_pause)?,
        limit: read_map(item, LIMIT, read_limit)?,
        rate: read_map(item, RATE, read_rate)?,
    };
    Ok(Stored { version: Some(read_number(item, VERSION)?), state })
}

/// A map that may be absent. Whatever is wrong inside, its own name is told.
fn read_map<T>(
    item: &Item,
    name: &'static str,
    read: impl Fn(&Item) -> Result<T, Unreadable>,
) -> Result<Option<T>, Unreadable> {
    let Some(value) = item.get(name) else { return Ok(None) };
    let members = value.as_m().map_err(|_| Unreadable(name))?;
    read(members).map(Some).map_err(|_| Unreadable(name))
}

fn read_intent(item: &Item) -> Result<Intent, Unreadable> {
    Ok(Intent {
        change: Change { from: read_number(item, "from")?, to: read_number(item, "to")? },
        at: read_text(item, "at")?,
        by: InstanceId::new(read_text::<String>(item, "by")?),
    })
}

fn read_standing(item: &Item) -> Result<Standing, Unreadable> {
    let by_hand_since = read_optional(item, "by_hand_since")?;
    Ok(Standing { quantity: read_number(item, "quantity")?, by_hand_since })
}

fn read_pause(item: &Item) -> Result<Pause, Unreadable> {
    Ok(Pause {
        since: read_text(item, "since")?,
        until: read_optional(item, "until")?,
        by: read_optional(item, "by")?,
        reason: read_optional(item, "reason")?,
    })
}

fn read_limit(item: &Item) -> Result<DynoLimit, Unreadable> {
    Ok(DynoLimit { dynos: read_number(item, "dynos")?, until: read_text(item, "until")? })
}

fn read_rate(item: &Item) -> Result<RateMemory, Unreadable> {
    let backlog = Backlog {
        visible: read_number(item, "visible")?,
        in_flight: read_number(item, "in_flight")?,
        delayed: read_number(item, "delayed")?,
    };
    let exactly = |_| Unreadable(RATE);
    let record = RateRecord {
        at: read_text(item, "at")?,
        seen: Observation { backlog, active: read_number(item, "active")? },
        means: read_numbers(item, "means")?.try_into().map_err(exactly)?,
        covariance: read_numbers(item, "covariance")?.try_into().map_err(exactly)?,
        needs: read_numbers(item, "needs")?,
    };
    RateMemory::restored(record).map_err(|_| Unreadable(RATE))
}

fn read_number<T: FromStr>(item: &Item, name: &'static str) -> Result<T, Unreadable> {
    let text = item.get(name).and_then(|value| value.as_n().ok());
    text.and_then(|text| text.parse().ok()).ok_or(Unreadable(name))
}

fn read_numbers<T: FromStr>(item: &Item, name: &'static str) -> Result<Vec<T>, Unreadable> {
    let list = item.get(name).and_then(|value| value.as_l().ok()).ok_or(Unreadable(name))?;
    let number = |value: &AttributeValue| value.as_n().ok().and_then(|text| text.parse().ok());
    list.iter().map(|value| number(value).ok_or(Unreadable(name))).collect()
}

/// A text that may be absent.
fn read_optional<T: FromStr>(item: &Item, name: &'static str) -> Result<Option<T>, Unreadable> {
    item.contains_key(name).then(|| read_text(item, name)).transpose()
}

fn read_text<T: FromStr>(item: &Item, name: &'static str) -> Result<T, Unreadable> {
    let text = item.get(name).and_then(|value| value.as_s().ok());
    text.and_then(|text| text.parse().ok()).ok_or(Unreadable(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        BacklogIncludes, Bounds, Cycle, Origin, Policy, RateSettings, Rule, Tick, decide,
    };

    /// What the rule `rate` has learnt from two looks.
    fn memory() -> RateMemory {
        let settings = RateSettings {
            drain_minutes: 5.0,
            utilization: 0.9,
            messages_per_dyno_minute: Some(60.0),
        };
        let policy = Policy {
            rule: Rule::Rate(settings),
            bounds: Bounds { min: 1, max: 9 },
            up_cycles: 1,
            down_cycles: 3,
            backlog_threshold: 10.0,
            backlog_includes: BacklogIncludes::default(),
            max_step_up: None,
            max_step_down: None,
            in_flight_per_dyno: None,
            manual_hold_minutes: 0,
        };
        let look = |time: &str, state: &State, visible| {
            let at = time.parse().unwrap();
            let tick = Tick { at, origin: Origin::Schedule };
            let backlog = Backlog { visible, in_flight: 4, delayed: 3 };
            let seen = Observation { backlog, active: 2 };
            decide(&policy, state, &seen, &Cycle::new(tick, at, InstanceId::new("stream"))).next
        };
        let first = look("2026-11-24T11:58:00Z", &State::default(), 500);
        look("2026-11-24T11:59:00Z", &first, 300).rate.unwrap()
    }

    fn write() -> Write {
        let at = "2026-11-24T12:00:00.123Z".parse().unwrap();
        let intent =
            Intent { change: Change { from: 2, to: 3 }, at, by: InstanceId::new("log-stream") };
        let state = State {
            counters: Counters { up: 1, down: 2 },
            last_tick: Some("2026-11-24T12:00:00Z".parse().unwrap()),
            intent: Some(intent),
            standing: Some(Standing { quantity: 2, by_hand_since: Some(at) }),
            pause: Some(Pause {
                since: at,
                until: Some(at),
                by: Some("ada@laptop".to_owned()),
                reason: Some("a migration".to_owned()),
            }),
            limit: Some(DynoLimit { dynos: 10, until: at }),
            rate: Some(memory()),
        };
        Write { expected: Some(6), state, at, by: "log-stream/request".to_owned() }
    }

    fn item(write: &Write) -> Item {
        attributes(write).0.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let write = write();
        let stored = Stored { version: Some(7), state: write.state.clone() };
        assert_eq!(read(&item(&write)), Ok(stored));
    }

    // case F19
    #[test]
    fn a_pause_of_a_version_that_kept_no_name_is_read() {
        let mut item = item(&write());
        let since = write().at;
        item.insert(PAUSE.to_owned(), map([("since", time(since))]));
        let pause = Some(Pause { since, until: None, by: None, reason: None });
        assert_eq!(read(&item).unwrap().state.pause, pause);
    }

    #[test]
    fn a_state_without_intent_removes_the_intent() {
        let write = Write { state: State::default(), ..write() };
        assert_eq!(attributes(&write).1, [LAST_TICK, INTENT, STANDING, PAUSE, LIMIT, RATE]);
        assert_eq!(read(&item(&write)).unwrap().state, State::default());
    }

    #[test]
    fn an_attribute_of_another_kind_is_refused_by_name() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let with_means = |means: &[f64]| {
            let mut members = rate_value(&memory()).as_m().unwrap().clone();
            members.insert("means".to_owned(), decimals(means));
            AttributeValue::M(members)
        };
        for (name, value) in [
            (VERSION, text("7")),
            (VERSION, number(-1)),
            (VERSION, number("1e3")),
            (SCALE_UP_CNT, number("99999999999999999999999999999999999999")),
            (SCALE_UP_CNT, AttributeValue::Null(true)),
            (SCALE_DOWN_CNT, number("1.5")),
            (LAST_TICK, number(0)),
            (LAST_TICK, text("yesterday")),
            (INTENT, text("2 -> 3")),
            (INTENT, map([("from", number(2))])),
            (STANDING, number(3)),
            (STANDING, map([("quantity", number(-3))])),
            (STANDING, map([("quantity", number(3)), ("by_hand_since", number(0))])),
            (PAUSE, AttributeValue::Bool(true)),
            (PAUSE, map([("until", time(write().at))])),
            (PAUSE, map([("since", time(write().at)), ("until", text("tomorrow"))])),
            (PAUSE, map([("since", time(write().at)), ("by", number(1))])),
            (LIMIT, map([("dynos", number(10))])),
            (RATE, text("learnt")),
            (RATE, map([("at", time(write().at))])),
            (RATE, with_means(&[1.0, 2.0])),
            (RATE, with_means(&[1e300, 1e300, 1e300])),
        ] {
            let mut item = item(&write());
            item.insert(name.to_owned(), value.clone());
            assert_eq!(read(&item), Err(Unreadable(name)), "{name} = {value:?}");
        }
        for name in [VERSION, SCALE_UP_CNT, SCALE_DOWN_CNT] {
            let mut item = item(&write());
            item.remove(name);
            assert_eq!(read(&item), Err(Unreadable(name)), "{name} removed");
        }
    }

    #[test]
    fn only_the_item_that_this_very_cycle_wrote_is_its_own() {
        let write = write();
        assert!(is_written_by(&item(&write), &write));
        assert!(!is_written_by(
            &item(&Write { by: "log-stream/other".to_owned(), ..write.clone() }),
            &write
        ));
        assert!(!is_written_by(&item(&Write { expected: Some(7), ..write.clone() }), &write));
    }
}
