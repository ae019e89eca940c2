//! The course of a contest: one panel per contender over a shared time axis.

use super::Range;
use super::axis::{Axis, Clock, label, multiples, round_up};
use super::svg::{Frame, LINE, MARGIN, Path, SAMPLE, Svg, WIDTH};
use super::theme::Colour;
use super::words::{Anchor, Font, width};
use crate::text::{fixed, short};

const LEFT: f64 = 52.0;
const PLOT_WIDTH: f64 = 548.0;
const NOTES: f64 = LEFT + PLOT_WIDTH + 14.0;
const ARRIVALS_HEIGHT: f64 = 56.0;
const STRIP_HEIGHT: f64 = 64.0;
/// The title of a strip is above it.
const STRIP_HEAD: f64 = 26.0;
const PANEL_HEAD: f64 = 18.0;
const PANEL_GAP: f64 = 26.0;
const PANEL_HEIGHT: f64 = PANEL_HEAD + 2.0 * (STRIP_HEAD + STRIP_HEIGHT) + PANEL_GAP;
/// The backlog strip ends at this many thresholds: more is not distinguished.
const THRESHOLDS_SHOWN: f64 = 3.0;
/// The dyno strip ends at this many times the most dynos that any contender had.
const NEED_SHOWN: f64 = 1.2;

/// A contest over time. All series have the same number of points, evenly spread.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    pub title: String,
    /// The simulated world.
    pub subtitle: String,
    pub hours: f64,
    /// Messages per second.
    pub arrivals: Vec<f64>,
    /// Dynos that the load keeps busy.
    pub needed: Vec<f64>,
    /// Messages per dyno.
    pub threshold: f64,
    /// One for each contender.
    pub panels: Vec<Panel>,
}

/// The outcome of one contender.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub name: String,
    pub settings: String,
    /// The outcome, line by line.
    pub notes: Vec<String>,
    /// Messages per dyno.
    pub backlog: Vec<Range>,
    pub dynos: Vec<Range>,
}

/// The entries of the legend.
#[derive(Debug, Clone, Copy)]
enum Sample {
    Area(Colour),
    Band(Colour),
    Line(Colour),
    Threshold,
    Cut,
}

impl Course {
    #[must_use]
    pub fn svg(&self) -> String {
        let (mut svg, y) = Svg::titled(&self.title, &self.subtitle, &self.description());
        let top = svg.legend(y + 8.0, &samples(), draw_sample) + 2.0;
        let clock = Clock::over(self.hours);
        let first_y = top + STRIP_HEAD + ARRIVALS_HEIGHT + PANEL_GAP;
        let bottom = self.panels.iter().fold(first_y, |y, _| y + PANEL_HEIGHT) - PANEL_GAP;
        self.time_grid(&mut svg, clock, (top + STRIP_HEAD, bottom));
        self.draw_arrivals(&mut svg, top);
        let mut y = first_y;
        for (index, panel) in self.panels.iter().enumerate() {
            self.panel(&mut svg, panel, index, y);
            y += PANEL_HEIGHT;
        }
        self.time_labels(&mut svg, clock, bottom);
        svg.finish(bottom + 52.0)
    }

    /// The picture as text, for readers who do not see it.
    fn description(&self) -> String {
        let text = |panel: &Panel| {
            format!("{} ({}): {}.", panel.name, panel.settings, panel.notes.join(", "))
        };
        self.panels.iter().map(text).collect::<Vec<_>>().join(" ")
    }

    fn time_axis(&self) -> Axis {
        Axis { values: (0.0, self.hours), places: (LEFT, LEFT + PLOT_WIDTH) }
    }

    fn time_grid(&self, svg: &mut Svg, clock: Clock, (top, bottom): (f64, f64)) {
        for unit in multiples(clock.step, 0.0, self.hours / clock.hours_per_unit) {
            let x = self.time_axis().place(unit * clock.hours_per_unit);
            svg.line((x, top), (x, bottom), &Colour::Grid.stroke(1.0));
        }
    }

    fn time_labels(&self, svg: &mut Svg, clock: Clock, bottom: f64) {
        let font = Font::faint().at(Anchor::Middle);
        for unit in multiples(clock.step, 0.0, self.hours / clock.hours_per_unit) {
            let x = self.time_axis().place(unit * clock.hours_per_unit);
            svg.text(x, bottom + 17.0, font, &short(unit));
        }
        let label = format!("{} since the start", clock.unit);
        svg.text(LEFT + PLOT_WIDTH / 2.0, bottom + 38.0, font, &label);
    }

    fn draw_arrivals(&self, svg: &mut Svg, y: f64) {
        let frame = Frame { height: ARRIVALS_HEIGHT, ..strip(y) };
        let axis = upward(frame, round_up(highest(self.arrivals.iter().copied())));
        svg.path(&area(frame, axis, &self.arrivals), &Colour::Grey.fill());
        value_axis(svg, frame, axis, "messages arriving per second");
    }

    fn panel(&self, svg: &mut Svg, panel: &Panel, index: usize, y: f64) {
        let font = Font { size: 15.0, ..Font::bold() };
        svg.text_within(LEFT, y + 13.0, font, &panel.name, PLOT_WIDTH / 2.0);
        let x = LEFT + width(&panel.name, font).min(PLOT_WIDTH / 2.0) + 10.0;
        svg.text_within(x, y + 13.0, Font::faint(), &panel.settings, WIDTH - MARGIN - x);
        self.backlog(svg, panel, index, strip(y + PANEL_HEAD));
        self.dynos(svg, panel, strip(y + PANEL_HEAD + STRIP_HEAD + STRIP_HEIGHT));
        notes(svg, &panel.notes, y + PANEL_HEAD + STRIP_HEAD);
    }

    /// An area up to the mean, a band up to the most; one colour below the threshold, one above.
    fn backlog(&self, svg: &mut Svg, panel: &Panel, index: usize, frame: Frame) {
        let axis = upward(frame, THRESHOLDS_SHOWN * self.threshold);
        let threshold_y = axis.place(self.threshold);
        let paint = format!("url(#backlog{index})");
        svg.two_colours(
            &format!("backlog{index}"),
            frame,
            threshold_y,
            [Colour::Red, Colour::Blue],
        );
        let most: Vec<f64> = panel.backlog.iter().map(|range| range.max).collect();
        let mean: Vec<f64> = panel.backlog.iter().map(|range| range.mean).collect();
        let band = format!("fill=\"{paint}\" fill-opacity=\"0.3\" stroke=\"{paint}\"");
        svg.path(&area(frame, axis, &most), &format!("{band} stroke-width=\"0.6\""));
        svg.path(&area(frame, axis, &mean), &format!("fill=\"{paint}\""));
        threshold(svg, (frame.x, frame.right()), threshold_y);
        value_axis(svg, frame, axis, "messages per dyno");
        cut_mark(svg, frame, axis, &most);
    }

    /// A line for the mean, and a band between the fewest and the most.
    fn dynos(&self, svg: &mut Svg, panel: &Panel, frame: Frame) {
        let dynos = self.panels.iter().flat_map(|panel| &panel.dynos).map(|range| range.max);
        let most = dynos.fold(1.0, f64::max);
        // A need far above all dynos ends at the edge: the picture is about the dynos.
        let needed = highest(self.needed.iter().copied());
        let axis = upward(frame, 1.05 * needed.clamp(most, NEED_SHOWN * most));
        let need = area(frame, axis, &self.needed);
        svg.path(&need, &Colour::Grid.fill());
        svg.path(&need, &Colour::Grey.stroke(0.8));
        let along = |value: fn(&Range) -> f64| line(frame, axis, panel.dynos.iter().map(value));
        svg.band(&along(|range| range.max), &along(|range| range.min), Colour::Teal);
        svg.path(&Path::through(along(|range| range.mean)), &Colour::Teal.stroke(1.8));
        value_axis(svg, frame, axis, "dynos");
        cut_mark(svg, frame, axis, &self.needed);
    }
}

fn samples() -> [(Sample, String); 7] {
    [
        (Sample::Area(Colour::Blue), "backlog per instance: mean"),
        (Sample::Band(Colour::Blue), "up to the most"),
        (Sample::Area(Colour::Red), "above the threshold"),
        (Sample::Threshold, "threshold"),
        (Sample::Cut, "continues above"),
        (Sample::Line(Colour::Teal), "dynos: mean, and from the fewest to the most"),
        (Sample::Area(Colour::Grid), "dynos that the load needs"),
    ]
    .map(|(sample, name)| (sample, name.to_owned()))
}

fn draw_sample(svg: &mut Svg, (x, y): (f64, f64), sample: &Sample) {
    let frame = Frame { x, y: y - 6.0, width: SAMPLE, height: 12.0 };
    let edges = |y| [(frame.x, y), (frame.right(), y)];
    match sample {
        Sample::Area(Colour::Grid) => {
            svg.rect(frame, &Colour::Grid.fill());
            svg.rect(frame, &Colour::Grey.stroke(0.8));
        }
        Sample::Area(colour) => svg.rect(frame, &colour.fill()),
        Sample::Band(colour) => svg.band(&edges(frame.y), &edges(frame.bottom()), *colour),
        Sample::Line(colour) => {
            svg.band(&edges(frame.y), &edges(frame.bottom()), *colour);
            svg.path(&Path::through(edges(y)), &colour.stroke(1.8));
        }
        Sample::Threshold => threshold(svg, (frame.x, frame.right()), y),
        Sample::Cut => zigzag(svg, (frame.x, frame.right()), y + 2.0),
    }
}

/// A dashed line that is visible on every colour.
fn threshold(svg: &mut Svg, (from, to): (f64, f64), y: f64) {
    svg.line((from, y), (to, y), &Colour::Paper.stroke(3.0));
    let dashes = format!("{} stroke-dasharray=\"5 3\"", Colour::Ink.stroke(1.3));
    svg.line((from, y), (to, y), &dashes);
}

/// A mark along the top of a strip wherever values continue above it, and how far they reach.
fn cut_mark(svg: &mut Svg, frame: Frame, axis: Axis, values: &[f64]) {
    let (_, shown) = axis.values;
    let most = highest(values.iter().copied());
    if most <= shown {
        return;
    }
    let cut = middles(frame, values.len()).zip(values).filter(|(_, value)| shown < **value);
    for (from, to) in runs(cut.map(|(x, _)| x)) {
        zigzag(svg, (from, to), frame.y);
    }
    let note = format!("continues above {}, up to {}", label(shown), fixed(most, 0));
    svg.text(frame.right(), frame.y - 10.0, Font::faint().at(Anchor::End), &note);
}

/// Places as stretches that are long enough for a tooth and far enough from each other to be two.
fn runs(places: impl Iterator<Item = f64>) -> Vec<(f64, f64)> {
    let mut runs: Vec<(f64, f64)> = Vec::new();
    for (from, to) in places.map(|x| (x - TOOTH, x + TOOTH)) {
        match runs.last_mut() {
            Some(run) if from <= run.1 => run.1 = to,
            Some(_) | None => runs.push((from, to)),
        }
    }
    runs
}

/// Half the width of a tooth.
const TOOTH: f64 = 3.0;

/// The torn edge of values that continue above.
fn zigzag(svg: &mut Svg, (from, to): (f64, f64), y: f64) {
    let teeth = (0_u32..).map(|tooth| (f64::from(tooth).mul_add(TOOTH, from), tooth % 2));
    let teeth = teeth.take_while(|(x, _)| *x < to).map(|(x, up)| (x, y - 4.5 * f64::from(up)));
    let edge: Vec<_> = teeth.chain([(to, y)]).collect();
    svg.path(&Path::through(edge.iter().copied()), &Colour::Paper.stroke(4.0));
    svg.path(&Path::through(edge), &Colour::Ink.stroke(1.2));
}

/// A strip's drawing area below its head.
const fn strip(y: f64) -> Frame {
    Frame { x: LEFT, y: y + STRIP_HEAD, width: PLOT_WIDTH, height: STRIP_HEIGHT }
}

fn upward(frame: Frame, most: f64) -> Axis {
    Axis { values: (0.0, most.max(f64::MIN_POSITIVE)), places: (frame.bottom(), frame.y) }
}

fn highest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::max)
}

fn value_axis(svg: &mut Svg, frame: Frame, axis: Axis, name: &str) {
    svg.line(
        (frame.x, frame.bottom()),
        (frame.right(), frame.bottom()),
        &Colour::Faint.stroke(1.0),
    );
    for value in axis.ticks(3) {
        let y = axis.place(value);
        svg.line((frame.x - 4.0, y), (frame.x, y), &Colour::Faint.stroke(1.0));
        svg.text(frame.x - 7.0, y + 4.5, Font::faint().at(Anchor::End), &label(value));
    }
    svg.text(frame.x, frame.y - 10.0, Font::faint(), name);
}

fn notes(svg: &mut Svg, notes: &[String], y: f64) {
    for (index, note) in (0_u8..).zip(notes) {
        let font = if index == 0 { Font::bold() } else { Font::default() };
        let y = LINE.mul_add(f64::from(index), y + 10.0);
        svg.text_within(NOTES, y, font, note, WIDTH - 4.0 - NOTES);
    }
}

fn line(frame: Frame, axis: Axis, values: impl ExactSizeIterator<Item = f64>) -> Vec<(f64, f64)> {
    let middles = middles(frame, values.len());
    thinned(middles.zip(values).map(|(x, value)| (x, axis.place(value))))
}

/// The middles of so many columns, and more to their right.
fn middles(frame: Frame, columns: usize) -> impl Iterator<Item = f64> {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let width = frame.width / columns.max(1) as f64;
    std::iter::successors(Some(frame.x + width / 2.0), move |x| Some(x + width))
}

fn area(frame: Frame, axis: Axis, values: &[f64]) -> Path {
    let top = line(frame, axis, values.iter().copied());
    let (first, last) = (top.first().copied(), top.last().copied());
    let start = first.map(|(x, _)| (x, frame.bottom()));
    let end = last.map(|(x, _)| (x, frame.bottom()));
    Path::through(start.into_iter().chain(top).chain(end)).closed()
}

/// Without the points in the middle of a level stretch.
fn thinned(points: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for point in points {
        let level = |other: &(f64, f64)| (other.1 - point.1).abs() < 0.05;
        if let [.., before, last] = &mut kept[..]
            && level(before)
            && level(last)
        {
            *last = point;
        } else {
            kept.push(point);
        }
    }
    kept
}
