//! The settings by their names, wherever they come from: this process, a terminal's flags, a
//! deployed function.
//!
//! Those in the text of `DYNOSCALER_SETTINGS` count like variables of their own. Must not know what
//! a value means.

use std::collections::BTreeMap;
use std::fmt;

use super::fault::{Fault, Value};
use super::{SecretSource, spelling, variable};

const PAIRS: &str = "must be NAME=value pairs between spaces, in the spelling of the environment, \
    such as DYNOSCALER_MAX_STEP_UP=2 DYNOSCALER_TOLERANCE=0.2";

/// Variables by their names. An empty value counts as unset: Lambda's console and `sam local` pass
/// unset ones so.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    faults: Vec<Fault>,
}

impl Environment {
    /// This process's.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
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

    /// Whether a name is a setting's, or was meant to be.
    #[must_use]
    pub fn is_setting(name: &str) -> bool {
        variable::ALL.contains(&name) || spelling::is_stray(name)
    }

    /// The variable from now on, whatever it was.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.variables.insert(name.into(), value.into());
    }

    /// The variable if it is not set.
    pub fn set_default(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.variables.entry(name.into()).or_insert_with(|| value.into());
    }

    /// What is wrong with names, and with the text of settings.
    pub(super) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Puts what the text of settings has beside the variables.
    fn settle(&mut self) {
        let text = self.variables.get(variable::SETTINGS).cloned().unwrap_or_default();
        let mut settled = BTreeMap::new();
        for part in text.split_whitespace() {
            match self.pair(part, &settled) {
                Ok((name, value)) => drop(settled.insert(name, value)),
                Err(bound) => {
                    self.faults.push(Fault::new(variable::SETTINGS, Value::Hidden, bound));
                }
            }
        }
        for (name, value) in settled.into_iter().filter(|(_, value)| !value.is_empty()) {
            self.set(name, value);
        }
    }

    /// A pair of the text of settings, or what is wrong with it.
    fn pair<'t>(
        &self,
        part: &'t str,
        before: &BTreeMap<&str, &str>,
    ) -> Result<(&'t str, &'t str), String> {
        let pair = part.split_once('=').filter(|(name, _)| is_name(name));
        let (name, value) = pair.ok_or(PAIRS)?;
        if name == variable::SETTINGS {
            return Err("must not name itself".to_owned());
        }
        if !variable::ALL.contains(&name) {
            let nearest = spelling::nearest(name);
            return Err(format!("names {name}, which is no setting: the nearest is {nearest}"));
        }
        if before.contains_key(name) {
            return Err(format!("names {name} twice"));
        }
        if self.is_set(name) {
            return Err(format!("names {name}, which is set by its own variable as well"));
        }
        if variable::SECRETS.contains(&name) && !SecretSource::is_reference(value) {
            return Err(format!(
                "names {name}, of which it may say ssm:/name and no secret itself"
            ));
        }
        Ok((name, value))
    }

    fn look_for_strays(&mut self) {
        let names = self.variables.keys();
        let strays = names.filter(|name| spelling::is_stray(name)).map(|name| {
            let nearest = spelling::nearest(name);
            let bound = format!("is no setting: the nearest is {nearest}");
            Fault::new(name.clone(), Value::Hidden, bound)
        });
        self.faults = strays.collect();
    }
}

/// All else may be a secret that was meant to be a value.
fn is_name(text: &str) -> bool {
    text.contains('_') && text.chars().all(|c| matches!(c, 'A'..='Z' | '0'..='9' | '_'))
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        let variables = variables.filter(|(_, value): &(String, String)| !value.is_empty());
        let mut environment = Self { variables: variables.collect(), faults: Vec::new() };
        environment.look_for_strays();
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
