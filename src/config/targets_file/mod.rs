//! A targets file -> its targets, each with the settings that apply to it.
//!
//! A target's settings are its own; beneath them the file's defaults, beneath them the
//! environment. Must not know what a setting means, nor where the file is.

mod entry;
mod fault;
mod lines;

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) use self::entry::Given;
use self::entry::{Entry, Kind, OF_ACCOUNT, Place, shown};
pub use self::fault::{FileFault, FileFaultKind, TargetsFileError};
use self::lines::Lines;
use super::concealed::may_hold_secret;
use super::{Environment, settings, variable};
use crate::target::TargetId;
use crate::visible::visible;

/// Settings that belong together: a half of another origin would be another's.
const PAIR: [&str; 2] = [variable::AWS_KEY, variable::AWS_SECRET];

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
    /// Its line in the file.
    pub(super) line: usize,
    /// What the file gives; of several for one setting the last applies.
    pub(super) given: Vec<Given>,
    /// What the file gives as no setting may be, which is a fault of the file.
    pub(super) refused: Vec<&'static str>,
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
        let (mut faults, lines) = (Vec::new(), Lines::of(text));
        let targets = match DeTable::parse(text) {
            Ok(document) => {
                let parts = Parts::read(document.get_ref(), &lines, &mut faults);
                parts.described(environment, &mut faults)
            }
            Err(error) => {
                let line = lines.at(error.span().map_or(0, |span| span.start));
                let message = visible(error.message()).into_owned();
                faults.push(FileFaultKind::NoToml(message).at(line));
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
    fn read(document: &DeTable<'_>, lines: &Lines, faults: &mut Vec<FileFault>) -> Self {
        let mut parts = Self::default();
        for (part, value) in document {
            let line = lines.at(part.span().start);
            match (part.get_ref().as_ref(), value.get_ref()) {
                ("defaults", DeValue::Table(table)) => {
                    let place = Place { name: "[defaults]".to_owned(), line };
                    parts.defaults = Entry::read(Kind::Target, place, table, lines, faults);
                }
                ("target", DeValue::Array(tables)) => {
                    parts.targets = targets(tables.iter(), lines, faults);
                }
                ("account", DeValue::Table(tables)) => {
                    parts.accounts = accounts(tables, lines, faults);
                }
                (part, _) => faults.push(no_part(part).at(line)),
            }
        }
        if parts.targets.is_empty() && faults.is_empty() {
            faults.push(FileFault { line: None, kind: FileFaultKind::NoTarget });
        }
        parts
    }

    /// Every target that has a name of its own.
    fn described(&self, environment: &Environment, faults: &mut Vec<FileFault>) -> Vec<Described> {
        let mut first_places = BTreeMap::new();
        let mut described = Vec::new();
        for entry in &self.targets {
            let place = &entry.place;
            let named = self.target(entry, environment).and_then(|target| {
                let id = target.id.to_string();
                match first_places.get(&id) {
                    Some(first) => Err(twice(place, first, id)),
                    None => {
                        first_places.insert(id, place.clone());
                        Ok(target)
                    }
                }
            });
            match named {
                Ok(target) => described.push(target),
                Err(FileFaultKind::Nameless { .. }) if self.refuses_name(entry) => {}
                Err(fault) => faults.push(fault.at(place.line)),
            }
        }
        described
    }

    fn refuses_name(&self, entry: &Entry) -> bool {
        let mut refused = self.defaults.refused.iter().chain(&entry.refused);
        refused.any(|name| [variable::APP, variable::PROCESS].contains(name))
    }

    fn target(&self, entry: &Entry, environment: &Environment) -> Result<Described, FileFaultKind> {
        let mut environment = environment.clone();
        let account = entry.account.as_ref().or(self.defaults.account.as_ref());
        let of_account = account.and_then(|account| self.accounts.get(&account.text));
        if of_account.is_some() {
            OF_ACCOUNT.iter().for_each(|name| environment.unset(name));
        }
        for layer in [Some(&self.defaults), Some(entry), of_account].into_iter().flatten() {
            if PAIR.iter().any(|name| layer.get(name).is_some()) {
                PAIR.iter().for_each(|name| environment.unset(name));
            }
            for Given { name, text, .. } in &layer.settings {
                environment.replace(name, text);
            }
        }
        let app = name(entry, &environment, variable::APP)?;
        let process = name(entry, &environment, variable::PROCESS)?;
        let layers = [&self.defaults, entry].into_iter().chain(of_account);
        let refused = layers.clone().flat_map(|layer| &layer.refused).copied().collect();
        let given = layers.flat_map(|layer| &layer.settings).chain(account).cloned().collect();
        let account = account.map(|account| account.text.clone()).map(|name| match of_account {
            Some(_) => AccountName::Known(name),
            None => AccountName::Unknown(name),
        });
        let (id, line) = (TargetId { app, process }, entry.place.line);
        Ok(Described { id, account, environment, line, given, refused })
    }
}

fn targets<'t>(
    tables: impl Iterator<Item = &'t Spanned<DeValue<'t>>>,
    lines: &Lines,
    faults: &mut Vec<FileFault>,
) -> Vec<Entry> {
    let mut targets = Vec::new();
    for (number, table) in (1..).zip(tables) {
        let place = Place { name: format!("target {number}"), line: lines.at(table.span().start) };
        match table.get_ref().as_table() {
            Some(table) => targets.push(Entry::read(Kind::Target, place, table, lines, faults)),
            None => faults.push(wrong(&place.name, "a table: [[target]]").at(place.line)),
        }
    }
    targets
}

fn accounts(
    tables: &DeTable<'_>,
    lines: &Lines,
    faults: &mut Vec<FileFault>,
) -> BTreeMap<String, Entry> {
    let mut accounts = BTreeMap::new();
    for (key, table) in tables {
        let name = key.get_ref().as_ref();
        let line = lines.at(key.span().start);
        let place = Place { name: format!("[account.{}]", shown(name)), line };
        match table.get_ref().as_table() {
            Some(table) => {
                let entry = Entry::read(Kind::Account, place, table, lines, faults);
                accounts.insert(name.to_owned(), entry);
            }
            None => {
                faults.push(wrong(&place.name, "a table").at(line));
                let entry = Entry { place, refused: OF_ACCOUNT.to_vec(), ..Entry::default() };
                accounts.insert(name.to_owned(), entry);
            }
        }
    }
    accounts
}

/// The fault of a part that is none of a targets file, or has another form.
fn no_part(part: &str) -> FileFaultKind {
    match part {
        "defaults" => wrong(part, "a table: [defaults]"),
        "target" => wrong(part, "tables: [[target]]"),
        "account" => wrong(part, "tables: [account.NAME]"),
        _ => FileFaultKind::UnknownPart { part: shown(part) },
    }
}

fn wrong(part: &str, bound: &'static str) -> FileFaultKind {
    FileFaultKind::WrongPart { part: part.to_owned(), bound }
}

fn twice(place: &Place, first: &Place, id: String) -> FileFaultKind {
    let (place, first, line) = (place.name.clone(), first.name.clone(), first.line);
    FileFaultKind::Twice { place, first, line, id }
}

/// The name of an app or a process type, as every record of the target shows it: valid, or at
/// least no secret that was meant for another place.
fn name(entry: &Entry, environment: &Environment, name: &str) -> Result<String, FileFaultKind> {
    let setting = settings::ALL.iter().find(|setting| setting.name == name);
    let may_be_shown = |text: &&str| {
        setting.is_some_and(|setting| setting.check(text).is_ok()) || !may_hold_secret(text)
    };
    let text = environment.get(name).filter(may_be_shown).map(shown);
    let place = || entry.place.name.clone();
    text.ok_or_else(|| FileFaultKind::Nameless { place: place(), key: key_of(name) })
}

/// The key of a setting's variable.
#[must_use]
pub fn key_of(variable: &str) -> String {
    let setting = settings::ALL.iter().find(|setting| setting.name == variable);
    setting.map_or_else(|| variable.to_owned(), super::Setting::key)
}
