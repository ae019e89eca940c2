//! The text of `samconfig.toml`: the region, and the parameters of the template. All else stays as
//! it is.
//!
//! Must not know what a parameter is for.

use toml_edit::{DocumentMut, Item, Table, Value};

/// The file that the repository has.
const FIRST: &str = include_str!("../../../samconfig.toml");

const OVERRIDES: &str = "parameter_overrides";
const REGION: &str = "region";
const STACK_NAME: &str = "stack_name";

/// The name of a stack without another one.
const STACK: &str = "dynoscaler";

/// A file that cannot be changed without losing what is in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum SamConfigFault {
    #[error("it is not TOML")]
    Syntax(#[from] toml_edit::TomlError),
    #[error("{0} is not a table")]
    NoTable(&'static str),
    #[error("{OVERRIDES} must be Name=\"value\" between spaces, or a list of them")]
    Overrides,
}

/// The parts of the file that matter here.
#[derive(Debug, Clone)]
pub(super) struct SamConfig {
    document: DocumentMut,
    overrides: Overrides,
}

impl SamConfig {
    /// Reads a file, or the one that the repository has.
    pub(super) fn read(text: Option<&str>) -> Result<Self, SamConfigFault> {
        let document: DocumentMut = text.unwrap_or(FIRST).parse()?;
        let overrides = match setting(&document, "deploy", OVERRIDES) {
            None => Overrides { pairs: Vec::new(), form: Form::Text },
            Some(value) => Overrides::read(value).ok_or(SamConfigFault::Overrides)?,
        };
        Ok(Self { document, overrides })
    }

    pub(super) fn region(&self) -> Option<String> {
        self.text(REGION)
    }

    pub(super) fn stack(&self) -> String {
        self.text(STACK_NAME).unwrap_or_else(|| STACK.to_owned())
    }

    fn text(&self, name: &str) -> Option<String> {
        let of = |command| setting(&self.document, command, name)?.as_str();
        of("deploy").or_else(|| of("global")).map(ToOwned::to_owned)
    }

    /// The value of a parameter of the template, if it has one here.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.overrides.pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The text with this region and these parameters.
    pub(super) fn with(
        mut self,
        region: &str,
        parameters: Vec<(&'static str, String)>,
    ) -> Result<String, SamConfigFault> {
        let before = self.overrides.pairs.clone();
        for (name, value) in parameters {
            self.overrides.set(name, value);
        }
        let is_changed = self.overrides.pairs != before;
        let is_same_region = self.text(REGION).as_deref() == Some(region);
        let deploy = deploy(&mut self.document)?;
        if !is_same_region {
            put(deploy, REGION, region.into());
        }
        if is_changed {
            put(deploy, OVERRIDES, self.overrides.value());
        }
        Ok(self.document.to_string())
    }
}

/// `[default.COMMAND.parameters]`, as far as it is there.
fn setting<'d>(document: &'d DocumentMut, command: &str, name: &str) -> Option<&'d Value> {
    document.get("default")?.get(command)?.get("parameters")?.get(name)?.as_value()
}

fn deploy(document: &mut DocumentMut) -> Result<&mut Table, SamConfigFault> {
    let mut table = document.as_table_mut();
    for (name, whole) in [
        ("default", "default"),
        ("deploy", "default.deploy"),
        ("parameters", "default.deploy.parameters"),
    ] {
        let implicit = || {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        };
        let item = table.entry(name).or_insert_with(implicit);
        table = item.as_table_mut().ok_or(SamConfigFault::NoTable(whole))?;
    }
    Ok(table)
}

/// A value in place of another one keeps its comment.
fn put(table: &mut Table, name: &str, value: Value) {
    match table.get_mut(name).and_then(Item::as_value_mut) {
        Some(current) => {
            let decor = current.decor().clone();
            *current = value;
            *current.decor_mut() = decor;
        }
        None => drop(table.insert(name, Item::Value(value))),
    }
}

/// The template's parameters, in the form in which they were read.
#[derive(Debug, Clone)]
struct Overrides {
    pairs: Vec<(String, String)>,
    form: Form,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    /// As the guide of SAM writes it.
    Text,
    List,
}

impl Overrides {
    fn read(value: &Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Some(Self { pairs: pairs(text)?, form: Form::Text });
        }
        let texts = value.as_array()?.iter().map(|item| pairs(item.as_str()?));
        let pairs = texts.collect::<Option<Vec<_>>>()?.concat();
        Some(Self { pairs, form: Form::List })
    }

    fn set(&mut self, name: &str, value: String) {
        match self.pairs.iter_mut().find(|(known, _)| known == name) {
            Some(pair) => pair.1 = value,
            None => self.pairs.push((name.to_owned(), value)),
        }
    }

    fn value(&self) -> Value {
        let pairs = self.pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
        match self.form {
            Form::Text => pairs.collect::<Vec<_>>().join(" ").into(),
            Form::List => pairs.collect::<toml_edit::Array>().into(),
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"")
}

/// SAM's own rule: a value is in double quotes, or ends at a space; a backslash takes the next
/// character as it is.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, tail) = rest.split_once('=')?;
        let is_name = !name.is_empty() && name.chars().all(char::is_alphanumeric);
        let (value, tail) = value(tail)?;
        pairs.push((Some(name).filter(|_| is_name)?.to_owned(), value));
        rest = tail.trim_start();
    }
    Some(pairs)
}

/// The value with which a text begins, and what follows.
fn value(text: &str) -> Option<(String, &str)> {
    let (inside, is_quoted) = text.strip_prefix('"').map_or((text, false), |it| (it, true));
    let mut value = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?.1),
            '"' if is_quoted => return Some((value, &inside[at + 1..])),
            ' ' if !is_quoted => return Some((value, &inside[at..])),
            other => value.push(other),
        }
    }
    (!is_quoted).then_some((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: Option<&str>, parameters: &[(&'static str, &str)]) -> String {
        let parameters = parameters.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let config = SamConfig::read(text).expect("read");
        config.with("eu-west-1", parameters.collect()).expect("changed")
    }

    #[test]
    fn the_repository_s_file_gets_two_lines() {
        let text = with(None, &[("A", "targets.toml"), ("B", "a,b")]);
        let added =
            "region = \"eu-west-1\"\nparameter_overrides = 'A=\"targets.toml\" B=\"a,b\"'\n";
        assert_eq!(text.replace(added, ""), FIRST);
        assert!(text.contains(added), "{text}");
    }

    #[test]
    fn parameters_of_others_stay_with_their_spaces_and_quotes() {
        let before = "[default.deploy.parameters]\nregion = \"eu-west-1\" # ours\n\
            parameter_overrides = 'Seen=\"sat,sun 0..3; 2..5\" Plain=7 Said=\"a \\\"b\\\"\"' # by hand\n";
        let after = before.replace("Plain=7", "Plain=\"8\"").replace("\"' #", "\" New=\"x\"' #");
        assert_eq!(with(Some(before), &[("Plain", "8"), ("New", "x")]), after);
        assert_eq!(with(Some(before), &[("Plain", "7")]), before);
    }

    #[test]
    fn a_list_of_parameters_stays_one() {
        let before = "[default.deploy.parameters]\nregion = \"eu-west-1\"\n\
            parameter_overrides = [\"Plain=7\"]\n";
        let after = before.replace("[\"Plain=7\"]", "['Plain=\"7\"', 'New=\"x y\"']");
        assert_eq!(with(Some(before), &[("New", "x y")]), after);
    }

    #[test]
    fn what_cannot_be_read_is_not_changed() {
        for text in [
            "=",
            "[default]\ndeploy = 1\n",
            "[default.deploy.parameters]\nparameter_overrides = 1\n",
        ] {
            let changed = SamConfig::read(Some(text));
            let changed = changed.and_then(|config| config.with("eu-west-1", Vec::new()));
            assert!(changed.is_err(), "{text}");
        }
        for overrides in ["A", "A=\"", "=1", "A=1 B"] {
            let text =
                format!("[default.deploy.parameters]\nparameter_overrides = '{overrides}'\n");
            assert!(SamConfig::read(Some(&text)).is_err(), "{text}");
        }
    }
}
