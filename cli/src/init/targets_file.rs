//! A target in the text of `targets.toml`: added, or its keys changed. All else stays as it is.
//!
//! Must not know where the file is, nor who chose the values.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};

use dynoscaler::target::TargetId;

/// What a new file begins with.
const HEAD: &str = "\
# What DynoScaler scales, read by the function. `dynoscaler init` adds a target or changes one.
# Every key is a setting of docs/CONFIGURATION.md; what a target leaves out it takes from [defaults],
# and beneath that from the parameters of template.yaml.
";

const TARGET: &str = "target";
const APP: &str = "app";
const PROCESS: &str = "process";

/// A target and the keys that are to have these values.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: TargetId,
    pub(super) keys: Vec<(&'static str, Value)>,
}

/// A file that cannot be changed without losing what is in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum TargetsFault {
    #[error("it is not TOML")]
    Syntax(#[from] toml_edit::TomlError),
    #[error("its targets must each begin with [[{TARGET}]]")]
    NoTables,
}

/// One name, or several in a list.
pub(super) fn names(names: &[String]) -> Value {
    match names {
        [name] => name.into(),
        names => names.iter().map(String::as_str).collect::<Array>().into(),
    }
}

/// The text with the target in it.
pub(super) fn merged(current: Option<&str>, entries: &[Entry]) -> Result<String, TargetsFault> {
    let mut document: DocumentMut = current.unwrap_or(HEAD).parse()?;
    for entry in entries {
        let end = document.trailing().as_str().unwrap_or_default().to_owned();
        let targets = targets(&mut document)?;
        let known = targets.iter().position(|table| is(table, &entry.id));
        match known {
            Some(at) => targets.get_mut(at).into_iter().for_each(|it| change(it, &entry.keys)),
            None => {
                targets.push(new(entry, &end));
                document.set_trailing("");
            }
        }
    }
    Ok(document.to_string())
}

/// A number that the file has for a target.
pub(super) fn number(current: &str, id: &TargetId, key: &str) -> Option<String> {
    let document: DocumentMut = current.parse().ok()?;
    let table = document.get(TARGET)?.as_array_of_tables()?.iter().find(|table| is(table, id))?;
    let value = table.get(key)?.as_value()?;
    let whole = value.as_integer().map(|number| number.to_string());
    whole.or_else(|| Some(value.as_float()?.to_string()))
}

/// How many targets a text has.
pub(super) fn count(text: &str) -> Result<usize, TargetsFault> {
    Ok(targets(&mut text.parse()?)?.len())
}

fn targets(document: &mut DocumentMut) -> Result<&mut ArrayOfTables, TargetsFault> {
    let none = || Item::ArrayOfTables(ArrayOfTables::new());
    let item = document.entry(TARGET).or_insert_with(none);
    item.as_array_of_tables_mut().ok_or(TargetsFault::NoTables)
}

fn is(table: &Table, id: &TargetId) -> bool {
    let text = |key| table.get(key).and_then(Item::as_str);
    (text(APP), text(PROCESS)) == (Some(&id.app), Some(&id.process))
}

/// A target behind the end of the file as it was.
fn new(Entry { id, keys }: &Entry, end: &str) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix(format!("{end}\n"));
    table.insert(APP, id.app.clone().into());
    table.insert(PROCESS, id.process.clone().into());
    change(&mut table, keys);
    table
}

/// A value that is the same stays as it is written, and a changed one keeps its comment.
fn change(table: &mut Table, keys: &[(&'static str, Value)]) {
    for (key, value) in keys {
        match table.get_mut(key).and_then(Item::as_value_mut) {
            Some(current) if is_same(current, value) => {}
            Some(current) => {
                let decor = current.decor().clone();
                *current = value.clone();
                *current.decor_mut() = decor;
            }
            None => drop(table.insert(key, Item::Value(value.clone()))),
        }
    }
}

fn is_same(one: &Value, other: &Value) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "no setting is as large as 2^53")]
    let number = |value: &Value| value.as_float().or(value.as_integer().map(|it| it as f64));
    let texts = |value: &Value| -> Option<Vec<String>> {
        let texts = value.as_array()?.iter().map(|it| it.as_str().map(ToOwned::to_owned));
        texts.collect()
    };
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
        _ => {
            let both = one.as_str().is_some() && one.as_str() == other.as_str();
            let flags = one.as_bool().is_some() && one.as_bool() == other.as_bool();
            both || flags || (texts(one).is_some() && texts(one) == texts(other))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynoscaler::config::{Environment, TargetsFile};

    fn entry(process: &str, keys: Vec<(&'static str, Value)>) -> Entry {
        Entry { id: TargetId { app: "shop".to_owned(), process: process.to_owned() }, keys }
    }

    #[test]
    fn a_new_file_explains_itself_and_has_the_target() {
        let keys = vec![("queue", "jobs".into()), ("max_dynos", 5.into())];
        let text = merged(None, &[entry("worker", keys)]).expect("merged");
        let target = "\n[[target]]\napp = \"shop\"\nprocess = \"worker\"\nqueue = \"jobs\"\n\
            max_dynos = 5\n";
        assert_eq!(text, format!("{HEAD}{target}"));
    }

    #[test]
    fn the_function_reads_what_is_written() {
        let keys = vec![
            ("queue", names(&["jobs".to_owned(), "mail".to_owned()])),
            ("min_dynos", 1.into()),
            ("max_dynos", 5.into()),
            ("backlog_threshold", 3.33.into()),
            ("dry_run", true.into()),
        ];
        let text = merged(None, &[entry("worker", keys)]).expect("merged");
        let text = merged(Some(&text), &[entry("mailer", Vec::new())]).expect("merged");
        let environment = Environment::default();
        TargetsFile::parse("targets.toml", &text, &environment).expect("valid");
    }

    #[test]
    fn a_target_is_added_behind_the_others_and_all_else_stays() {
        let before = "# ours\n[defaults]\nmax_dynos = 3 # for all\n\n[[target]]\napp = \"shop\" # a\n\
            process = \"worker\"\nqueue = \"jobs\"\n# the end\n";
        let keys = vec![("queue", names(&["mail".to_owned(), "news".to_owned()]))];
        let text = merged(Some(before), &[entry("mailer", keys)]).expect("merged");
        let added =
            "\n[[target]]\napp = \"shop\"\nprocess = \"mailer\"\nqueue = [\"mail\", \"news\"]\n";
        assert_eq!(text, format!("{before}{added}"));
    }

    #[test]
    fn a_target_that_is_there_keeps_its_comments_its_other_keys_and_equal_values() {
        let before = "[[target]]\napp = \"shop\"\nprocess = \"worker\"\npolicy = \"rate\"\n\
            backlog_threshold = 100.0 # 5 min / 3 s\nmax_dynos = 5 # agreed\nqueue = ['jobs']\n";
        let keys = vec![
            ("max_dynos", 9.into()),
            ("backlog_threshold", 100.into()),
            ("queue", names(&["jobs".to_owned()])),
            ("min_dynos", 0.into()),
        ];
        let text = merged(Some(before), &[entry("worker", keys)]).expect("merged");
        let after =
            before.replace("max_dynos = 5", "max_dynos = 9").replace("['jobs']", "\"jobs\"");
        assert_eq!(text, format!("{after}min_dynos = 0\n"));
    }

    #[test]
    fn a_file_that_would_be_lost_is_refused() {
        for (text, fault) in [
            ("[[target]\n", "it is not TOML"),
            ("target = []\n", "its targets must each begin with [[target]]"),
        ] {
            let error = merged(Some(text), &[entry("worker", Vec::new())]).expect_err(text);
            assert_eq!(error.to_string(), fault);
        }
    }
}
