//! The output of a command: standard output, and the file of a picture or a page.
//!
//! Must not know what is written.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OutputFile {
    File(PathBuf),
    StandardOutput,
}

/// Reads the value of `--plot`. A picture is SVG, and a file name with another extension is an
/// error.
pub(super) fn picture_file(text: &str) -> Result<OutputFile, &'static str> {
    let bound = "must be a file that ends in .svg, or - for standard output: a picture is SVG";
    file(text, "svg").ok_or(bound)
}

/// Reads the file of a page, which is HTML.
pub(super) fn page_file(text: &str) -> Result<OutputFile, &'static str> {
    file(text, "html").ok_or("must be a file that ends in .html, or - for standard output")
}

fn file(text: &str, extension: &str) -> Option<OutputFile> {
    let path = PathBuf::from(text);
    let is_such = path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
    match text {
        "-" => Some(OutputFile::StandardOutput),
        _ if is_such => Some(OutputFile::File(path)),
        _ => None,
    }
}

impl OutputFile {
    pub(super) fn write(&self, content: &str) -> anyhow::Result<()> {
        match self {
            Self::File(path) => {
                fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
            }
            Self::StandardOutput => Ok(io::stdout().write_all(content.as_bytes())?),
        }
    }

    /// Where text goes: on standard output it would spoil a picture or a page there.
    pub(super) fn text_output<const FILES: usize>(files: [&Option<Self>; FILES]) -> Box<dyn Write> {
        match files.contains(&&Some(Self::StandardOutput)) {
            true => Box::new(anstream::stderr()),
            false => Box::new(anstream::stdout()),
        }
    }
}

/// Writes what is still buffered. At the end of the process its loss would not be reported.
pub(super) fn flush() -> anyhow::Result<()> {
    Ok(io::stdout().flush()?)
}
