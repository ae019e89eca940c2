//! The numbers of a target at a glance.
//!
//! Must not know how a number came to be.

use super::figures::{count, dollars, hours, level, of_hours, one_decimal, whole};
use super::html::{Place, escaped};
use super::sums::Numbers;
use super::target::TargetAccount;
use super::waits::Waits;
use crate::text::{duration, plural};

pub(super) fn cards(place: &Place, target: &TargetAccount) -> String {
    let cards = [
        cost(place, &target.numbers),
        saved(place, &target.numbers),
        promise(place, target),
        waits(&place.within("waits"), target.waits),
        changes(place, target),
        failed(place, target),
    ];
    format!("<dl class=\"cards\">\n{}</dl>\n", cards.concat())
}

/// A number, and what belongs to it in smaller type.
fn card<const NOTES: usize>(head: &str, number: &str, notes: [String; NOTES]) -> String {
    let notes = notes.map(|note| format!("<dd>{note}</dd>")).concat();
    format!("<div><dt>{head}</dt><dd class=\"figure\">{number}</dd>{notes}</div>\n")
}

fn cost(place: &Place, numbers: &Numbers) -> String {
    let mean = place.number("dynos_mean", numbers.dynos_mean, one_decimal);
    let most = place.number("dynos_most", numbers.dynos_most.map(f64::from), whole);
    let notes = [
        format!("{} dyno-hours", place.number("dyno_hours", numbers.dyno_hours, hours)),
        format!("{mean} dynos on average, {most} at most"),
    ];
    card("Cost", &place.number("cost", numbers.cost, dollars), notes)
}

fn saved(place: &Place, numbers: &Numbers) -> String {
    let at_max = place.number("cost_at_max", numbers.cost_at_max, dollars);
    let at_peak = place.number("cost_at_peak", numbers.cost_at_peak, dollars);
    let notes = [
        format!("{at_max} at the maximum all the time"),
        format!("{at_peak} at the peak all the time"),
    ];
    card("Saved", &place.number("saved", numbers.saved, dollars), notes)
}

fn promise(place: &Place, target: &TargetAccount) -> String {
    let times = plural(target.above.times.into(), "time");
    let longest = place.number("above/longest_hours", Some(target.above.longest_hours), of_hours);
    let notes = [
        format!("promised {}: {}", escaped(&level(target.service_level)), kept(target.is_kept)),
        format!("above {times}, the longest {longest}"),
    ];
    card(
        "Under the threshold",
        &place.number("under_share", target.numbers.under_share, level),
        notes,
    )
}

/// With what a dyno finishes, on which the estimate rests.
fn waits(place: &Place, waits: Option<Waits>) -> String {
    let number = |field, value: fn(Waits) -> f64| place.number(field, waits.map(value), duration);
    let p99 = number("p99_secs", |waits| waits.p99_secs);
    let most = number("most_secs", |waits| waits.most_secs);
    let per_minute = waits.map(|waits| waits.messages_per_dyno_minute);
    let per_minute = place.number("messages_per_dyno_minute", per_minute, one_decimal);
    let notes = [
        "or less for half of the time".to_owned(),
        format!("{p99} for 99 %, {most} at most"),
        format!("if a dyno finishes {per_minute} a minute"),
    ];
    card("Wait, estimated", &number("median_secs", |waits| waits.median_secs), notes)
}

fn changes(place: &Place, target: &TargetAccount) -> String {
    let number = |field, value| place.number(field, Some(count(value)), whole);
    let (up, down) = (target.changes_up, target.changes_down);
    let notes = [
        format!("{} up, {} down", number("changes_up", up), number("changes_down", down)),
        format!("{} by others", number("changes_by_others", target.changes_by_others)),
    ];
    card("Changes", &whole(count(up + down)), notes)
}

fn failed(place: &Place, target: &TargetAccount) -> String {
    let number = |field, value| place.number(field, Some(count(value)), whole);
    let unknown = place.number("hours_unknown", Some(target.numbers.hours_unknown), of_hours);
    let notes =
        [format!("of {}", number("cycles", target.cycles)), format!("dynos unknown for {unknown}")];
    card("Failed cycles", &number("failed", target.failed), notes)
}

pub(super) fn kept(is_kept: Option<bool>) -> &'static str {
    match is_kept {
        Some(true) => "<span class=\"good\">kept</span>",
        Some(false) => "<span class=\"bad\">not kept</span>",
        None => "unknown",
    }
}
