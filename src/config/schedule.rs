//! The text of a schedule: `mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3`.
//!
//! Must not know when a window applies.

use std::fmt;

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::parse::{self, DYNOS_MAX};
use crate::policy::{Bounds, BoundsWindow, Days, Hours, Schedule};

const WINDOW: &str = "must be windows between semicolons, each [days] [hours] [time zone] \
    min..max, such as mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3";
const DAYS: &str = "must name days by three letters, as mon-fri or sat,sun";
const HOURS: &str = "must have hours as 08:00-18:00, from 00:00 to 24:00, not the same twice";
const ZONE: &str = "must name time zones as IANA does, such as Europe/Paris or UTC";
const BOUNDS: &str = "must end each window with min..max, whole numbers to 9999, min at most max";

const NAMES: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The schedule of a text.
pub(super) fn schedule(text: &str) -> parse::Parsed<Schedule> {
    if text.is_empty() {
        return Err(WINDOW.into());
    }
    windows(text).map(|windows| Schedule { windows }).map_err(|flaw| flaw.to_string().into())
}

/// A fault of a window.
struct Flaw {
    bound: &'static str,
    /// Counted from 1.
    window: usize,
    part: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bound, window, part } = self;
        match part.trim() {
            "" => write!(f, "{bound}; window {window} is empty"),
            part => write!(f, "{bound}; window {window} has {part:?}"),
        }
    }
}

/// A window that names no time zone has that of the window before it; the first has UTC.
fn windows(text: &str) -> Result<Vec<BoundsWindow>, Flaw> {
    let mut windows: Vec<BoundsWindow> = Vec::new();
    // One semicolon at the end is no missing window.
    for part in text.trim_end().strip_suffix(';').unwrap_or(text).split(';') {
        let zone = windows.last().map_or(TimeZone::UTC, |window| window.zone.clone());
        let flaw = |(bound, part): Part<'_>| {
            let part = part.chars().take(PART_CHARS_MAX).collect();
            Flaw { bound, window: windows.len() + 1, part }
        };
        windows.push(window(part, zone).map_err(flaw)?);
    }
    Ok(windows)
}

/// A bound, and the part of a window that violates it.
type Part<'a> = (&'static str, &'a str);

/// A word's value, or the bound that it violates.
type Parsed<T> = Result<T, &'static str>;

/// Enough to recognise a part.
const PART_CHARS_MAX: usize = 60;

fn window(text: &str, zone_before: TimeZone) -> Result<BoundsWindow, Part<'_>> {
    let mut words = text.split_whitespace().peekable();
    let days = words.next_if(|word| days(word).is_some()).and_then(days);
    let hours = words.next_if(|word| are_hours(word)).map(|word| named(word, hours)).transpose()?;
    let zone = words.next_if(|word| !word.contains("..")).map(|word| named(word, zone));
    let zone = zone.transpose()?;
    let bounds = words.next().map(|word| named(word, bounds)).transpose()?;
    match (bounds, words.next()) {
        (Some(bounds), None) => Ok(BoundsWindow {
            days: days.unwrap_or(Days::ALL),
            hours,
            zone: zone.unwrap_or(zone_before),
            bounds,
        }),
        _ => Err((WINDOW, text)),
    }
}

fn named<T>(word: &str, parse: impl Fn(&str) -> Parsed<T>) -> Result<T, Part<'_>> {
    parse(word).map_err(|bound| (bound, word))
}

/// Whether a word means hours, right or wrong: no day and no time zone begins with a digit.
fn are_hours(word: &str) -> bool {
    let is_number = word.starts_with(|c: char| c.is_ascii_digit()) && !word.contains("..");
    word.contains(':') || is_number
}

/// `mon-fri` or `sat,sun` or both.
fn days(word: &str) -> Option<Days> {
    word.split(',').try_fold(Days::default(), |days, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(days.and(Days::range(day(first)?, day(last)?)))
    })
}

fn day(name: &str) -> Option<Weekday> {
    let day = NAMES.iter().find(|(day, _)| name.eq_ignore_ascii_case(day));
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

/// The word in its place may be days in another spelling, or days after the hours.
fn zone(name: &str) -> Parsed<TimeZone> {
    let bound = if days(name).is_some() {
        WINDOW
    } else if name.split([',', '-']).any(is_like_a_day) {
        DAYS
    } else {
        ZONE
    };
    TimeZone::get(name).map_err(|_| bound)
}

/// `monday` and `Mo`, say.
fn is_like_a_day(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    NAMES.iter().any(|(day, _)| word.starts_with(day) || word == day[..2])
}

fn bounds(word: &str) -> Parsed<Bounds> {
    let (min, max) = word.split_once("..").ok_or(BOUNDS)?;
    let dynos = |text| parse::whole::<0, DYNOS_MAX>(text).map_err(|_| BOUNDS);
    let bounds = Bounds { min: dynos(min)?, max: dynos(max)? };
    if bounds.min <= bounds.max { Ok(bounds) } else { Err(BOUNDS) }
}
