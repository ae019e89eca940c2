//! What happened over a stretch of time: charts one below the other, over one axis in UTC.
//!
//! Must not know what the charts are of.

use jiff::Timestamp;

use super::axis::Axis;
use super::calendar::ticks;
use super::svg::{Anchor, Font, Frame, Path, Svg};
use super::{FAINT_INK, GRID, INK};
use crate::cli::text::short;

const WIDTH: f64 = 1130.0;
const LEFT: f64 = 152.0;
const PLOT_WIDTH: f64 = 760.0;
const LEGEND: f64 = LEFT + PLOT_WIDTH + 18.0;
const HEAD: f64 = 72.0;
const CHART_HEAD: f64 = 22.0;
const CHART_GAP: f64 = 24.0;
const LINES_HEIGHT: f64 = 100.0;
const LANE_HEIGHT: f64 = 20.0;
const FOOT: f64 = 52.0;
/// Above the highest value there is some air.
const AIR: f64 = 1.08;

/// Charts over the same time.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// What it is about.
    pub title: String,
    /// The rest that is to be known.
    pub subtitle: String,
    /// From the first instant to the last, which is later.
    pub span: (Timestamp, Timestamp),
    /// From top to bottom.
    pub charts: Vec<Chart>,
}

/// One chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it shows, and in which unit.
    pub title: String,
    /// What there is to see.
    pub content: Content,
}

/// What a chart shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Values over time, the later ones before the earlier ones.
    Lines(Vec<Line>),
    /// Events over time, a lane for each kind.
    Lanes(Vec<Lane>),
}

/// A value over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What the legend says.
    pub name: String,
    /// How it looks.
    pub look: Look,
    /// In order of time. It breaks where a value is unknown.
    pub points: Vec<(Timestamp, Option<f64>)>,
}

/// How a line looks, in a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// From point to point.
    Curve(&'static str),
    /// Level until the next point.
    Steps(&'static str),
    /// Level and dashed: what a value is compared with.
    Limit(&'static str),
}

/// The events of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Their kind.
    pub name: String,
    /// What the legend says.
    pub note: String,
    /// How each looks.
    pub mark: Mark,
    /// When they happened.
    pub at: Vec<Timestamp>,
}

/// How an event looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A triangle that points up.
    More,
    /// A triangle that points down.
    Fewer,
    /// A red bar.
    Failure,
}

impl Timeline {
    /// The picture.
    #[must_use]
    pub fn svg(&self) -> String {
        let mut svg = Svg::new(WIDTH);
        svg.text(20.0, 32.0, Font { size: 20.0, weight: 700, ..Font::default() }, &self.title);
        svg.text(20.0, 52.0, Font { fill: FAINT_INK, ..Font::default() }, &self.subtitle);
        let height: f64 = self.charts.iter().map(|chart| chart.height() + CHART_GAP).sum();
        let bottom = HEAD + height - CHART_GAP;
        self.time(&mut svg, bottom);
        let mut y = HEAD;
        for chart in &self.charts {
            svg.text(
                LEFT,
                y + 13.0,
                Font { size: 13.0, weight: 700, ..Font::default() },
                &chart.title,
            );
            let frame = Frame {
                x: LEFT,
                y: y + CHART_HEAD,
                width: PLOT_WIDTH,
                height: chart.height() - CHART_HEAD,
            };
            match &chart.content {
                Content::Lines(lines) => self.lines(&mut svg, lines, frame),
                Content::Lanes(lanes) => self.lanes(&mut svg, lanes, frame),
            }
            y += chart.height() + CHART_GAP;
        }
        svg.finish(bottom + FOOT)
    }

    fn x(&self, at: Timestamp) -> f64 {
        let (first, last) = self.span;
        let secs = |to: Timestamp| to.duration_since(first).as_secs_f64();
        Axis { values: (0.0, secs(last)), places: (LEFT, LEFT + PLOT_WIDTH) }.place(secs(at))
    }

    fn time(&self, svg: &mut Svg, bottom: f64) {
        let font = Font { size: 11.0, anchor: Anchor::Middle, fill: FAINT_INK, ..Font::default() };
        for (at, name) in ticks(self.span.0, self.span.1) {
            let x = self.x(at);
            svg.line((x, HEAD + CHART_HEAD), (x, bottom), GRID, "");
            svg.text(x, bottom + 17.0, font, &name);
        }
        let label = Font { size: 12.0, ..font };
        svg.text(LEFT + PLOT_WIDTH / 2.0, bottom + 37.0, label, "time (UTC)");
    }

    fn lines(&self, svg: &mut Svg, lines: &[Line], frame: Frame) {
        let values = lines.iter().flat_map(|line| &line.points).filter_map(|(_, value)| *value);
        let most = AIR * values.fold(0.0, f64::max);
        let most = if most > 0.0 { most } else { 1.0 };
        let axis = Axis { values: (0.0, most), places: (frame.bottom(), frame.y) };
        value_axis(svg, frame, axis);
        for (row, line) in (0_u8..).zip(lines) {
            let more = line.look.attributes();
            for points in line.stretches() {
                let places = points.iter().map(|(at, value)| (self.x(*at), axis.place(*value)));
                svg.path(&line.look.path(&places.collect::<Vec<_>>()), &more);
            }
            let y = 20.0_f64.mul_add(row.into(), frame.y + 8.0);
            svg.path(&Path::through([(LEGEND, y), (LEGEND + 22.0, y)]), &more);
            svg.text(LEGEND + 30.0, y + 4.0, Font::default(), &line.name);
        }
    }

    fn lanes(&self, svg: &mut Svg, lanes: &[Lane], frame: Frame) {
        let name = Font { size: 11.0, anchor: Anchor::End, ..Font::default() };
        if lanes.is_empty() {
            let faint = Font { fill: FAINT_INK, ..name };
            svg.text(LEFT - 10.0, frame.y + LANE_HEIGHT / 2.0 + 4.0, faint, "none");
        }
        for (row, lane) in (0_u8..).zip(lanes) {
            let y = LANE_HEIGHT.mul_add(f64::from(row) + 0.5, frame.y);
            svg.line((frame.x, y), (frame.right(), y), GRID, "");
            svg.text(LEFT - 10.0, y + 4.0, name, &lane.name);
            svg.text(LEGEND, y + 4.0, Font::default(), &lane.note);
            for at in &lane.at {
                lane.mark.draw(svg, (self.x(*at), y));
            }
        }
    }
}

impl Chart {
    fn height(&self) -> f64 {
        CHART_HEAD
            + match &self.content {
                Content::Lines(_) => LINES_HEIGHT,
                Content::Lanes(lanes) => {
                    lanes.iter().skip(1).fold(LANE_HEIGHT, |y, _| y + LANE_HEIGHT)
                }
            }
    }
}

impl Line {
    /// The points that are known, parted where one is not.
    fn stretches(&self) -> Vec<Vec<(Timestamp, f64)>> {
        let parts = self.points.split(|(_, value)| value.is_none());
        let known = |part: &[(Timestamp, Option<f64>)]| {
            part.iter().filter_map(|(at, value)| Some((*at, (*value)?))).collect::<Vec<_>>()
        };
        parts.map(known).filter(|part| !part.is_empty()).collect()
    }
}

impl Look {
    fn attributes(self) -> String {
        let (colour, more) = match self {
            Self::Curve(colour) | Self::Steps(colour) => (colour, "stroke-width=\"1.8\""),
            Self::Limit(colour) => (colour, "stroke-width=\"1.3\" stroke-dasharray=\"5 4\""),
        };
        format!(
            "fill=\"none\" stroke=\"{colour}\" stroke-linejoin=\"round\" stroke-linecap=\"round\" {more}"
        )
    }

    /// A single point is a line to itself, which round ends make visible.
    fn path(self, places: &[(f64, f64)]) -> Path {
        let corners = places.windows(2).flat_map(|pair| match (self, pair) {
            (Self::Steps(_) | Self::Limit(_), [(_, level), (x, y)]) => vec![(*x, *level), (*x, *y)],
            (_, pair) => pair[1..].to_vec(),
        });
        let corners: Vec<_> = places.iter().take(1).copied().chain(corners).collect();
        let alone = places.first().copied().filter(|_| places.len() == 1);
        Path::through(corners.into_iter().chain(alone))
    }
}

impl Mark {
    fn draw(self, svg: &mut Svg, (x, y): (f64, f64)) {
        let triangle =
            |tip: f64| Path::through([(x - 5.0, y - tip), (x, y + tip), (x + 5.0, y - tip)]);
        match self {
            Self::More => svg.path(&triangle(-5.0).closed(), "fill=\"#0f766e\""),
            Self::Fewer => svg.path(&triangle(5.0).closed(), "fill=\"#7c3aed\""),
            Self::Failure => {
                svg.line((x, y - 6.0), (x, y + 6.0), "#dc2626", "stroke-width=\"2\"");
            }
        }
    }
}

fn value_axis(svg: &mut Svg, frame: Frame, axis: Axis) {
    svg.line((frame.x, frame.bottom()), (frame.right(), frame.bottom()), INK, "");
    let font = Font { size: 11.0, anchor: Anchor::End, fill: FAINT_INK, ..Font::default() };
    for value in axis.ticks(4) {
        let y = axis.place(value);
        svg.line((frame.x, y), (frame.right(), y), GRID, "");
        svg.text(frame.x - 10.0, y + 4.0, font, &short(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(secs).unwrap()
    }

    #[test]
    fn a_line_breaks_where_a_value_is_unknown_and_nowhere_else() {
        let points = [Some(1.0), None, None, Some(2.0), Some(3.0), None];
        let points = (0..).map(at).zip(points).collect();
        let line = Line { name: String::new(), look: Look::Curve(INK), points };
        assert_eq!(line.stretches(), [vec![(at(0), 1.0)], vec![(at(3), 2.0), (at(4), 3.0)]]);
    }

    #[test]
    fn nothing_at_all_is_a_picture_as_well() {
        let lines = vec![Line { name: "none".to_owned(), look: Look::Steps(INK), points: vec![] }];
        let content = [Content::Lines(lines), Content::Lines(vec![]), Content::Lanes(vec![])];
        let charts = content.map(|content| Chart { title: "chart".to_owned(), content });
        let (title, subtitle) = ("title".to_owned(), String::new());
        let timeline = Timeline { title, subtitle, span: (at(0), at(1)), charts: charts.into() };
        let svg = timeline.svg();
        assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
