//! The settings by their names, from any source: this process, a terminal's flags, a
//! deployed function.
//!
//! Those in the text of `DYNOSCALER_SETTINGS` count like variables of their own. Must not know what
//! a value means.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use super::fault::{Fault, Value};
use super::parse::{self, Bound, Parsed};
use super::setting::Privacy;
use super::{SecretSource, settings, spelling};

const SETTINGS: &str = settings::SETTINGS.name;

/// Variables by their names. An empty value counts as unset: Lambda's console and `sam local` pass
/// unset ones so.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// The names of those that no targets file replaces.
    fixed: Vec<&'static str>,
    faults: Vec<Fault>,
}

impl Environment {
    /// This process's.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
    }

    /// A variable, if it is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Whether a variable is set.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// All variables.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a name is a setting's, or probably should be.
    #[must_use]
    pub fn is_setting(name: &str) -> bool {
        settings::privacy(name).is_some() || spelling::is_stray(name)
    }

    /// Sets or replaces the variable.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.variables.insert(name.into(), value.into());
    }

    /// The variable if it is not set.
    pub fn set_default(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.variables.entry(name.into()).or_insert_with(|| value.into());
    }

    /// Sets or replaces the variable, as a flag does: no targets file replaces it.
    pub fn fix(&mut self, name: &'static str, value: impl Into<String>) {
        self.set(name, value);
        self.fixed.push(name);
    }

    /// Sets or replaces the variable; an empty value counts as unset.
    pub(super) fn replace(&mut self, name: &str, value: &str) {
        match value {
            _ if self.fixed.contains(&name) => {}
            "" => self.unset(name),
            value => self.set(name, value),
        }
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.variables.remove(name);
    }

    /// The faults of names, and of the text of settings.
    pub(super) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Adds the pairs in the text of settings to the variables.
    fn settle(&mut self) {
        let Some(text) = self.variables.get(SETTINGS).cloned() else { return };
        let mut settled = BTreeMap::new();
        for part in text.split_whitespace() {
            match self.pair(part, &settled) {
                Ok((name, value)) => drop(settled.insert(name, value)),
                Err(bound) => {
                    self.faults.push(Fault::new(SETTINGS, Value::Hidden, bound));
                }
            }
        }
        for (name, value) in settled.into_iter().filter(|(_, value)| !value.is_empty()) {
            self.set(name, value);
        }
    }

    /// A pair of the text of settings, or its fault.
    fn pair<'t>(&self, part: &'t str, before: &BTreeMap<&str, &str>) -> Parsed<(&'t str, &'t str)> {
        let (name, value) = parse::pair(part)?;
        let bound = match settings::privacy(name) {
            _ if name == SETTINGS => "must not name itself".to_owned(),
            None => format!("names {name}, which {}", spelling::correction(name)),
            Some(_) if before.contains_key(name) => format!("names {name} twice"),
            Some(_) if self.is_set(name) => {
                format!("names {name}, which is set by its own variable as well")
            }
            Some(Privacy::Secret) if !SecretSource::is_reference(value) => {
                format!("names {name}, of which it may say ssm:/name and no secret itself")
            }
            Some(_) => return Ok((name, value)),
        };
        Err(Bound::Owned(bound))
    }

    fn find_strays(&mut self) {
        let names = self.variables.keys();
        let strays = names
            .filter(|name| spelling::is_stray(name))
            .map(|name| Fault::new(name.clone(), Value::Hidden, spelling::correction(name)));
        self.faults = strays.collect();
    }
}

/// Without a copy, where it is Unicode.
fn text(text: OsString) -> String {
    text.into_string().unwrap_or_else(|text| text.to_string_lossy().into_owned())
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        let variables = variables.filter(|(_, value): &(String, String)| !value.is_empty());
        let mut environment = Self { variables: variables.collect(), ..Self::default() };
        environment.find_strays();
        environment.settle();
        environment
    }
}

/// Some of the values are secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}
