//! The output of a command: standard output, and the file of a picture.
//!
//! Must not know what is written.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PictureFile {
    File(PathBuf),
    StandardOutput,
}

/// Reads the value of `--plot`. A picture is SVG, and a file name with another extension is an
/// error.
pub(super) fn picture_file(text: &str) -> Result<PictureFile, &'static str> {
    let path = PathBuf::from(text);
    let is_svg = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg"));
    match text {
        "-" => Ok(PictureFile::StandardOutput),
        _ if is_svg => Ok(PictureFile::File(path)),
        _ => Err("must be a file that ends in .svg, or - for standard output: a picture is SVG"),
    }
}

impl PictureFile {
    pub(super) fn write(&self, svg: &str) -> anyhow::Result<()> {
        match self {
            Self::File(path) => {
                fs::write(path, svg).with_context(|| format!("cannot write {}", path.display()))
            }
            Self::StandardOutput => Ok(io::stdout().write_all(svg.as_bytes())?),
        }
    }

    /// Where text goes: on standard output it would spoil a picture there.
    pub(super) fn text_output(picture: Option<&Self>) -> Box<dyn Write> {
        match picture {
            Some(Self::StandardOutput) => Box::new(anstream::stderr()),
            Some(Self::File(_)) | None => Box::new(anstream::stdout()),
        }
    }
}

/// Writes what is still buffered. At the end of the process its loss would not be reported.
pub(super) fn flush() -> anyhow::Result<()> {
    Ok(io::stdout().flush()?)
}
