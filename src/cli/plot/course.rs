//! The course of a contest: one panel per contender over a shared time axis.

use super::axis::{Axis, Clock, multiples, round_up};
use super::svg::{Anchor, Font, Frame, Path, Svg};
use super::{FAINT_INK, GRID, INK};
use crate::cli::text::short;

const WIDTH: f64 = 1130.0;
const LEFT: f64 = 104.0;
const PLOT_WIDTH: f64 = 810.0;
const HEAD: f64 = 96.0;
const ARRIVALS_HEIGHT: f64 = 56.0;
const STRIP_HEIGHT: f64 = 62.0;
const STRIP_GAP: f64 = 14.0;
const PANEL_HEAD: f64 = 24.0;
const PANEL_GAP: f64 = 22.0;
const PANEL_HEIGHT: f64 = PANEL_HEAD + 2.0 * STRIP_HEIGHT + STRIP_GAP + PANEL_GAP;
/// The backlog strip ends at this many thresholds: what is beyond is bad enough.
const THRESHOLDS_SHOWN: f64 = 3.0;
/// The dyno strip ends at this many times the most dynos that anyone had.
const NEED_SHOWN: f64 = 1.2;

const ARRIVALS: &str = "#9ca3af";
const WITHIN: &str = "#60a5fa";
const ABOVE: &str = "#dc2626";
const NEEDED: &str = "#d1d5db";
const DYNOS: &str = "#0f766e";

/// A contest over time. All series have the same number of points, evenly over the whole time.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// What it is about.
    pub title: String,
    /// In which world.
    pub subtitle: String,
    /// How long it lasted.
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

/// How one contender did.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Its name.
    pub name: String,
    /// Its settings.
    pub settings: String,
    /// What came of it, line by line.
    pub notes: Vec<String>,
    /// Messages per dyno.
    pub backlog: Vec<Range>,
    /// Dynos.
    pub dynos: Vec<Range>,
}

/// What a value was within the stretch of time that one point stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// The most.
    pub max: f64,
}

impl Course {
    /// The picture.
    #[must_use]
    pub fn svg(&self) -> String {
        let mut svg = Svg::new(WIDTH);
        self.head(&mut svg);
        let clock = Clock::over(self.hours);
        let first_y = HEAD + ARRIVALS_HEIGHT + PANEL_GAP + 4.0;
        let bottom = self.panels.iter().fold(first_y, |y, _| y + PANEL_HEIGHT) - PANEL_GAP;
        self.time_grid(&mut svg, clock, bottom);
        self.draw_arrivals(&mut svg);
        let mut y = first_y;
        for (index, panel) in self.panels.iter().enumerate() {
            self.panel(&mut svg, panel, index, y);
            y += PANEL_HEIGHT;
        }
        self.time_labels(&mut svg, clock, bottom);
        svg.finish(bottom + 48.0)
    }

    fn head(&self, svg: &mut Svg) {
        let title = Font { size: 20.0, weight: 700, ..Font::default() };
        svg.text(20.0, 32.0, title, &self.title);
        let faint = Font { fill: FAINT_INK, ..Font::default() };
        svg.text(20.0, 52.0, faint, &self.subtitle);
        let mut x = LEFT;
        for (fill, label) in [
            (ARRIVALS, "messages arriving"),
            (WITHIN, "backlog per instance: mean, and lighter the most"),
            (ABOVE, "above the threshold"),
            (NEEDED, "dynos that the load needs"),
            (DYNOS, "dynos"),
        ] {
            svg.rect(Frame { x, y: 67.0, width: 12.0, height: 12.0 }, fill, "rx=\"2\"");
            svg.text(x + 18.0, 77.5, Font::default(), label);
            #[expect(clippy::cast_precision_loss, reason = "a few letters")]
            let letters = label.len() as f64;
            x += letters.mul_add(6.1, 44.0);
        }
    }

    fn time_axis(&self) -> Axis {
        Axis { values: (0.0, self.hours), places: (LEFT, LEFT + PLOT_WIDTH) }
    }

    fn time_grid(&self, svg: &mut Svg, clock: Clock, bottom: f64) {
        for unit in multiples(clock.step, 0.0, self.hours / clock.hours_per_unit) {
            let x = self.time_axis().place(unit * clock.hours_per_unit);
            svg.line((x, HEAD), (x, bottom), GRID, "");
        }
    }

    fn time_labels(&self, svg: &mut Svg, clock: Clock, bottom: f64) {
        let font = Font { size: 11.0, anchor: Anchor::Middle, fill: FAINT_INK, ..Font::default() };
        for unit in multiples(clock.step, 0.0, self.hours / clock.hours_per_unit) {
            let x = self.time_axis().place(unit * clock.hours_per_unit);
            svg.text(x, bottom + 16.0, font, &short(unit));
        }
        let label = format!("{} since the start", clock.unit);
        svg.text(LEFT + PLOT_WIDTH / 2.0, bottom + 36.0, Font { size: 12.0, ..font }, &label);
    }

    fn draw_arrivals(&self, svg: &mut Svg) {
        let frame = strip(HEAD, ARRIVALS_HEIGHT);
        let axis = upward(frame, round_up(highest(&self.arrivals)));
        svg.path(&area(frame, axis, &self.arrivals), &format!("fill=\"{ARRIVALS}\""));
        value_axis(svg, frame, axis, ["messages", "per second"]);
    }

    fn panel(&self, svg: &mut Svg, panel: &Panel, index: usize, y: f64) {
        let name = Font { size: 14.0, weight: 700, ..Font::default() };
        svg.text(LEFT, y + 14.0, name, &panel.name);
        #[expect(clippy::cast_precision_loss, reason = "a few letters")]
        let letters = panel.name.len() as f64;
        let faint = Font { size: 11.0, fill: FAINT_INK, ..Font::default() };
        svg.text(letters.mul_add(9.0, LEFT + 12.0), y + 14.0, faint, &panel.settings);
        self.backlog(svg, panel, index, strip(y + PANEL_HEAD, STRIP_HEIGHT));
        let lower = y + PANEL_HEAD + STRIP_HEIGHT + STRIP_GAP;
        self.dynos(svg, panel, strip(lower, STRIP_HEIGHT));
        notes(svg, &panel.notes, y + PANEL_HEAD);
    }

    /// Dark up to the mean, light up to the most; one colour below the threshold, one above it.
    fn backlog(&self, svg: &mut Svg, panel: &Panel, index: usize, frame: Frame) {
        let axis = upward(frame, THRESHOLDS_SHOWN * self.threshold);
        let threshold_y = axis.place(self.threshold);
        let id = format!("backlog{index}");
        svg.two_colours(&id, frame, threshold_y, [ABOVE, WITHIN]);
        let most: Vec<f64> = panel.backlog.iter().map(|range| range.max).collect();
        let mean: Vec<f64> = panel.backlog.iter().map(|range| range.mean).collect();
        svg.path(&area(frame, axis, &most), &format!("fill=\"url(#{id})\" fill-opacity=\"0.3\""));
        svg.path(&area(frame, axis, &mean), &format!("fill=\"url(#{id})\""));
        let dashes = "stroke-width=\"1\" stroke-dasharray=\"5 3\"";
        svg.line((frame.x, threshold_y), (frame.right(), threshold_y), INK, dashes);
        value_axis(svg, frame, axis, ["messages", "per dyno"]);
    }

    /// A line for the mean, and light what lies between the fewest and the most.
    fn dynos(&self, svg: &mut Svg, panel: &Panel, frame: Frame) {
        let dynos = self.panels.iter().flat_map(|panel| &panel.dynos).map(|range| range.max);
        let most = dynos.fold(1.0, f64::max);
        // A need that nobody may meet ends at the edge: the dynos are what is to be seen.
        let axis = upward(frame, 1.05 * highest(&self.needed).clamp(most, NEED_SHOWN * most));
        svg.path(&area(frame, axis, &self.needed), &format!("fill=\"{NEEDED}\""));
        let back = line(frame, axis, panel.dynos.iter().map(|range| range.min));
        let band = line(frame, axis, panel.dynos.iter().map(|range| range.max));
        let band = band.into_iter().chain(back.into_iter().rev());
        let light = format!("fill=\"{DYNOS}\" fill-opacity=\"0.25\"");
        svg.path(&Path::through(band).closed(), &light);
        let mean = line(frame, axis, panel.dynos.iter().map(|range| range.mean));
        let ink = format!("fill=\"none\" stroke=\"{DYNOS}\" stroke-width=\"1.4\"");
        svg.path(&Path::through(mean), &format!("{ink} stroke-linejoin=\"round\""));
        value_axis(svg, frame, axis, ["dynos", ""]);
    }
}

fn strip(y: f64, height: f64) -> Frame {
    Frame { x: LEFT, y, width: PLOT_WIDTH, height }
}

fn upward(frame: Frame, most: f64) -> Axis {
    Axis { values: (0.0, most.max(f64::MIN_POSITIVE)), places: (frame.bottom(), frame.y) }
}

fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

fn value_axis(svg: &mut Svg, frame: Frame, axis: Axis, label: [&str; 2]) {
    svg.line((frame.x, frame.bottom()), (frame.right(), frame.bottom()), FAINT_INK, "");
    let font = Font { size: 10.0, anchor: Anchor::End, fill: FAINT_INK, ..Font::default() };
    for value in axis.ticks(3) {
        let y = axis.place(value);
        svg.line((frame.x - 4.0, y), (frame.x, y), FAINT_INK, "");
        svg.text(frame.x - 7.0, y + 3.5, font, &short(value));
    }
    let middle = f64::midpoint(frame.y, frame.bottom());
    for (line, y) in label.into_iter().zip([middle - 2.0, middle + 10.0]) {
        svg.text(LEFT - 42.0, y, font, line);
    }
}

fn notes(svg: &mut Svg, notes: &[String], y: f64) {
    let mut y = y + 11.0;
    for (index, note) in notes.iter().enumerate() {
        let weight = if index == 0 { 700 } else { 400 };
        let font = Font { size: 12.0, weight, ..Font::default() };
        svg.text(LEFT + PLOT_WIDTH + 16.0, y, font, note);
        y += 18.5;
    }
}

/// The places of values, from left to right, each in the middle of its share of the width.
fn line(frame: Frame, axis: Axis, values: impl ExactSizeIterator<Item = f64>) -> Vec<(f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let width = frame.width / values.len().max(1) as f64;
    let middles = std::iter::successors(Some(frame.x + width / 2.0), |x| Some(x + width));
    thinned(middles.zip(values).map(|(x, value)| (x, axis.place(value))))
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
