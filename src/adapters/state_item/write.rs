//! The state -> attributes.
//!
//! Must not know how an item is written, nor what the numbers mean.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::{
    INTENT, LAST_TICK, LIMIT, NEEDS, PAUSE, RATE, SCALE_DOWN_CNT, SCALE_UP_CNT, STANDING, STILL,
    UPDATED_AT, VERSION, WRITTEN_BY,
};
use crate::policy::rate::{Hold, RateRecord, Trial};
use crate::policy::{DynoLimit, Intent, LastKnownQuantity, Needs, Pause, RateMemory, State, Still};
use crate::ports::Write;

/// Smaller numbers make no difference to any estimate, and `DynamoDB` refuses them.
const SMALLEST: f64 = 1e-100;

/// What a write sets and what it removes.
pub(in crate::adapters) fn attributes(
    write: &Write,
) -> (Vec<(&'static str, AttributeValue)>, Vec<&'static str>) {
    let State { counters, needs, last_tick, intent, last_known, pause, limit, still, memory } =
        &write.state;
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
        (STANDING, last_known.map(last_known_value)),
        (PAUSE, pause.as_ref().map(pause_value)),
        (LIMIT, limit.map(limit_value)),
        (NEEDS, needs_value(needs)),
        (STILL, still.map(still_value)),
        (RATE, memory.rate().map(rate_value)),
    ];
    for (name, value) in optional {
        match value {
            Some(value) => set.push((name, value)),
            None => removed.push(name),
        }
    }
    (set, removed)
}

pub(in crate::adapters) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn decimal(value: f64) -> AttributeValue {
    AttributeValue::N(if value.abs() < SMALLEST { "0".to_owned() } else { format!("{value:e}") })
}

pub(super) fn decimals(values: &[f64]) -> AttributeValue {
    AttributeValue::L(values.iter().copied().map(decimal).collect())
}

pub(super) fn time(time: Timestamp) -> AttributeValue {
    AttributeValue::S(time.to_string())
}

pub(super) fn map<const N: usize>(members: [(&str, AttributeValue); N]) -> AttributeValue {
    map_of(members.map(|(name, value)| (name, Some(value))).into())
}

/// A map without its absent members. Of a `Vec`, since each length of an array is compiled anew.
fn map_of(members: Vec<(&str, Option<AttributeValue>)>) -> AttributeValue {
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    AttributeValue::M(present.collect())
}

fn intent_value(intent: &Intent) -> AttributeValue {
    map([
        ("from", number(intent.change.from)),
        ("to", number(intent.change.to)),
        ("at", time(intent.at)),
        ("by", AttributeValue::S(intent.by.to_string())),
        ("since", time(intent.since)),
    ])
}

fn last_known_value(known: LastKnownQuantity) -> AttributeValue {
    let LastKnownQuantity { quantity, by_hand_since } = known;
    map_of(vec![("quantity", Some(number(quantity))), ("by_hand_since", by_hand_since.map(time))])
}

fn pause_value(pause: &Pause) -> AttributeValue {
    let text = |text: &Option<String>| text.clone().map(AttributeValue::S);
    map_of(vec![
        ("since", Some(time(pause.since))),
        ("until", pause.until.map(time)),
        ("by", text(&pause.by)),
        ("reason", text(&pause.reason)),
    ])
}

fn limit_value(limit: DynoLimit) -> AttributeValue {
    map([
        ("dynos", number(limit.dynos)),
        ("until", time(limit.until)),
        ("refusals", number(limit.refusals)),
    ])
}

fn needs_value(needs: &Needs) -> Option<AttributeValue> {
    let needs: Vec<_> = needs.as_slice().iter().map(number).collect();
    (!needs.is_empty()).then_some(AttributeValue::L(needs))
}

fn still_value(still: Still) -> AttributeValue {
    map([
        ("in_flight", number(still.in_flight)),
        ("active", number(still.active)),
        ("since", time(still.since)),
    ])
}

fn trial_value(trial: Trial) -> AttributeValue {
    map_of(vec![
        ("dynos", Some(number(trial.dynos))),
        ("holding", Some(decimal(trial.holding))),
        ("hold", trial.hold.map(hold_value)),
    ])
}

fn hold_value(hold: Hold) -> AttributeValue {
    map([("since", time(hold.since)), ("minutes", number(hold.minutes))])
}

pub(super) fn rate_value(memory: &RateMemory) -> AttributeValue {
    let record = memory.record();
    let RateRecord { at, seen, means, covariance, .. } = record;
    map_of(vec![
        ("at", Some(time(at))),
        ("visible", Some(number(seen.backlog.visible))),
        ("in_flight", Some(number(seen.backlog.in_flight))),
        ("delayed", Some(number(seen.backlog.delayed))),
        ("active", Some(number(seen.active))),
        ("means", Some(decimals(&means))),
        ("covariance", Some(decimals(&covariance))),
        ("certain_dynos", Some(number(record.certain_dynos))),
        ("added_at", Some(time(record.added_at))),
        ("held", record.held.map(decimal)),
        ("looked_at", Some(time(record.looked_at))),
        ("look_minutes", Some(decimal(record.look_minutes))),
        ("headroom", Some(decimal(record.headroom))),
        ("usual_busy", Some(decimal(record.usual_busy))),
        ("backlog_at_max", Some(decimal(record.backlog_at_max))),
        ("overspent", Some(decimal(record.overspent))),
        ("trial", record.trial.map(trial_value)),
        ("out_of_reach_since", record.out_of_reach_since.map(time)),
        ("needs", Some(AttributeValue::L(record.needs.into_iter().map(number).collect()))),
    ])
}
