//! The table of settings -> the page that explains them, and the example for `sam local`.

use dynoscaler::config::{Environment, Group, Presence, Scope, Setting, settings};

use crate::documents::{template_default, template_variables};

/// What is explained for each scope, group by group.
pub(super) fn page() -> String {
    let head = "# Configuration\n\nWritten by `make pages` from `src/config/settings.rs`.\n\n\
        These are environment variables of the function. The most common ones are parameters of the \
        template (`DYNOSCALER_MIN_DYNOS` is `DynoscalerMinDynos`); all others go together into the \
        parameter `DynoscalerSettings`, as `DYNOSCALER_MAX_STEP_UP=2 LOG_LEVEL=debug`. An empty value \
        counts as unset. An unknown name that begins with `DYNOSCALER_`, `MY_HEROKU_` or `ELK_` is a \
        fault that names the nearest known one. If any value is not valid the function starts, calls \
        nothing, and fails every invocation with the list of all faults.\n\n\
        The AWS SDK's `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_SQS`, `AWS_ENDPOINT_URL_DYNAMODB`, \
        `AWS_ENDPOINT_URL_SSM` and `AWS_ENDPOINT_URL_EVENTBRIDGE` point it at a local server.\n";
    let scopes = [
        (Scope::Target, "Of a target", "What is scaled, by which queue, and how."),
        (Scope::Process, "Of the process", "What all that the function scales has in common."),
    ];
    let sections = scopes.map(|(scope, heading, meaning)| {
        let groups = Group::ALL.into_iter().filter(|group| group.scope() == scope).map(group);
        format!("\n## {heading}\n\n{meaning}\n{}", groups.collect::<String>())
    });
    head.to_owned() + &sections.concat()
}

fn group(group: Group) -> String {
    let heading = match group {
        Group::Formation => "What is scaled",
        Group::Queue => "The queue",
        Group::Policy => "The policy",
        Group::Authorization => "The Heroku authorization",
        Group::Elasticsearch => "Records in Elasticsearch",
        Group::Operation => "Operation",
    };
    let rows = settings::ALL.iter().filter(|setting| setting.group == group).map(row);
    let head = "| variable | what it is | value | default |\n|---|---|---|---|\n";
    format!("\n### {heading}\n\n{head}{}", rows.collect::<String>())
}

fn row(setting: &Setting) -> String {
    let details = setting.details().map_or_else(String::new, |details| format!(" {details}"));
    let bound = setting.bound();
    let value = bound.strip_prefix("must be ").unwrap_or(&bound);
    let default = match setting.presence {
        Presence::Required => required(setting.name),
        Presence::Optional => "none".to_owned(),
        Presence::Default(text) => format!("`{text}`"),
    };
    format!("| `{}` | {}{details} | {value} | {default} |\n", setting.name, setting.sentence())
}

/// What must be set, the template sets, if it has a default for it.
fn required(name: &str) -> String {
    let word = |word: &str| word[..1].to_owned() + &word[1..].to_ascii_lowercase();
    let parameter: String = name.split('_').map(word).collect();
    let default = template_default(&parameter);
    default
        .map_or("required".to_owned(), |default| format!("required; the template has `{default}`"))
}

/// `sam local` passes the variables that the template names, and no other.
pub(super) fn example() -> String {
    let example = |name: &str| settings::ALL.iter().find(|setting| setting.name == name)?.example;
    let pair = |name: String| format!("    \"{name}\": \"{}\"", example(&name).unwrap_or_default());
    let pairs: Vec<_> = template_variables().into_iter().map(pair).collect();
    format!("{{\n  \"ScalerFunction\": {{\n{}\n  }}\n}}\n", pairs.join(",\n"))
}

#[test]
fn a_setting_is_explained_by_a_sentence_and_its_bound() {
    for setting in settings::ALL {
        let (name, sentence) = (setting.name, setting.sentence());
        assert!(sentence.ends_with('.') && !sentence.contains(". "), "{name}: {sentence}");
        assert!(setting.bound().starts_with("must be "), "{name}: {}", setting.bound());
    }
}

#[test]
fn defaults_and_examples_are_valid() {
    for setting in settings::ALL {
        let default = match setting.presence {
            Presence::Default(text) => Some(text),
            Presence::Required | Presence::Optional => None,
        };
        for text in default.into_iter().chain(setting.example) {
            assert_eq!(setting.check(text), Ok(()), "{} = {text}", setting.name);
        }
    }
}

#[test]
fn the_examples_are_a_configuration() {
    let examples = settings::ALL.iter().filter_map(|it| Some((it.name, it.example?)));
    examples.collect::<Environment>().policy().unwrap();
}
