//! Pictures as SVG: the course of a contest, its settings by cost and benefit, and events over
//! time.
//!
//! Every picture is as wide as a README's column, and readable there in a light theme and a dark
//! one; its title and a description have the same content as text.
//!
//! Must not know: simulations, policies, files. A picture is drawn from numbers and texts.

mod axis;
mod calendar;
mod course;
mod front;
mod label;
mod line;
mod mark;
mod range;
mod stretched;
mod svg;
mod theme;
mod timeline;
mod words;

pub use self::course::{Course, Panel};
pub use self::front::{Front, FrontPoint, Place};
pub use self::line::{Dash, Join, Line, Stroke};
pub use self::mark::Mark;
pub use self::range::Range;
pub use self::theme::{Colour, variables};
pub use self::timeline::{Chart, Content, Group, Lane, Timeline};
