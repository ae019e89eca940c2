//! A value over time: where it is known, and how its line is drawn.
//!
//! Must not know where it is drawn.

use jiff::Timestamp;

use super::Range;
use super::theme::Colour;

#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// A solid line is the mean in a band between the least and the most.
    pub stroke: Stroke,
    /// In order of time. The line breaks where a value is unknown.
    pub points: Vec<(Timestamp, Option<Range>)>,
}

/// How a line is drawn. In one chart no two lines have the same dashes, since colours may not be
/// seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stroke {
    pub colour: Colour,
    pub dash: Dash,
    /// Whether it is level until the next point.
    pub join: Join,
}

/// How a line connects two points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    Straight,
    /// Level until the next.
    Steps,
}

/// The dashes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    Solid,
    /// Short ones.
    Dotted,
    /// Long ones, for a value of comparison.
    Dashed,
    /// Long and short ones in turn.
    Mixed,
}

impl Line {
    /// The known points, split where one is unknown.
    pub(super) fn stretches(&self) -> Vec<Vec<(Timestamp, Range)>> {
        let parts = self.points.split(|(_, range)| range.is_none());
        let known = |part: &[(Timestamp, Option<Range>)]| {
            part.iter().filter_map(|(at, range)| Some((*at, (*range)?))).collect::<Vec<_>>()
        };
        parts.map(known).filter(|part| !part.is_empty()).collect()
    }
}

impl Stroke {
    pub(super) fn attributes(self) -> String {
        let dashes = match self.dash {
            Dash::Solid => "",
            Dash::Dotted => " stroke-dasharray=\"1.5 3\"",
            Dash::Dashed => " stroke-dasharray=\"6 4\"",
            Dash::Mixed => " stroke-dasharray=\"7 3 1.5 3\"",
        };
        let ends = if self.dash == Dash::Solid { "round" } else { "butt" };
        format!("{} stroke-linecap=\"{ends}\"{dashes}", self.colour.stroke(1.8))
    }

    /// One band at most in a chart: several would hide each other.
    pub(super) fn has_band(self) -> bool {
        self.dash == Dash::Solid
    }

    /// A single point is a short line, which can be seen.
    pub(super) fn corners(self, places: &[(f64, f64)]) -> Vec<(f64, f64)> {
        if let [(x, y)] = places {
            return vec![(x - 1.0, *y), (x + 1.0, *y)];
        }
        let corners = places.windows(2).flat_map(|pair| match (self.join, pair) {
            (Join::Steps, [(_, level), (x, y)]) => vec![(*x, *level), (*x, *y)],
            (_, pair) => pair[1..].to_vec(),
        });
        places.iter().take(1).copied().chain(corners).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(secs).unwrap()
    }

    fn exactly(value: f64) -> Range {
        Range { min: value, mean: value, max: value }
    }

    #[test]
    fn a_line_breaks_where_a_value_is_unknown_and_nowhere_else() {
        let points = [Some(1.0), None, None, Some(2.0), Some(3.0), None];
        let points = (0..).map(at).zip(points.map(|value| value.map(exactly))).collect();
        let stroke = Stroke { colour: Colour::Blue, dash: Dash::Solid, join: Join::Straight };
        let line = Line { name: String::new(), stroke, points };
        let known =
            [vec![(at(0), exactly(1.0))], vec![(at(3), exactly(2.0)), (at(4), exactly(3.0))]];
        assert_eq!(line.stretches(), known);
    }
}
