//! Settings by cost and benefit: dyno-hours against time above the threshold.

use super::axis::Axis;
use super::label::places;
use super::mark::Mark;
use super::stretched::Stretched;
use super::svg::{Frame, LINE, MARGIN, Path, SAMPLE, Svg, WIDTH};
use super::theme::Colour;
use super::words::{Anchor, Font};
use crate::text::{fixed, percent, short};

const LEFT: f64 = 66.0;
const HEIGHT: f64 = 440.0;
/// Each contender has a colour and a form.
const COLOURS: [Colour; 8] = [
    Colour::Blue,
    Colour::Orange,
    Colour::Teal,
    Colour::Grey,
    Colour::Amber,
    Colour::Violet,
    Colour::Cyan,
    Colour::Ink,
];
/// The range of dyno-hours that matters, as multiples of the load's need.
const NEEDS_WIDE: (f64, f64) = (0.95, 1.6);
/// The room of a number at a point.
const LABEL: (f64, f64) = (18.0, 15.0);
/// Shares of the time on the axis.
const SHARES: [f64; 9] = [0.0, 0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0];

/// Settings and their outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Front {
    pub title: String,
    /// The simulated world.
    pub subtitle: String,
    /// Dyno-hours that the load alone keeps busy.
    pub needed_hours: f64,
    /// The contenders' names, in the order of their colours.
    pub names: Vec<String>,
    pub points: Vec<FrontPoint>,
}

/// One contender with one choice of settings.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontPoint {
    /// Index into the names.
    pub name: usize,
    pub settings: String,
    pub dyno_hours: f64,
    /// Share of the time.
    pub above_threshold_share: f64,
    pub place: Place,
}

/// Whether other settings have both fewer dyno-hours and less time above the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// No other setting of any contender is better in both.
    Best,
    /// No other setting of the same contender is better in both.
    OwnBest,
    /// Some setting of the same contender is better in both.
    Behind,
}

struct Field {
    frame: Frame,
    hours: Stretched,
    shares: Axis,
}

impl Field {
    fn place(&self, point: &FrontPoint) -> (f64, f64) {
        (self.hours.place(point.dyno_hours), self.shares.place(rooted(point.above_threshold_share)))
    }
}

/// The cube root has room for the shares that matter, from none to some percent, and has a zero.
fn rooted(share: f64) -> f64 {
    share.cbrt()
}

impl Front {
    #[must_use]
    pub fn svg(&self) -> String {
        let best = self.best();
        let rows: Vec<String> = best.iter().map(|same| self.row(same)).collect();
        let description = format!("The best front: {}.", rows.join("; "));
        let (mut svg, y) = Svg::titled(&self.title, &self.subtitle, &description);
        let y = self.legend(&mut svg, y + 8.0);
        let field = self.field(y + 40.0);
        grid(&mut svg, &field, self.needed_hours);
        self.fronts(&mut svg, &field);
        for place in [Place::Behind, Place::OwnBest, Place::Best] {
            for point in self.points.iter().filter(|point| point.place == place) {
                self.draw(&mut svg, &field, point);
            }
        }
        numbers(&mut svg, &field, &best);
        let y = list(&mut svg, field.frame.bottom() + 74.0, &rows);
        svg.finish(y + 4.0)
    }

    /// The best points, the cheapest first, those of one outcome together.
    fn best(&self) -> Vec<Vec<&FrontPoint>> {
        let best = self.sorted(|point| point.place == Place::Best);
        let same = |a: &&FrontPoint, b: &&FrontPoint| a.outcome() == b.outcome();
        best.chunk_by(same).map(<[_]>::to_vec).collect()
    }

    /// All settings of one outcome, and the outcome.
    fn row(&self, same: &[&FrontPoint]) -> String {
        let who: Vec<String> = same.iter().map(|point| self.named(point)).collect();
        let outcome = same.first().map(|point| point.outcome()).unwrap_or_default();
        format!("{}: {outcome}", who.join("; or "))
    }

    fn named(&self, point: &FrontPoint) -> String {
        let name = self.names.get(point.name).map_or("", String::as_str);
        format!("{name}, {}", point.settings)
    }

    fn field(&self, y: f64) -> Field {
        let frame = Frame { x: LEFT, y, width: WIDTH - MARGIN - LEFT, height: HEIGHT };
        let hours = self.points.iter().map(|point| point.dyno_hours);
        let ends = (hours.clone().fold(f64::MAX, f64::min), hours.fold(0.0, f64::max));
        // A load of nothing needs nothing: then all hours matter equally.
        let basis = if 0.0 < self.needed_hours { self.needed_hours } else { ends.1.max(1.0) };
        let wide = (NEEDS_WIDE.0 * basis, NEEDS_WIDE.1 * basis);
        // Leaves room for a full point at the edges.
        let (shares, places) = ((frame.bottom() - 8.0, y + 8.0), (LEFT + 8.0, frame.right() - 8.0));
        Field {
            frame,
            hours: Stretched::new(ends, wide, places),
            shares: Axis { values: (0.0, 1.0), places: shares },
        }
    }

    /// A line for each contender, and a broad one for all together.
    fn fronts(&self, svg: &mut Svg, field: &Field) {
        let line = |points: Vec<&FrontPoint>| {
            Path::through(points.into_iter().map(|point| field.place(point)))
        };
        let broad = format!("{} stroke-linecap=\"round\"", Colour::Halo.stroke(13.0));
        svg.path(&line(self.sorted(|point| point.place == Place::Best)), &broad);
        for name in 0..self.names.len() {
            let own = self.sorted(|point| point.name == name && point.place != Place::Behind);
            svg.path(&line(own), &colour(name).stroke(1.4));
        }
    }

    fn sorted(&self, which: impl Fn(&FrontPoint) -> bool) -> Vec<&FrontPoint> {
        let mut points: Vec<_> = self.points.iter().filter(|point| which(point)).collect();
        points.sort_by(|a, b| {
            let by_hours = a.dyno_hours.total_cmp(&b.dyno_hours);
            by_hours.then(b.above_threshold_share.total_cmp(&a.above_threshold_share))
        });
        points
    }

    fn draw(&self, svg: &mut Svg, field: &Field, point: &FrontPoint) {
        let (place, colour, mark) = (field.place(point), colour(point.name), mark(point.name));
        let text = format!("{}: {}", self.named(point), point.outcome());
        match point.place {
            Place::Best => {
                svg.path(&mark.path(place, 6.5), &Colour::Ink.stroke(3.0));
                svg.named_path(&mark.path(place, 6.5), &colour.fill(), &text);
            }
            Place::OwnBest => svg.named_path(&mark.path(place, 4.5), &colour.fill(), &text),
            Place::Behind => svg.named_path(&mark.path(place, 2.6), &colour.stroke(0.9), &text),
        }
    }

    fn legend(&self, svg: &mut Svg, y: f64) -> f64 {
        let names = self.names.iter().enumerate();
        let items: Vec<_> = names.map(|(index, name)| (index, name.clone())).collect();
        let y = svg.legend(y, &items, |svg, (x, y), index| {
            let center = (x + SAMPLE - 8.0, y);
            svg.path(&mark(*index).path(center, 5.5), &colour(*index).fill());
        });
        let all = "Large: best of all contenders. Middle: best of its own contender. Small: another \
                   setting of its contender is better.";
        svg.paragraph(MARGIN, y + 2.0, Font::faint(), all)
    }
}

impl FrontPoint {
    fn outcome(&self) -> String {
        let above = percent(self.above_threshold_share);
        format!("{} dyno-hours, {above} above", fixed(self.dyno_hours, 0))
    }
}

fn grid(svg: &mut Svg, field: &Field, needed_hours: f64) {
    let Field { frame, hours, shares } = field;
    let font = Font::faint();
    close(svg, field);
    for value in hours.ticks() {
        let x = hours.place(value);
        svg.line((x, frame.y), (x, frame.bottom()), &Colour::Grid.stroke(1.0));
        svg.text(x, frame.bottom() + 17.0, font.at(Anchor::Middle), &fixed(value, 0));
    }
    for share in SHARES {
        let y = shares.place(rooted(share));
        svg.line((frame.x, y), (frame.right(), y), &Colour::Grid.stroke(1.0));
        let name = format!("{} %", short(share * 100.0));
        svg.text(frame.x - 8.0, y + 4.5, font.at(Anchor::End), &name);
    }
    let middle = f64::midpoint(frame.x, frame.right());
    let below = frame.bottom() + 38.0;
    svg.text(middle, below, font.at(Anchor::Middle), "dyno-hours (fewer is cheaper)");
    svg.text(MARGIN, frame.y - 27.0, font, "share of the time above the threshold");
    let x = hours.place(needed_hours);
    let dashes = format!("{} stroke-dasharray=\"5 3\"", Colour::Ink.stroke(1.0));
    svg.line((x, frame.y), (x, frame.bottom()), &dashes);
    svg.text(x, frame.y - 9.0, font.at(Anchor::Start), "need of the load");
}

/// Shaded where the hours are compressed, since the axis is broken there.
fn close(svg: &mut Svg, field: &Field) {
    let Field { frame, hours, .. } = field;
    for axis in hours.close() {
        let (from, to) = axis.places;
        let shade = Frame { x: from, width: to - from, ..*frame };
        svg.rect(shade, &format!("{} fill-opacity=\"0.5\"", Colour::Grid.fill()));
    }
    let breaks = [hours.before.map(|axis| axis.places.1), hours.behind.map(|axis| axis.places.0)];
    for x in breaks.into_iter().flatten() {
        for x in [x - 2.5, x + 2.5] {
            let slash = [(x - 3.0, frame.bottom() + 6.0), (x + 3.0, frame.bottom() - 6.0)];
            svg.path(&Path::through(slash), &Colour::Ink.stroke(1.3));
        }
    }
    if hours.close().next().is_some() {
        let note = "// shaded: the hours are close together there";
        let font = Font::faint().at(Anchor::End);
        svg.text(frame.right(), frame.bottom() + 38.0, font, note);
    }
}

/// A number at each point of the best front, for the list below.
fn numbers(svg: &mut Svg, field: &Field, best: &[Vec<&FrontPoint>]) {
    let points: Vec<_> = best.iter().flat_map(|same| same.first()).collect();
    let points: Vec<_> = points.into_iter().map(|point| field.place(point)).collect();
    let labels = places(&points, LABEL, field.frame);
    for (number, (point, label)) in (1_u32..).zip(points.into_iter().zip(labels)) {
        leader(svg, point, label);
        let (x, y) = (label.0, label.1 + 4.5);
        svg.text(x, y, Font::bold().at(Anchor::Middle), &number.to_string());
    }
}

/// From a point to a label that is not next to it.
fn leader(svg: &mut Svg, (x, y): (f64, f64), label: (f64, f64)) {
    let (to_x, to_y) = (label.0 - x, label.1 - y);
    let distance = to_x.hypot(to_y);
    if LABEL.0 < distance {
        let at = |share: f64| (to_x.mul_add(share, x), to_y.mul_add(share, y));
        let ends = [at(7.0 / distance), at(1.0 - 9.0 / distance)];
        svg.path(&Path::through(ends), &Colour::Ink.stroke(0.8));
    }
}

fn list(svg: &mut Svg, y: f64, rows: &[String]) -> f64 {
    let head =
        "The best front: no other setting has fewer dyno-hours and less time above the threshold";
    let y = svg.paragraph(MARGIN, y, Font::bold(), head);
    (1_u32..).zip(rows).fold(y + 2.0, |y, (number, row)| {
        let right = Font::bold().at(Anchor::End);
        svg.text(MARGIN + 18.0, y, right, &number.to_string());
        svg.paragraph(MARGIN + 28.0, y, Font::default(), row)
    }) + LINE / 2.0
}

const fn colour(name: usize) -> Colour {
    COLOURS[name % COLOURS.len()]
}

const fn mark(name: usize) -> Mark {
    Mark::KINDS[name % Mark::KINDS.len()]
}
