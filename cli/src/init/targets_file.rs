//! A target in the text of `targets.toml`, and its account: added, or their keys changed. All else
//! stays as it is.
//!
//! Must not know where the file is, nor who chose the values.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};

use dynoscaler::config::Parameter;
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
const QUEUE: &str = "queue";
pub(super) const ACCOUNT: &str = "account";
const TOKEN: &str = "token";
const DESCRIPTION: &str = "description";

/// That of the authorization which the question for a token shows how to make.
const DESCRIBED: &str = "dynoscaler";

/// A target and the keys that are to have these values.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: TargetId,
    pub(super) keys: Vec<(&'static str, Value)>,
}

/// A Heroku authorization besides that of the function's environment, and where its token is kept.
#[derive(Debug, Clone)]
pub(super) struct Account<'a> {
    pub(super) name: &'a str,
    pub(super) token: &'a Parameter,
}

/// A file that cannot be changed without losing what is in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum TargetsFault {
    #[error("it is not TOML")]
    Syntax(#[from] toml_edit::TomlError),
    #[error("its targets must each begin with [[{TARGET}]]")]
    NoTables,
    #[error("its accounts must each begin with [{ACCOUNT}.NAME]")]
    NoAccounts,
}

/// One name, or several in a list.
pub(super) fn names(names: &[String]) -> Value {
    match names {
        [name] => name.into(),
        names => names.iter().map(String::as_str).collect::<Array>().into(),
    }
}

/// The text with the targets in it, and with the account that one of them names.
pub(super) fn merged(
    current: Option<&str>,
    entries: &[Entry],
    account: Option<&Account<'_>>,
) -> Result<String, TargetsFault> {
    let mut document: DocumentMut = current.unwrap_or(HEAD).parse()?;
    for entry in entries {
        let end = end(&document);
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
    if let Some(account) = account {
        merge(account, &mut document)?;
    }
    Ok(document.to_string())
}

fn merge(account: &Account<'_>, document: &mut DocumentMut) -> Result<(), TargetsFault> {
    let end = end(document);
    let mut all = Table::new();
    all.set_implicit(true);
    let accounts = document.entry(ACCOUNT).or_insert(Item::Table(all));
    let accounts = accounts.as_table_mut().ok_or(TargetsFault::NoAccounts)?;
    let is_new = !accounts.contains_key(account.name);
    let table = accounts.entry(account.name).or_insert_with(toml_edit::table);
    let table = table.as_table_mut().ok_or(TargetsFault::NoAccounts)?;
    change(table, &[(TOKEN, account.token.to_string().into())]);
    table.entry(DESCRIPTION).or_insert_with(|| toml_edit::value(DESCRIBED));
    if is_new {
        table.decor_mut().set_prefix(format!("{end}\n"));
        document.set_trailing("");
    }
    Ok(())
}

/// Comments behind the last table.
fn end(document: &DocumentMut) -> String {
    document.trailing().as_str().unwrap_or_default().to_owned()
}

/// The queues that the file has for a target.
pub(super) fn queues(current: &str, id: &TargetId) -> Option<Vec<String>> {
    let document: DocumentMut = current.parse().ok()?;
    let queue = target(&document, id)?.get(QUEUE)?.as_value()?;
    let list = || texts(queue);
    let one = queue.as_str().map(|names| names.split(',').map(ToOwned::to_owned).collect());
    one.or_else(list)
}

/// The account of a target that the file names, or else of other targets of its app.
pub(super) fn account_of(current: &str, app: &str, process: Option<&str>) -> Option<String> {
    let document: DocumentMut = current.parse().ok()?;
    let tables = document.get(TARGET)?.as_array_of_tables()?;
    let is_of_app = |table: &&Table| text(table, APP) == Some(app);
    let is_of_process = |table: &&Table| process.is_some() && text(table, PROCESS) == process;
    let one = tables.iter().filter(is_of_app).find(is_of_process);
    let found = one.or_else(|| tables.iter().find(is_of_app))?;
    text(found, ACCOUNT).map(ToOwned::to_owned)
}

/// Where the file says that the token of an account is kept.
pub(super) fn token_of(current: &str, account: &str) -> Option<String> {
    let document: DocumentMut = current.parse().ok()?;
    let token = document.get(ACCOUNT)?.get(account)?.get(TOKEN)?;
    token.as_str().map(ToOwned::to_owned)
}

/// Whether a text has accounts besides that of the function's environment.
pub(super) fn has_accounts(text: &str) -> Result<bool, TargetsFault> {
    Ok(text.parse::<DocumentMut>()?.contains_key(ACCOUNT))
}

/// Whether a target of a text is a dry run by a key of its own.
pub(super) fn is_dry_run(text: &str, id: &TargetId, key: &str) -> Result<bool, TargetsFault> {
    let document: DocumentMut = text.parse()?;
    let value = target(&document, id).and_then(|table| table.get(key)?.as_bool());
    Ok(value == Some(true))
}

fn target<'d>(document: &'d DocumentMut, id: &TargetId) -> Option<&'d Table> {
    document.get(TARGET)?.as_array_of_tables()?.iter().find(|table| is(table, id))
}

fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(Item::as_str)
}

/// A number that the file has for a target.
pub(super) fn number(current: &str, id: &TargetId, key: &str) -> Option<String> {
    let document: DocumentMut = current.parse().ok()?;
    let value = target(&document, id)?.get(key)?.as_value()?;
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
    (text(table, APP), text(table, PROCESS)) == (Some(&id.app), Some(&id.process))
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
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
        _ => {
            let both = one.as_str().is_some() && one.as_str() == other.as_str();
            let flags = one.as_bool().is_some() && one.as_bool() == other.as_bool();
            both || flags || (texts(one).is_some() && texts(one) == texts(other))
        }
    }
}

fn texts(list: &Value) -> Option<Vec<String>> {
    list.as_array()?.iter().map(|it| it.as_str().map(ToOwned::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynoscaler::config::{Environment, SecretKind, SecretSource, TargetsFile};

    fn entry(process: &str, keys: Vec<(&'static str, Value)>) -> Entry {
        Entry { id: TargetId { app: "shop".to_owned(), process: process.to_owned() }, keys }
    }

    #[test]
    fn a_new_file_explains_itself_and_has_the_target() {
        let keys = vec![("queue", "jobs".into()), ("max_dynos", 5.into())];
        let text = merged(None, &[entry("worker", keys)], None).expect("merged");
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
        let text = merged(None, &[entry("worker", keys)], None).expect("merged");
        let text = merged(Some(&text), &[entry("mailer", Vec::new())], None).expect("merged");
        let environment = Environment::default();
        TargetsFile::parse("targets.toml", &text, &environment).expect("valid");
    }

    #[test]
    fn a_target_is_added_behind_the_others_and_all_else_stays() {
        let before = "# ours\n[defaults]\nmax_dynos = 3 # for all\n\n[[target]]\napp = \"shop\" # a\n\
            process = \"worker\"\nqueue = \"jobs\"\n# the end\n";
        let keys = vec![("queue", names(&["mail".to_owned(), "news".to_owned()]))];
        let text = merged(Some(before), &[entry("mailer", keys)], None).expect("merged");
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
        let text = merged(Some(before), &[entry("worker", keys)], None).expect("merged");
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
            let error = merged(Some(text), &[entry("worker", Vec::new())], None).expect_err(text);
            assert_eq!(error.to_string(), fault);
        }
    }

    fn parameter(reference: &str) -> Parameter {
        match SecretSource::parse(reference, SecretKind::Token) {
            Ok(SecretSource::Parameter(parameter)) => parameter,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_account_is_added_behind_all_and_one_that_is_there_keeps_its_other_keys() {
        let before = "[[target]]\napp = \"shop\"\nprocess = \"worker\"\nqueue = \"jobs\"\n\n\
            [account.old]\ntoken = \"ssm:/old\" # theirs\ndescription = \"old\"\n# the end\n";
        let (token, moved) = (parameter("ssm:/new"), parameter("ssm:/moved"));
        let account = Account { name: "new", token: &token };
        let keys = vec![("queue", "mail".into()), ("account", "new".into())];
        let text = merged(Some(before), &[entry("mailer", keys)], Some(&account)).expect("merged");
        let again = merged(Some(&text), &[], Some(&account)).expect("merged");
        assert_eq!(again, text);
        assert!(
            text.contains(
                "\n\n[account.new]\ntoken = \"ssm:/new\"\ndescription = \"dynoscaler\"\n"
            ),
            "{text}"
        );
        assert_eq!(token_of(&text, "new").as_deref(), Some("ssm:/new"));
        let environment = Environment::default();
        TargetsFile::parse("targets.toml", &text, &environment).expect("valid");
        let account = Account { name: "old", token: &moved };
        let text = merged(Some(before), &[], Some(&account)).expect("merged");
        assert_eq!(text, before.replace("ssm:/old", "ssm:/moved"));
    }

    #[test]
    fn a_target_is_of_its_own_account_or_of_that_of_its_app() {
        let text = "[[target]]\napp = \"shop\"\nprocess = \"worker\"\naccount = \"a\"\n\n\
            [[target]]\napp = \"shop\"\nprocess = \"mailer\"\naccount = \"b\"\n";
        for (app, process, account) in [
            ("shop", Some("mailer"), Some("b")),
            ("shop", Some("worker"), Some("a")),
            ("shop", Some("new"), Some("a")),
            ("shop", None, Some("a")),
            ("other", Some("worker"), None),
        ] {
            assert_eq!(account_of(text, app, process).as_deref(), account, "{app} {process:?}");
        }
    }

    #[test]
    fn the_queues_of_a_target_are_those_it_names() {
        let of = |queue: &str| {
            let text = format!("[[target]]\napp = \"shop\"\nprocess = \"worker\"\n{queue}\n");
            queues(&text, &entry("worker", Vec::new()).id)
        };
        let both = Some(vec!["jobs".to_owned(), "mail".to_owned()]);
        assert_eq!(of("queue = \"jobs\""), Some(vec!["jobs".to_owned()]));
        assert_eq!(of("queue = [\"jobs\", \"mail\"]"), both);
        assert_eq!(of("queue = \"jobs,mail\""), both);
        assert_eq!(of(""), None);
    }
}
