//! The credentials of a request, to be hidden in its answer.
//!
//! Error pages of proxies, and AWS when it refuses a signature, repeat the headers of a request,
//! and the answer's text goes into a log. Must not know whose credentials they are.

use std::iter;
use std::ops::Range;

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
    /// The spellings that can begin with a byte, as bits: most bytes of an answer begin none, and
    /// each answer of each cycle is searched.
    begin: [Spellings; 256],
}

/// A set of spellings: the n-th is in it if this bit of it is set.
type Spellings = u64;

/// Beyond the width of the set two share a bit, so that one is searched for in vain.
const fn bit(number: usize) -> Spellings {
    1 << (number % Spellings::BITS as usize)
}

impl Credentials {
    pub(super) fn of(request: &Request) -> Self {
        let values = CARRIERS.into_iter().filter_map(|name| request.headers().get(name));
        let secrets = values.flat_map(secrets_in).filter(|it| it.len() >= SECRET_BYTES_MIN);
        let spellings: Vec<_> = secrets.flat_map(|secret| Spelling::all(&secret)).collect();
        let mut begin = [0; 256];
        for (number, spelling) in spellings.iter().enumerate() {
            spelling.first_bytes().for_each(|byte| begin[usize::from(byte)] |= bit(number));
        }
        Self { spellings, begin }
    }

    /// Replaces them with stars everywhere in the answer.
    pub(super) fn hide(&self, mut answer: Answer) -> Answer {
        let found: Vec<_> = self.found(&answer.body).collect();
        for range in found {
            answer.body[range].fill(b'*');
        }
        for value in answer.headers.values_mut() {
            if self.found(value.as_bytes()).next().is_some() {
                *value = HeaderValue::from_static("***");
            }
        }
        answer
    }

    /// Where secrets are in a text.
    fn found(&self, text: &[u8]) -> impl Iterator<Item = Range<usize>> {
        let mut at = 0;
        iter::from_fn(move || {
            loop {
                at += text[at..].iter().position(|byte| self.begin[usize::from(*byte)] != 0)?;
                let Some(length) = self.length_at(&text[at..]) else {
                    at += 1;
                    continue;
                };
                at += length;
                return Some(at - length..at);
            }
        })
    }

    /// The length of the secret with which the text begins.
    fn length_at(&self, text: &[u8]) -> Option<usize> {
        let possible = self.begin[usize::from(*text.first()?)];
        let spellings = self.spellings.iter().enumerate();
        let possible = spellings.filter(|(number, _)| possible & bit(*number) != 0);
        possible.filter_map(|(_, spelling)| spelling.length_at(text)).max()
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
