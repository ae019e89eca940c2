//! From a contest to the numbers and texts of its pictures.

use super::table::wait;
use super::{Contest, Entry, heading};
use crate::plot::{Course, Front, FrontPoint, Panel, Range};
use crate::text::{fixed, grouped, percent, plural};
use dynoscaler_sim::queueing::{Series, Spread, World, secs_of_us};

/// The course of a contest over time, one panel per contender.
#[must_use]
pub fn course(contest: &Contest) -> String {
    let world = &contest.world;
    let arrivals =
        columns(contest).map(|(from_us, to_us)| world.load.mean_per_second_between(from_us, to_us));
    let needed = columns(contest).map(|(from_us, to_us)| world.needed_between(from_us, to_us));
    let course = Course {
        title: format!("{}: backlog and dynos over time", world.load.name()),
        subtitle: heading(world),
        hours: hours(world),
        arrivals: arrivals.collect(),
        needed: needed.collect(),
        threshold: world.backlog_threshold,
        panels: contest.entries.iter().map(panel).collect(),
    };
    course.svg()
}

/// Settings by cost and benefit.
#[must_use]
pub(super) fn front(contest: &Contest) -> String {
    let names = contest.names();
    let position = |entry: &Entry| names.iter().position(|name| *name == entry.contender.name);
    let points = contest.entries.iter().map(|entry| FrontPoint {
        name: position(entry).unwrap_or_default(),
        settings: entry.contender.settings.clone(),
        dyno_hours: entry.outcome.score.dyno_hours,
        above_threshold_share: entry.outcome.score.above_threshold_share,
        place: contest.place(entry),
    });
    let front = Front {
        title: format!("{}: cost and benefit of settings", contest.world.load.name()),
        subtitle: heading(&contest.world),
        needed_hours: contest.dynos_needed().0 * hours(&contest.world),
        points: points.collect(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    front.svg()
}

fn hours(world: &World) -> f64 {
    secs_of_us(world.load.duration_us()) / 3600.0
}

/// The stretches of time of all series' points.
fn columns(contest: &Contest) -> impl Iterator<Item = (u64, u64)> {
    let end_us = contest.world.load.duration_us();
    let width_us = Series::width_us(end_us);
    (0..)
        .map(move |index| index * width_us)
        .take_while(move |from_us| *from_us < end_us)
        .map(move |from_us| (from_us, end_us.min(from_us + width_us)))
}

fn panel(entry: &Entry) -> Panel {
    let score = &entry.outcome.score;
    let points = &entry.outcome.series.points;
    Panel {
        name: entry.contender.name.to_owned(),
        settings: entry.contender.settings.clone(),
        notes: vec![
            format!("{} of the time above", percent(score.above_threshold_share)),
            format!("{} dyno-hours", fixed(score.dyno_hours, 0)),
            plural(score.changes, "change"),
            format!("wait: half under {}", wait(score, score.wait_p50_secs)),
            format!("99 % under {}", wait(score, score.wait_p99_secs)),
            format!("{} done twice", grouped(score.done_twice)),
        ],
        backlog: points.iter().map(|point| range(point.backlog_per_instance)).collect(),
        dynos: points.iter().map(|point| range(point.dynos)).collect(),
    }
}

fn range(spread: Spread) -> Range {
    Range { min: spread.min, mean: spread.mean(), max: spread.max }
}
