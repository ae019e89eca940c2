//! Events over a stretch of time: charts one below the other, over one axis in UTC.
//!
//! Must not know what the charts are of.

use jiff::Timestamp;

use super::axis::{Axis, label};
use super::calendar::ticks;
use super::line::{Line, Stroke};
use super::svg::{Frame, LINE, MARGIN, Path, SAMPLE, Svg, WIDTH, legend_places};
use super::theme::{Colour, SHADE_SHARE};
use super::words::{Anchor, Font};
use super::{Mark, Range};

const LEFT: f64 = 56.0;
const PLOT_WIDTH: f64 = WIDTH - MARGIN - LEFT;
/// From the bottom of a chart to the title of the next.
const CHART_GAP: f64 = 32.0;
/// Between the text above a chart and its top.
const SPACE_BELOW_TEXT: f64 = 6.0;
const LINES_HEIGHT: f64 = 100.0;
/// A lane has its text above its marks.
const LANE_HEIGHT: f64 = 36.0;
const FOOT: f64 = 56.0;
/// Free room above the highest value, as a factor.
const HEADROOM: f64 = 1.08;
/// The shortest shade that is still visible.
const SHADE_WIDTH_MIN: f64 = 2.0;
/// Marks of one kind that are closer cannot be distinguished, and one is drawn for them.
const MARK_DISTANCE_MIN: f64 = 1.0;

/// Charts over the same time.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    pub title: String,
    pub subtitle: String,
    /// From the first instant to the last, which is later.
    pub span: (Timestamp, Timestamp),
    /// The name of what is shaded in the charts.
    pub shade_name: String,
    /// From top to bottom.
    pub groups: Vec<Group>,
}

/// Charts of one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// From top to bottom.
    pub charts: Vec<Chart>,
    /// Shaded through all charts, from one instant to another.
    pub shaded: Vec<(Timestamp, Timestamp)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// With its unit.
    pub title: String,
    pub content: Content,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Values over time, the later ones before the earlier ones.
    Lines(Vec<Line>),
    /// Events over time, a lane for each kind.
    Lanes(Vec<Lane>),
}

/// The events of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Their kind, and how many there are.
    pub name: String,
    pub mark: Mark,
    pub colour: Colour,
    /// When they happened.
    pub at: Vec<Timestamp>,
}

impl Timeline {
    #[must_use]
    pub fn svg(&self) -> String {
        let (mut svg, top) = Svg::titled(&self.title, &self.subtitle, &self.description());
        let top = self.shade_legend(&mut svg, top + 4.0);
        let bottom = self.groups.iter().fold(top, |y, group| y + group.height()) - CHART_GAP;
        self.time(&mut svg, (top, bottom));
        self.shades(&mut svg, top);
        let charts = self.groups.iter().flat_map(|group| &group.charts);
        charts.fold(top, |y, chart| self.chart(&mut svg, chart, y));
        svg.finish(bottom + FOOT)
    }

    /// The picture as text, for readers who do not see it.
    fn description(&self) -> String {
        let charts = self.groups.iter().flat_map(|group| &group.charts);
        let text = |chart: &Chart| format!("{}: {}.", chart.title, chart.names().join("; "));
        charts.map(text).collect::<Vec<_>>().join(" ")
    }

    fn shade_legend(&self, svg: &mut Svg, y: f64) -> f64 {
        if self.groups.iter().all(|group| group.shaded.is_empty()) {
            return y + 6.0;
        }
        let item = ((), self.shade_name.clone());
        svg.legend(y, &[item], |svg, (x, y), ()| {
            shade(svg, Frame { x, y: y - 6.0, width: SAMPLE, height: 12.0 });
        }) + 6.0
    }

    fn shades(&self, svg: &mut Svg, mut y: f64) {
        for group in &self.groups {
            for (from, to) in &group.shaded {
                let (from, to) = (self.x(*from), self.x(*to));
                let width = (to - from).max(SHADE_WIDTH_MIN);
                let mut chart_y = y;
                for chart in &group.charts {
                    let frame = chart.frame(chart_y);
                    shade(svg, Frame { x: from, width, ..frame });
                    chart_y += chart.height();
                }
            }
            y += group.height();
        }
    }

    fn x(&self, at: Timestamp) -> f64 {
        let (first, last) = self.span;
        let secs = |to: Timestamp| to.duration_since(first).as_secs_f64();
        Axis { values: (0.0, secs(last)), places: (LEFT, LEFT + PLOT_WIDTH) }.place(secs(at))
    }

    /// The time's names below, and its lines in every chart, so that no line crosses text.
    fn time(&self, svg: &mut Svg, (top, bottom): (f64, f64)) {
        let font = Font::faint().at(Anchor::Middle);
        for (at, name) in ticks(self.span.0, self.span.1) {
            let x = self.x(at);
            let mut y = top;
            for chart in self.groups.iter().flat_map(|group| &group.charts) {
                let frame = chart.frame(y);
                svg.line((x, frame.y), (x, frame.bottom()), &Colour::Grid.stroke(1.0));
                y += chart.height();
            }
            svg.text(x, bottom + 18.0, font, &name);
        }
        svg.text(LEFT + PLOT_WIDTH / 2.0, bottom + 40.0, font, "time (UTC)");
    }

    fn chart(&self, svg: &mut Svg, chart: &Chart, y: f64) -> f64 {
        svg.text_within(MARGIN, y + 13.0, Font::bold(), &chart.title, WIDTH - 2.0 * MARGIN);
        let frame = chart.frame(y);
        match &chart.content {
            Content::Lines(lines) => {
                svg.legend(y + 13.0 + LINE, &legend(lines), draw_sample);
                self.lines(svg, lines, frame);
            }
            Content::Lanes(lanes) => self.lanes(svg, lanes, frame),
        }
        y + chart.height()
    }

    fn lines(&self, svg: &mut Svg, lines: &[Line], frame: Frame) {
        let ranges = lines.iter().flat_map(|line| &line.points).filter_map(|(_, range)| *range);
        let most = HEADROOM * ranges.map(|range| range.max).fold(0.0, f64::max);
        let most = if most > 0.0 { most } else { 1.0 };
        let axis = Axis { values: (0.0, most), places: (frame.bottom(), frame.y) };
        value_axis(svg, frame, axis);
        for line in lines {
            for stretch in line.stretches() {
                let along = |value: fn(&Range) -> f64| {
                    let places = stretch.iter();
                    let places = places.map(|(at, range)| (self.x(*at), axis.place(value(range))));
                    line.stroke.corners(&places.collect::<Vec<_>>())
                };
                if line.stroke.has_band() && stretch.iter().any(|(_, range)| range.is_wide()) {
                    let (most, least) = (along(|range| range.max), along(|range| range.min));
                    svg.band(&most, &least, line.stroke.colour);
                }
                svg.path(&Path::through(along(|range| range.mean)), &line.stroke.attributes());
            }
        }
    }

    fn lanes(&self, svg: &mut Svg, lanes: &[Lane], frame: Frame) {
        if lanes.is_empty() {
            svg.text(LEFT, frame.y + 14.0, Font::faint(), "none");
        }
        let mut y = frame.y;
        for lane in lanes {
            svg.path(&lane.mark.path((LEFT + 6.0, y + 10.0), 5.0), &lane.colour.fill());
            svg.text_within(LEFT + 18.0, y + 14.5, Font::default(), &lane.name, PLOT_WIDTH - 18.0);
            let middle = y + LANE_HEIGHT - 9.0;
            svg.line((frame.x, middle), (frame.right(), middle), &Colour::Grid.stroke(1.0));
            for x in self.distinct(&lane.at) {
                svg.path(&lane.mark.path((x, middle), 5.5), &lane.colour.fill());
            }
            y += LANE_HEIGHT;
        }
    }

    /// The places of instants, of those at the same place only one.
    fn distinct(&self, at: &[Timestamp]) -> Vec<f64> {
        let mut places: Vec<f64> = at.iter().map(|at| self.x(*at)).collect();
        places.dedup_by(|next, kept| *next - *kept < MARK_DISTANCE_MIN);
        places
    }
}

impl Group {
    fn height(&self) -> f64 {
        self.charts.iter().map(Chart::height).sum()
    }
}

impl Chart {
    /// Complete, with the gap below.
    fn height(&self) -> f64 {
        self.head() + self.body() + CHART_GAP
    }

    /// The text above the drawing area.
    fn head(&self) -> f64 {
        let rows = match &self.content {
            Content::Lines(lines) => legend_places(&legend(lines)).1,
            Content::Lanes(_) => 0.0,
        };
        LINE.mul_add(1.0 + rows, SPACE_BELOW_TEXT)
    }

    fn body(&self) -> f64 {
        match &self.content {
            Content::Lines(_) => LINES_HEIGHT,
            Content::Lanes(lanes) => lanes.iter().skip(1).fold(LANE_HEIGHT, |y, _| y + LANE_HEIGHT),
        }
    }

    /// The drawing area of a chart that begins at a height.
    fn frame(&self, y: f64) -> Frame {
        Frame { x: LEFT, y: y + self.head(), width: PLOT_WIDTH, height: self.body() }
    }

    fn names(&self) -> Vec<String> {
        match &self.content {
            Content::Lines(lines) => lines.iter().map(|line| line.name.clone()).collect(),
            Content::Lanes(lanes) if lanes.is_empty() => vec!["none".to_owned()],
            Content::Lanes(lanes) => lanes.iter().map(|lane| lane.name.clone()).collect(),
        }
    }
}

fn legend(lines: &[Line]) -> Vec<(Stroke, String)> {
    lines.iter().map(|line| (line.stroke, line.name.clone())).collect()
}

fn draw_sample(svg: &mut Svg, (x, y): (f64, f64), stroke: &Stroke) {
    svg.path(&Path::through([(x, y), (x + SAMPLE, y)]), &stroke.attributes());
}

/// Shaded, with a bar at the top for readers who do not see the shade.
fn shade(svg: &mut Svg, frame: Frame) {
    svg.rect(frame, &format!("{} fill-opacity=\"{SHADE_SHARE}\"", Colour::Red.fill()));
    svg.rect(Frame { height: 3.0, ..frame }, &Colour::Red.fill());
}

fn value_axis(svg: &mut Svg, frame: Frame, axis: Axis) {
    for value in axis.ticks(4) {
        let y = axis.place(value);
        svg.line((frame.x, y), (frame.right(), y), &Colour::Grid.stroke(1.0));
        svg.text(frame.x - 8.0, y + 4.5, Font::faint().at(Anchor::End), &label(value));
    }
    svg.line(
        (frame.x, frame.bottom()),
        (frame.right(), frame.bottom()),
        &Colour::Faint.stroke(1.0),
    );
}

#[cfg(test)]
mod tests {
    use super::super::line::{Dash, Join};
    use super::*;

    const STROKE: Stroke = Stroke { colour: Colour::Blue, dash: Dash::Solid, join: Join::Straight };

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(secs).unwrap()
    }

    fn timeline(contents: Vec<Content>, shaded: Vec<(Timestamp, Timestamp)>) -> Timeline {
        let charts =
            contents.into_iter().map(|content| Chart { title: "chart".to_owned(), content });
        Timeline {
            title: "title".to_owned(),
            subtitle: String::new(),
            span: (at(0), at(1_000_000)),
            shade_name: "failed".to_owned(),
            groups: vec![Group { charts: charts.collect(), shaded }],
        }
    }

    #[test]
    fn a_timeline_without_data_is_a_valid_picture() {
        let lines = vec![Line { name: "none".to_owned(), stroke: STROKE, points: vec![] }];
        let contents = vec![Content::Lines(lines), Content::Lines(vec![]), Content::Lanes(vec![])];
        let svg = timeline(contents, vec![]).svg();
        assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    // case F14
    #[test]
    fn a_shade_is_in_every_chart_however_short_it_is() {
        let contents = vec![Content::Lines(vec![]), Content::Lanes(vec![]), Content::Lines(vec![])];
        let svg = timeline(contents, vec![(at(500), at(501))]).svg();
        let shades = svg.lines().filter(|line| line.contains("fill-opacity=\"0.16\""));
        let widths = shades.filter(|line| line.contains("width=\"2.0\""));
        // The wider one is the legend's.
        assert_eq!(widths.count(), 3, "{svg}");
        assert!(svg.contains(">failed</text>"), "{svg}");
    }

    #[test]
    fn marks_at_the_same_place_are_drawn_once() {
        let lane = Lane {
            name: "ScaleUp, 5,000 times".to_owned(),
            mark: Mark::Up,
            colour: Colour::Teal,
            at: (0..5_000).map(|n| at(n * 200)).collect(),
        };
        let svg = timeline(vec![Content::Lanes(vec![lane])], vec![]).svg();
        assert!(svg.matches("class=\"teal\"").count() < 900);
    }
}
