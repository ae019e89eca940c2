//! A moment in a usual form: `18:00`, `2026-11-27 18:00`, either with a time zone, or an instant.
//!
//! Must not know what happens then, nor the current time.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// The accepted forms, for messages.
pub(super) const BOUND: &str = "must be a time as 18:00, 2026-11-27 18:00 or \
    2026-11-27T18:00:00Z; the first two of this machine's time zone, or of one that is named \
    behind: 18:00 Europe/Paris";

/// A moment, as far as it was given.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Moment {
    Instant(Timestamp),
    /// The time of a wall clock, on a date or the next time.
    Wall {
        date: Option<Date>,
        time: Time,
        zone: Option<TimeZone>,
    },
}

pub(super) fn moment(text: &str) -> Result<Moment, &'static str> {
    match instant(text) {
        Some(at) => Ok(Moment::Instant(at)),
        None => wall(text).ok_or(BOUND),
    }
}

fn instant(text: &str) -> Option<Timestamp> {
    let zoned = || text.parse::<ZonedDateTime>().ok().map(|zoned| zoned.timestamp());
    text.parse().ok().or_else(zoned)
}

/// `[date] time [zone]`. A bare number is no time: it may mean hours from now.
fn wall(text: &str) -> Option<Moment> {
    // ISO 8601 has a T between date and time.
    let text = match text.split_once('T') {
        Some((date, rest)) if date.parse::<Date>().is_ok() => format!("{date} {rest}"),
        _ => text.to_owned(),
    };
    let mut words = text.split_whitespace().peekable();
    let date = words.next_if(|word| !word.contains(':')).map(str::parse).transpose().ok()?;
    let time = words.next().filter(|word| word.contains(':'))?.parse().ok()?;
    let zone = words.next().map(TimeZone::get).transpose().ok()?;
    words.next().is_none().then_some(Moment::Wall { date, time, zone })
}

impl Moment {
    /// The instant, from `now` on, in `zone` if the moment has none. A clock that is put forward
    /// skips some times: then the time that it shows instead.
    pub(super) fn at(
        &self,
        now: Timestamp,
        here: impl FnOnce() -> Result<TimeZone, jiff::Error>,
    ) -> Result<Timestamp, jiff::Error> {
        match self {
            Self::Instant(at) => Ok(*at),
            Self::Wall { date, time, zone } => {
                let zone = zone.clone().map_or_else(here, Ok)?;
                match date {
                    Some(date) => zone.to_timestamp(date.to_datetime(*time)),
                    None => next(*time, &zone, now),
                }
            }
        }
    }
}

/// Today, or tomorrow if that is over.
fn next(time: Time, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, jiff::Error> {
    let today = zone.to_datetime(now).date();
    let at = zone.to_timestamp(today.to_datetime(time))?;
    if now < at { Ok(at) } else { zone.to_timestamp(today.tomorrow()?.to_datetime(time)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_795_867_200, 0); // 2026-11-28T12:00:00Z

    fn here() -> Result<TimeZone, jiff::Error> {
        TimeZone::get("Europe/Paris")
    }

    // case F19
    #[test]
    fn a_moment_is_an_instant_or_what_a_clock_shows_next_or_on_a_date() {
        for (text, expected) in [
            ("18:00", "2026-11-28T17:00:00Z"),
            ("13:00", "2026-11-29T12:00:00Z"),
            ("13:00:01", "2026-11-28T12:00:01Z"),
            ("18:00 UTC", "2026-11-28T18:00:00Z"),
            ("07:00 America/New_York", "2026-11-29T12:00:00Z"),
            ("2026-12-01 09:30", "2026-12-01T08:30:00Z"),
            ("2026-12-01T09:30", "2026-12-01T08:30:00Z"),
            ("2026-12-01 09:30 Asia/Kolkata", "2026-12-01T04:00:00Z"),
            ("2026-12-01T09:30:00Z", "2026-12-01T09:30:00Z"),
            ("2026-12-01T09:30:00+05:30", "2026-12-01T04:00:00Z"),
            ("2026-12-01T09:30[Asia/Kolkata]", "2026-12-01T04:00:00Z"),
            // Clocks in Paris skip from 02:00 to 03:00.
            ("2027-03-28 02:30", "2027-03-28T01:30:00Z"),
        ] {
            let at = moment(text).unwrap().at(NOW, here).unwrap();
            assert_eq!(at.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn an_ambiguous_text_is_no_moment() {
        for text in [
            "",
            "18",
            "1800",
            "2h",
            "25:00",
            "18:60",
            "18:00 CET2",
            "18:00 UTC now",
            "2026-13-01 18:00",
            "2026-12-01",
            "tomorrow 18:00",
            "18:00 2026-12-01",
        ] {
            assert_eq!(moment(text), Err(BOUND), "{text}");
        }
    }
}
