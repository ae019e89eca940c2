//! From records to a picture with the panels of the dashboard.
//!
//! Must not know how a picture is drawn.

use jiff::{SignedDuration, Timestamp};

use super::Targets;
use crate::cli::plot::{Chart, Content, Lane, Line, Look, Mark, Timeline};
use crate::cli::records::Record;
use crate::cli::text::{grouped, plural, short};

/// Of more records the highest of each stretch is drawn: as many as can be told apart.
const POINTS_MAX: usize = 700;

/// So many times the usual time between two cycles in which none ran is a gap.
const GAP_CYCLES: i32 = 3;

const BLUE: &str = "#2563eb";
const ORANGE: &str = "#ea580c";
const GREY: &str = "#6b7280";
const TEAL: &str = "#0f766e";
const AMBER: &str = "#d97706";
const RED: &str = "#dc2626";

/// The picture, if there is a record.
pub(super) fn svg(targets: &Targets) -> Option<String> {
    let all = || targets.values().flatten();
    let first = all().map(|record| record.tick).min()?;
    let last = all().map(|record| record.tick).max()?;
    // One record is a picture as well.
    let last = last.max(first.saturating_add(SignedDuration::from_secs(1)).unwrap_or(last));
    let names: Vec<&str> = targets.keys().map(String::as_str).collect();
    let count = |holds: fn(&&Record) -> bool| all().filter(holds).count() as u64;
    let timeline = Timeline {
        title: match &names[..] {
            [name] => format!("{name}: what DynoScaler saw and did"),
            names => {
                format!("{}: what DynoScaler saw and did", plural(names.len() as u64, "target"))
            }
        },
        subtitle: format!(
            "{first:.0} to {last:.0}: {}, {}, {} failed",
            plural(count(|_| true), "cycle"),
            plural(count(|record| record.is_change()), "change"),
            grouped(count(|record| record.error.is_some())),
        ),
        span: (first, last),
        charts: targets
            .iter()
            .flat_map(|(target, records)| {
                let name = if names.len() == 1 { String::new() } else { format!("{target}: ") };
                charts(&name, records)
            })
            .collect(),
    };
    Some(timeline.svg())
}

fn charts(name: &str, records: &[Record]) -> Vec<Chart> {
    let chart = |title: &str, content| Chart { title: format!("{name}{title}"), content };
    let line = |name, look, value: fn(&Record) -> Option<f64>| line(records, name, look, value);
    vec![
        chart(
            "Backlog per instance, in messages per dyno",
            Content::Lines(vec![
                line("threshold", Look::Limit(RED), |record| record.backlog_threshold),
                line("backlog", Look::Curve(BLUE), |record| record.backlog_per_instance),
            ]),
        ),
        chart(
            "Dynos",
            Content::Lines(vec![
                line("maximum", Look::Limit(GREY), |record| record.max_dynos.map(f64::from)),
                line("required", Look::Steps(AMBER), |record| record.required_dynos.map(f64::from)),
                line("active", Look::Steps(TEAL), |record| record.active_dynos.map(f64::from)),
                line("minimum", Look::Limit(GREY), |record| record.min_dynos.map(f64::from)),
            ]),
        ),
        chart("Changes and their reasons", Content::Lanes(changes(records))),
        chart(
            "Messages",
            Content::Lines(vec![
                line("waiting", Look::Curve(BLUE), |record| record.sqs_messages.map(amount)),
                line("in flight", Look::Curve(ORANGE), |record| record.in_flight.map(amount)),
                line("delayed", Look::Curve(GREY), |record| record.delayed.map(amount)),
            ]),
        ),
        chart("Failed cycles by reason", Content::Lanes(failures(records))),
        chart(
            "Duration, in milliseconds",
            Content::Lines(vec![line("of a cycle", Look::Curve(BLUE), |record| {
                record.duration_ms.map(amount)
            })]),
        ),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "2^53 is beyond any count")]
const fn amount(count: u64) -> f64 {
    count as f64
}

fn line(records: &[Record], name: &str, look: Look, value: fn(&Record) -> Option<f64>) -> Line {
    let highest = records.iter().filter_map(value).reduce(f64::max);
    let told = match (look, highest) {
        (_, None) => format!("{name}: unknown"),
        (Look::Limit(_), Some(highest)) => format!("{name} {}", short(highest)),
        (Look::Curve(_) | Look::Steps(_), Some(highest)) => {
            format!("{name}, at most {}", short(highest))
        }
    };
    Line { name: told, look, points: points(records, value) }
}

/// The highest of each stretch of records. Where no cycle ran, nothing is known.
fn points(records: &[Record], value: fn(&Record) -> Option<f64>) -> Vec<(Timestamp, Option<f64>)> {
    let stretches: Vec<_> = records.chunks(records.len().div_ceil(POINTS_MAX).max(1)).collect();
    let begins: Vec<Timestamp> =
        stretches.iter().filter_map(|stretch| Some(stretch.first()?.tick)).collect();
    let gap = usual_pause(&begins).saturating_mul(GAP_CYCLES);
    let mut points: Vec<(Timestamp, Option<f64>)> = Vec::new();
    for (stretch, at) in stretches.into_iter().zip(begins) {
        let before = points.last().map(|(before, _)| *before);
        points
            .extend(before.filter(|before| gap < at.duration_since(*before)).map(|at| (at, None)));
        points.push((at, stretch.iter().filter_map(value).reduce(f64::max)));
    }
    points
}

/// The median of the times between two.
fn usual_pause(at: &[Timestamp]) -> SignedDuration {
    let mut pauses: Vec<_> = at.windows(2).map(|pair| pair[1].duration_since(pair[0])).collect();
    pauses.sort_unstable();
    pauses.get(pauses.len() / 2).copied().unwrap_or(SignedDuration::MAX)
}

fn changes(records: &[Record]) -> Vec<Lane> {
    let changes = records.iter().filter(|record| record.is_change());
    lanes(changes, |record| match record.required_dynos < record.active_dynos {
        true => Mark::Fewer,
        false => Mark::More,
    })
}

fn failures(records: &[Record]) -> Vec<Lane> {
    lanes(records.iter().filter(|record| record.error.is_some()), |_| Mark::Failure)
}

/// A lane for each reason, in the order in which they first happened.
fn lanes<'a>(records: impl Iterator<Item = &'a Record>, mark: fn(&Record) -> Mark) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for record in records {
        let mark = mark(record);
        match lanes.iter_mut().find(|lane| lane.name == record.reason && lane.mark == mark) {
            Some(lane) => lane.at.push(record.tick),
            None => lanes.push(Lane {
                name: record.reason.clone(),
                note: String::new(),
                mark,
                at: vec![record.tick],
            }),
        }
    }
    for lane in &mut lanes {
        lane.note = plural(lane.at.len() as u64, "time");
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::records::Found;

    /// A record at each of these seconds, with as many messages as its place.
    fn records(secs: impl IntoIterator<Item = i64>) -> Vec<Record> {
        let lines = secs.into_iter().enumerate().map(|(messages, secs)| {
            let tick = Timestamp::from_second(secs).unwrap();
            format!(
                "{{\"tick\":\"{tick}\",\"reason\":\"Idle\",\"app\":\"shop\",\"process\":\"worker\",\
                 \"sqs_messages\":{messages}}}"
            )
        });
        Found::among(lines).records
    }

    fn messages(records: &[Record]) -> Vec<Option<f64>> {
        let points = points(records, |record| record.sqs_messages.map(amount));
        points.into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn a_line_breaks_where_no_cycle_ran_for_long() {
        let known = [Some(0.0), Some(1.0), Some(2.0), Some(3.0), Some(4.0)];
        assert_eq!(messages(&records([0, 60, 120, 300, 360])), known);
        let broken = [Some(0.0), Some(1.0), Some(2.0), None, Some(3.0), Some(4.0)];
        assert_eq!(messages(&records([0, 60, 120, 301, 360])), broken);
    }

    #[test]
    fn of_more_records_than_can_be_told_apart_the_highest_of_each_stretch_is_drawn() {
        let drawn = messages(&records((0..7_000).map(|minute| 60 * minute)));
        assert_eq!(drawn.len(), POINTS_MAX);
        assert_eq!((drawn[0], drawn[POINTS_MAX - 1]), (Some(9.0), Some(6_999.0)));
    }
}
