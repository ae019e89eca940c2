//! Pictures as SVG: the course of a contest, and what its settings cost against what they yield.
//!
//! Must not know: simulations, policies, files. A picture is drawn from numbers and words.

mod axis;
mod course;
mod front;
mod svg;

pub use self::course::{Course, Panel, Range};
pub use self::front::{Front, FrontPoint, Place};

/// Ink for words and axes.
const INK: &str = "#1f2937";
/// Ink for what is less important.
const FAINT_INK: &str = "#6b7280";
/// Lines behind everything.
const GRID: &str = "#e5e7eb";
