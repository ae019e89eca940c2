//! Where in a text records are: JSON objects that name a tick, after other text, in each other, in
//! strings within JSON, in a column of a CSV.
//!
//! Must not know which other fields a record has.

use serde_json::{Deserializer, Map, Value};

use crate::csv_rows::rows;

/// The column of Logs Insights that has the line of the log.
const MESSAGE: &str = "@message";

const TICK: &str = "tick";

/// Passes on every record with the line on which it begins, counted from 1, and as an error each
/// record that is cut or broken.
pub(super) fn each_record(
    text: &str,
    mut found: impl FnMut(u64, serde_json::Result<Map<String, Value>>),
) {
    if is_export(text) { exported(text, &mut found) } else { scan(text, 1, &mut found) }
}

/// Whether it is a CSV with lines of a log in it: their quotes are doubled.
fn is_export(text: &str) -> bool {
    let has_message = |names: Vec<String>| names.iter().any(|name| name == MESSAGE);
    columns(text).is_some_and(|names| has_message(names) || text.contains("{\"\""))
}

/// The names of the columns, if the first line is one of a CSV.
pub(super) fn columns(text: &str) -> Option<Vec<String>> {
    let first = text.lines().next().filter(|first| !first.contains('{'))?;
    let (_, row) = rows(first).next()?;
    Some(row.iter().map(|name| name.trim().to_owned()).collect())
}

fn exported(text: &str, found: &mut dyn FnMut(u64, serde_json::Result<Map<String, Value>>)) {
    for (line, row) in rows(text) {
        row.iter().for_each(|cell| scan(cell, line, found));
    }
}

/// Tries every brace: JSON begins there, or text.
fn scan(
    text: &str,
    first_line: u64,
    found: &mut dyn FnMut(u64, serde_json::Result<Map<String, Value>>),
) {
    let (mut at, mut line) = (0, first_line);
    while let Some(start) = text[at..].find('{').map(|offset| at + offset) {
        line += line_ends(&text[at..start]);
        let mut values = Deserializer::from_str(&text[start..]).into_iter::<Value>();
        let end = match values.next() {
            Some(Ok(value)) => {
                walk(value, line, found);
                start + values.byte_offset()
            }
            Some(Err(error)) => {
                let next = text[start + 1..].find('{').map_or(text.len(), |next| start + 1 + next);
                if names_a_tick(&text[start..next]) {
                    found(line, Err(error));
                }
                next
            }
            None => text.len(),
        };
        line += line_ends(&text[start..end]);
        at = end;
    }
}

fn line_ends(text: &str) -> u64 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u64
}

/// Also within a string of JSON, whose quotes are escaped.
fn names_a_tick(text: &str) -> bool {
    text.contains("\"tick\"") || text.contains("\\\"tick\\\"")
}

fn walk(
    value: Value,
    line: u64,
    found: &mut dyn FnMut(u64, serde_json::Result<Map<String, Value>>),
) {
    match value {
        Value::Object(object) if object.contains_key(TICK) => found(line, Ok(object)),
        Value::Object(object) => object.into_values().for_each(|value| walk(value, line, found)),
        Value::Array(values) => values.into_iter().for_each(|value| walk(value, line, found)),
        Value::String(text) => {
            scan(&text, line, &mut |_, object| found(line, object));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of the records, and of the broken ones.
    fn lines(text: &str) -> (Vec<u64>, Vec<u64>) {
        let (mut complete, mut broken) = (Vec::new(), Vec::new());
        each_record(text, |line, object| match object {
            Ok(_) => complete.push(line),
            Err(_) => broken.push(line),
        });
        (complete, broken)
    }

    #[test]
    fn records_are_found_anywhere_in_a_text() {
        let record = r#"{"tick":"2026-01-31T12:00:00Z"}"#;
        let quoted = serde_json::to_string(record).unwrap();
        let nested = serde_json::to_string(&format!("{{\"log\":{quoted}}}")).unwrap();
        let places = [
            (record.to_owned(), vec![1]),
            (format!("START\n\n{record}\nEND\n{record}"), vec![3, 5]),
            (format!("a {{b}} {record} {{\"c\":1}}"), vec![1]),
            (format!("{record}\t1764\n{record}{record}"), vec![1, 2, 2]),
            (format!("{{\n  \"events\": [\n{{\"message\":{quoted}}},{record}\n]}}"), vec![1, 1]),
            (format!("[{record},\n{record}]"), vec![1, 2]),
            (format!("\n{{\"message\":{nested}}}"), vec![2]),
            (record.replace(',', ",\n").replace('{', "{\n"), vec![1]),
            (format!("@timestamp,@message\r\n1,\"{}\"\r\n", record.replace('"', "\"\"")), vec![2]),
            (format!("time,line\n1,\"{}\"\n", record.replace('"', "\"\"")), vec![2]),
            (format!("x\n{{\"events\":[{record},{record},"), vec![2, 2]),
            ("@timestamp,message\n1,2\n".to_owned(), vec![]),
            ("{\"tock\":1}\ntick\n{".to_owned(), vec![]),
        ];
        for (text, expected) in places {
            assert_eq!(lines(&text), (expected, vec![]), "{text}");
        }
    }

    #[test]
    fn a_record_that_is_cut_or_broken_is_a_fault_and_hides_no_other() {
        let record = r#"{"tick":"2026-01-31T12:00:00Z"}"#;
        let cut = &record[..20];
        assert_eq!(lines(&format!("{cut}\n{record}\n{cut}")), (vec![2], vec![1, 3]));
        let escaped = serde_json::to_string(record).unwrap();
        let document = format!("{{\"a\":{escaped},\"b\":{}", &escaped[..24]);
        assert_eq!(lines(&document), (vec![], vec![1, 1]));
    }
}
