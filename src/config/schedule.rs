//! The text of a schedule: `mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3`.
//!
//! Must not know when a rule applies.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::reader::Parsed;
use crate::policy::{Bounds, Days, Hours, Schedule, ScheduleRule};

const RULE: &str = "must be rules between semicolons, each [days] [hours] [time zone] min..max, \
    such as mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3";
const HOURS: &str = "must have hours as 08:00-18:00, from 00:00 to 24:00, not the same twice";
const ZONE: &str = "must name time zones as IANA does, such as Europe/Paris or UTC";
const BOUNDS: &str = "must end each rule with min..max, whole numbers, min at most max";

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// A rule that names no time zone has that of the rule before it; the first has UTC.
pub(super) fn schedule(text: &str) -> Parsed<Schedule> {
    let mut rules: Vec<ScheduleRule> = Vec::new();
    // One semicolon at the end is no rule that was forgotten.
    for part in text.trim_end().strip_suffix(';').unwrap_or(text).split(';') {
        let zone = rules.last().map_or(TimeZone::UTC, |rule| rule.zone.clone());
        rules.push(rule(part, zone)?);
    }
    Ok(Schedule { rules })
}

fn rule(text: &str, zone_before: TimeZone) -> Parsed<ScheduleRule> {
    let mut words = text.split_whitespace().peekable();
    let days = words.next_if(|word| days(word).is_some()).and_then(days);
    let hours = words.next_if(|word| word.contains(':')).map(hours).transpose()?;
    let zone = words.next_if(|word| !word.contains("..")).map(zone).transpose()?;
    let bounds = words.next().map(bounds).transpose()?;
    match (bounds, words.next()) {
        (Some(bounds), None) => Ok(ScheduleRule {
            days: days.unwrap_or(Days::ALL),
            hours,
            zone: zone.unwrap_or(zone_before),
            bounds,
        }),
        _ => Err(RULE),
    }
}

/// `mon-fri` or `sat,sun` or both.
fn days(word: &str) -> Option<Days> {
    word.split(',').try_fold(Days::default(), |days, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(days.and(Days::range(day(first)?, day(last)?)))
    })
}

fn day(name: &str) -> Option<Weekday> {
    let day = DAYS.iter().find(|(day, _)| name.eq_ignore_ascii_case(day));
    day.map(|(_, day)| *day)
}

fn hours(word: &str) -> Parsed<Hours> {
    let (from, to) = word.split_once('-').ok_or(HOURS)?;
    let hours =
        Hours { from: time(from)?, to: if to == "24:00" { Time::midnight() } else { time(to)? } };
    if hours.from == hours.to && to != "24:00" { Err(HOURS) } else { Ok(hours) }
}

fn time(text: &str) -> Parsed<Time> {
    let (hour, minute) = text.split_once(':').ok_or(HOURS)?;
    let two_digits = |text: &str| text.parse::<i8>().ok().filter(|_| text.len() == 2);
    let (hour, minute) = (two_digits(hour).ok_or(HOURS)?, two_digits(minute).ok_or(HOURS)?);
    Time::new(hour, minute, 0, 0).map_err(|_| HOURS)
}

fn zone(name: &str) -> Parsed<TimeZone> {
    TimeZone::get(name).map_err(|_| ZONE)
}

fn bounds(word: &str) -> Parsed<Bounds> {
    let (min, max) = word.split_once("..").ok_or(BOUNDS)?;
    let bounds =
        Bounds { min: min.parse().map_err(|_| BOUNDS)?, max: max.parse().map_err(|_| BOUNDS)? };
    if bounds.min <= bounds.max { Ok(bounds) } else { Err(BOUNDS) }
}
