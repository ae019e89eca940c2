//! What the records of one target show.
//!
//! Must not know how it is presented.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::sums::{Numbers, Stretch, Sum, stretches};
use super::terms::{TargetTerms, Terms};
use super::waits::Waits;
use crate::outside::by_others;
use crate::price::Price;
use crate::records::Record;
use crate::stretches::{lasts, runs};
use dynoscaler::policy::Reason;

/// The account of one target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct TargetAccount {
    pub(super) target: String,
    pub(super) dry_run: bool,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) cycles: usize,
    pub(super) failed: usize,
    pub(super) changes_up: usize,
    pub(super) changes_down: usize,
    pub(super) changes_by_others: usize,
    #[serde(flatten)]
    pub(super) numbers: Numbers,
    pub(super) service_level: f64,
    pub(super) price_per_dyno_hour: f64,
    pub(super) price: String,
    /// Whether the share of time under the threshold is that of the service level, or more.
    pub(super) is_kept: Option<bool>,
    pub(super) above: Above,
    pub(super) waits: Option<Waits>,
    /// What decided for how long, the longest first.
    pub(super) reasons: Vec<ReasonShare>,
    pub(super) changes: Vec<Change>,
    /// Failures and holds.
    pub(super) incidents: Vec<Incident>,
    pub(super) days: Vec<Day>,
    pub(super) week: Week,
    #[serde(skip)]
    pub(super) sum: Sum,
}

/// The times above the threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Above {
    pub(super) times: u32,
    pub(super) hours: f64,
    pub(super) longest_hours: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ReasonShare {
    pub(super) reason: String,
    pub(super) meaning: Option<&'static str>,
    pub(super) cycles: usize,
    pub(super) hours: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Change {
    pub(super) at: Timestamp,
    pub(super) from: Option<u32>,
    pub(super) to: Option<u32>,
    pub(super) reason: String,
    pub(super) by_others: bool,
}

/// Cycles in a row that failed or held for the same reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Incident {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) cycles: usize,
    pub(super) reason: String,
    pub(super) error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Day {
    pub(super) date: Date,
    pub(super) changes: usize,
    pub(super) failed: usize,
    #[serde(flatten)]
    pub(super) numbers: Numbers,
}

/// Values by the hour of the week, from Monday at midnight, UTC: seven days of 24 hours.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Week {
    pub(super) messages: Vec<Option<f64>>,
    pub(super) dynos: Vec<Option<f64>>,
    pub(super) above_share: Vec<Option<f64>>,
}

pub(super) const HOURS_A_DAY: usize = 24;
const HOURS_A_WEEK: usize = 7 * HOURS_A_DAY;

/// What an error says in a row.
const ERROR_CHARS_MAX: usize = 300;

impl TargetAccount {
    /// None if there is no record.
    pub(super) fn of(target: &str, records: &[Record], terms: &Terms) -> Option<Self> {
        let (first, last) = (records.first()?, records.last()?);
        let stretches = stretches(records);
        let TargetTerms { price, service_level } = terms.of(target);
        let sum = Sum::of(&stretches, price);
        let numbers = sum.numbers();
        let changes = changes(records);
        let count = |holds: fn(&Change) -> bool| changes.iter().filter(|it| holds(it)).count();
        Some(Self {
            target: target.to_owned(),
            dry_run: first.dry_run,
            from: first.tick,
            to: last.tick,
            cycles: records.len(),
            failed: failed(records),
            changes_up: count(|change| !change.by_others && change.from < change.to),
            changes_down: count(|change| !change.by_others && change.to < change.from),
            changes_by_others: count(|change| change.by_others),
            is_kept: numbers.under_share.map(|under| *service_level <= under),
            service_level: *service_level,
            price_per_dyno_hour: price.per_dyno_hour,
            price: price.source().to_owned(),
            numbers,
            above: Above::of(&stretches),
            waits: Waits::of(records, &stretches, terms.messages_per_dyno_minute),
            reasons: reasons(&stretches),
            incidents: incidents(records),
            days: days(&stretches, price),
            week: Week::of(&stretches, price),
            changes,
            sum,
        })
    }
}

fn failed<'a>(records: impl IntoIterator<Item = &'a Record>) -> usize {
    records.into_iter().filter(|record| record.error.is_some()).count()
}

impl Above {
    fn of(stretches: &[Stretch<'_>]) -> Self {
        let is_above = |stretch: &Stretch<'_>| stretch.record.is_above() == Some(true);
        let spells = stretches.chunk_by(|one, next| is_above(one) == is_above(next));
        let spells = spells.filter(|spell| spell.first().is_some_and(is_above));
        spells.fold(Self::default(), |above, spell| {
            let hours: f64 = spell.iter().map(|stretch| stretch.hours).sum();
            Self {
                times: above.times + 1,
                hours: above.hours + hours,
                longest_hours: above.longest_hours.max(hours),
            }
        })
    }
}

fn reasons(stretches: &[Stretch<'_>]) -> Vec<ReasonShare> {
    let mut by_name: BTreeMap<String, ReasonShare> = BTreeMap::new();
    for Stretch { record, hours } in stretches {
        let reason = record.reason();
        let meaning = record.known_reason().map(Reason::meaning);
        let none = || ReasonShare { reason: reason.clone(), meaning, cycles: 0, hours: 0.0 };
        let share = by_name.entry(reason.clone()).or_insert_with(none);
        share.cycles += 1;
        share.hours += hours;
    }
    let mut shares: Vec<_> = by_name.into_values().collect();
    shares.sort_by(|one, other| other.hours.total_cmp(&one.hours));
    shares
}

fn changes(records: &[Record]) -> Vec<Change> {
    let own = records.iter().filter(|record| record.is_change()).map(|record| Change {
        at: record.tick,
        from: record.active_dynos,
        to: record.required_dynos,
        reason: record.reason(),
        by_others: false,
    });
    let others = by_others(records).map(|change| Change {
        at: change.seen_by.tick,
        from: Some(change.before),
        to: Some(change.now),
        reason: "changed outside DynoScaler".to_owned(),
        by_others: true,
    });
    let mut changes: Vec<_> = own.chain(others).collect();
    changes.sort_by_key(|change| (change.at, !change.by_others));
    changes
}

fn incidents(records: &[Record]) -> Vec<Incident> {
    let lasting = runs(records)
        .filter_map(|run| Some((run, run.first().filter(|it| lasts(it))?, run.last()?)));
    let incident = |(run, first, last): (&[Record], &Record, &Record)| Incident {
        from: first.tick,
        to: last.tick,
        cycles: run.len(),
        reason: first.reason(),
        error: first.error.as_ref().map(|error| error.chars().take(ERROR_CHARS_MAX).collect()),
    };
    lasting.map(incident).collect()
}

fn days(stretches: &[Stretch<'_>], price: &Price) -> Vec<Day> {
    let date = |stretch: &Stretch<'_>| utc(stretch).date();
    let days = stretches.chunk_by(|one, next| date(one) == date(next));
    let day = |day: &[Stretch<'_>]| {
        Some(Day {
            date: date(day.first()?),
            changes: day.iter().filter(|stretch| stretch.record.is_change()).count(),
            failed: failed(day.iter().map(|stretch| stretch.record)),
            numbers: Sum::of(day, price).numbers(),
        })
    };
    days.filter_map(day).collect()
}

fn utc(stretch: &Stretch<'_>) -> DateTime {
    TimeZone::UTC.to_datetime(stretch.record.tick)
}

impl Week {
    fn of(stretches: &[Stretch<'_>], price: &Price) -> Self {
        let mut hours: Vec<Vec<Stretch<'_>>> = vec![Vec::new(); HOURS_A_WEEK];
        for stretch in stretches {
            hours[hour_of_week(stretch)].push(*stretch);
        }
        let sums: Vec<Sum> = hours.iter().map(|hour| Sum::of(hour, price)).collect();
        Self {
            messages: sums.iter().map(Sum::messages_mean).collect(),
            dynos: sums.iter().map(Sum::dynos_mean).collect(),
            above_share: sums.iter().map(Sum::above_share).collect(),
        }
    }
}

fn hour_of_week(stretch: &Stretch<'_>) -> usize {
    let at = utc(stretch);
    let [day, hour] = [at.weekday().to_monday_zero_offset(), at.hour()];
    usize::from(day.unsigned_abs()) * HOURS_A_DAY + usize::from(hour.unsigned_abs())
}
