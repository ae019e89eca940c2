//! The variables -> their values, and every fault on the way.
//!
//! Must not know which variables there are, but for those that AWS's tools share.

use url::Url;

use super::address::base_url;
use super::concealed::may_hold_secret;
use super::fault::{ConfigError, Fault, Value};
use super::parse::{self, Parsed};
use super::setting::{Presence, Privacy, Variable, bound};
use super::{Environment, settings, variable};

/// A region, of which AWS's tools have two names.
const REGION: Variable<String> = Variable {
    name: variable::REGION,
    parse: parse::aws_region,
    presence: Presence::Required,
    privacy: Privacy::Shown,
};

const DEFAULT_REGION: Variable<String> = Variable { name: variable::DEFAULT_REGION, ..REGION };

pub(super) struct Reader<'a> {
    environment: &'a Environment,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(environment: &'a Environment) -> Self {
        Self { environment, faults: Vec::new() }
    }

    /// A misspelled setting is a fault, too.
    pub(super) fn check_names(&mut self) {
        self.faults.extend_from_slice(self.environment.faults());
    }

    /// The configuration, if no part of it has a fault. All parts are read before the first is
    /// missed, so that one error lists every fault.
    pub(super) fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, ConfigError> {
        if self.faults.is_empty()
            && let Some(built) = build()
        {
            return Ok(built);
        }
        Err(ConfigError::new(self.faults))
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        self.environment.is_set(name)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.environment.get(name)
    }

    /// The value of a variable, or of its default. None is a fault.
    pub(super) fn value<T>(&mut self, variable: &Variable<T>) -> Option<T> {
        match self.text(variable.name).or(variable.presence.text_if_unset()) {
            Some(text) => {
                self.checked(variable.name, variable.privacy, text, (variable.parse)(text))
            }
            None => self.missing(variable),
        }
    }

    /// The value of a variable that is no setting. None is a fault, or that it is not set.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        privacy: Privacy,
        parse: fn(&str) -> Parsed<T>,
    ) -> Option<T> {
        let text = self.text(name)?;
        self.checked(name, privacy, text, parse(text))
    }

    /// The endpoint of one service, or the one of all.
    pub(super) fn endpoint(&mut self, service: &'static str) -> Option<Url> {
        let name = if self.is_set(service) { service } else { variable::ENDPOINT_URL };
        self.optional(name, Privacy::Shown, base_url)
    }

    pub(super) fn region(&mut self) -> Option<String> {
        let has_default_alone = !self.is_set(REGION.name) && self.is_set(DEFAULT_REGION.name);
        self.value(if has_default_alone { &DEFAULT_REGION } else { &REGION })
    }

    /// Whether a group of variables is set. A part of it is a fault for each that is missing.
    pub(super) fn all_or_none(&mut self, names: &[&'static str]) -> bool {
        let (set, unset): (Vec<&'static str>, Vec<&'static str>) =
            names.iter().partition(|name| self.is_set(name));
        if let (Some(first), false) = (set.first(), unset.is_empty()) {
            for name in unset {
                let bound = format!("must be set together with {first}");
                self.faults.push(Fault::new(name, Value::Unset, bound));
            }
            return false;
        }
        !set.is_empty()
    }

    /// Adds the fault of a target whose account is not described.
    pub(super) fn no_account(&mut self, name: &str) {
        let bound = "must be the name of an [account.NAME] of the file";
        self.faults.push(Fault::new("account", self.shown(name), bound));
    }

    /// Adds a fault that only shows together with other variables.
    pub(super) fn invalid(&mut self, name: &'static str, bound: &str) {
        let value = self.text(name).map_or(Value::Unset, |text| self.shown(text));
        self.faults.push(Fault::new(name, value, bound));
    }

    /// The text, unless it may be a secret in the wrong place.
    fn shown(&self, text: &str) -> Value {
        let is_secret = |name: &str| settings::privacy(name) == Some(Privacy::Secret);
        let mut secrets = self.environment.iter().filter(|(name, _)| is_secret(name));
        let has_one = secrets.any(|(_, secret)| text.contains(secret));
        if has_one || may_hold_secret(text) { Value::Hidden } else { Value::shown(text) }
    }

    fn missing<T>(&mut self, variable: &Variable<T>) -> Option<T> {
        let bound = bound((variable.parse)(""));
        self.faults.push(Fault::new(variable.name, Value::Unset, bound));
        None
    }

    fn checked<T>(
        &mut self,
        name: &'static str,
        privacy: Privacy,
        text: &str,
        parsed: Parsed<T>,
    ) -> Option<T> {
        let add = |bound| {
            let value = match privacy {
                Privacy::Shown => self.shown(text),
                Privacy::Hidden | Privacy::Secret => Value::Hidden,
            };
            self.add_once(Fault::new(name, value, bound));
        };
        parsed.map_err(add).ok()
    }

    /// The endpoint of all services is read for each of them.
    fn add_once(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}
