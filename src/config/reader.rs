//! Text -> value, one small function for each kind of value, and the collecting of faults.
//!
//! A parser returns the value or the bound that the text violates, as "must be ...".

use std::ops::RangeInclusive;

use url::Url;

use super::address::base_url;
use super::concealed::may_hold_secret;
use super::fault::{ConfigError, Fault, Value};
use super::{Environment, Maintenance, Metrics, Mode, SecretKind, SecretSource, Web, variable};
use crate::policy::{BacklogIncludes, Part, RuleName};

pub(crate) type Parsed<T> = Result<T, &'static str>;

pub(super) struct Reader<'a> {
    environment: &'a Environment,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(environment: &'a Environment) -> Self {
        Self { environment, faults: Vec::new() }
    }

    /// A setting that somebody meant and did not make is a fault, too.
    pub(super) fn look_at_names(&mut self) {
        self.faults.extend_from_slice(self.environment.faults());
    }

    /// The configuration, if nothing was wrong with any part of it.
    pub(super) fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, ConfigError> {
        if self.faults.is_empty()
            && let Some(built) = build()
        {
            return Ok(built);
        }
        Err(ConfigError::new(self.faults))
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.environment.get(name)
    }

    #[cfg(feature = "cli")]
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.environment.is_set(name)
    }

    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Parsed<T>,
    ) -> Option<T> {
        self.present(name, &parse)?;
        self.optional(name, parse)
    }

    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Parsed<T>,
    ) -> Option<T> {
        let text = self.text(name)?;
        self.checked(name, self.value(text), parse(text))
    }

    /// What is not shown even if it is not valid.
    pub(super) fn required_hidden<T, B: Into<String>>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, B>,
    ) -> Option<T> {
        self.present(name, &parse)?;
        self.optional_hidden(name, parse)
    }

    pub(super) fn optional_hidden<T, B: Into<String>>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, B>,
    ) -> Option<T> {
        let text = self.text(name)?;
        self.checked(name, Value::Hidden, parse(text))
    }

    /// A secret, or a reference to it. Neither is shown: a reference may be a secret gone wrong.
    pub(super) fn required_secret_source(
        &mut self,
        name: &'static str,
        kind: SecretKind,
    ) -> Option<SecretSource> {
        self.required_hidden(name, |text| SecretSource::parse(text, kind))
    }

    /// The endpoint of one service, or the one of all.
    pub(super) fn endpoint(&mut self, service: &'static str) -> Option<Url> {
        let name = if self.text(service).is_some() { service } else { variable::ENDPOINT_URL };
        self.optional(name, base_url)
    }

    pub(super) fn region(&mut self) -> Option<String> {
        let on_lambda = self.text(variable::REGION).is_some();
        let name = if on_lambda { variable::REGION } else { variable::DEFAULT_REGION };
        match self.text(name) {
            Some(_) => self.optional(name, aws_region),
            None => self.required(variable::REGION, aws_region),
        }
    }

    /// Whether a group of variables is set. A part of it is a fault for each that is missing.
    pub(super) fn all_or_none(&mut self, names: &[&'static str]) -> bool {
        let (set, unset): (Vec<&'static str>, Vec<&'static str>) =
            names.iter().partition(|name| self.environment.is_set(name));
        if let (Some(first), false) = (set.first(), unset.is_empty()) {
            for name in unset {
                let bound = format!("must be set together with {first}");
                self.faults.push(Fault::new(name, Value::Unset, bound));
            }
            return false;
        }
        !set.is_empty()
    }

    /// Adds a fault that only shows beside other variables.
    pub(super) fn invalid(&mut self, name: &'static str, bound: &str) {
        let value = self.text(name).map_or(Value::Unset, |text| self.value(text));
        self.faults.push(Fault::new(name, value, bound));
    }

    /// The text, unless it may be a secret in the wrong place.
    fn value(&self, text: &str) -> Value {
        let secrets = variable::SECRETS.iter().filter_map(|name| self.text(name));
        let has_one = secrets.into_iter().any(|secret| text.contains(secret));
        if has_one || may_hold_secret(text) { Value::Hidden } else { Value::shown(text) }
    }

    /// Empty text violates every bound, which is how the bound of a missing value is learnt.
    fn present<T, B: Into<String>>(
        &mut self,
        name: &'static str,
        parse: &impl Fn(&str) -> Result<T, B>,
    ) -> Option<()> {
        if self.text(name).is_none() {
            let bound = parse("").err().map_or_else(|| "must be set".to_owned(), Into::into);
            self.faults.push(Fault::new(name, Value::Unset, bound));
            return None;
        }
        Some(())
    }

    fn checked<T, B: Into<String>>(
        &mut self,
        name: &'static str,
        value: Value,
        parsed: Result<T, B>,
    ) -> Option<T> {
        parsed.map_err(|bound| self.tell_once(Fault::new(name, value, bound))).ok()
    }

    /// The endpoint of all services is read for each of them.
    fn tell_once(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

pub(super) fn accept(text: &str, holds: bool, bound: &'static str) -> Parsed<String> {
    if holds { Ok(text.to_owned()) } else { Err(bound) }
}

pub(super) fn is_word(text: &str, extra: &str) -> bool {
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

/// Heroku keeps none of these running: it runs `release` once for each release, and `run` is what a
/// person's one-off dyno is called.
const ONE_OFF: [&str; 2] = ["release", "run"];

pub(super) fn process(text: &str) -> Parsed<String> {
    if ONE_OFF.contains(&text) {
        return Err(
            "must be a process type that Heroku keeps running: release and run are one-off",
        );
    }
    let holds = (1..=128).contains(&text.len()) && is_word(text, "-_");
    accept(text, holds, "must be a process type (1 to 128 of A-Z, a-z, 0-9, - and _)")
}

/// A token of any kind: Heroku says nothing of its shape. Space around it came with the copying.
pub(super) fn token(text: &str) -> Parsed<String> {
    let text = text.trim();
    let holds = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    accept(text, holds, "must be visible ASCII characters without spaces")
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
const DYNOS_MAX: u32 = 9_999;

/// Nineteen years of a cycle a minute.
const CYCLES_MAX: u32 = 9_999_999;

pub(crate) fn dynos(text: &str) -> Parsed<u32> {
    whole(text, 0..=DYNOS_MAX).ok_or("must be a whole number from 0 to 9999")
}

pub(crate) fn dynos_above_0(text: &str) -> Parsed<u32> {
    whole(text, 1..=DYNOS_MAX).ok_or("must be a whole number from 1 to 9999")
}

pub(crate) fn cycles(text: &str) -> Parsed<u32> {
    whole(text, 1..=CYCLES_MAX).ok_or("must be a whole number from 1 to 9999999")
}

/// A week: no job runs for longer.
pub(super) fn busy_minutes(text: &str) -> Parsed<u32> {
    let bound = "must be a whole number of minutes from 1 to 10080";
    text.parse().ok().filter(|minutes| (1..=10_080).contains(minutes)).ok_or(bound)
}

/// A week: whatever is kept for longer is a setting, and no change by hand.
pub(super) fn hold_minutes(text: &str) -> Parsed<u32> {
    let bound = "must be a whole number of minutes from 0 to 10080";
    whole(text, 0..=10_080).ok_or(bound)
}

fn whole(text: &str, bounds: RangeInclusive<u32>) -> Option<u32> {
    text.parse().ok().filter(|number| bounds.contains(number))
}

/// Nine digits on either side of the point.
pub(crate) fn above_0(text: &str) -> Parsed<f64> {
    let bounds = 0.000_000_001..=999_999_999.0;
    let number = text.parse().ok().filter(|number: &f64| bounds.contains(number));
    number.ok_or("must be a number above 0, from 0.000000001 to 999999999")
}

pub(crate) fn tolerance(text: &str) -> Parsed<f64> {
    let number = text.parse().ok().filter(|number: &f64| (0.0..1.0).contains(number));
    number.ok_or("must be a number from 0 to less than 1")
}

pub(crate) fn utilization(text: &str) -> Parsed<f64> {
    let number = text.parse().ok().filter(|number: &f64| 0.0 < *number && *number <= 1.5);
    number.ok_or("must be a number above 0, at most 1.5")
}

pub(crate) fn rule_name(text: &str) -> Parsed<RuleName> {
    RuleName::from_label(text).ok_or("must be step, target or rate")
}

/// The messages waiting always count: naming them changes nothing.
pub(crate) fn backlog_includes(text: &str) -> Parsed<BacklogIncludes> {
    text.split(',').try_fold(BacklogIncludes::default(), |includes, part| match part.trim() {
        "visible" => Ok(includes),
        "in_flight" => Ok(BacklogIncludes { in_flight: Part::Counted, ..includes }),
        "delayed" => Ok(BacklogIncludes { delayed: Part::Counted, ..includes }),
        _ => Err("must be visible, in_flight and delayed, or some of them, between commas"),
    })
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
        _ => Err("must be true or false"),
    }
}

pub(super) fn metrics(text: &str) -> Parsed<Metrics> {
    match text {
        "on" => Ok(Metrics::On),
        "off" => Ok(Metrics::Off),
        _ => Err("must be on or off"),
    }
}

pub(super) fn log_level(text: &str) -> Parsed<tracing::Level> {
    match text.to_ascii_lowercase().as_str() {
        "error" => Ok(tracing::Level::ERROR),
        "warn" => Ok(tracing::Level::WARN),
        "info" => Ok(tracing::Level::INFO),
        "debug" => Ok(tracing::Level::DEBUG),
        "trace" => Ok(tracing::Level::TRACE),
        _ => Err("must be error, warn, info, debug or trace"),
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
