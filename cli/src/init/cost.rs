//! What a month costs: the dynos within their bounds, and AWS.
//!
//! Must not know how the load is.

use super::targets_place::Room;
use crate::price::Price;
use crate::text::{fixed, plural};
use dynoscaler::policy::Bounds;

/// Dollars a month, list prices of us-east-1; docs/OPERATIONS.md has the whole bill.
const ALARM: f64 = 0.10;
const METRIC: f64 = 0.30;
const DASHBOARD: f64 = 3.0;

/// A round each minute: the invocations and their lines in the log.
const ROUNDS: f64 = 0.03;

/// The cycles of one target: its part of the time, DynamoDB, SQS, its records.
const CYCLES: f64 = 0.07;

/// Those of the rounds.
const METRICS: f64 = 4.0;

/// A parameter of more than 4 KB.
const ADVANCED_PARAMETER: f64 = 0.05;

/// A sentence for the dynos of one target, one for what a template makes in AWS for so many, and one
/// for the place of their file if it costs.
pub(super) fn a_month(
    bounds: Bounds,
    size: Option<&str>,
    template: &str,
    targets: usize,
    room: Room,
) -> String {
    let place = match room {
        Room::Free => String::new(),
        Room::Advanced => {
            format!("  SSM:    ${} for targets of more than 4 KB\n", fixed(ADVANCED_PARAMETER, 2))
        }
    };
    format!("  {}\n  {}\n{place}", dynos(bounds, size), aws(template, targets))
}

/// Lambda, DynamoDB, SQS and the log.
#[expect(clippy::cast_precision_loss, reason = "no file has as many as 2^53 targets")]
fn running(targets: usize) -> f64 {
    CYCLES.mul_add(targets as f64, ROUNDS)
}

fn dynos(Bounds { min, max }: Bounds, size: Option<&str>) -> String {
    let Some(price) = size.and_then(Price::of_size) else {
        let size = size.unwrap_or("an unreported size");
        return format!("Heroku: {min} to {max} dynos of {size}, whose price is not known here");
    };
    let (least, most) = (price.a_month(f64::from(min)), price.a_month(f64::from(max)));
    let source = price.source();
    format!("Heroku: {least} at {}, up to {most} at {max} ({source})", plural(min.into(), "dyno"))
}

fn aws(template: &str, targets: usize) -> String {
    let alarms = template.matches("Type: AWS::CloudWatch::Alarm");
    let alarms = alarms.fold(0.0, |sum, _| sum + ALARM);
    format!(
        "AWS:    ${} to run {}, ${} for the alarms, ${} for the metrics, and ${} for the dashboard; \
         less with the free tier",
        fixed(running(targets), 2),
        plural(targets as u64, "target"),
        fixed(alarms, 2),
        fixed(METRICS * METRIC, 2),
        fixed(DASHBOARD, 2)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dynos_cost_what_their_size_costs_at_both_bounds() {
        let bounds = Bounds { min: 1, max: 5 };
        let text = dynos(bounds, Some("Standard-2X"));
        let expected = "Heroku: $50.00 at 1 dyno, up to $250.00 at 5 (standard-2x at $50 a month, \
            Heroku's list price of August 2026)";
        assert_eq!(text, expected);
        assert!(dynos(bounds, Some("Eco")).ends_with("of Eco, whose price is not known here"));
        assert!(dynos(bounds, None).contains("an unreported size"));
    }

    #[test]
    fn the_alarms_are_those_of_the_template_and_each_target_has_its_cycles() {
        let template = "Type: AWS::CloudWatch::Alarm\n".repeat(11);
        for (targets, expected) in [
            (
                1,
                "AWS:    $0.10 to run 1 target, $1.10 for the alarms, $1.20 for the metrics, and $3",
            ),
            (10, "AWS:    $0.73 to run 10 targets, $1.10 for the alarms"),
        ] {
            let text = aws(&template, targets);
            assert!(text.starts_with(expected), "{text}");
        }
    }

    /// A row of a table of the page that `make bench` writes from benches/function/money.py.
    fn measured(table: &str, row: &str) -> Vec<f64> {
        let page = include_str!("../../../docs/PERFORMANCE.md");
        let (_, table) = page.split_once(table).unwrap();
        let row = table.lines().find_map(|line| line.strip_prefix(row)).unwrap();
        row.split('|').filter_map(|cell| cell.trim_matches([' ', '*']).parse().ok()).collect()
    }

    #[test]
    fn running_costs_what_the_bench_measured() {
        let of_one = |row| measured("| a month, ", row)[0];
        // The bench's fleets write in every cycle.
        let writes = of_one("| if every cycle wrote |") - of_one("| **all** |");
        for (targets, row) in [(1, "| 1 |"), (10, "| 10 |"), (100, "| 100 |")] {
            let of_fleet = measured("| a month of one target among ", row);
            let there = of_fleet.last().unwrap() - writes;
            #[expect(clippy::cast_precision_loss, reason = "a hundred")]
            let here = 100.0 * running(targets) / targets as f64;
            assert!((here - there).abs() < 1.0, "cents of {targets}: {here}, measured {there}");
        }
    }

    #[test]
    fn the_page_on_operation_has_the_same_bill_of_1_10_and_100_targets() {
        let page = include_str!("../../../docs/OPERATIONS.md");
        let money = |cents: i64| format!("${}.{:02}", cents / 100, cents % 100);
        #[expect(clippy::cast_possible_truncation, reason = "cents of a few dollars")]
        let cents = |dollars: f64| (100.0 * dollars).round() as i64;
        let row = |what: &str, cents: [i64; 3]| {
            format!("| {what} | {} |\n", cents.map(money).join(" | "))
        };
        let run = [1, 10, 100].map(|targets| cents(running(targets)));
        let (alarms, metrics) = ([90, 110, 110], [180, 120, 120]);
        let all = std::array::from_fn(|at| run[at] + alarms[at] + metrics[at] + 300);
        for (what, cents) in [
            ("Lambda, DynamoDB, SQS, the log", run),
            ("alarms", alarms),
            ("metrics", metrics),
            ("dashboard", [300; 3]),
            ("**all**", all),
        ] {
            let row = row(what, cents);
            assert!(page.contains(&row), "{row}");
        }
    }
}
