//! The targets file: whose setting applies, which faults are the file's and which one target's.

use std::sync::Arc;

use dynoscaler::config::{
    Config, Environment, FileConfig, Member, Metrics, SecretSource, Targets, TargetsFile,
    TargetsSource, variable,
};
use dynoscaler::policy::RuleName;

use crate::config::{environment, with};

/// The process of a function whose environment gives `changes`, and not what each test's file does.
fn process(changes: &[(&'static str, &str)]) -> (Environment, FileConfig) {
    let environment =
        environment(&with(&[&[(variable::TARGETS, "targets.toml")], changes].concat()));
    match Targets::in_function(&environment).unwrap() {
        Targets::File(file) => (environment, file),
        Targets::One(_) => panic!("a file is set"),
    }
}

#[test]
fn the_metrics_of_each_target_of_a_file_must_be_requested() {
    for (text, metrics) in [("", Metrics::OfRounds), ("on", Metrics::On), ("off", Metrics::Off)] {
        assert_eq!(process(&[(variable::METRICS, text)]).1.process.metrics, metrics, "{text:?}");
    }
}

fn read(changes: &[(&'static str, &str)], text: &str) -> Result<Vec<Member>, String> {
    let (environment, file) = process(changes);
    let parsed = TargetsFile::parse("targets.toml", text, &environment);
    Ok(parsed.map_err(|error| error.to_string())?.members(&file.process))
}

fn valid(text: &str) -> Vec<Config> {
    let valid = |member| match member {
        Member::Valid(config) => *config,
        Member::Faulty(target) => panic!("{}", target.error),
    };
    read(&[], text).unwrap().into_iter().map(valid).collect()
}

/// The fault of the file.
fn fault(text: &str) -> String {
    read(&[], text).unwrap_err()
}

/// The faults of the only target.
fn faults(changes: &[(&'static str, &str)], text: &str) -> String {
    match &read(changes, text).unwrap()[..] {
        [Member::Faulty(target)] => target.error.to_string(),
        other => panic!("{other:?}"),
    }
}

const FLEET: &str = r#"
[defaults]
max_dynos = 5
min_dynos = 1

[[target]]
app = "shop"
process = "worker"
queue = "jobs"

[[target]]
app = "shop"
process = "mailer"
queue = "mail"
policy = "target"
max_dynos = 20
tolerance = 0.25
dry_run = true

[[target]]
app = "billing"
process = "worker"
queue = "arn:aws:sqs:eu-west-3:123456789012:invoices"
account = "billing"

[account.billing]
token = "ssm:/dynoscaler/billing"
description = "dynoscaler for billing"
"#;

#[test]
fn a_targets_setting_is_its_own_then_the_files_default_then_the_environments() {
    let targets = valid(FLEET);
    let shown = targets.iter().map(|config| {
        let target = &config.target;
        let bounds = (target.policy.bounds.min, target.policy.bounds.max);
        (target.state_key(), target.queues.to_string(), bounds, target.policy.up_cycles)
    });
    let expected = [
        ("shop/worker", "jobs", (1, 5), 2),
        ("shop/mailer#dry-run", "mail", (1, 20), 2),
        ("billing/worker", "invoices", (1, 5), 2),
    ];
    let expected = expected.map(|(key, queue, bounds, up)| (key.into(), queue.into(), bounds, up));
    assert!(shown.eq(expected));
    assert_eq!(RuleName::from(&targets[1].target.policy.rule), RuleName::Target);
    assert_eq!(targets[2].sqs.head.region, "eu-west-3");
}

#[test]
fn a_token_stays_with_its_account() {
    let [of_environment, _, billing] = &valid(FLEET)[..] else { panic!("three targets") };
    assert!(matches!(&of_environment.heroku.token, SecretSource::Given(_)));
    assert_eq!(of_environment.heroku.account, None);
    let SecretSource::Parameter(parameter) = &billing.heroku.token else { panic!("a reference") };
    assert_eq!(parameter.name(), "/dynoscaler/billing");
    assert_eq!(billing.heroku.account.as_deref(), Some("billing"));
    assert_eq!(billing.heroku.description, "dynoscaler for billing");
    // An account without a token has not that of the environment.
    let text = ONE.to_owned() + "account = \"a\"\n[account.a]\ndescription = \"a\"\n";
    assert!(faults(&[], &text).contains("token is not set"), "{}", faults(&[], &text));
}

const ONE: &str = "[[target]]\napp = \"shop\"\nprocess = \"worker\"\nqueue = \"jobs\"\n";

#[test]
fn a_pair_of_keys_is_of_one_origin() {
    let keys = [(variable::AWS_KEY, "AKIAOTHER"), (variable::AWS_SECRET, "other-secret")];
    let text = ONE.to_owned() + "aws_key = \"AKIAOWN\"\n";
    let faults = faults(&keys, &text);
    assert!(faults.contains("aws_secret is not set: it must be set together"), "{faults}");
}

#[test]
fn what_the_file_gives_is_not_asked_of_the_environment() {
    let given = [
        (variable::APP, ""),
        (variable::PROCESS, ""),
        (variable::SQS_NAME, ""),
        (variable::MAX_DYNOS, ""),
        (variable::TOKEN, ""),
        (variable::DESCRIPTION, ""),
    ];
    let text = ONE.to_owned()
        + "max_dynos = 3\naccount = \"a\"\n[account.a]\ntoken = \"ssm:/a\"\ndescription = \"a\"\n";
    assert!(matches!(read(&given, &text).unwrap()[..], [Member::Valid(_)]));
}

#[test]
fn an_empty_text_takes_a_default_away() {
    let text = "[defaults]\nmax_step_up = 2\n".to_owned() + ONE + "max_step_up = \"\"\n";
    assert_eq!(valid(&text)[0].target.policy.max_step_up, None);
}

#[test]
fn a_fault_of_one_target_is_its_own_and_named_with_file_target_and_key() {
    for (changes, line, expected) in [
        (vec![], "max_dynos = 0", "max_dynos = \"0\" must be a whole number from 1 to 9999"),
        (vec![], "max_dynos = 0x10", "max_dynos = \"0x10\" must be a whole number from 1 to 9999"),
        (vec![], "account = \"b\"", "account = \"b\" must be the name of an [account.NAME] of the"),
        (vec![(variable::MAX_DYNOS, "")], "", "max_dynos is not set: it must be a whole number"),
        (
            vec![(variable::MAX_DYNOS, "x")],
            "",
            "DYNOSCALER_MAX_DYNOS = \"x\" must be a whole number",
        ),
        (vec![], "min_dynos = 9", "min_dynos = \"9\" must be at most DYNOSCALER_MAX_DYNOS"),
        (vec![], "policy = \"best\"", "policy = \"best\" must be one of step, target, rate"),
    ] {
        let found = faults(&changes, &format!("{ONE}{line}\n"));
        let expected = format!("targets.toml, shop/worker: {expected}");
        assert!(found.starts_with(&expected), "{line}: {found}");
    }
    let text = ONE.to_owned() + "max_dynos = 0\nup_cycles = 0\n" + &ONE.replace("worker", "mailer");
    let members = read(&[], &text).unwrap();
    assert!(matches!(&members[..], [Member::Faulty(_), Member::Valid(_)]), "{members:?}");
    let Member::Faulty(target) = &members[0] else { panic!() };
    assert_eq!((target.id.to_string(), target.error.faults().len()), ("shop/worker".into(), 2));
}

#[test]
fn a_target_with_an_invalid_name_is_named_as_it_is_written() {
    let members = read(&[], &ONE.replace("shop", "The Shop")).unwrap();
    let [Member::Faulty(target)] = &members[..] else { panic!("{members:?}") };
    assert_eq!(target.id.to_string(), "The Shop/worker");
}

#[test]
fn each_fault_of_the_file_is_named() {
    let twice = ONE.to_owned() + ONE;
    for (text, expected) in [
        ("[[target]]\napp = \"a", "line 2: no TOML: "),
        ("", "there must be a [[target]]"),
        ("[defaults]\nmax_dynos = 5", "there must be a [[target]]"),
        ("[[targets]]\napp = \"a\"", "targets is no part of a targets file"),
        ("defaults = 5", "defaults must be a table: [defaults]"),
        ("[target]\napp = \"a\"", "target must be tables: [[target]]"),
        (
            "[[target]]\nmax_dyno = 5",
            "line 2: target 1: max_dyno is no setting of a target: the nearest is max_dynos",
        ),
        (
            "[[target]]\nacount = \"a\"",
            "target 1: acount is no setting of a target: the nearest is account",
        ),
        (
            "[defaults]\ntable = \"t\"",
            "[defaults]: table is no setting of a target: the nearest is ",
        ),
        (
            "[account.a]\ntokn = \"ssm:/a\"",
            "[account.a]: tokn is no setting of an account: the nearest is token",
        ),
        (
            "[account.a]\ntoken = \"HRKU-plain-token\"",
            "[account.a]: token must be ssm:/name, and no secret itself",
        ),
        (
            "[[target]]\nmax_dynos = [5]",
            "target 1: max_dynos must be text, a number, true or false",
        ),
        ("[[target]]\nqueue = [5, []]", "target 1: queue must be text, or a list of texts"),
        (
            "[[target]]\napp = \"HRKU-0123456789abcdef0\"",
            "target 1 must have app: a name that may be shown",
        ),
        (
            &twice,
            "line 5: target 2 must be another target than target 1 in line 1: both are shop/worker",
        ),
    ] {
        let found = fault(text);
        assert!(found.starts_with("targets.toml is not valid: "), "{found}");
        assert!(found.contains(expected), "{text}: {found}");
        assert!(!found.contains("HRKU"), "{found}");
    }
    let both = fault("[[target]]\nmax_dyno = 5\n[[targets]]\n[account]\na = 1\n");
    assert_eq!(both.matches(';').count(), 2, "every fault at once: {both}");
}

#[test]
fn queues_are_a_text_or_a_list() {
    for queues in ["[\"jobs\", \"mail\"]", "\"jobs,mail\""] {
        let targets = valid(&ONE.replace("\"jobs\"", queues));
        assert_eq!(targets[0].target.queues.to_string(), "jobs,mail");
    }
}

#[test]
fn the_file_is_found_in_the_package_or_the_working_directory_or_a_parameter() {
    let root = "/var/task";
    for (text, root, expected) in [
        ("targets.toml", Some(root), "/var/task/targets.toml"),
        ("/etc/targets.toml", Some(root), "/etc/targets.toml"),
        ("targets.toml", None, "targets.toml"),
        ("ssm:/dynoscaler/targets", Some(root), "ssm:/dynoscaler/targets"),
    ] {
        let changes = [(variable::TARGETS, text), (variable::TASK_ROOT, root.unwrap_or_default())];
        assert_eq!(process(&changes).1.source.to_string(), expected);
    }
    let Err(error) =
        Targets::in_function(&environment(&with(&[(variable::TARGETS, "ssm:targets")])))
    else {
        panic!("no name of a parameter")
    };
    assert!(error.to_string().contains("DYNOSCALER_TARGETS = \"ssm:targets\" must be ssm:"));
    assert!(matches!(process(&[]).1.source, TargetsSource::File(_)));
}

#[test]
fn faults_of_the_process_are_found_before_the_file_is_read() {
    let environment = environment(&with(&[(variable::TARGETS, "t.toml"), (variable::TABLE, "")]));
    let error = Targets::in_function(&environment).unwrap_err().to_string();
    assert!(error.contains("DYNOSCALER_TABLE is not set"), "{error}");
    let without: Targets = Targets::in_function(&crate::config::environment(&with(&[]))).unwrap();
    assert!(matches!(without, Targets::One(one) if Arc::strong_count(&one.process) == 1));
}
