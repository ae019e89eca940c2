//! Writes measurements into a page, between two marks: `<!-- name: begin -->` and its end.
//!
//! Must not know what was measured.

use std::fs;
use std::io::{self, Error};
use std::path::Path;

/// Replaces the text between the marks of `name`.
///
/// # Errors
/// If the page cannot be read or written, or lacks a mark.
pub fn insert(page: &Path, name: &str, text: &str) -> io::Result<()> {
    let old = fs::read_to_string(page).map_err(|error| named(page, &error))?;
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let parts = old
        .split_once(&begin)
        .and_then(|(before, rest)| rest.split_once(&end).map(|(_, after)| (before, after)));
    let Some((before, after)) = parts else {
        return Err(Error::other(format!("{} lacks the marks of {name}", page.display())));
    };
    let text = text.trim_end();
    fs::write(page, format!("{before}{begin}{text}\n{end}{after}"))
        .map_err(|error| named(page, &error))
}

fn named(page: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("{}: {error}", page.display()))
}
