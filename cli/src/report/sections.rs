//! The account in words: cards, tables and places for the charts.
//!
//! Every number of the account has its name beside it, so that a program finds it too. Must not know
//! how a number came to be.

use super::account::Account;
use super::cards::{cards, kept};
use super::figures::{amount, dollars, hours, level, whole};
use super::heat::week;
use super::html::{Place, details, escaped, table};
use super::sums::Numbers;
use super::target::{Change, Day, Incident, ReasonShare, TargetAccount};
use crate::text::{grouped, percent, plural};

/// Everything between the tags of the body, before the data.
pub(super) fn content(account: &Account) -> String {
    let targets = account.targets.iter().enumerate();
    let sections: String = targets.map(|(index, target)| section(index, target, account)).collect();
    format!(
        "<header><h1>{}</h1>\n<p>{}</p></header>\n<main>\n{}{sections}</main>\n<footer>{NOTES}</footer>\n",
        escaped(&title(account)),
        escaped(&subtitle(account)),
        overview(account),
    )
}

pub(super) fn title(account: &Account) -> String {
    match &account.targets[..] {
        [one] => format!("DynoScaler: {}", one.target),
        targets => format!("DynoScaler: {}", plural(targets.len() as u64, "target")),
    }
}

fn subtitle(account: &Account) -> String {
    let price = if is_of_one_price(account) { &*account.price } else { "by the size of each" };
    format!(
        "{:.0} to {:.0}, from {}. Dollars: {price}. Times are in UTC.",
        account.from, account.to, account.source
    )
}

fn is_of_one_price(account: &Account) -> bool {
    account.targets.iter().all(|target| target.price == account.price)
}

const NOTES: &str = "<h2>How the numbers come about</h2>\n<ul>\
<li>Each cycle counts until the next one. Where no cycle ran for long, or the dynos could not be read, \
the time is in no sum.</li>\
<li>The cost at the maximum is that of as many dynos as the maximum allowed at each time, the cost at \
the peak that of as many as ran at most, both all the time.</li>\
<li>Time is under the threshold while there are no more messages per dyno than that, or none at 0 \
dynos.</li>\
<li>Waits are an estimate: the messages waiting, divided by what the dynos finish, which is given or \
learnt from the counts.</li>\
<li>All targets together keep their service levels if each keeps its own.</li>\
<li>A dry run is in no total: its dynos may be those of another target.</li></ul>";

/// All targets in a table, if there are several.
fn overview(account: &Account) -> String {
    if account.targets.len() < 2 {
        return String::new();
    }
    let heads = [
        "target",
        "dyno-hours",
        "cost",
        "at the maximum",
        "saved",
        "under the threshold",
        "changes",
        "failed",
    ];
    let targets = account.targets.iter().enumerate().map(|(index, target)| {
        let name = format!("<a href=\"#target-{index}\">{}</a>", escaped(&target.target));
        let counts = [target.changes_up + target.changes_down, target.failed];
        sums(name, &at(index), &target.numbers, target.is_kept, counts)
    });
    let total = account.total.iter().map(|total| {
        let name = format!("all {}", plural(total.targets as u64, "target"));
        let counts = [total.changes, total.failed];
        sums(name, &Place::new("total"), &total.numbers, total.is_kept, counts)
    });
    let table = table("All targets", heads, targets.chain(total));
    format!("<section>\n<h2>In total</h2>\n{table}</section>\n")
}

/// A row of the overview. `counts` are changes and failed cycles.
fn sums(
    name: String,
    place: &Place,
    numbers: &Numbers,
    is_kept: Option<bool>,
    counts: [usize; 2],
) -> [String; 8] {
    let [changes, failed] = counts.map(|count| grouped(count as u64));
    let under = place.number("under_share", numbers.under_share, level);
    [
        name,
        place.number("dyno_hours", numbers.dyno_hours, hours),
        place.number("cost", numbers.cost, dollars),
        place.number("cost_at_max", numbers.cost_at_max, dollars),
        place.number("saved", numbers.saved, dollars),
        format!("{under} {}", kept(is_kept)),
        changes,
        failed,
    ]
}

/// The place of a target's numbers.
fn at(index: usize) -> Place {
    Place::new("targets").within(&index.to_string())
}

fn section(index: usize, target: &TargetAccount, account: &Account) -> String {
    let place = at(index);
    let heading = escaped(&target.target);
    let price = match is_of_one_price(account) {
        true => String::new(),
        false => format!("<p>Dollars: {}.</p>\n", escaped(&target.price)),
    };
    format!(
        "<section id=\"target-{index}\" aria-labelledby=\"heading-{index}\">\n\
         <h2 id=\"heading-{index}\">{heading}</h2>\n{price}{}\
         <div class=\"charts\" data-course=\"{index}\"></div>\n{}{}{}{}{}</section>\n",
        cards(&place, target),
        week(&place, &target.week),
        reasons(&target.reasons, target.numbers.hours),
        changes(target),
        incidents(target),
        days(&place.within("days"), &target.days),
    )
}

fn reasons(reasons: &[ReasonShare], all_hours: f64) -> String {
    let rows = reasons.iter().map(|reason| {
        let share =
            if 0.0 < all_hours { percent(reason.hours / all_hours) } else { "unknown".to_owned() };
        let meaning = reason.meaning.unwrap_or("a reason of another version").replace('`', "");
        [escaped(&reason.reason), grouped(reason.cycles as u64), share, escaped(&meaning)]
    });
    let table = table(
        "What decided, and for how long",
        ["reason", "cycles", "of the time", "meaning"],
        rows,
    );
    details("Reasons", &table)
}

fn changes(target: &TargetAccount) -> String {
    let rows = target.changes.iter().rev().take(ROWS_MAX).map(|change| {
        let Change { at, from, to, reason, .. } = change;
        [format!("{at:.0}"), format!("{} → {}", dynos(*from), dynos(*to)), escaped(reason)]
    });
    let caption = newest("change", target.changes.len());
    details("Changes", &table(&caption, ["cycle", "dynos", "reason"], rows))
}

fn incidents(target: &TargetAccount) -> String {
    let rows = target.incidents.iter().rev().take(ROWS_MAX).map(|incident| {
        let Incident { from, to, cycles, reason, error } = incident;
        [
            format!("{from:.0}"),
            format!("{to:.0}"),
            grouped(*cycles as u64),
            escaped(reason),
            escaped(error.as_deref().unwrap_or_default()),
        ]
    });
    let heads = ["first cycle", "last cycle", "cycles", "reason", "error"];
    details(
        "Failures and holds",
        &table(&newest("failure or hold", target.incidents.len()), heads, rows),
    )
}

fn days(place: &Place, days: &[Day]) -> String {
    let rows = days.iter().enumerate().map(|(index, day)| {
        let numbers = &day.numbers;
        let place = place.within(&index.to_string());
        [
            day.date.to_string(),
            place.number("dyno_hours", numbers.dyno_hours, hours),
            place.number("cost", numbers.cost, dollars),
            place.number("saved", numbers.saved, dollars),
            place.number("under_share", numbers.under_share, level),
            place.number("messages_most", numbers.messages_most.map(amount), whole),
            grouped(day.changes as u64),
            grouped(day.failed as u64),
        ]
    });
    let heads = [
        "day",
        "dyno-hours",
        "cost",
        "saved",
        "under the threshold",
        "messages at most",
        "changes",
        "failed",
    ];
    details("Days", &table("By the day, UTC", heads, rows))
}

/// The most rows of a list: the page of a year is to stay small. `--json` has all of them.
const ROWS_MAX: usize = 300;

/// What a list shows: the newest first.
fn newest(noun: &str, all: usize) -> String {
    let shown = plural(all.min(ROWS_MAX) as u64, noun);
    match all {
        0..=ROWS_MAX => format!("{shown}, the newest first"),
        _ => format!("The newest {shown} of {}", grouped(all as u64)),
    }
}

fn dynos(count: Option<u32>) -> String {
    count.map_or_else(|| "?".to_owned(), |count| count.to_string())
}
