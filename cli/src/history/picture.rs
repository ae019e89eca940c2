//! From records to a picture with the panels of the dashboard.
//!
//! Must not know how a picture is drawn.

use jiff::{SignedDuration, Timestamp};

use crate::outside::by_others;
use crate::plot::{
    Chart, Colour, Content, Dash, Group, Join, Lane, Line, Mark, Range, Stroke, Timeline,
};
use crate::records::Record;
use crate::source::Targets;
use crate::stretches::{columns, failed, width};
use crate::text::{duration, fixed, grouped, plural};

/// The most points that can be distinguished: of more records the mean and the range of each
/// stretch of time are drawn.
const POINTS_MAX: usize = 700;

/// The picture, if there is a record.
pub(super) fn svg(targets: &Targets) -> Option<String> {
    let all = || targets.values().flatten();
    let first = all().map(|record| record.tick).min()?;
    let last = all().map(|record| record.tick).max()?;
    // One record is a picture as well.
    let last = last.max(first.saturating_add(SignedDuration::from_secs(1)).unwrap_or(last));
    let what = match &targets.keys().collect::<Vec<_>>()[..] {
        [name] => (*name).clone(),
        names => plural(names.len() as u64, "target"),
    };
    let groups = targets.iter().map(|(target, records)| {
        let name = if targets.len() == 1 { String::new() } else { format!("{target}: ") };
        Group { charts: charts(&name, records), shaded: failed(records) }
    });
    let timeline = Timeline {
        title: format!("{what}: what DynoScaler saw and did"),
        subtitle: subtitle(targets, (first, last)),
        span: (first, last),
        shade_name: "cycles that failed".to_owned(),
        groups: groups.collect(),
    };
    Some(timeline.svg())
}

/// The time, the sums, and the meaning of a point.
fn subtitle(targets: &Targets, (first, last): (Timestamp, Timestamp)) -> String {
    let count =
        |holds: fn(&&Record) -> bool| targets.values().flatten().filter(holds).count() as u64;
    let longest =
        targets.values().map(|records| width(records, POINTS_MAX)).max().unwrap_or_default();
    let points = match longest.is_zero() {
        true => "Each point is a cycle.".to_owned(),
        false => format!(
            "Lines are means of stretches of {}; bands go from the least to the most.",
            duration(longest.as_secs_f64())
        ),
    };
    let others: usize = targets.values().map(|records| by_others(records).count()).sum();
    format!(
        "{first:.0} to {last:.0}: {}, {}, {} outside DynoScaler, {} failed. {points}",
        plural(count(|_| true), "cycle"),
        plural(count(|record| record.is_change()), "change"),
        grouped(others as u64),
        grouped(count(|record| record.error.is_some())),
    )
}

fn charts(name: &str, records: &[Record]) -> Vec<Chart> {
    let chart = |title: &str, content| Chart { title: format!("{name}{title}"), content };
    let line = |name, stroke, value: fn(&Record) -> Option<f64>| line(records, name, stroke, value);
    let curve = |colour, dash| Stroke { colour, dash, join: Join::Straight };
    let steps = |colour, dash| Stroke { colour, dash, join: Join::Steps };
    let [solid, dotted, dashed, mixed] = [Dash::Solid, Dash::Dotted, Dash::Dashed, Dash::Mixed];
    vec![
        chart(
            "Backlog per instance, in messages per dyno",
            Content::Lines(vec![
                line("threshold", steps(Colour::Red, dashed), |record| record.backlog_threshold),
                line("backlog", curve(Colour::Blue, solid), |record| record.backlog_per_instance),
            ]),
        ),
        chart(
            "Dynos",
            Content::Lines(vec![
                line("maximum", steps(Colour::Grey, dashed), |record| dynos(record.max_dynos)),
                line("minimum", steps(Colour::Grey, mixed), |record| dynos(record.min_dynos)),
                line("active", steps(Colour::Teal, solid), |record| dynos(record.active_dynos)),
                line("required", steps(Colour::Orange, dotted), |record| {
                    dynos(record.required_dynos)
                }),
            ]),
        ),
        chart("Changes and their reasons", Content::Lanes(changes(records))),
        chart(
            "Messages",
            Content::Lines(vec![
                line("waiting", curve(Colour::Blue, solid), |record| amount(record.sqs_messages)),
                line("in flight", curve(Colour::Orange, dashed), |record| amount(record.in_flight)),
                line("delayed", curve(Colour::Grey, dotted), |record| amount(record.delayed)),
            ]),
        ),
        chart("Failed cycles by reason", Content::Lanes(failures(records))),
        chart(
            "Duration of a cycle, in milliseconds",
            Content::Lines(vec![line("duration", curve(Colour::Blue, solid), |record| {
                amount(record.duration_ms)
            })]),
        ),
    ]
}

fn dynos(count: Option<u32>) -> Option<f64> {
    count.map(f64::from)
}

#[expect(clippy::cast_precision_loss, reason = "2^53 is beyond any count")]
fn amount(count: Option<u64>) -> Option<f64> {
    count.map(|count| count as f64)
}

fn line(records: &[Record], name: &str, stroke: Stroke, value: fn(&Record) -> Option<f64>) -> Line {
    let label = match Range::of(records.iter().filter_map(value)) {
        None => format!("{name}: unknown"),
        Some(Range { min, max, .. }) if max <= min => format!("{name} {}", rounded(max)),
        Some(Range { min, mean, max }) => {
            format!("{name}: {} on average, {} to {}", rounded(mean), rounded(min), rounded(max))
        }
    };
    Line { name: label, stroke, points: points(records, value) }
}

/// A value in about three digits.
fn rounded(value: f64) -> String {
    let decimals = match value {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    let text = fixed(value, decimals);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The range of each stretch of time. Without a cycle the value is unknown.
fn points(
    records: &[Record],
    value: fn(&Record) -> Option<f64>,
) -> Vec<(Timestamp, Option<Range>)> {
    let range = |records: &[Record]| Range::of(records.iter().filter_map(value));
    columns(records, POINTS_MAX).into_iter().map(|(at, records)| (at, range(records))).collect()
}

fn changes(records: &[Record]) -> Vec<Lane> {
    let own = records.iter().filter(|record| record.is_change()).map(|record| {
        let (mark, colour) = match record.required_dynos < record.active_dynos {
            true => (Mark::Down, Colour::Violet),
            false => (Mark::Up, Colour::Teal),
        };
        Event { name: record.reason(), mark, colour, at: record.tick }
    });
    let others = by_others(records).map(|change| Event {
        name: "changed outside DynoScaler".to_owned(),
        mark: Mark::Diamond,
        colour: Colour::Orange,
        at: change.seen_by.tick,
    });
    lanes(own.chain(others))
}

fn failures(records: &[Record]) -> Vec<Lane> {
    let failed = records.iter().filter(|record| record.error.is_some());
    lanes(failed.map(|record| Event {
        name: record.reason(),
        mark: Mark::Bar,
        colour: Colour::Red,
        at: record.tick,
    }))
}

/// A single event.
struct Event {
    name: String,
    mark: Mark,
    colour: Colour,
    at: Timestamp,
}

/// A lane for each kind, in the order in which they first happened.
fn lanes(events: impl Iterator<Item = Event>) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for Event { name, mark, colour, at } in events {
        match lanes.iter_mut().find(|lane| lane.name == name && lane.mark == mark) {
            Some(lane) => lane.at.push(at),
            None => lanes.push(Lane { name, mark, colour, at: vec![at] }),
        }
    }
    for lane in &mut lanes {
        lane.name = format!("{}, {}", lane.name, plural(lane.at.len() as u64, "time"));
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Found;

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

    fn messages(records: &[Record]) -> Vec<Option<Range>> {
        let points = points(records, |record| amount(record.sqs_messages));
        points.into_iter().map(|(_, value)| value).collect()
    }

    fn means(records: &[Record]) -> Vec<Option<f64>> {
        messages(records).into_iter().map(|range| range.map(|range| range.mean)).collect()
    }

    #[test]
    fn a_line_breaks_where_no_cycle_ran_for_long() {
        let known = [Some(0.0), Some(1.0), Some(2.0), Some(3.0), Some(4.0)];
        assert_eq!(means(&records([0, 60, 120, 300, 360])), known);
        let broken = [Some(0.0), Some(1.0), Some(2.0), None, Some(3.0), Some(4.0)];
        assert_eq!(means(&records([0, 60, 120, 301, 360])), broken);
    }

    // case F14
    #[test]
    fn of_too_many_records_the_mean_and_range_of_each_stretch_are_drawn() {
        let drawn = messages(&records((0..7_000).map(|minute| 60 * minute)));
        assert_eq!(drawn.len(), POINTS_MAX);
        let ends = [
            Range { min: 0.0, mean: 4.5, max: 9.0 },
            Range { min: 6_990.0, mean: 6_994.5, max: 6_999.0 },
        ];
        assert_eq!([drawn[0], drawn[POINTS_MAX - 1]], ends.map(Some));
    }

    // case F14
    #[test]
    fn a_month_with_a_day_without_a_cycle_has_a_gap_of_a_day() {
        let minutes = (0..43_200).filter(|minute| !(10_000..11_440).contains(minute));
        let month = records(minutes.map(|minute| 60 * minute));
        assert_eq!(messages(&month).iter().filter(|range| range.is_none()).count(), 1);
    }

    // case F14
    #[test]
    fn the_legend_says_mean_and_range() {
        let stroke = Stroke { colour: Colour::Blue, dash: Dash::Solid, join: Join::Straight };
        let named = |records: &[Record]| {
            line(records, "waiting", stroke, |record| amount(record.sqs_messages)).name
        };
        assert_eq!(named(&records([0, 60, 120, 180])), "waiting: 1.5 on average, 0 to 3");
        assert_eq!(named(&records([0])), "waiting 0");
        assert_eq!(named(&[]), "waiting: unknown");
    }

    // case F15
    #[test]
    fn no_two_lines_of_a_chart_are_alike_without_colours() {
        for chart in charts("", &records([0, 60])) {
            let Content::Lines(lines) = chart.content else { continue };
            for (index, line) in lines.iter().enumerate() {
                let same =
                    lines[index + 1..].iter().any(|other| other.stroke.dash == line.stroke.dash);
                assert!(!same, "{} of {}", line.name, chart.title);
            }
        }
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(secs).unwrap()
    }

    // case F14
    #[test]
    fn failures_last_until_the_next_cycle_but_not_through_a_gap() {
        let mut records = records([0, 60, 120, 180, 240, 3_600]);
        for index in [1, 2, 4] {
            records[index].error = Some("no answer".to_owned());
        }
        assert_eq!(failed(&records), [(at(60), at(180)), (at(240), at(300))]);
    }

    // case F14
    #[test]
    fn a_change_by_hand_has_a_lane_with_its_own_mark() {
        let mut records = records([0, 60, 120]);
        for (record, dynos) in records.iter_mut().zip([2, 2, 7]) {
            (record.active_dynos, record.required_dynos) = (Some(dynos), Some(dynos));
        }
        let lanes = changes(&records);
        let names: Vec<_> = lanes.iter().map(|lane| (&*lane.name, lane.mark)).collect();
        assert_eq!(names, [("changed outside DynoScaler, 1 time", Mark::Diamond)]);
        assert_eq!(lanes[0].at, [at(120)]);
    }
}
