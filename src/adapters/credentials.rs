//! The credentials of a request, to be hidden in its answer.
//!
//! Error pages of proxies, and AWS when it refuses a signature, repeat the headers of a request,
//! and the answer's text goes into a log. Must not know whose credentials they are.

use aws_smithy_types::base64;
use reqwest::Request;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::answer::Answer;
use super::spelling::Spelling;

/// The headers that carry a token, a password or a session.
const CARRIERS: [HeaderName; 2] = [AUTHORIZATION, HeaderName::from_static("x-amz-security-token")];

/// A shorter text is no secret of a configuration, and would be found in every text.
const SECRET_BYTES_MIN: usize = 8;

/// The secrets of one request, in every spelling.
pub(super) struct Credentials {
    spellings: Vec<Spelling>,
    /// Whether a spelling can begin with a byte: most bytes of an answer need no second check.
    begins: [bool; 256],
}

impl Credentials {
    pub(super) fn of(request: &Request) -> Self {
        let values = CARRIERS.into_iter().filter_map(|name| request.headers().get(name));
        let secrets = values.flat_map(secrets_in).filter(|it| it.len() >= SECRET_BYTES_MIN);
        let spellings: Vec<_> = secrets.flat_map(|secret| Spelling::all(&secret)).collect();
        let mut begins = [false; 256];
        for spelling in &spellings {
            spelling.first_bytes().for_each(|byte| begins[usize::from(byte)] = true);
        }
        Self { spellings, begins }
    }

    /// Replaces them with stars everywhere in the answer.
    pub(super) fn hide(&self, mut answer: Answer) -> Answer {
        self.cover(&mut answer.body);
        for value in answer.headers.values_mut() {
            if self.is_in(value.as_bytes()) {
                *value = HeaderValue::from_static("***");
            }
        }
        answer
    }

    fn cover(&self, body: &mut [u8]) {
        let mut at = 0;
        while at < body.len() {
            match self.length_at(&body[at..]) {
                Some(length) => {
                    body[at..at + length].fill(b'*');
                    at += length;
                }
                None => at += 1,
            }
        }
    }

    fn is_in(&self, text: &[u8]) -> bool {
        (0..text.len()).any(|at| self.length_at(&text[at..]).is_some())
    }

    /// The length of the secret with which the text begins.
    fn length_at(&self, text: &[u8]) -> Option<usize> {
        if !self.begins[usize::from(*text.first()?)] {
            return None;
        }
        self.spellings.iter().filter_map(|spelling| spelling.length_at(text)).max()
    }
}

/// The last word of a header, which the name of the scheme precedes; for basic authentication
/// also the user and the password, alone and together.
fn secrets_in(value: &HeaderValue) -> Vec<Vec<u8>> {
    let Some(word) = value.as_bytes().rsplit(|byte| *byte == b' ').next() else {
        return Vec::new();
    };
    let mut secrets = vec![word.to_vec()];
    if value.as_bytes().starts_with(b"Basic ") {
        let both = std::str::from_utf8(word).ok().and_then(|word| base64::decode(word).ok());
        let both = both.unwrap_or_default();
        // A user name has no colon.
        let colon = both.iter().position(|byte| *byte == b':');
        secrets.extend(colon.map(|colon| both[colon + 1..].to_vec()));
        secrets.push(both);
    }
    secrets
}
