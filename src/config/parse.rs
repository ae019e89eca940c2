//! Text -> value: one small function for each kind of value.
//!
//! A parser returns the value, or the bound that the text violates, as "must be ...". Must not know
//! which variable it reads, nor that others are set.

use std::borrow::Cow;

use super::{Events, Maintenance, Metrics, Web};
use crate::policy::{Aggregation, BacklogIncludes, Part, RuleName};
use crate::secret::Secret;
use crate::target::Mode;

/// The bound that a text violates, as "must be ...".
pub type Bound = Cow<'static, str>;

/// A value, or the bound that its text violates.
pub type Parsed<T> = Result<T, Bound>;

pub(super) fn accept(text: &str, holds: bool, bound: &'static str) -> Parsed<String> {
    if holds { Ok(text.to_owned()) } else { Err(bound.into()) }
}

/// Whether a text has letters and digits of ASCII, and these characters, alone.
#[must_use]
pub fn is_word(text: &str, extra: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
}

/// Heroku's pattern `^[a-z][a-z0-9-]{1,28}[a-z0-9]$`, or a UUID.
pub(super) fn app(text: &str) -> Parsed<String> {
    let named = (3..=30).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let bound = "must be an app's name (3 to 30 of a-z, 0-9 and -, from a letter to no -) or UUID";
    accept(text, named || is_uuid(text), bound)
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// Heroku keeps none of these running: it runs `release` once for each release, and `run` is the
/// name of an operator's one-off dyno.
const ONE_OFF: [&str; 2] = ["release", "run"];

pub(super) fn process(text: &str) -> Parsed<String> {
    if ONE_OFF.contains(&text) {
        return Err(
            "must be a process type that Heroku keeps running: release and run are one-off".into(),
        );
    }
    let holds = (1..=128).contains(&text.len()) && is_word(text, "-_");
    accept(text, holds, "must be a process type (1 to 128 of A-Z, a-z, 0-9, - and _)")
}

/// A token of any kind: Heroku does not specify its form. Space around it came with the copying.
pub(super) fn token(text: &str) -> Parsed<String> {
    let text = text.trim();
    let holds = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    accept(text, holds, "must be visible ASCII characters without spaces")
}

/// One of a pair of keys for AWS.
pub(super) fn key(text: &str) -> Parsed<Secret> {
    token(text).map(Secret::new)
}

/// Text that may stand in a header.
pub(super) fn header_text(text: &str) -> Parsed<String> {
    let holds =
        (1..=200).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    accept(text, holds, "must be 1 to 200 visible ASCII characters or spaces")
}

pub(super) fn text(text: &str) -> Parsed<String> {
    let holds = !text.is_empty() && !text.contains(|c: char| c.is_control() || c == '\u{fffd}');
    accept(text, holds, "must be text without control characters")
}

/// More dynos than Heroku has ever allowed an app.
pub(super) const DYNOS_MAX: u32 = 9_999;

/// A whole number of which both bounds are allowed.
pub fn whole<const LEAST: u32, const MOST: u32>(text: &str) -> Parsed<u32> {
    let number = text.parse().ok().filter(|number| (LEAST..=MOST).contains(number));
    number.ok_or_else(|| format!("must be a whole number from {LEAST} to {MOST}").into())
}

/// Nine digits on either side of the point.
pub fn above_0(text: &str) -> Parsed<f64> {
    let bounds = 0.000_000_001..=999_999_999.0;
    let number = text.parse().ok().filter(|number: &f64| bounds.contains(number));
    number.ok_or(Bound::Borrowed("must be a number above 0, from 0.000000001 to 999999999"))
}

pub fn tolerance(text: &str) -> Parsed<f64> {
    let number = text.parse().ok().filter(|number: &f64| (0.0..1.0).contains(number));
    number.ok_or(Bound::Borrowed("must be a number from 0 to less than 1"))
}

pub fn service_level(text: &str) -> Parsed<f64> {
    let number = text.parse().ok().filter(|number: &f64| 0.5 < *number && *number < 1.0);
    number.ok_or(Bound::Borrowed("must be a number above 0.5, less than 1"))
}

pub fn rule_name(text: &str) -> Parsed<RuleName> {
    let names = || RuleName::ALL.map(RuleName::label).join(", ");
    RuleName::from_label(text).ok_or_else(|| format!("must be one of {}", names()).into())
}

/// The messages waiting always count: naming them changes nothing.
pub fn backlog_includes(text: &str) -> Parsed<BacklogIncludes> {
    text.split(',').try_fold(BacklogIncludes::default(), |includes, part| match part.trim() {
        "visible" => Ok(includes),
        "in_flight" => Ok(BacklogIncludes { in_flight: Part::Counted, ..includes }),
        "delayed" => Ok(BacklogIncludes { delayed: Part::Counted, ..includes }),
        _ => Err("must be visible, in_flight and delayed, or some of them, between commas".into()),
    })
}

pub fn aggregation(text: &str) -> Parsed<Aggregation> {
    let named = Aggregation::ALL.into_iter().find(|known| known.label() == text);
    named.ok_or(Bound::Borrowed("must be sum or max"))
}

pub(super) fn mode(text: &str) -> Parsed<Mode> {
    true_or_false(text, Mode::DryRun, Mode::Live)
}

pub(super) fn web(text: &str) -> Parsed<Web> {
    true_or_false(text, Web::Allowed, Web::Refused)
}

pub(super) fn maintenance(text: &str) -> Parsed<Maintenance> {
    true_or_false(text, Maintenance::Respected, Maintenance::Ignored)
}

fn true_or_false<T>(text: &str, if_true: T, if_false: T) -> Parsed<T> {
    match text {
        "true" => Ok(if_true),
        "false" => Ok(if_false),
        _ => Err("must be true or false".into()),
    }
}

pub(super) fn metrics(text: &str) -> Parsed<Metrics> {
    on_or_off(text, Metrics::On, Metrics::Off)
}

pub(super) fn events(text: &str) -> Parsed<Events> {
    on_or_off(text, Events::On, Events::Off)
}

fn on_or_off<T>(text: &str, if_on: T, if_off: T) -> Parsed<T> {
    match text {
        "on" => Ok(if_on),
        "off" => Ok(if_off),
        _ => Err("must be on or off".into()),
    }
}

pub(super) fn log_level(text: &str) -> Parsed<tracing::Level> {
    match text.to_ascii_lowercase().as_str() {
        "error" => Ok(tracing::Level::ERROR),
        "warn" => Ok(tracing::Level::WARN),
        "info" => Ok(tracing::Level::INFO),
        "debug" => Ok(tracing::Level::DEBUG),
        "trace" => Ok(tracing::Level::TRACE),
        _ => Err("must be error, warn, info, debug or trace".into()),
    }
}

pub(super) fn aws_region(text: &str) -> Parsed<String> {
    let holds = (1..=63).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    accept(text, holds, "must be an AWS region such as eu-west-1")
}

pub(super) fn table(text: &str) -> Parsed<String> {
    let holds = (3..=255).contains(&text.len()) && is_word(text, "-_.");
    accept(text, holds, "must be a DynamoDB table's name (3 to 255 of A-Z, a-z, 0-9, -, _ and .)")
}

pub(super) fn doc_type(text: &str) -> Parsed<String> {
    let holds = (1..=255).contains(&text.len())
        && is_word(text, "-_")
        && (text == "_doc" || !text.starts_with('_'));
    accept(text, holds, "must be _doc or a mapping type of A-Z, a-z, 0-9, - and _")
}

/// Elasticsearch's own rules for the name of an index.
pub(super) fn index(text: &str) -> Parsed<String> {
    let holds = (1..=255).contains(&text.len())
        && !text.starts_with(['-', '_', '+'])
        && ![".", ".."].contains(&text)
        && text.chars().all(|c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '+' | '.')
        });
    accept(text, holds, "must be an index name (1 to 255 of a-z, 0-9, ., and not first -, _ and +)")
}

/// HTTP's basic authentication ends the user at the first colon.
pub(super) fn user(text: &str) -> Parsed<String> {
    let holds = self::text(text).is_ok() && !text.contains(':');
    accept(text, holds, "must be text without a colon or control characters")
}

const PAIRS: &str = "must be NAME=value pairs between spaces, in the spelling of the environment, \
    such as DYNOSCALER_MAX_STEP_UP=2 DYNOSCALER_TOLERANCE=0.2";

/// The form alone: `environment` checks the names.
pub(super) fn pairs(text: &str) -> Parsed<()> {
    let pairs: Vec<_> = text.split_whitespace().map(pair).collect::<Parsed<_>>()?;
    if pairs.is_empty() { Err(PAIRS.into()) } else { Ok(()) }
}

/// A name and its value.
pub(super) fn pair(part: &str) -> Parsed<(&str, &str)> {
    let pair = part.split_once('=').filter(|(name, _)| is_name(name));
    pair.ok_or(Bound::Borrowed(PAIRS))
}

/// All else may be a secret that was meant to be a value.
fn is_name(text: &str) -> bool {
    text.contains('_') && text.chars().all(|c| matches!(c, 'A'..='Z' | '0'..='9' | '_'))
}
