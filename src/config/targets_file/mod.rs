//! A targets file -> its targets, each with the settings that apply to it.
//!
//! A target's settings are its own; beneath them the file's defaults, beneath them the
//! environment. Must not know what a setting means, nor where the file is.

mod entry;
mod fault;

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use self::entry::{Entry, Kind, shown};
pub use self::fault::{FileFault, TargetsFileError};
use super::concealed::may_hold_secret;
use super::{Environment, settings, variable};
use crate::target::TargetId;
use crate::visible::visible;

/// Settings that belong together: a half of another origin would be another's.
const PAIR: [&str; 2] = [variable::AWS_KEY, variable::AWS_SECRET];

/// The settings that an account has.
const OF_ACCOUNT: [&str; 2] = [variable::TOKEN, variable::DESCRIPTION];

/// A valid targets file, of which single targets may have faulty settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetsFile {
    /// As faults name it.
    pub(super) name: String,
    pub(super) targets: Vec<Described>,
}

/// A target as it is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    /// As it is written, valid or not.
    pub(super) id: TargetId,
    pub(super) account: Option<AccountName>,
    /// Every setting that applies.
    pub(super) environment: Environment,
    /// The variables of the settings that the file gives.
    pub(super) given: Vec<&'static str>,
}

/// The account that a target names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AccountName {
    Known(String),
    /// The file has no account of that name.
    Unknown(String),
}

impl TargetsFile {
    /// Reads the text of the file `name`, above `environment`.
    ///
    /// # Errors
    /// Every fault that is not one target's own.
    pub fn parse(
        name: &str,
        text: &str,
        environment: &Environment,
    ) -> Result<Self, TargetsFileError> {
        let (file, faults) = Self::examined(name, text, environment);
        let name = name.to_owned();
        if faults.is_empty() { Ok(file) } else { Err(TargetsFileError { name, faults }) }
    }

    /// The targets as far as the text describes them, and every fault of the file.
    #[must_use]
    pub fn examined(name: &str, text: &str, environment: &Environment) -> (Self, Vec<FileFault>) {
        let mut faults = Vec::new();
        let targets = match DeTable::parse(text) {
            Ok(document) => {
                let parts = Parts::read(document.get_ref(), &mut faults);
                parts.described(environment, &mut faults)
            }
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
                let message = visible(error.message()).into_owned();
                faults.push(FileFault::NoToml { line, message });
                Vec::new()
            }
        };
        (Self { name: name.to_owned(), targets }, faults)
    }
}

/// The parts of a file.
#[derive(Debug, Default)]
struct Parts {
    defaults: Entry,
    targets: Vec<Entry>,
    accounts: BTreeMap<String, Entry>,
}

impl Parts {
    fn read(document: &DeTable<'_>, faults: &mut Vec<FileFault>) -> Self {
        let mut parts = Self::default();
        for (part, value) in document {
            match (part.get_ref().as_ref(), value.get_ref()) {
                ("defaults", DeValue::Table(table)) => {
                    let place = "[defaults]".to_owned();
                    parts.defaults = Entry::read(Kind::Target, place, table, faults);
                }
                ("target", DeValue::Array(tables)) => {
                    parts.targets = targets(tables.iter(), faults);
                }
                ("account", DeValue::Table(tables)) => parts.accounts = accounts(tables, faults),
                ("defaults", _) => faults.push(wrong("defaults", "a table: [defaults]")),
                ("target", _) => faults.push(wrong("target", "tables: [[target]]")),
                ("account", _) => faults.push(wrong("account", "tables: [account.NAME]")),
                (part, _) => faults.push(FileFault::UnknownPart { part: shown(part) }),
            }
        }
        if parts.targets.is_empty() && faults.is_empty() {
            faults.push(FileFault::NoTarget);
        }
        parts
    }

    /// Every target that has a name of its own.
    fn described(&self, environment: &Environment, faults: &mut Vec<FileFault>) -> Vec<Described> {
        let mut first_places = BTreeMap::new();
        let mut described = Vec::new();
        for entry in &self.targets {
            let target = match self.target(entry, environment) {
                Ok(target) => target,
                Err(fault) => {
                    faults.push(fault);
                    continue;
                }
            };
            let (id, place) = (target.id.to_string(), &entry.place);
            match first_places.get(&id) {
                Some(first) => {
                    let (place, first) = (place.clone(), String::clone(first));
                    faults.push(FileFault::Twice { place, first, id });
                }
                None => {
                    first_places.insert(id, place.clone());
                    described.push(target);
                }
            }
        }
        described
    }

    fn target(&self, entry: &Entry, environment: &Environment) -> Result<Described, FileFault> {
        let mut environment = environment.clone();
        let account = entry.account.as_ref().or(self.defaults.account.as_ref());
        let of_account = account.and_then(|name| self.accounts.get(name));
        if of_account.is_some() {
            OF_ACCOUNT.iter().for_each(|name| environment.unset(name));
        }
        for layer in [Some(&self.defaults), Some(entry), of_account].into_iter().flatten() {
            if PAIR.iter().any(|name| layer.get(name).is_some()) {
                PAIR.iter().for_each(|name| environment.unset(name));
            }
            for (name, text) in &layer.texts {
                environment.replace(name, text);
            }
        }
        let app = name(entry, &environment, variable::APP)?;
        let process = name(entry, &environment, variable::PROCESS)?;
        let layers = [&self.defaults, entry].into_iter().chain(of_account);
        let given = layers.flat_map(|layer| layer.texts.iter().map(|(name, _)| *name)).collect();
        let account = account.cloned().map(|name| match of_account {
            Some(_) => AccountName::Known(name),
            None => AccountName::Unknown(name),
        });
        Ok(Described { id: TargetId { app, process }, account, environment, given })
    }
}

fn targets<'t>(
    tables: impl Iterator<Item = &'t Spanned<DeValue<'t>>>,
    faults: &mut Vec<FileFault>,
) -> Vec<Entry> {
    let mut targets = Vec::new();
    for (number, table) in (1..).zip(tables) {
        let place = format!("target {number}");
        match table.get_ref().as_table() {
            Some(table) => targets.push(Entry::read(Kind::Target, place, table, faults)),
            None => faults.push(wrong(&place, "a table: [[target]]")),
        }
    }
    targets
}

fn accounts(tables: &DeTable<'_>, faults: &mut Vec<FileFault>) -> BTreeMap<String, Entry> {
    let mut accounts = BTreeMap::new();
    for (name, table) in tables {
        let name = name.get_ref().as_ref();
        let place = format!("[account.{}]", shown(name));
        match table.get_ref().as_table() {
            Some(table) => {
                let entry = Entry::read(Kind::Account, place, table, faults);
                accounts.insert(name.to_owned(), entry);
            }
            None => faults.push(wrong(&place, "a table")),
        }
    }
    accounts
}

fn wrong(part: &str, bound: &'static str) -> FileFault {
    FileFault::WrongPart { part: part.to_owned(), bound }
}

/// The name of an app or a process type, as every record of the target shows it: valid, or at
/// least no secret that was meant for another place.
fn name(entry: &Entry, environment: &Environment, name: &str) -> Result<String, FileFault> {
    let setting = settings::ALL.iter().find(|setting| setting.name == name);
    let may_be_shown = |text: &&str| {
        setting.is_some_and(|setting| setting.check(text).is_ok()) || !may_hold_secret(text)
    };
    let text = environment.get(name).filter(may_be_shown).map(shown);
    text.ok_or_else(|| FileFault::Nameless { place: entry.place.clone(), key: key_of(name) })
}

/// The key of a setting's variable.
pub(super) fn key_of(variable: &str) -> String {
    let setting = settings::ALL.iter().find(|setting| setting.name == variable);
    setting.map_or_else(|| variable.to_owned(), super::Setting::key)
}
