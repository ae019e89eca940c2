//! The faults of the environment, each with the variable, the value and the bound.

use std::borrow::Cow;
use std::fmt;

use crate::visible::visible;

/// The longest value that is shown: enough to recognise it, too short to flood a log.
const SHOWN_CHARS_MAX: usize = 100;

/// One variable that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    variable: Cow<'static, str>,
    value: Value,
    bound: String,
    line: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Unset,
    Hidden,
    Shown(String),
}

impl Value {
    pub(super) fn shown(value: &str) -> Self {
        Self::Shown(value.chars().take(SHOWN_CHARS_MAX).collect())
    }
}

impl Fault {
    pub(super) fn new(
        variable: impl Into<Cow<'static, str>>,
        value: Value,
        bound: impl Into<String>,
    ) -> Self {
        Self { variable: variable.into(), value, bound: bound.into(), line: None }
    }

    /// The line of the targets file, if the setting is given there or is missing there.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        self.line
    }

    /// The variable's name.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }

    /// Whether the variable is missing.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        self.value == Value::Unset
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, bound, .. } = self;
        let variable = visible(&self.variable);
        match value {
            Value::Unset => write!(f, "{variable} is not set: it {bound}"),
            Value::Hidden => write!(f, "{variable} (value not shown) {bound}"),
            Value::Shown(value) => write!(f, "{variable} = {value:?} {bound}"),
        }
    }
}

/// Every fault of the environment, in the order in which the settings are read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The target of a targets file whose settings they are; none for the environment's.
    place: Option<String>,
    faults: Vec<Fault>,
}

impl ConfigError {
    pub(super) const fn new(faults: Vec<Fault>) -> Self {
        Self { place: None, faults }
    }

    /// The same faults of a target of a file, where settings have the keys and lines that `named`
    /// gives.
    pub(super) fn in_file(
        self,
        place: String,
        named: impl Fn(&str) -> Option<(String, usize)>,
    ) -> Self {
        let rename = |fault: Fault| match named(&fault.variable) {
            Some((key, line)) => Fault { variable: key.into(), line: Some(line), ..fault },
            None => fault,
        };
        let faults = self.faults.into_iter().map(rename).collect();
        Self { place: Some(place), faults }
    }

    /// The same without variables that are missing because the file gives them wrongly.
    pub(super) fn without_unset(mut self, refused: &[&str]) -> Self {
        self.faults.retain(|it| !(it.is_unset() && refused.contains(&it.variable())));
        self
    }

    /// The faults; at least one, unless a file has them.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separators = std::iter::once(": ").chain(std::iter::repeat("; "));
        match &self.place {
            Some(place) => {
                write!(f, "{}", visible(place))?;
                let mut faults = separators.zip(&self.faults);
                faults.try_for_each(|(separator, fault)| write!(f, "{separator}{fault}"))
            }
            None => {
                let noun = if self.faults.len() == 1 { "variable is" } else { "variables are" };
                write!(f, "{} environment {noun} not valid", self.faults.len())?;
                self.faults.iter().try_for_each(|fault| write!(f, "; {fault}"))
            }
        }
    }
}
