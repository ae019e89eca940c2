//! A secret in a variable, or in a parameter.
//!
//! Must not know how a parameter is read, nor read one.

use std::fmt;

use serde_json::Value;
use url::Url;

use super::concealed::may_hold_secret;
use super::parse::{self, Bound, Parsed};
use super::reader::Reader;
use super::{KeySource, variable};
use crate::secret::Secret;

/// A reference begins so: no token of Heroku's does.
const PREFIX: &str = "ssm:";

/// The longest name of a parameter that SSM takes.
const NAME_CHARS_MAX: usize = 1011;

/// A shorter secret can be guessed, and cannot be hidden in a text without hiding half of the text.
const SECRET_CHARS_MIN: usize = 8;

/// A secret, or the parameter that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// The variable has it.
    Given(Secret),
    /// A parameter of AWS Systems Manager (SSM) has it.
    Parameter(Parameter),
}

/// A parameter of AWS Systems Manager that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    name: String,
    kind: SecretKind,
}

/// AWS Systems Manager's store of parameters and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterStoreConfig {
    /// The function's region.
    pub region: String,
    /// The function's role.
    pub keys: KeySource,
    /// Another endpoint than AWS's.
    pub endpoint_url: Option<Url>,
}

/// The characters that a secret may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// Visible ASCII characters without spaces.
    Token,
    /// Any text without control characters.
    Password,
    /// Certificates in PEM. They are no secret, and kept in the same places.
    Certificates,
    /// A targets file. It is no secret either.
    Targets,
}

impl SecretSource {
    /// Whether a variable's text says where a secret is kept, and is none.
    pub(super) fn is_reference(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// A token in a variable's text, or a reference to it.
    pub(super) fn token(text: &str) -> Parsed<Self> {
        Self::parse(text, SecretKind::Token)
    }

    /// The same for a password.
    pub(super) fn password(text: &str) -> Parsed<Self> {
        Self::parse(text, SecretKind::Password)
    }

    /// The same for certificates.
    pub(super) fn certificates(text: &str) -> Parsed<Self> {
        Self::parse(text, SecretKind::Certificates)
    }

    /// Reads a variable's text: `ssm:/path` is a reference, all else the secret itself.
    ///
    /// # Errors
    /// The bound that the text violates, as "must be ...".
    pub fn parse(text: &str, kind: SecretKind) -> Result<Self, Bound> {
        match without_line_end(text).strip_prefix(PREFIX) {
            Some(name) => Ok(Self::Parameter(Parameter { name: parameter_name(name)?, kind })),
            None => kind.parse(text).map(Self::Given),
        }
    }
}

impl Parameter {
    pub(super) fn of_targets(reference: &str) -> Option<Parsed<Self>> {
        let name = without_line_end(reference).strip_prefix(PREFIX)?;
        Some(parameter_name(name).map(|name| Self { name, kind: SecretKind::Targets }))
    }

    /// The parameter's name, which begins with `/`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its value must be encrypted.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        match self.kind {
            SecretKind::Token | SecretKind::Password => true,
            SecretKind::Certificates | SecretKind::Targets => false,
        }
    }

    /// The secret in the parameter's value.
    ///
    /// # Errors
    /// The bound that the value violates, as "must be ...": the one of a secret in the variable.
    pub fn secret(&self, value: &str) -> Result<Secret, Bound> {
        self.kind.parse(value)
    }
}

/// As in the variable.
impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.name)
    }
}

impl SecretKind {
    fn parse(self, text: &str) -> Result<Secret, Bound> {
        if let Some(fault) = fault_of_json(text).filter(|_| self != Self::Targets) {
            return Err(fault);
        }
        let text = match self {
            Self::Targets => return Ok(Secret::new(text.to_owned())),
            Self::Certificates => return Ok(Secret::new(certificates(text)?)),
            Self::Token => parse::token(text),
            Self::Password => parse::text(without_line_end(text)),
        }?;
        if text.chars().count() < SECRET_CHARS_MIN {
            return Err(format!("must be at least {SECRET_CHARS_MIN} characters").into());
        }
        Ok(Secret::new(text))
    }
}

/// Some ways into an environment have no line ends, and write them as `\n`.
fn certificates(text: &str) -> Parsed<String> {
    let text = text.replace("\\n", "\n");
    let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
    let holds = text.trim_start().starts_with(begin) && text.trim_end().ends_with(end);
    let bound = "must be certificates in PEM, from -----BEGIN CERTIFICATE----- to \
        -----END CERTIFICATE-----, and no key";
    parse::accept(&text, holds && !text.contains("PRIVATE KEY"), bound)
}

/// Files and pipes end a text with one.
fn without_line_end(text: &str) -> &str {
    text.trim_end_matches(['\n', '\r'])
}

/// Secrets Manager's console stores pairs as JSON; a service would get all of it as the secret.
fn fault_of_json(text: &str) -> Option<Bound> {
    match serde_json::from_str(text).ok()? {
        Value::Object(pairs) => {
            let names: Vec<&str> = pairs.keys().map(|name| name_shown(name)).collect();
            let names = names.join(", ");
            Some(
                format!("must be the secret alone, in plain text, and is JSON with {names}").into(),
            )
        }
        Value::Array(_) | Value::String(_) => {
            Some("must be the secret alone, in plain text, and is JSON".into())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The name of a pair is no secret, unless its two halves were exchanged.
fn name_shown(name: &str) -> &str {
    let is_name = parse::is_word(name, "_-. ") && !may_hold_secret(name);
    if is_name { name } else { "a name that is not shown" }
}

/// A version or a label is refused: a secret that was replaced would never be read.
fn parameter_name(text: &str) -> Parsed<String> {
    let holds = text.len() <= NAME_CHARS_MAX
        && text.strip_prefix('/').is_some_and(|path| path.split('/').all(is_step));
    let bound = "must be ssm: and an SSM parameter's name from the root on, such as \
        ssm:/dynoscaler/name";
    parse::accept(text, holds, bound)
}

/// SSM's characters, and those that only names of Secrets Manager have.
fn is_step(text: &str) -> bool {
    !text.is_empty() && parse::is_word(text, "_.-+=@")
}

pub(super) fn parameter_store(
    reader: &mut Reader<'_>,
    region: Option<String>,
    keys: Option<KeySource>,
) -> Option<ParameterStoreConfig> {
    let endpoint_url = reader.endpoint(variable::ENDPOINT_URL_SSM);
    Some(ParameterStoreConfig { region: region?, keys: keys?, endpoint_url })
}
