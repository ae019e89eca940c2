//! Attributes -> the state.
//!
//! Must not know how an item is fetched, nor what the numbers mean.

use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    INTENT, Item, LAST_TICK, LIMIT, NEEDS, PAUSE, RATE, SCALE_DOWN_CNT, SCALE_UP_CNT, STANDING,
    STILL, VERSION,
};
use crate::policy::rate::{Hold, RateRecord, Trial};
use crate::policy::{
    Backlog, Change, Counters, DynoLimit, InstanceId, Intent, LastKnownQuantity, Needs,
    Observation, Pause, RateMemory, State, Still,
};
use crate::ports::Stored;
use crate::visible::visible;

/// The attribute that is missing or of another kind.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::adapters) struct Unreadable(pub(in crate::adapters) &'static str);

pub(in crate::adapters) fn read(item: &Item) -> Result<Stored, Unreadable> {
    let counters =
        Counters { up: read_number(item, SCALE_UP_CNT)?, down: read_number(item, SCALE_DOWN_CNT)? };
    let state = State {
        counters,
        needs: read_needs(item)?,
        last_tick: read_optional(item, LAST_TICK)?,
        intent: read_map(item, INTENT, read_intent)?,
        last_known: read_map(item, STANDING, read_last_known)?,
        pause: read_map(item, PAUSE, read_pause)?,
        limit: read_map(item, LIMIT, read_limit)?,
        still: read_map(item, STILL, read_still)?,
        memory: read_map(item, RATE, read_rate)?.into(),
    };
    Ok(Stored { version: Some(read_version(item)?), state })
}

/// A version without a successor could exclude no other writer, so that none is written.
fn read_version(item: &Item) -> Result<u64, Unreadable> {
    let version = read_number(item, VERSION)?;
    if version == u64::MAX { Err(Unreadable(VERSION)) } else { Ok(version) }
}

/// A map that may be absent. Any fault inside is reported under the map's name.
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
    let at = read_text(item, "at")?;
    Ok(Intent {
        change: Change { from: read_number(item, "from")?, to: read_number(item, "to")? },
        at,
        // An item of version 0.1 has the last attempt alone.
        since: read_optional(item, "since")?.unwrap_or(at),
        by: InstanceId::new(read_text::<String>(item, "by")?),
    })
}

fn read_last_known(item: &Item) -> Result<LastKnownQuantity, Unreadable> {
    let by_hand_since = read_optional(item, "by_hand_since")?;
    Ok(LastKnownQuantity { quantity: read_number(item, "quantity")?, by_hand_since })
}

fn read_pause(item: &Item) -> Result<Pause, Unreadable> {
    Ok(Pause {
        since: read_text(item, "since")?,
        until: read_optional(item, "until")?,
        by: read_shown(item, "by")?,
        reason: read_shown(item, "reason")?,
    })
}

fn read_limit(item: &Item) -> Result<DynoLimit, Unreadable> {
    Ok(DynoLimit {
        dynos: read_number(item, "dynos")?,
        until: read_text(item, "until")?,
        // An item of version 0.1 has no search.
        refusals: read_optional_number(item, "refusals")?.unwrap_or(0),
    })
}

fn read_needs(item: &Item) -> Result<Needs, Unreadable> {
    if !item.contains_key(NEEDS) {
        return Ok(Needs::default());
    }
    Needs::restored(read_numbers(item, NEEDS)?).map_err(|_| Unreadable(NEEDS))
}

fn read_still(item: &Item) -> Result<Still, Unreadable> {
    Ok(Still {
        in_flight: read_number(item, "in_flight")?,
        active: read_number(item, "active")?,
        since: read_text(item, "since")?,
    })
}

fn read_rate(item: &Item) -> Result<RateMemory, Unreadable> {
    let backlog = Backlog {
        visible: read_number(item, "visible")?,
        in_flight: read_number(item, "in_flight")?,
        delayed: read_number(item, "delayed")?,
    };
    let exactly = |_| Unreadable(RATE);
    let record = RateRecord::of_estimate(
        read_text(item, "at")?,
        Observation::new(backlog, read_number(item, "active")?),
        read_numbers(item, "means")?.try_into().map_err(exactly)?,
        read_numbers(item, "covariance")?.try_into().map_err(exactly)?,
        read_numbers(item, "needs")?,
    );
    let record = read_learnt_since(item, record)?;
    RateMemory::restored(record).map_err(|_| Unreadable(RATE))
}

/// What an earlier version did not learn, which begins anew.
fn read_learnt_since(item: &Item, begun: RateRecord) -> Result<RateRecord, Unreadable> {
    if !item.contains_key("usual_busy") {
        return Ok(begun);
    }
    Ok(RateRecord {
        certain_dynos: read_number(item, "certain_dynos")?,
        added_at: read_text(item, "added_at")?,
        held: read_optional_number(item, "held")?,
        looked_at: read_text(item, "looked_at")?,
        look_minutes: read_number(item, "look_minutes")?,
        headroom: read_number(item, "headroom")?,
        usual_busy: read_number(item, "usual_busy")?,
        backlog_at_max: read_optional_number(item, "backlog_at_max")?
            .unwrap_or(begun.backlog_at_max),
        overspent: read_optional_number(item, "overspent")?.unwrap_or(begun.overspent),
        trial: read_map(item, "trial", read_trial)?,
        out_of_reach_since: read_optional(item, "out_of_reach_since")?,
        ..begun
    })
}

fn read_trial(item: &Item) -> Result<Trial, Unreadable> {
    Ok(Trial {
        dynos: read_number(item, "dynos")?,
        holding: read_number(item, "holding")?,
        hold: read_map(item, "hold", read_hold)?,
    })
}

fn read_hold(item: &Item) -> Result<Hold, Unreadable> {
    Ok(Hold { since: read_text(item, "since")?, minutes: read_number(item, "minutes")? })
}

fn read_number<T: FromStr>(item: &Item, name: &'static str) -> Result<T, Unreadable> {
    let text = item.get(name).and_then(|value| value.as_n().ok());
    text.and_then(|text| text.parse().ok()).ok_or(Unreadable(name))
}

fn read_optional_number<T: FromStr>(
    item: &Item,
    name: &'static str,
) -> Result<Option<T>, Unreadable> {
    item.contains_key(name).then(|| read_number(item, name)).transpose()
}

fn read_numbers<T: FromStr>(item: &Item, name: &'static str) -> Result<Vec<T>, Unreadable> {
    let list = item.get(name).and_then(|value| value.as_l().ok()).ok_or(Unreadable(name))?;
    let number = |value: &AttributeValue| value.as_n().ok().and_then(|text| text.parse().ok());
    list.iter().map(|value| number(value).ok_or(Unreadable(name))).collect()
}

fn read_optional<T: FromStr>(item: &Item, name: &'static str) -> Result<Option<T>, Unreadable> {
    item.contains_key(name).then(|| read_text(item, name)).transpose()
}

/// An operator's text, as it may be shown.
pub(super) fn read_shown(item: &Item, name: &'static str) -> Result<Option<String>, Unreadable> {
    let text: Option<String> = read_optional(item, name)?;
    Ok(text.map(|text| visible(&text).into_owned()))
}

pub(super) fn read_text<T: FromStr>(item: &Item, name: &'static str) -> Result<T, Unreadable> {
    let text = item.get(name).and_then(|value| value.as_s().ok());
    text.and_then(|text| text.parse().ok()).ok_or(Unreadable(name))
}
