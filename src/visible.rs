//! Text of others as it may be shown: in a terminal, in a log, in a picture.
//!
//! A service, a record or a file's name can have characters that move the cursor, clear the screen,
//! or turn the direction of the following text. They are spelled out. Must not know whose text it
//! is.

use std::borrow::Cow;

/// Invisible without being control characters: marks of the direction of writing, ends of lines and
/// paragraphs, and characters without width.
const INVISIBLE: [(char, char); 9] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{e0000}', '\u{e007f}'),
];

/// The text with every invisible character spelled out, as in `\u{1b}`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let spelled = text.chars().map(|c| match is_invisible(c) {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    });
    Cow::Owned(spelled.collect())
}

fn is_invisible(c: char) -> bool {
    c.is_control() || INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    // case G6
    #[test]
    fn invisible_characters_are_spelled_out_and_all_others_stay() {
        for (text, shown) in [
            ("\u{1b}[2J", r"\u{1b}[2J"),
            ("\u{1b}]52;c;aGk=\u{7}", r"\u{1b}]52;c;aGk=\u{7}"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("a\r\nb\tc\u{7f}", r"a\r\nb\tc\u{7f}"),
            ("\u{202e}ppa-ym\u{2066}", r"\u{202e}ppa-ym\u{2066}"),
            ("one\u{2028}two\u{2029}", r"one\u{2028}two\u{2029}"),
            ("wor\u{200b}ker\u{feff}", r"wor\u{200b}ker\u{feff}"),
        ] {
            assert_eq!(visible(text), shown);
        }
        for text in ["", "plain \\ \"quoted\"", "Jürgen's café", "日本語", "हिन्दी", "→ 🙂"]
        {
            assert!(matches!(visible(text), Cow::Borrowed(shown) if shown == text), "{text}");
        }
    }
}
