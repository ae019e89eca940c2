//! The answers of an operator as text -> their values.
//!
//! Must not know how an answer is obtained.

use dynoscaler::config::{Bound, Parameter, SecretKind, SecretSource, parse, settings};
use dynoscaler::policy::Bounds;

/// The units of a time, in seconds. Each is looked for before one that it ends with.
const UNITS: [(&str, f64); 4] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];

const THRESHOLD: &str = "must be the longest wait and the time that one message takes, such as \
    5m/3s or 1h/0.5s, the wait being at least that time; or the messages per dyno, such as 100";

const BOUNDS: &str = "must be the fewest and the most dynos, such as 1..5";

/// The acceptable messages per dyno, from `5m/3s` or `100`.
pub(super) fn threshold(text: &str) -> Result<f64, Bound> {
    let Some((wait, takes)) = text.split_once('/') else {
        return parse::above_0(text).map_err(|_| Bound::Borrowed(THRESHOLD));
    };
    let times = seconds(wait.trim()).zip(seconds(takes.trim()));
    let messages = times.map(|(wait, takes)| rounded(wait / takes));
    let is_possible = |messages: &f64| (1.0..1e9).contains(messages);
    messages.filter(is_possible).ok_or(Bound::Borrowed(THRESHOLD))
}

/// A time above 0.
fn seconds(text: &str) -> Option<f64> {
    let number = |(unit, secs)| Some(parse::above_0(text.strip_suffix(unit)?.trim()).ok()? * secs);
    UNITS.into_iter().find_map(number)
}

/// No estimate is better than three digits.
fn rounded(messages: f64) -> f64 {
    if messages < 10.0 { (messages * 100.0).round() / 100.0 } else { messages.round() }
}

/// Reads `1..5`.
pub(super) fn bounds(text: &str) -> Result<Bounds, Bound> {
    let both = || {
        let (min, max) = text.split_once("..")?;
        let min = (settings::MIN_DYNOS.parse)(min.trim()).ok()?;
        let max = (settings::MAX_DYNOS.parse)(max.trim()).ok()?;
        (min <= max).then_some(Bounds { min, max })
    };
    both().ok_or(Bound::Borrowed(BOUNDS))
}

/// A key of the file without quotes, and a step of a parameter's name.
pub(super) fn account(text: &str) -> Result<String, &'static str> {
    let is_name = !text.is_empty() && parse::is_word(text, "-_");
    is_name.then(|| text.to_owned()).ok_or("must be letters, digits, - and _, such as billing")
}

pub(super) fn token_parameter(text: &str) -> Result<Parameter, &'static str> {
    parameter_of(SecretKind::Token, text)
        .ok_or("must be an SSM parameter's name from the root on, such as /dynoscaler/token")
}

pub(super) fn targets_parameter(text: &str) -> Result<Parameter, &'static str> {
    parameter_of(SecretKind::Targets, text)
        .ok_or("must be an SSM parameter's name from the root on, such as /dynoscaler/targets")
}

fn parameter_of(kind: SecretKind, text: &str) -> Option<Parameter> {
    match SecretSource::parse(&format!("ssm:{text}"), kind) {
        Ok(SecretSource::Parameter(parameter)) => Some(parameter),
        Ok(SecretSource::Given(_)) | Err(_) => None,
    }
}

/// Queues that are known, and not among those of the account and region.
pub(super) fn elsewhere(offered: &[String], known: &[String]) -> Vec<String> {
    let is_offered = |queue: &&String| offered.iter().any(|name| name == queue_name(queue));
    known.iter().filter(|queue| !is_offered(queue)).cloned().collect()
}

/// The places of the queues that are known; if none is, of the only one whose name has the process
/// type's as a word.
pub(super) fn preselected(
    offered: &[String],
    known: Option<&[String]>,
    process: &str,
) -> Vec<usize> {
    let is_chosen = |name: &String| match known {
        Some(known) => known.iter().any(|queue| queue == name || queue_name(queue) == name),
        None => name.split(['-', '_', '.']).any(|word| word.eq_ignore_ascii_case(process)),
    };
    let places = offered.iter().enumerate().filter(|(_, name)| is_chosen(name));
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    if known.is_none() && 1 < places.len() { Vec::new() } else { places }
}

/// The name in a queue's URL or ARN, or the name itself.
fn queue_name(queue: &str) -> &str {
    queue.rsplit(['/', ':']).next().unwrap_or(queue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queues_that_are_known_or_have_the_process_type_s_name_are_chosen() {
        let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let offered = names(&["jobs", "shop-mailer", "dead-letters"]);
        let arn = "arn:aws:sqs:eu-west-1:123456789012:jobs";
        let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs";
        for (known, process, places) in [
            (Some(&["jobs", "dead-letters"][..]), "mailer", vec![0, 2]),
            (Some(&[arn]), "worker", vec![0]),
            (Some(&[url]), "worker", vec![0]),
            (Some(&["other"]), "mailer", vec![]),
            (None, "Mailer", vec![1]),
            (None, "worker", vec![]),
        ] {
            let known = known.map(names);
            assert_eq!(preselected(&offered, known.as_deref(), process), places, "{known:?}");
        }
        let two = names(&["a-mailer", "b-mailer"]);
        assert_eq!(preselected(&two, None, "mailer"), Vec::<usize>::new());
        assert_eq!(elsewhere(&offered, &names(&[arn, "other"])), ["other"]);
    }

    #[test]
    fn the_fault_of_a_parameter_s_name_has_an_example_of_its_own() {
        for (parse, example) in [
            (token_parameter as fn(&str) -> Result<Parameter, &'static str>, "/dynoscaler/token"),
            (targets_parameter, "/dynoscaler/targets"),
        ] {
            let bound = parse("targets").expect_err("no name from the root on");
            assert!(bound.ends_with(example), "{bound}");
            assert!(parse(example).is_ok());
        }
    }

    #[test]
    fn a_threshold_is_a_wait_by_the_time_of_one_message_or_a_number() {
        for (text, messages) in [
            ("5m/3s", 100.0),
            ("5m / 3s", 100.0),
            ("1h/0.5s", 7200.0),
            ("90s/250ms", 360.0),
            ("10s/3s", 3.33),
            ("1m/7s", 8.57),
            ("100s/7s", 14.0),
            ("3s/3s", 1.0),
            ("100", 100.0),
            ("0.5", 0.5),
        ] {
            assert_eq!(threshold(text), Ok(messages), "{text}");
        }
        for text in [
            "", "0", "-1", "5m", "5m/", "/3s", "3s/5m", "5/3", "0s/1s", "1s/0s", "1d/1s",
            "5m/3s/1s",
        ] {
            assert_eq!(threshold(text), Err(Bound::Borrowed(THRESHOLD)), "{text}");
        }
    }

    #[test]
    fn bounds_are_two_numbers_in_their_order() {
        for (text, min, max) in [("1..5", 1, 5), ("0 .. 9999", 0, 9999), ("3..3", 3, 3)] {
            assert_eq!(bounds(text), Ok(Bounds { min, max }), "{text}");
        }
        for text in ["", "5", "5..1", "0..0", "1-5", "1..10000", "1...5", "..5", "a..b"] {
            assert_eq!(bounds(text), Err(Bound::Borrowed(BOUNDS)), "{text}");
        }
    }
}
