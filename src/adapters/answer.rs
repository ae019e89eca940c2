//! The complete answer of a service, and the short part of it that an error shows.
//!
//! Must not know who answered what.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// How much of an unreadable answer is kept: enough to recognise a proxy or an error page.
const EXCERPT_CHARS_MAX: usize = 200;

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The beginning of the body.
    pub(super) fn excerpt(&self) -> String {
        excerpt(&self.body)
    }
}

/// The beginning of a body, without line breaks: an error page has many.
pub(super) fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let plain = text.chars().map(|c| if c.is_ascii_whitespace() { ' ' } else { c });
    plain.take(EXCERPT_CHARS_MAX).collect()
}
