//! What a request proved itself with, to be hidden from the answer.
//!
//! Error pages of proxies, and AWS where it refuses a signature, tell a request again with its
//! headers; the answer's words go into a log. Must not know whose credentials they are.

use reqwest::Request;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::answer::Answer;

/// The headers that carry a token, a password or a session.
const CARRIERS: [HeaderName; 2] = [AUTHORIZATION, HeaderName::from_static("x-amz-security-token")];

/// The secrets of one request.
pub(super) struct Credentials(Vec<Vec<u8>>);

impl Credentials {
    /// The last word of each header: what stands before it is the name of the scheme.
    pub(super) fn of(request: &Request) -> Self {
        let values = CARRIERS.into_iter().filter_map(|name| request.headers().get(name));
        let words = values.filter_map(|value| value.as_bytes().rsplit(|byte| *byte == b' ').next());
        Self(words.filter(|word| !word.is_empty()).map(<[u8]>::to_vec).collect())
    }

    /// Puts stars in their place, wherever the answer has them.
    pub(super) fn hide(&self, mut answer: Answer) -> Answer {
        for secret in &self.0 {
            cover(&mut answer.body, secret);
            for value in answer.headers.values_mut().filter(|value| has(value, secret)) {
                *value = HeaderValue::from_static("***");
            }
        }
        answer
    }
}

fn has(value: &HeaderValue, secret: &[u8]) -> bool {
    value.as_bytes().windows(secret.len()).any(|window| window == secret)
}

fn cover(body: &mut [u8], secret: &[u8]) {
    let mut rest = body;
    while let Some(at) = rest.windows(secret.len()).position(|window| window == secret) {
        let (covered, after) = rest[at..].split_at_mut(secret.len());
        covered.fill(b'*');
        rest = after;
    }
}
