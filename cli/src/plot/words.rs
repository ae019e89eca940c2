//! Text in a picture: its font, its width, and its form in XML.
//!
//! The reader's font is not known, so widths are estimated generously from the usual fonts'
//! letters.
//!
//! Must not know where a text is placed.

use super::theme::Colour;
use dynoscaler::visible::visible;

/// The smallest type that is read without effort, in the pixels of a README's column.
pub(super) const TYPE: f64 = 13.0;

/// Where a text is relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Font {
    pub(super) size: f64,
    pub(super) weight: u32,
    pub(super) colour: Colour,
    pub(super) anchor: Anchor,
}

impl Default for Font {
    fn default() -> Self {
        Self { size: TYPE, weight: 400, colour: Colour::Ink, anchor: Anchor::Start }
    }
}

impl Font {
    pub(super) fn bold() -> Self {
        Self { weight: 700, ..Self::default() }
    }

    pub(super) fn faint() -> Self {
        Self { colour: Colour::Faint, ..Self::default() }
    }

    pub(super) const fn at(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

/// The approximate width of a text.
pub(super) fn width(text: &str, font: Font) -> f64 {
    let bold = if 400 < font.weight { 1.07 } else { 1.0 };
    text.chars().map(letter).sum::<f64>() * font.size * bold * SLACK
}

/// Fonts differ by so much.
const SLACK: f64 = 1.03;

/// The width of a letter, in sizes of its font.
const fn letter(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '\'' | '|' => 0.23,
        'I' | 'f' | 't' | ' ' | '.' | ',' | ':' | ';' | '!' | '/' => 0.28,
        'r' | '(' | ')' | '-' => 0.34,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' => 0.5,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.86,
        'A'..='Z' => 0.69,
        '!'..='~' => 0.56,
        _ => 1.0,
    }
}

/// The beginning of a text that has not enough room, with a mark that it is cut.
pub(super) fn shortened(text: &str, font: Font, room: f64) -> Option<String> {
    if width(text, font) <= room {
        return None;
    }
    let mut cut = String::new();
    for letter in text.chars() {
        cut.push(letter);
        if room < width(&cut, font) + font.size {
            break;
        }
    }
    cut.pop();
    Some(cut + "…")
}

/// The lines of a text, each as long as there is room; a word that is longer has its own.
pub(super) fn wrapped(text: &str, font: Font, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line, font) + width(word, font) + font.size / 3.0 <= room => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Escaped for XML, which cannot spell control characters.
pub(super) fn escaped(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_enough_room_ends_with_a_mark() {
        let font = Font::default();
        assert_eq!(shortened("worker", font, 60.0), None);
        let cut = shortened("a worker with a long name", font, 60.0).unwrap();
        assert!(cut.starts_with("a wor") && cut.ends_with('…'), "{cut}");
        assert!(width(&cut, font) <= 60.0, "{cut}");
        assert_eq!(shortened("worker", font, 0.0).unwrap(), "…");
    }

    #[test]
    fn lines_are_as_long_as_there_is_room_and_no_word_is_lost() {
        let text = "seven days of one message a second";
        let lines = wrapped(text, Font::default(), 80.0);
        assert!(1 < lines.len() && lines.join(" ") == text, "{lines:?}");
        assert!(lines.iter().all(|line| width(line, Font::default()) <= 80.0), "{lines:?}");
        assert_eq!(wrapped("unbreakable", Font::default(), 1.0), ["unbreakable"]);
    }
}
