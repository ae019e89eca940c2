//! A secret in every spelling that an encoder makes of it: in JSON, in a URL, in HTML, in hex and
//! in base64.
//!
//! Must not know where the secret is searched for.

use aws_smithy_types::base64;

/// The first byte of a character that is spelled by its number or its name.
const ESCAPES: [u8; 5] = [b'\\', b'%', b'&', b'=', b'+'];

/// The longest number of a character in HTML.
const NUMBER_CHARS_MAX: usize = 8;

/// The characters that HTML has names for.
const NAMED: [(&[u8], u8); 5] =
    [(b"quot;", b'"'), (b"amp;", b'&'), (b"lt;", b'<'), (b"gt;", b'>'), (b"apos;", b'\'')];

/// Which bytes a decoder of the text reads as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    /// Each byte is itself.
    Plain,
    /// Hexadecimal digits in either case.
    Hex,
    /// Base64's two last digits have another form in URLs.
    Base64,
}

impl Alphabet {
    fn same(self, one: u8, other: u8) -> bool {
        one == other
            || match self {
                Self::Plain => false,
                Self::Hex => one.eq_ignore_ascii_case(&other),
                Self::Base64 => matches!(
                    (one, other),
                    (b'+', b'-') | (b'-', b'+') | (b'/', b'_') | (b'_', b'/')
                ),
            }
    }
}

#[derive(Debug)]
pub(super) struct Spelling {
    alphabet: Alphabet,
    bytes: Vec<u8>,
}

impl Spelling {
    /// All spellings of a secret.
    pub(super) fn all(secret: &[u8]) -> Vec<Self> {
        let mut all = vec![Self { alphabet: Alphabet::Plain, bytes: secret.to_vec() }];
        all.push(Self { alphabet: Alphabet::Hex, bytes: in_hex(secret) });
        // Where base64's groups of three begin depends on the bytes before the secret.
        all.extend(
            (0..3).map(|before| Self {
                alphabet: Alphabet::Base64,
                bytes: in_base64(secret, before),
            }),
        );
        all
    }

    /// The bytes with which it can begin.
    pub(super) fn first_bytes(&self) -> impl Iterator<Item = u8> {
        let first = self.bytes.first().copied();
        let forms = first.into_iter().flat_map(|first| match (self.alphabet, first) {
            (Alphabet::Hex, _) => [first, first.to_ascii_uppercase()],
            (Alphabet::Base64, b'+') => [first, b'-'],
            (Alphabet::Base64, b'/') => [first, b'_'],
            (Alphabet::Plain | Alphabet::Base64, _) => [first, first],
        });
        forms.chain(ESCAPES)
    }

    /// How many bytes of the text spell it, if the text begins with it.
    pub(super) fn length_at(&self, text: &[u8]) -> Option<usize> {
        self.length(&self.bytes, text)
    }

    fn length(&self, wanted: &[u8], text: &[u8]) -> Option<usize> {
        let Some((first, rest)) = wanted.split_first() else { return Some(0) };
        if self.alphabet.same(*text.first()?, *first)
            && let Some(length) = self.length(rest, &text[1..])
        {
            return Some(length + 1);
        }
        let (spelled, escape) = escaped(text)?;
        let (begin, rest) = wanted.split_at_checked(spelled.len())?;
        let is_spelled = begin.iter().zip(&spelled).all(|(one, it)| self.alphabet.same(*one, *it));
        Some(escape + self.length(rest, &text[escape..]).filter(|_| is_spelled)?)
    }
}

fn in_hex(secret: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    secret.iter().flat_map(digits).collect()
}

/// A secret in base64 with so many bytes before it: only the digits that depend on it alone.
fn in_base64(secret: &[u8], before: usize) -> Vec<u8> {
    let padded = [vec![0; before], secret.to_vec()].concat();
    let own = (before * 8).div_ceil(6)..padded.len() * 8 / 6;
    base64::encode(&padded).as_bytes().get(own).unwrap_or_default().to_vec()
}

/// The bytes that are spelled by number or by name at the beginning of a text, and how long that
/// is. In a text encoded twice, the escape sign is escaped itself.
fn escaped(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (sign, rest) = text.split_first()?;
    let (spelled, after) = match sign {
        b'\\' => after_backslash(without(rest, b"\\"))?,
        b'%' => byte(without(rest, b"25"))?,
        b'=' => byte(rest)?,
        b'&' => entity(without(rest, b"amp;"))?,
        b'+' => (vec![b' '], rest),
        _ => return None,
    };
    Some((spelled, text.len() - after.len()))
}

/// The text behind any number of repeated signs. The last backslash may itself be spelled.
fn without<'t>(mut text: &'t [u8], sign: &[u8]) -> &'t [u8] {
    while let Some(rest) = text.strip_prefix(sign) {
        text = rest;
    }
    text
}

fn after_backslash(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let spelled = match text.split_first()? {
        (b'u', rest) => unit(rest),
        (b'x', rest) => byte(rest),
        (mark @ (b'"' | b'\'' | b'/'), rest) => Some((vec![*mark], rest)),
        _ => None,
    };
    spelled.or_else(|| Some((vec![b'\\'], text)))
}

/// A character by the number of its UTF-16 unit, or of its two.
fn unit(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (first, after) = number(text, 4)?;
    let second = after.strip_prefix(b"\\u").and_then(|rest| number(rest, 4));
    let one = char::from_u32(first).map(|c| (c, after));
    let two = || {
        let (second, after) = second?;
        let units = [first.try_into().ok()?, second.try_into().ok()?];
        Some((char::decode_utf16(units).next()?.ok()?, after))
    };
    one.or_else(two).map(|(c, after)| (c.to_string().into_bytes(), after))
}

fn byte(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (number, after) = number(text, 2)?;
    Some((vec![number.try_into().ok()?], after))
}

fn number(text: &[u8], digits: usize) -> Option<(u32, &[u8])> {
    let (digits, after) = text.split_at_checked(digits)?;
    Some((parsed(digits, 16)?, after))
}

fn parsed(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u32::from_str_radix(digits, radix).ok()
}

fn entity(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let named =
        NAMED.iter().find_map(|(name, byte)| Some((vec![*byte], text.strip_prefix(*name)?)));
    named.or_else(|| numbered(text))
}

fn numbered(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let text = text.strip_prefix(b"#")?;
    let end = text.iter().take(NUMBER_CHARS_MAX).position(|byte| *byte == b';')?;
    let (digits, after) = (&text[..end], &text[end + 1..]);
    let number = match digits.split_first()? {
        (b'x' | b'X', hex) => parsed(hex, 16)?,
        _ => parsed(digits, 10)?,
    };
    Some((char::from_u32(number)?.to_string().into_bytes(), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(secret: &str, text: &str) -> bool {
        let spellings = Spelling::all(secret.as_bytes());
        let at = |at| spellings.iter().any(|it| it.length_at(&text.as_bytes()[at..]).is_some());
        (0..text.len()).any(at)
    }

    // case G3
    #[test]
    fn a_secret_is_found_in_every_spelling_that_an_encoder_makes() {
        for (secret, text) in [
            ("HRKU-70ken+1", "HRKU-70ken+1"),
            ("HRKU-70ken+1", r"HRKU\u002d70ken\u002B1"),
            ("HRKU-70ken+1", r"\u0048\u0052\u004b\u0055\u002d\u0037\u0030\u006b\u0065\u006e+1"),
            ("HRKU-70ken+1", r"HRKU\\u002d70ken+1"),
            ("HRKU-70ken+1", r"HRKU\x2d70ken+1"),
            ("HRKU-70ken+1", "HRKU%2D70ken%2b1"),
            ("HRKU-70ken+1", "HRKU%252d70ken%252B1"),
            ("HRKU-70ken+1", "HRKU&#45;70ken&#x2B;1"),
            ("HRKU-70ken+1", "HRKU&amp;#45;70ken+1"),
            ("HRKU-70ken+1", "HRKU=2D70ken+1"),
            ("HRKU-70ken+1", "48524b552d37306b656e2b31"),
            ("HRKU-70ken+1", "48524B552D37306B656E2B31"),
            ("HRKU-70ken+1", "SFJLVS03MGtlbisx"),
            ("HRKU-70ken+1", "dG9rZW46SFJLVS03MGtlbisxIQ"),
            ("HRKU-70ken+1", "OkhSS1UtNzBrZW4rMQ=="),
            ("HRKU-70ken+1", "OkhSS1UtNzBrZW4rMQ%3D%3D"),
            ("???>>>~~~\u{fc}", "Pz8/Pj4+fn5+w7w="),
            ("???>>>~~~\u{fc}", "Pz8_Pj4-fn5-w7w"),
            ("???>>>~~~\u{fc}", r"Pz8\/Pj4+fn5+w7w="),
            ("pass \"word\"", r#"pass \"word\""#),
            ("pass \"word\"", "pass+%22word%22"),
            ("pass \"word\"", "pass &quot;word&quot;"),
            (r"C:\pass\word", r"C:\\pass\\word"),
            (r"C:\users\xena", r"C:\\users\\xena"),
            (r"C:\pass\word", r"C:\\\\pass\\\\word"),
            ("pässwort", r"p\u00e4sswort"),
            ("pässwort", "p%C3%A4sswort"),
            ("pässwort", "p&#228;sswort"),
            ("pass🙂word", r"pass\ud83d\ude42word"),
        ] {
            assert!(is_found(secret, text), "{secret} in {text}");
        }
    }

    #[test]
    fn what_is_no_secret_is_not_found() {
        for text in
            ["HRKU-70ken", "HRKU_70ken+1", "HRKU-70KEN+1", r"HRKU\u002e70ken+1", "%", "&#", "\\"]
        {
            assert!(!is_found("HRKU-70ken+1", text), "{text}");
        }
    }
}
