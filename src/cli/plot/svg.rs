//! The few elements of SVG that the pictures are made of.

use std::fmt::{Display, Write};

use super::INK;

/// A picture in the making.
#[derive(Debug)]
pub(super) struct Svg {
    width: f64,
    body: String,
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn label(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Font<'a> {
    pub(super) size: f64,
    pub(super) weight: u32,
    pub(super) fill: &'a str,
    pub(super) anchor: Anchor,
}

impl Default for Font<'_> {
    fn default() -> Self {
        Self { size: 12.0, weight: 400, fill: INK, anchor: Anchor::Start }
    }
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
    pub(super) const fn new(width: f64) -> Self {
        Self { width, body: String::new() }
    }

    /// The whole document.
    pub(super) fn finish(self, height: f64) -> String {
        let Self { width, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" \
             font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{body}</svg>\n"
        )
    }

    fn element(&mut self, element: impl Display) {
        self.body.push_str(&element.to_string());
        self.body.push('\n');
    }

    pub(super) fn text(&mut self, x: f64, y: f64, font: Font<'_>, text: &str) {
        let Font { size, weight, fill, anchor } = font;
        let (anchor, text) = (anchor.label(), escaped(text));
        self.element(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" font-weight=\"{weight}\" \
             fill=\"{fill}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, more: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.element(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" \
             stroke=\"{stroke}\" {more}/>"
        ));
    }

    pub(super) fn rect(&mut self, frame: Frame, fill: &str, more: &str) {
        let Frame { x, y, width, height } = frame;
        self.element(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"{fill}\" {more}/>"
        ));
    }

    pub(super) fn circle(&mut self, center: (f64, f64), radius: f64, more: &str) {
        let (x, y) = center;
        self.element(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" {more}/>"));
    }

    pub(super) fn path(&mut self, path: &Path, more: &str) {
        self.element(format_args!("<path d=\"{}\" {more}/>", path.0));
    }

    /// A fill of two colours that meet at a height; `more` of a form is `fill="url(#id)"`.
    pub(super) fn two_colours(&mut self, id: &str, frame: Frame, meet_y: f64, fills: [&str; 2]) {
        let (top, bottom) = (frame.y, frame.bottom());
        let share = (meet_y - top) / frame.height;
        let [upper, lower] = fills;
        self.element(format_args!(
            "<linearGradient id=\"{id}\" gradientUnits=\"userSpaceOnUse\" x1=\"0\" y1=\"{top:.1}\" \
             x2=\"0\" y2=\"{bottom:.1}\"><stop offset=\"{share:.4}\" stop-color=\"{upper}\"/>\
             <stop offset=\"{share:.4}\" stop-color=\"{lower}\"/></linearGradient>"
        ));
    }
}

/// The outline of a form.
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
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
