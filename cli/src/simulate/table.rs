//! A contest as a table for a terminal and as JSON for programs.

use serde::Serialize;
use serde_json::Value;

use super::advice::Advice;
use super::{Contest, Entry};
use crate::plot::Place;
use crate::text::{aligned, duration, fixed, grouped, percent, rounded, short};
use dynoscaler_sim::queueing::{Score, World, secs_of_us};

/// The world in one line.
#[must_use]
pub fn heading(world: &World) -> String {
    let (mean, most) = world.dynos_needed();
    format!(
        "{} of {} messages a second, {} s each: {mean:.1} dynos on average, {most:.1} at most; \
         threshold {} messages per dyno; seed {}",
        span(world),
        short(world.load.mean_per_second()),
        short(world.service.mean_secs),
        short(world.backlog_threshold),
        world.seed,
    )
}

fn span(world: &World) -> String {
    let hours = secs_of_us(world.load.duration_us()) / 3600.0;
    if hours < 48.0 { format!("{hours:.1} hours") } else { format!("{:.1} days", hours / 24.0) }
}

/// The contest as a table.
#[must_use]
pub fn text(contest: &Contest, price_per_dyno_hour: f64) -> String {
    let head = [
        "policy",
        "above",
        "dyno-hours",
        "cost",
        "changes",
        "p50",
        "p99",
        "max",
        "done twice",
        "settings",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(contest.entries.iter().map(|entry| row(contest, entry, price_per_dyno_hour)));
    format!(
        "{}: {}\n\n{}\n{LEGEND}",
        contest.world.load.name(),
        heading(&contest.world),
        aligned(&rows)
    )
}

const LEGEND: &str = "\
above: share of the time with more messages waiting per running dyno than the threshold.
p50, p99, max: wait from sending to the start of the work.
done twice: messages whose work was begun again because their dyno was stopped.
* no other setting of any contender but the oracle has fewer dyno-hours and less time above.
";

fn row(contest: &Contest, entry: &Entry, price_per_dyno_hour: f64) -> [String; 10] {
    let score = &entry.outcome.score;
    let star = if contest.place(entry) == Place::Best { " *" } else { "" };
    [
        format!("{}{star}", entry.contender.name),
        percent(score.above_threshold_share),
        fixed(score.dyno_hours, 1),
        format!("${}", fixed(score.dyno_hours * price_per_dyno_hour, 2)),
        grouped(score.changes),
        wait(score, score.wait_p50_secs),
        wait(score, score.wait_p99_secs),
        wait(score, score.wait_max_secs),
        grouped(score.done_twice),
        entry.contender.settings.clone(),
    ]
}

/// A wait in readable units. Where nothing arrived, nothing waited.
pub(super) fn wait(score: &Score, secs: f64) -> String {
    if score.arrived == 0 { "-".to_owned() } else { duration(secs) }
}

/// The contest as JSON.
#[derive(Debug, Serialize)]
struct ContestJson<'a> {
    load: &'a str,
    hours: f64,
    messages_per_second: f64,
    seconds_per_message: f64,
    dynos_needed_mean: f64,
    dynos_needed_max: f64,
    backlog_threshold: f64,
    seed: u64,
    results: Vec<ResultJson<'a>>,
    deploy: Option<Advice>,
}

#[derive(Debug, Serialize)]
struct ResultJson<'a> {
    policy: &'a str,
    settings: &'a str,
    best: bool,
    cost: f64,
    #[serde(flatten)]
    score: Value,
}

/// The fields of a score with waiting times.
const WAITS: [&str; 4] = ["wait_mean_secs", "wait_p50_secs", "wait_p99_secs", "wait_max_secs"];

fn score_json(score: &Score) -> serde_json::Result<Value> {
    let mut fields = serde_json::to_value(score)?;
    for field in WAITS.into_iter().filter(|_| score.arrived == 0) {
        fields[field] = Value::Null;
    }
    Ok(fields)
}

pub(super) fn json(
    contest: &Contest,
    price_per_dyno_hour: f64,
    deploy: Option<Advice>,
) -> serde_json::Result<String> {
    let world = &contest.world;
    let (dynos_needed_mean, dynos_needed_max) = world.dynos_needed();
    let results = contest.entries.iter().map(|entry| {
        Ok(ResultJson {
            policy: entry.contender.name,
            settings: &entry.contender.settings,
            best: contest.place(entry) == Place::Best,
            cost: entry.outcome.score.dyno_hours * price_per_dyno_hour,
            score: score_json(&entry.outcome.score)?,
        })
    });
    let fields = serde_json::to_value(ContestJson {
        load: world.load.name(),
        hours: secs_of_us(world.load.duration_us()) / 3600.0,
        messages_per_second: world.load.mean_per_second(),
        seconds_per_message: world.service.mean_secs,
        dynos_needed_mean,
        dynos_needed_max,
        backlog_threshold: world.backlog_threshold,
        seed: world.seed,
        results: results.collect::<serde_json::Result<_>>()?,
        deploy,
    })?;
    serde_json::to_string_pretty(&rounded(fields))
}
