//! What settings cost against what they yield: dyno-hours against time above the threshold.

use super::axis::Axis;
use super::svg::{Anchor, Font, Frame, Path, Svg};
use super::{FAINT_INK, GRID, INK};
use crate::cli::text::{fixed, grouped, short};

const WIDTH: f64 = 1120.0;
const FRAME: Frame = Frame { x: 78.0, y: 98.0, width: 830.0, height: 470.0 };
const COLOURS: [&str; 8] =
    ["#2563eb", "#ea580c", "#059669", "#9ca3af", "#a16207", "#7c3aed", "#0891b2", "#111827"];
/// The axis ends at so many times what the load needs.
const HOURS_SHOWN: f64 = 2.0;
/// Shares of the time that the axis names.
const SHARES: [f64; 9] = [0.0, 0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0];

/// Settings and what came of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Front {
    /// What it is about.
    pub title: String,
    /// In which world.
    pub subtitle: String,
    /// Dyno-hours that the load alone keeps busy.
    pub needed_hours: f64,
    /// The contenders' names, in the order of their colours.
    pub names: Vec<String>,
    /// All settings.
    pub points: Vec<FrontPoint>,
}

/// One contender with one choice of settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrontPoint {
    /// Which of the names.
    pub name: usize,
    /// Its cost.
    pub dyno_hours: f64,
    /// Share of the time.
    pub above_threshold_share: f64,
    /// Whether no other of its name has fewer dyno-hours and less time above the threshold.
    pub place: Place,
}

/// Where a point lies among those that cost less or yield more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// No other setting of anyone is better in both.
    Best,
    /// No other setting of the same contender is better in both.
    OwnBest,
    /// Some setting of the same contender is better.
    Behind,
}

impl Front {
    /// The picture.
    #[must_use]
    pub fn svg(&self) -> String {
        let mut svg = Svg::new(WIDTH);
        let title = Font { size: 20.0, weight: 700, ..Font::default() };
        svg.text(20.0, 32.0, title, &self.title);
        let faint = Font { fill: FAINT_INK, ..Font::default() };
        svg.text(20.0, 52.0, faint, &self.subtitle);
        let (hours, shares) = (self.hours_axis(), shares_axis());
        self.grid(&mut svg, hours, shares);
        self.fronts(&mut svg, hours, shares);
        for point in &self.points {
            self.dot(&mut svg, hours, shares, point);
        }
        self.legend(&mut svg, hours);
        svg.finish(FRAME.bottom() + 64.0)
    }

    /// From a little less than the load needs to twice of it: beyond lies what nobody wants.
    fn hours_axis(&self) -> Axis {
        let fewest = self.points.iter().map(|point| point.dyno_hours).fold(f64::MAX, f64::min);
        let first = fewest.max(0.9 * self.needed_hours).min(0.98 * self.needed_hours);
        Axis { values: (first, HOURS_SHOWN * self.needed_hours), places: (FRAME.x, FRAME.right()) }
    }

    fn grid(&self, svg: &mut Svg, hours: Axis, shares: Axis) {
        let label = Font { size: 11.0, fill: FAINT_INK, anchor: Anchor::Middle, ..Font::default() };
        for value in hours.ticks(10) {
            let x = hours.place(value);
            svg.line((x, FRAME.y), (x, FRAME.bottom()), GRID, "");
            svg.text(x, FRAME.bottom() + 16.0, label, &fixed(value, 0));
        }
        for share in SHARES {
            let y = shares.place(share.cbrt());
            svg.line((FRAME.x, y), (FRAME.right(), y), GRID, "");
            let right = Font { anchor: Anchor::End, ..label };
            svg.text(FRAME.x - 8.0, y + 4.0, right, &format!("{} %", short(share * 100.0)));
        }
        let middle = f64::midpoint(FRAME.x, FRAME.right());
        let font = Font { size: 12.0, ..label };
        svg.text(middle, FRAME.bottom() + 40.0, font, "dyno-hours (fewer is cheaper)");
        let start = Font { anchor: Anchor::Start, ..font };
        svg.text(20.0, FRAME.y - 16.0, start, "share of the time above the threshold");
        let x = hours.place(self.needed_hours);
        svg.line((x, FRAME.y), (x, FRAME.bottom()), INK, "stroke-dasharray=\"5 3\"");
        svg.text(x + 6.0, FRAME.bottom() - 10.0, start, "what the load needs");
    }

    /// A line for each contender, and a broad one for all together.
    fn fronts(&self, svg: &mut Svg, hours: Axis, shares: Axis) {
        let line = |points: Vec<&FrontPoint>| {
            Path::through(points.into_iter().map(|point| place(hours, shares, point)))
        };
        let best = self.sorted(|point| point.place == Place::Best);
        let broad =
            "fill=\"none\" stroke=\"#fde68a\" stroke-width=\"12\" stroke-linejoin=\"round\"";
        svg.path(&line(best), &format!("{broad} stroke-linecap=\"round\""));
        for name in 0..self.names.len() {
            let own = self.sorted(|point| point.name == name && point.place != Place::Behind);
            let stroke = colour(name);
            let more = format!("fill=\"none\" stroke=\"{stroke}\" stroke-width=\"1.5\"");
            svg.path(&line(own), &more);
        }
    }

    fn sorted(&self, which: impl Fn(&FrontPoint) -> bool) -> Vec<&FrontPoint> {
        let mut points: Vec<_> =
            self.points.iter().filter(|point| which(point) && self.is_shown(point)).collect();
        points.sort_by(|a, b| a.dyno_hours.total_cmp(&b.dyno_hours));
        points
    }

    fn is_shown(&self, point: &FrontPoint) -> bool {
        let (first, last) = self.hours_axis().values;
        first <= point.dyno_hours && point.dyno_hours <= last
    }

    fn dot(&self, svg: &mut Svg, hours: Axis, shares: Axis, point: &FrontPoint) {
        if !self.is_shown(point) {
            return;
        }
        let fill = colour(point.name);
        let (radius, more) = match point.place {
            Place::Best => (6.0, format!("fill=\"{fill}\" stroke=\"{INK}\" stroke-width=\"1.5\"")),
            Place::OwnBest => (4.0, format!("fill=\"{fill}\"")),
            Place::Behind => (2.5, format!("fill=\"{fill}\" fill-opacity=\"0.35\"")),
        };
        svg.circle(place(hours, shares, point), radius, &more);
    }

    fn legend(&self, svg: &mut Svg, hours: Axis) {
        let x = FRAME.right() + 22.0;
        let mut y = FRAME.y + 10.0;
        for (index, name) in self.names.iter().enumerate() {
            svg.circle((x, y), 5.0, &format!("fill=\"{}\"", colour(index)));
            svg.text(x + 14.0, y + 4.0, Font { size: 13.0, ..Font::default() }, name);
            y += 23.0;
        }
        y += 14.0;
        let ring = format!("fill=\"none\" stroke=\"{INK}\" stroke-width=\"1.5\"");
        svg.circle((x, y), 6.0, &ring);
        svg.text(x + 14.0, y + 4.0, Font::default(), "the best front: nobody");
        svg.text(x + 14.0, y + 19.0, Font::default(), "is better in both");
        let faint = Font { size: 11.0, fill: FAINT_INK, ..Font::default() };
        let hidden = self.points.iter().filter(|point| !self.is_shown(point)).count() as u64;
        svg.text(
            x - 6.0,
            y + 50.0,
            faint,
            &format!("{} of {} settings lie", grouped(hidden), self.points.len()),
        );
        let (first, last) = hours.values;
        let range = format!("outside {} to {} hours", fixed(first, 0), fixed(last, 0));
        svg.text(x - 6.0, y + 64.0, faint, &range);
    }
}

/// The cube root: it has room for what matters, between none and some percent, and has a zero.
fn shares_axis() -> Axis {
    Axis { values: (0.0, 1.0), places: (FRAME.bottom(), FRAME.y) }
}

fn place(hours: Axis, shares: Axis, point: &FrontPoint) -> (f64, f64) {
    (hours.place(point.dyno_hours), shares.place(point.above_threshold_share.cbrt()))
}

fn colour(name: usize) -> &'static str {
    COLOURS[name % COLOURS.len()]
}
