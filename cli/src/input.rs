//! A file or standard input as text: complete, unzipped, in UTF-8 or UTF-16.
//!
//! Must not know what the text says.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, stdin};
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::bufread::MultiGzDecoder;

/// A year of records, and a bound on the size of an unzipped file.
const BYTES_MAX: u64 = 1 << 30;

const GZIP: [u8; 2] = [0x1f, 0x8b];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    File(PathBuf),
    Standard,
}

/// Why bytes are no text.
#[derive(Debug, thiserror::Error)]
pub(super) enum TextError {
    #[error("cannot be read")]
    Read(#[source] io::Error),
    #[error("is longer than {} MiB, unzipped: take a part of it", BYTES_MAX >> 20)]
    TooLong,
    #[error("is neither text in UTF-8 or UTF-16 nor such a text in gzip")]
    Encoding,
}

impl Input {
    /// `-` is standard input.
    pub(super) fn at(path: &Path) -> Self {
        match path.to_str() {
            Some("-") => Self::Standard,
            Some(_) | None => Self::File(path.to_owned()),
        }
    }

    /// Its name in messages.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Standard => "standard input".to_owned(),
        }
    }

    pub(super) fn text(&self) -> anyhow::Result<String> {
        let text = match self {
            Self::Standard => text(stdin().lock()),
            Self::File(path) => {
                let file = File::open(path).with_context(|| format!("cannot open {}", self.name()));
                text(BufReader::new(file?))
            }
        };
        text.with_context(|| self.name())
    }
}

/// All that a reader gives.
pub(super) fn text(mut reader: impl BufRead) -> Result<String, TextError> {
    let is_zipped = reader.fill_buf().map_err(TextError::Read)?.starts_with(&GZIP);
    decoded(if is_zipped { bytes(MultiGzDecoder::new(reader)) } else { bytes(reader) }?)
}

fn bytes(reader: impl Read) -> Result<Vec<u8>, TextError> {
    let mut bytes = Vec::new();
    reader.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(TextError::Read)?;
    if BYTES_MAX < bytes.len() as u64 { Err(TextError::TooLong) } else { Ok(bytes) }
}

/// A mark at the beginning shows the encoding; PowerShell redirects as UTF-16.
fn decoded(bytes: Vec<u8>) -> Result<String, TextError> {
    let wide = |pair: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes[2..].chunks_exact(2).map(|bytes| pair([bytes[0], bytes[1]])).collect();
        String::from_utf16(&units).map_err(|_| TextError::Encoding)
    };
    match bytes[..] {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, ..] => {
            String::from_utf8(bytes[3..].to_vec()).map_err(|_| TextError::Encoding)
        }
        _ => String::from_utf8(bytes).map_err(|_| TextError::Encoding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn zipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_encoding_of_a_text_reads_the_same() {
        let wide = |bytes: fn(u16) -> [u8; 2]| "\u{feff}aé€\n".encode_utf16().flat_map(bytes);
        let spellings = [
            "aé€\n".as_bytes().to_vec(),
            "\u{feff}aé€\n".as_bytes().to_vec(),
            wide(u16::to_le_bytes).collect(),
            wide(u16::to_be_bytes).collect(),
            zipped("aé€\n".as_bytes()),
            // An archive to which another one was appended.
            [zipped("aé".as_bytes()), zipped("€\n".as_bytes())].concat(),
        ];
        for bytes in spellings {
            assert_eq!(text(&bytes[..]).unwrap(), "aé€\n", "{bytes:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error() {
        assert!(matches!(text(&[0x89, b'P', b'N', b'G'][..]), Err(TextError::Encoding)));
        let cut = &zipped(b"a text")[..15];
        assert!(matches!(text(cut), Err(TextError::Read(_))));
    }
}
