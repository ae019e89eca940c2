//! The terminal's other screen, on which a view is redrawn; the first one is left as it was.
//! Without a terminal the views follow each other.
//!
//! Must not know what is drawn.

use std::io::{self, IsTerminal, Write, stdout};

/// The other screen, without a cursor.
const ENTER: &str = "\u{1b}[?1049h\u{1b}[?25l";
const LEAVE: &str = "\u{1b}[?25h\u{1b}[?1049l";
/// Back to the top left, and nothing below.
const CLEAR: &str = "\u{1b}[H\u{1b}[J";

/// Restores the first screen on drop.
#[derive(Debug)]
pub(super) enum Screen {
    Terminal,
    Plain,
}

impl Screen {
    pub(super) fn enter() -> io::Result<Self> {
        if !stdout().is_terminal() {
            return Ok(Self::Plain);
        }
        control(ENTER)?;
        Ok(Self::Terminal)
    }

    pub(super) fn draw(&self, text: &str) -> io::Result<()> {
        if matches!(self, Self::Terminal) {
            control(CLEAR)?;
        }
        print(text)
    }
}

impl Drop for Screen {
    /// A closed terminal has nothing to restore.
    fn drop(&mut self) {
        if matches!(self, Self::Terminal) {
            let _ = control(LEAVE);
        }
    }
}

/// Not through the filter of colours: the screen is used without colours as well.
fn control(sequence: &str) -> io::Result<()> {
    let mut out = stdout();
    out.write_all(sequence.as_bytes())?;
    out.flush()
}

/// In colour where there is a terminal that may have it.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}
