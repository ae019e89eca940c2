//! The table of settings -> values on both sides of every bound, each as its parser judges it.
//!
//! The tests of the template take them through its patterns.

use std::fmt::Display;

use dynoscaler::config::{Setting, settings, variable};
use dynoscaler::policy::RuleName;
use serde_json::{Map, Value, json};

/// Every variable, and what its parser accepts and refuses.
pub(super) fn judged() -> String {
    let judged: Map<String, Value> = settings::ALL.iter().map(judgement).collect();
    format!("{:#}\n", Value::Object(judged))
}

fn judgement(setting: &Setting) -> (String, Value) {
    let (accepted, refused): (Vec<_>, Vec<_>) =
        values(setting).into_iter().partition(|text| setting.check(text).is_ok());
    (setting.name.to_owned(), json!({ "accepted": accepted, "refused": refused }))
}

fn values(setting: &Setting) -> Vec<String> {
    let sides = bounds(setting).into_iter().flat_map(|bound| [bound.inside, bound.outside]);
    sides.chain(texts(setting.name)).collect()
}

/// A bound of a number, and the numbers on both sides of it.
#[derive(Debug)]
struct Bound {
    inside: String,
    outside: String,
}

/// The bounds that the words of a bound name: from, above, to, at most, less than.
fn bounds(setting: &Setting) -> Vec<Bound> {
    let text = setting.bound();
    let Some((kind, _)) = text.split_once("number") else { return Vec::new() };
    let step = if kind.contains("whole") { 1.0 } else { 0.000_000_001 };
    let words: Vec<_> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let named = words.windows(2).filter_map(|pair| Some((pair[0], pair[1].parse().ok()?)));
    named.map(|(word, number)| bound(word, number, step)).collect()
}

fn bound(word: &str, number: f64, step: f64) -> Bound {
    // Where a step is lost among nine digits before the point, it is a whole one.
    let step = if number + step == number { 1.0 } else { step };
    let (inside, outside) = match word {
        "from" => (number, number - step),
        "above" => (number + step, number),
        "to" | "most" => (number, number + step),
        "than" => (number - step, number),
        _ => panic!("what does {word:?} {number} mean?"),
    };
    Bound { inside: digits(inside), outside: digits(outside) }
}

fn digits(number: impl Display) -> String {
    let digits = format!("{number:.9}");
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What bounds a text, which no words say so that a test could read them.
fn texts(name: &str) -> Vec<String> {
    let times = |text: &str, times: usize| text.repeat(times);
    match name {
        variable::DESCRIPTION => list(["d", &times("d", 200), &times("d", 201), "ligne é"]),
        variable::APP => list([
            "ab",
            "abc",
            &times("a", 30),
            &times("a", 31),
            "1ab",
            "ab-",
            "My-App",
            "../x",
            "01234567-89AB-cdef-0123-456789abcdef",
        ]),
        variable::PROCESS => {
            list(["w", &times("w", 128), &times("w", 129), "a.b", "release", "run"])
        }
        variable::SQS_NAME => list([
            "j",
            &times("j", 80),
            &times("j", 81),
            &(times("j", 75) + ".fifo"),
            &(times("j", 76) + ".fifo"),
            "a.b",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
            "https://sqs.eu-west-1.amazonaws.com/jobs",
            "arn:aws:sqs:eu-west-1:123456789012:jobs",
            "arn:aws:sqs:eu-west-1:1234:jobs",
            "arn:aws:sqs:eu-west-1:123456789012:jobs,arn:aws:sqs:us-east-1:123456789012:mailers.fifo",
            "arn:aws:sqs:eu-west-1:123456789012:jobs,",
            ",arn:aws:sqs:eu-west-1:123456789012:jobs",
            "arn:aws:sqs:eu-west-1:123456789012:jobs, arn:aws:sqs:eu-west-1:123456789012:mailers",
            &queues(20),
            &queues(21),
        ]),
        variable::SQS_REGION => list(["eu-west-1", "EU-WEST-1", "eu_west_1"]),
        variable::AWS_KEY => list(["AKIAIOSFODNN7EXAMPLE", "AKIA 1"]),
        variable::TOKEN | variable::AWS_SECRET | variable::ELK_PASS => list([
            "ssm:/token",
            "ssm:/a/b.c_d-1",
            "ssm:token",
            "ssm:/",
            "ssm:/a/",
            "ssm://a",
            "ssm:/a b",
        ]),
        variable::POLICY => {
            [list(["Step", "stepwise"]), list(RuleName::ALL.map(RuleName::label))].concat()
        }
        variable::DRY_RUN => list(["true", "false", "yes", "True"]),
        variable::SCHEDULE => list([
            "0..0",
            "0..9999",
            "1..12345",
            "mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3",
            "2-10",
            "mon",
            "..3",
        ]),
        variable::SETTINGS => list(["LOG_LEVEL=debug", "LOG_LEVEL", "log_level=debug", "debug"]),
        variable::TARGETS => list(["targets.toml", "ssm:/team/targets", "ssm:targets", "a\u{9b}b"]),
        variable::ELK_URL => list([
            "https://es.example.com:9243/logs",
            "http://localhost:9200",
            "http://es.example.com",
            "ftp://es",
            "https://u:p@es",
            "https://es?x=1",
        ]),
        variable::ELK_USER => list(["elastic", "a:b", "a\u{9b}b", "a\u{fffd}b"]),
        variable::ELK_INDEX => list([
            "i",
            "a+b",
            ".ds",
            &times("i", 255),
            &times("i", 256),
            "_i",
            "-i",
            "I",
            ".",
            "..",
        ]),
        variable::ELK_TYPE => {
            list(["_doc", "cycle_1", &times("t", 255), &times("t", 256), "_type", "a b"])
        }
        _ => Vec::new(),
    }
}

fn queues(count: u32) -> String {
    let arn = |number| format!("arn:aws:sqs:eu-west-1:123456789012:queue-{number}");
    (1..=count).map(arn).collect::<Vec<_>>().join(",")
}

fn list<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(ToOwned::to_owned).into()
}

// case A6
#[test]
fn a_bound_is_accepted_and_what_lies_beyond_is_not() {
    let mut numbers = 0;
    for setting in settings::ALL {
        for bound in bounds(setting) {
            assert_eq!(setting.check(&bound.inside), Ok(()), "{}: {bound:?}", setting.name);
            assert!(setting.check(&bound.outside).is_err(), "{}: {bound:?}", setting.name);
            numbers += 1;
        }
    }
    assert!(numbers > 20, "the numbers are where they are looked for");
}
