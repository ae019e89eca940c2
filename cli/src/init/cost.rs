//! What a month costs: the dynos within their bounds, and AWS.
//!
//! Must not know how the load is.

use crate::price::Price;
use crate::text::{fixed, plural};
use dynoscaler::policy::Bounds;

/// Dollars a month, list prices of us-east-1; docs/OPERATIONS.md has the whole bill.
const RUNNING: f64 = 0.10;
const ALARM: f64 = 0.10;
const METRIC: f64 = 0.30;
const DASHBOARD: f64 = 3.0;

/// Those of each target, unless they are switched off.
const METRICS: f64 = 6.0;

/// A sentence for the dynos of one target, and one for what a template makes in AWS.
pub(super) fn a_month(bounds: Bounds, size: Option<&str>, template: &str) -> String {
    format!("  {}\n  {}\n", dynos(bounds, size), aws(template))
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

fn aws(template: &str) -> String {
    let alarms = template.matches("Type: AWS::CloudWatch::Alarm").map(|_| ALARM).sum::<f64>();
    format!(
        "AWS:    ${} for all targets, ${} for the metrics of each, and ${} for the dashboard; less \
         with the free tier",
        fixed(RUNNING + alarms, 2),
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
        let template = "Type: AWS::CloudWatch::Alarm\n".repeat(9);
        let expected =
            "AWS:    $1.00 for all targets, $1.80 for the metrics of each, and $3.00 for";
        assert!(aws(&template).starts_with(expected), "{}", aws(&template));
        assert!(dynos(bounds, None).contains("an unreported size"));
    }
}
