//! Pictures as SVG: the course of a contest, what its settings cost against what they yield, and
//! what happened over time.
//!
//! Must not know: simulations, policies, files. A picture is drawn from numbers and words.

mod axis;
mod calendar;
mod course;
mod front;
mod svg;
mod timeline;

pub use self::course::{Course, Panel, Range};
pub use self::front::{Front, FrontPoint, Place};
pub use self::timeline::{Chart, Content, Lane, Line, Look, Mark, Timeline};

/// Ink for words and axes.
const INK: &str = "#1f2937";
/// Ink for what is less important.
const FAINT_INK: &str = "#6b7280";
/// Lines behind everything.
const GRID: &str = "#e5e7eb";
