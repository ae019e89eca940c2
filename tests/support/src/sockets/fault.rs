//! Every way in which a call can fail, and the reason that the record must then have.

use serde_json::json;

use super::call::{Call, counts, item};
use super::server::{Act, response};

/// One call, its fault, and how its cycle must end.
#[derive(Debug, Clone)]
pub struct Case {
    pub call: Call,
    pub input: &'static str,
    pub act: Act,
    pub reason: &'static str,
}

pub const HTML: &str =
    "<!DOCTYPE html>\n<html><head><title>Application Error</title></head></html>";
const LEVELS: usize = 100_000;

type Fault = (&'static str, fn(Call) -> Act);

/// Faults of any call. Those that wait for a time-out come first.
pub const FAULTS: &[Fault] = &[
    ("no answer", |_| Act::Hang),
    ("slow bytes", |_| Act::Drip),
    ("content-length too long", |call| Act::RawThenHang(with_length(call, |length| length + 9))),
    ("headers, then nothing", |_| Act::RawThenHang(b"HTTP/1.1 200 OK\r\n".to_vec())),
    ("connection refused", |_| Act::Refuse),
    ("reset, request unread", |_| Act::ResetUnread),
    ("reset, request read", |_| Act::ResetRead),
    ("early close", |call| Act::Raw(half(call))),
    ("content-length too short", |call| Act::Raw(with_length(call, |length| length / 2))),
    ("content-length no number", |_| raw("HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n{}")),
    ("content-length of 2^64", |_| {
        raw("HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551616\r\n\r\n{}")
    }),
    ("two content-lengths", |_| {
        raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 1\r\n\r\n{}")
    }),
    ("chunk of 2^64 bytes", |_| {
        raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{}")
    }),
    ("another protocol", |_| raw("SSH-2.0-OpenSSH_9.6\r\n")),
    ("200,000 headers", |_| {
        Act::Raw(format!("HTTP/1.1 200 OK\r\n{}", "a: b\r\n".repeat(200_000)).into_bytes())
    }),
    ("HTML, 200", |_| Act::Answer(200, HTML.to_owned())),
    ("HTML, 502", |_| Act::Answer(502, HTML.to_owned())),
    ("HTML, 503", |_| Act::Answer(503, HTML.to_owned())),
    ("empty, 200", |_| Act::Answer(200, String::new())),
    ("no content, 204", |_| raw("HTTP/1.1 204 No Content\r\n\r\n")),
    ("not modified, 304", |_| raw("HTTP/1.1 304 Not Modified\r\n\r\n")),
    ("no UTF-8", |_| Act::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n{\xff\xfe}".to_vec())),
    ("wrong JSON", |_| Act::Answer(200, json!({ "unexpected": true }).to_string())),
    ("wrong types", |call| Act::Answer(200, wrong_types(call))),
    ("huge numbers", |call| Act::Answer(200, huge_numbers(call))),
    ("100,000 arrays deep", |_| {
        Act::Answer(200, format!(r#"{{"a":{}{}}}"#, "[".repeat(LEVELS), "]".repeat(LEVELS)))
    }),
    ("100,000 values deep", |call| Act::Answer(200, deep_value(call))),
    ("an error of 800 kB", |_| Act::Answer(400, long_error())),
    ("a header of 90 kB", |call| Act::Raw(with_long_header(call))),
    ("its own request, 403", |_| Act::Echo(403)),
    ("redirect, 302", |_| Act::Redirect("http://127.0.0.1:9/".to_owned())),
    ("TLS to a wrong name", |_| Act::WrongName),
];

/// Bodies that must not be held; apart from the rest, so that they can be measured.
pub const FLOODS: &[Fault] = &[
    ("gigabyte body", |_| Act::Flood("HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")),
    ("gigabyte body in chunks", |_| {
        Act::Flood("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    }),
    ("gigabyte error", |_| Act::Flood("HTTP/1.1 500 No\r\ncontent-length: 1073741824\r\n\r\n")),
];

pub fn cases(faults: &[Fault]) -> Vec<Case> {
    let each = |(input, act): &Fault| {
        let (input, act) = (*input, *act);
        Call::ALL.into_iter().map(move |call| {
            let act = act(call);
            Case { call, input, reason: reason(call, input), act }
        })
    };
    faults.iter().flat_map(each).filter(is_possible).collect()
}

/// The name is checked at the first connection to a service.
fn is_possible(case: &Case) -> bool {
    !matches!(case.act, Act::WrongName) || case.call.is_first_of_its_service()
}

/// A table without the item is a state of its own, and then the condition of the write fails.
fn reason(call: Call, input: &str) -> &'static str {
    match (call, input) {
        (Call::ReadState, "wrong types" | "huge numbers" | "a header of 90 kB") => {
            "StateUnreadable"
        }
        (Call::ReadState, "empty, 200" | "wrong JSON" | "no content, 204") => "LostRace",
        (Call::ReadFormation | Call::ChangeFormation, "its own request, 403") => "HerokuForbidden",
        (Call::ReadFormation | Call::ChangeFormation, "an error of 800 kB") => "HerokuRejected",
        _ => call.failure(),
    }
}

fn raw(text: &str) -> Act {
    Act::Raw(text.as_bytes().to_vec())
}

/// The healthiest answer that does not depend on its request.
fn body(call: Call) -> String {
    if call == Call::WriteState {
        return json!({ "Attributes": item() }).to_string();
    }
    call.healthy("null").1
}

fn half(call: Call) -> Vec<u8> {
    let answer = response(200, &body(call)).into_bytes();
    answer[..answer.len() - body(call).len() / 2].to_vec()
}

fn with_length(call: Call, length: fn(usize) -> usize) -> Vec<u8> {
    let body = body(call);
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", length(body.len())).into_bytes()
}

fn long_error() -> String {
    let (id, message) = ("i".repeat(200_000), "m".repeat(200_000));
    json!({ "id": id, "__type": id, "message": message, "error": message }).to_string()
}

fn with_long_header(call: Call) -> Vec<u8> {
    let (id, body) = ("i".repeat(90_000), wrong_types(call));
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nrequest-id: {id}\r\ncontent-length: {length}\r\n\r\n");
    (head + &body).into_bytes()
}

fn wrong_types(call: Call) -> String {
    match call {
        Call::ReadSecret => json!({ "Parameter": { "Value": 7 } }),
        Call::FindQueue => json!({ "QueueUrl": 7 }),
        Call::CountQueue => json!({ "Attributes": counts("many") }),
        Call::ReadState => json!({ "Item": { "version": { "S": "six" } } }),
        Call::WriteState => json!({ "Attributes": { "version": { "S": "7" } } }),
        Call::ReadFormation => json!([{ "type": "worker", "quantity": "2" }]),
        Call::ChangeFormation => json!({ "quantity": "3" }),
        Call::Deliver => json!([0]),
    }
    .to_string()
}

fn huge_numbers(call: Call) -> String {
    let huge = "9".repeat(400);
    match call {
        Call::ReadSecret => format!(r#"{{"Parameter":{{"Value":{huge}}}}}"#),
        Call::FindQueue => format!(r#"{{"QueueUrl":{huge}}}"#),
        Call::CountQueue => json!({ "Attributes": counts(&huge) }).to_string(),
        Call::ReadState => json!({ "Item": { "version": { "N": huge } } }).to_string(),
        Call::WriteState => json!({ "Attributes": { "version": { "N": huge } } }).to_string(),
        Call::ReadFormation => format!(r#"[{{"type":"worker","quantity":{huge}}}]"#),
        Call::ChangeFormation => format!(r#"{{"quantity":{huge}}}"#),
        Call::Deliver => huge,
    }
}

/// Nested where a reader expects a value that may be nested.
fn deep_value(call: Call) -> String {
    let (open, close) = (r#"{"L":["#.repeat(LEVELS), "]}".repeat(LEVELS));
    match call {
        Call::ReadSecret => format!(r#"{{"Parameter":{{"Value":{open}{close}}}}}"#),
        Call::ReadState => format!(r#"{{"Item":{{"version":{open}{close}}}}}"#),
        Call::WriteState => format!(r#"{{"Attributes":{{"version":{open}{close}}}}}"#),
        Call::CountQueue => format!(r#"{{"Attributes":{open}{close}}}"#),
        Call::FindQueue | Call::ReadFormation | Call::ChangeFormation | Call::Deliver => {
            format!(r#"[{{"quantity":{open}{close}}}]"#)
        }
    }
}
