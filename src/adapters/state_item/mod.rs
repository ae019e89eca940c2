//! The state as attributes of a `DynamoDB` item, and back.
//!
//! An attribute that is missing or of another kind is refused by its name. Must not know how an
//! item is read, nor what the numbers mean.

mod read;
mod write;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
#[cfg(feature = "terminal")]
use jiff::Timestamp;

#[cfg(feature = "terminal")]
use self::read::read_text;
pub(super) use self::read::{Unreadable, read};
pub(super) use self::write::{attributes, number};
use crate::ports::Write;

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
const NEEDS: &str = "needs";
const STILL: &str = "still";
const RATE: &str = "rate";
const UPDATED_AT: &str = "updated_at";
const WRITTEN_BY: &str = "written_by";

/// Whether an item is what this very cycle wrote.
pub(super) fn is_written_by(item: &Item, write: &Write) -> bool {
    item.get(VERSION) == Some(&number(write.version()))
        && item.get(WRITTEN_BY) == Some(&AttributeValue::S(write.by.clone()))
}

/// Whether an item is still as it was when a write was decided.
#[cfg(feature = "terminal")]
pub(super) fn is_unchanged(held: Option<&Item>, write: &Write) -> bool {
    let version = held.map(|item| item.get(VERSION));
    version == write.expected.map(number).as_ref().map(Some)
}

/// The last writer of an item, and when it wrote.
#[cfg(feature = "terminal")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastWrite {
    /// When the writing cycle began.
    pub at: Timestamp,
    /// The run of the instance that wrote it.
    pub by: String,
}

#[cfg(feature = "terminal")]
pub(super) fn last_write(item: &Item) -> Option<LastWrite> {
    let at = read_text(item, UPDATED_AT).ok()?;
    Some(LastWrite { at, by: read_text(item, WRITTEN_BY).ok()? })
}

#[cfg(test)]
mod tests {
    use super::write::{decimals, map, rate_value, time};
    use super::*;
    use crate::policy::rate::{Hold, RateRecord, Trial};
    use crate::policy::{
        Backlog, Bounds, Change, Counters, Cycle, DynoLimit, InstanceId, Intent, LastKnownQuantity,
        Needs, Observation, Origin, Pause, Policy, RateMemory, RateSettings, Rule, RuleMemory,
        State, Still, Tick, decide,
    };
    use crate::ports::Stored;

    /// The memory of the policy `rate` after two observations.
    fn memory() -> RateMemory {
        let policy = Policy {
            rule: Rule::Rate(RateSettings { service_level: 0.99 }),
            up_cycles: 1,
            down_cycles: 3,
            ..Policy::new(Bounds { min: 1, max: 9 }, 10.0)
        };
        let observe = |time: &str, state: &State, visible| {
            let at = time.parse().unwrap();
            let tick = Tick { at, origin: Origin::Schedule };
            let backlog = Backlog { visible, in_flight: 4, delayed: 3 };
            let seen = Observation::new(backlog, 2);
            decide(&policy, state, &seen, &Cycle::new(tick, at, InstanceId::new("stream"))).next
        };
        let first = observe("2026-11-24T11:58:00Z", &State::default(), 500);
        let second = observe("2026-11-24T11:59:00Z", &first, 300);
        let record = second.memory.rate().unwrap().record();
        let hold = Some(Hold { since: record.at, minutes: 20 });
        let trial = Some(Trial { dynos: 2, holding: 1.25, hold });
        RateMemory::restored(RateRecord {
            trial,
            backlog_at_max: 12.5,
            overspent: 0.25,
            out_of_reach_since: Some(record.at),
            ..record
        })
        .unwrap()
    }

    fn write() -> Write {
        let at = "2026-11-24T12:00:00.123Z".parse().unwrap();
        let since = "2026-11-24T11:50:00.456Z".parse().unwrap();
        let intent = Intent {
            change: Change { from: 2, to: 3 },
            at,
            since,
            by: InstanceId::new("log-stream"),
        };
        let state = State {
            counters: Counters { up: 1, down: 2 },
            needs: Needs::restored(vec![3, 1]).unwrap(),
            last_tick: Some("2026-11-24T12:00:00Z".parse().unwrap()),
            intent: Some(intent),
            last_known: Some(LastKnownQuantity { quantity: 2, by_hand_since: Some(at) }),
            pause: Some(Pause {
                since: at,
                until: Some(at),
                by: Some("ada@laptop".to_owned()),
                reason: Some("a migration".to_owned()),
            }),
            limit: Some(DynoLimit { dynos: 10, until: at, refusals: 2 }),
            still: Some(Still { in_flight: 5, active: 2, since: at }),
            memory: RuleMemory::Rate(memory()),
        };
        Write { expected: Some(6), state, at, by: "log-stream/request".to_owned() }
    }

    fn item(write: &Write) -> Item {
        attributes(write).0.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn a_state_is_read_as_it_was_written() {
        let write = write();
        let stored = Stored { version: Some(7), state: write.state.clone() };
        assert_eq!(read(&item(&write)), Ok(stored));
    }

    #[test]
    fn an_estimate_of_a_version_that_learnt_less_is_taken_over() {
        let without = |name: &str| {
            let mut members = rate_value(&memory()).as_m().unwrap().clone();
            members.remove(name);
            let mut item = item(&write());
            item.insert(RATE.to_owned(), AttributeValue::M(members));
            read(&item).unwrap().state.memory.rate().unwrap().record()
        };
        let (read, written) = (without("usual_busy"), memory().record());
        assert_eq!((read.means, read.usual_busy), (written.means, written.means[0]));
        assert_eq!(
            without("backlog_at_max"),
            RateRecord { backlog_at_max: 0.0, ..written.clone() }
        );
        assert_eq!(without("overspent"), RateRecord { overspent: 0.0, ..written });
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
        assert_eq!(
            attributes(&write).1,
            [LAST_TICK, INTENT, STANDING, PAUSE, LIMIT, NEEDS, STILL, RATE]
        );
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
            // case G13
            (VERSION, number(u64::MAX)),
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
            (NEEDS, number(3)),
            (NEEDS, AttributeValue::L(vec![number(1.5)])),
            (NEEDS, AttributeValue::L(vec![number(1); 121])),
            (STILL, map([("in_flight", number(5))])),
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
