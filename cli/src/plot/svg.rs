//! The elements of pictures.
//!
//! Must not know what is drawn.

use std::fmt::{Display, Write};

use super::theme::{BAND_SHARE, Colour, style};
use super::words::{Anchor, Font, TYPE, escaped, shortened, width, wrapped};

/// The width of every picture, in the pixels of a README's column.
pub(super) const WIDTH: f64 = 800.0;
/// Free at both sides.
pub(super) const MARGIN: f64 = 16.0;
/// From one line of text to the next.
pub(super) const LINE: f64 = 18.0;

/// A picture that is being drawn.
#[derive(Debug)]
pub(super) struct Svg {
    title: String,
    description: String,
    body: String,
}

/// A rectangle, by its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Frame {
    pub(super) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

impl Svg {
    /// A picture with its title and a line below it at the top, and where these end.
    pub(super) fn titled(title: &str, subtitle: &str, description: &str) -> (Self, f64) {
        let mut svg = Self {
            title: title.to_owned(),
            description: format!("{subtitle} {description}"),
            body: String::new(),
        };
        let large = Font { size: 19.0, ..Font::bold() };
        let y = svg.paragraph(MARGIN, 30.0, large, title);
        let y = svg.paragraph(MARGIN, y + 2.0, Font::faint(), subtitle);
        (svg, y)
    }

    /// The complete document.
    pub(super) fn finish(self, height: f64) -> String {
        let Self { title, description, body } = self;
        let paper = Colour::Paper.fill();
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" \
             width=\"{WIDTH}\" height=\"{height:.0}\" role=\"img\" \
             aria-labelledby=\"title description\" \
             font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\" \
             font-size=\"{TYPE}\">\n\
             <title id=\"title\">{}</title>\n<desc id=\"description\">{}</desc>\n{}\n\
             <rect width=\"{WIDTH}\" height=\"{height:.0}\" {paper}/>\n{body}</svg>\n",
            escaped(&title),
            escaped(description.trim()),
            style(),
        )
    }

    fn element(&mut self, element: impl Display) {
        self.body.push_str(&element.to_string());
        self.body.push('\n');
    }

    pub(super) fn text(&mut self, x: f64, y: f64, font: Font, text: &str) {
        let text = escaped(text);
        self.element(format_args!("<text {}>{text}</text>", text_attributes(x, y, font)));
    }

    /// A text that is cut where its room ends; then the full text is its title.
    pub(super) fn text_within(&mut self, x: f64, y: f64, font: Font, text: &str, room: f64) {
        let Some(cut) = shortened(text, font, room) else {
            return self.text(x, y, font, text);
        };
        let (cut, text) = (escaped(&cut), escaped(text));
        let attributes = text_attributes(x, y, font);
        self.element(format_args!("<text {attributes}>{cut}<title>{text}</title></text>"));
    }

    /// A text in as many lines as it needs, and where the next line would be.
    pub(super) fn paragraph(&mut self, x: f64, y: f64, font: Font, text: &str) -> f64 {
        let lines = wrapped(text, font, WIDTH - MARGIN - x);
        let step = font.size * LINE / TYPE;
        lines.iter().fold(y, |y, line| {
            self.text_within(x, y, font, line, WIDTH - MARGIN - x);
            y + step
        })
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), attributes: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.element(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {attributes}/>"
        ));
    }

    pub(super) fn rect(&mut self, frame: Frame, attributes: &str) {
        let Frame { x, y, width, height } = frame;
        self.element(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             {attributes}/>"
        ));
    }

    pub(super) fn path(&mut self, path: &Path, attributes: &str) {
        self.element(format_args!("<path d=\"{}\" {attributes}/>", path.0));
    }

    /// A form whose name appears under the pointer.
    pub(super) fn named_path(&mut self, path: &Path, attributes: &str, name: &str) {
        let (path, name) = (&path.0, escaped(name));
        self.element(format_args!("<path d=\"{path}\" {attributes}><title>{name}</title></path>"));
    }

    /// The area between two lines of as many points, with both as its edges.
    pub(super) fn band(&mut self, upper: &[(f64, f64)], lower: &[(f64, f64)], colour: Colour) {
        let around = upper.iter().chain(lower.iter().rev()).copied();
        let fill = format!("{} fill-opacity=\"{BAND_SHARE}\"", colour.fill());
        self.path(&Path::through(around).closed(), &fill);
        for edge in [upper, lower] {
            self.path(&Path::through(edge.iter().copied()), &colour.stroke(0.7));
        }
    }

    /// A fill of two colours that meet at a height; a form uses it with `fill="url(#id)"`.
    pub(super) fn two_colours(&mut self, id: &str, frame: Frame, meet_y: f64, fills: [Colour; 2]) {
        let (top, bottom) = (frame.y, frame.bottom());
        let share = (meet_y - top) / frame.height;
        let [upper, lower] = fills.map(|fill| {
            let colour = fill.attributes();
            format!("<stop offset=\"{share:.4}\" {colour} stop-color=\"currentColor\"/>")
        });
        self.element(format_args!(
            "<linearGradient id=\"{id}\" gradientUnits=\"userSpaceOnUse\" x1=\"0\" y1=\"{top:.1}\" \
             x2=\"0\" y2=\"{bottom:.1}\">{upper}{lower}</linearGradient>"
        ));
    }

    /// Samples with their names from left to right, in as many rows as they need, and the y of what
    /// comes below. `draw` draws a sample of [`SAMPLE`]'s width, centred at a height.
    pub(super) fn legend<Item>(
        &mut self,
        y: f64,
        items: &[(Item, String)],
        draw: impl Fn(&mut Self, (f64, f64), &Item),
    ) -> f64 {
        let (places, rows) = legend_places(items);
        for ((item, name), (x, row)) in items.iter().zip(places) {
            let y = LINE.mul_add(row, y);
            draw(self, (x, y - 4.5), item);
            let x = x + SAMPLE + 6.0;
            self.text_within(x, y, Font::default(), name, WIDTH - MARGIN - x);
        }
        LINE.mul_add(rows, y)
    }
}

/// The place of each sample of a legend, and how many rows there are.
pub(super) fn legend_places<Item>(items: &[(Item, String)]) -> (Vec<(f64, f64)>, f64) {
    let mut place = (MARGIN, 0.0);
    let mut places = Vec::new();
    for (_, name) in items {
        let room = SAMPLE + 6.0 + width(name, Font::default());
        if MARGIN < place.0 && WIDTH - MARGIN < place.0 + room {
            place = (MARGIN, place.1 + 1.0);
        }
        places.push(place);
        place.0 += room + 18.0;
    }
    (places, if items.is_empty() { 0.0 } else { place.1 + 1.0 })
}

/// The width of a legend's samples.
pub(super) const SAMPLE: f64 = 22.0;

fn text_attributes(x: f64, y: f64, font: Font) -> String {
    let Font { size, weight, colour, anchor } = font;
    let mut attributes = format!("x=\"{x:.1}\" y=\"{y:.1}\" {}", colour.fill());
    // The usual values are set at the root. Writing to a string does not fail.
    if TYPE < size {
        let _ = write!(attributes, " font-size=\"{size}\"");
    }
    if weight != 400 {
        let _ = write!(attributes, " font-weight=\"{weight}\"");
    }
    if anchor != Anchor::Start {
        let _ = write!(attributes, " text-anchor=\"{}\"", anchor.label());
    }
    attributes
}

#[derive(Debug, Clone, Default)]
pub(super) struct Path(String);

impl Path {
    /// A line through all points.
    pub(super) fn through(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut path = Self::default();
        for (x, y) in points {
            path.to(x, y);
        }
        path
    }

    fn to(&mut self, x: f64, y: f64) {
        let command = if self.0.is_empty() { 'M' } else { 'L' };
        // Writing to a string does not fail.
        let _ = write!(self.0, "{command}{x:.1} {y:.1}");
    }

    pub(super) fn closed(mut self) -> Self {
        self.0.push('Z');
        self
    }

    /// This outline and another one.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }
}
