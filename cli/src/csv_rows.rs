//! The rows of a CSV and the lines on which they begin.
//!
//! Must not know what a row says.

use csv::{Position, ReaderBuilder, StringRecord};

/// Every row with its line, counted from 1; empty lines are left out. Rows may differ in length.
pub(super) fn rows(text: &str) -> impl Iterator<Item = (u64, StringRecord)> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut line, mut counted) = (1, 0);
    let next = move || {
        let mut row = StringRecord::new();
        // A text in memory can always be read, and any text is some CSV.
        reader.read_record(&mut row).ok().filter(|is_row| *is_row)?;
        let at = row.position().map_or(0, Position::byte);
        let at = usize::try_from(at).unwrap_or(counted);
        // The reader leaves the end of a line, and empty lines, to the next row.
        let start = at + text[at..].bytes().take_while(|byte| b"\r\n".contains(byte)).count();
        line += text[counted..start].bytes().filter(|byte| *byte == b'\n').count() as u64;
        counted = start;
        Some((line, row))
    };
    std::iter::from_fn(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_the_line_on_which_it_begins() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "", "\"1", "2\",3", "4"].join(end);
            let lines: Vec<(u64, usize)> =
                rows(&text).map(|(line, row)| (line, row.len())).collect();
            assert_eq!(lines, [(1, 2), (3, 2), (5, 1)]);
        }
    }
}
