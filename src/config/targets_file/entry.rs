//! A table of a targets file -> the texts of its settings.
//!
//! Must not know what a text means.

use toml::de::{DeTable, DeValue};

use super::fault::{FileFault, FileFaultKind};
use super::lines::Lines;
use crate::config::setting::{Privacy, Scope, Setting};
use crate::config::{SecretSource, settings, spelling, variable};
use crate::visible::visible;

/// The key of a target that names its account, and is no setting.
pub(super) const ACCOUNT: &str = "account";

/// The settings that an account has.
pub(super) const OF_ACCOUNT: [&str; 2] = [variable::TOKEN, variable::DESCRIPTION];

const VALUE: &str = "text, a number, true or false";
const QUEUES: &str = "text, or a list of texts";
const REFERENCE: &str = "ssm:/name, and no secret itself";

/// What a table describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Target,
    Account,
}

impl Kind {
    const fn words(self) -> &'static str {
        match self {
            Self::Target => "a target",
            Self::Account => "an account",
        }
    }

    fn has(self, setting: &Setting) -> bool {
        match self {
            Self::Target => setting.group.scope() == Scope::Target,
            Self::Account => OF_ACCOUNT.contains(&setting.name),
        }
    }

    fn settings(self) -> impl Iterator<Item = &'static Setting> {
        settings::ALL.iter().filter(move |setting| self.has(setting))
    }

    fn nearest(self, key: &str) -> String {
        let account = (self == Self::Target).then(|| ACCOUNT.to_owned());
        let keys = self.settings().map(Setting::key).chain(account);
        spelling::nearest_of(key, keys).unwrap_or_default()
    }
}

/// The settings of a table, and its place in the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) settings: Vec<Given>,
    /// The settings whose values are faults of the file.
    pub(super) refused: Vec<&'static str>,
    pub(super) account: Option<Given>,
}

/// A table's name in faults, and its line.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) line: usize,
}

/// What a file gives: a setting by its variable, or the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::config) struct Given {
    pub(in crate::config) name: &'static str,
    pub(in crate::config) line: usize,
    pub(super) text: String,
}

impl Entry {
    pub(super) fn read(
        kind: Kind,
        place: Place,
        table: &DeTable<'_>,
        lines: &Lines,
        faults: &mut Vec<FileFault>,
    ) -> Self {
        let mut entry = Self { place, ..Self::default() };
        for (key, value) in table {
            let line = lines.at(key.span().start);
            if let Err(fault) = entry.add(kind, key.get_ref(), value.get_ref(), line) {
                faults.push(fault.at(line));
            }
        }
        entry
    }

    fn add(
        &mut self,
        kind: Kind,
        key: &str,
        value: &DeValue<'_>,
        line: usize,
    ) -> Result<(), FileFaultKind> {
        let place = || self.place.name.clone();
        let wrong =
            |bound| FileFaultKind::WrongValue { place: place(), key: key.to_owned(), bound };
        match kind.settings().find(|setting| setting.key() == key) {
            Some(setting) => match text_of(setting, value) {
                Ok(text) => self.settings.push(Given { name: setting.name, line, text }),
                Err(bound) => {
                    self.refused.push(setting.name);
                    return Err(wrong(bound));
                }
            },
            None if kind == Kind::Target && key == ACCOUNT => match text(value) {
                Some(text) => self.account = Some(Given { name: ACCOUNT, line, text }),
                None => {
                    self.refused.extend(OF_ACCOUNT);
                    return Err(wrong(VALUE));
                }
            },
            None => {
                let (place, key) = (place(), shown(key));
                let (of, nearest) = (kind.words(), kind.nearest(&key));
                return Err(FileFaultKind::UnknownKey { place, key, of, nearest });
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|given| given.name == name).map(|given| given.text.as_str())
    }
}

/// The text of a setting, as its variable would have it, or its bound.
fn text_of(setting: &Setting, value: &DeValue<'_>) -> Result<String, &'static str> {
    let is_queue = setting.name == variable::SQS_NAME;
    let (text, bound) = match value.as_array().filter(|_| is_queue) {
        Some(parts) => {
            let parts: Option<Vec<_>> = parts.iter().map(|part| text(part.get_ref())).collect();
            (parts.map(|parts| parts.join(",")), QUEUES)
        }
        None => (text(value), VALUE),
    };
    let text = text.ok_or(bound)?;
    let is_secret = settings::privacy(setting.name) == Some(Privacy::Secret);
    if is_secret && !SecretSource::is_reference(&text) { Err(REFERENCE) } else { Ok(text) }
}

/// Numbers stay as they are written.
fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// A key as far as it helps to find it.
pub(super) fn shown(key: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 100;
    let cut: String = key.chars().take(SHOWN_CHARS_MAX).collect();
    visible(&cut).into_owned()
}
