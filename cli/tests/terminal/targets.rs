//! `dynoscaler targets`: what a targets file says, without a call.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::{BINARY, stderr, stdout};

const FLEET: &str = r#"
[defaults]
max_dynos = 8

[[target]]
app = "shop"
process = "worker"
queue = "jobs"

[[target]]
app = "shop"
process = "mailer"
queue = ["mail", "newsletter"]
policy = "rate"
schedule = "mon-fri 08:00-18:00 2..10"

[[target]]
app = "billing"
process = "worker"
queue = "invoices"
account = "billing"
backlog_threshold = 12.5
dry_run = true

[account.billing]
token = "ssm:/dynoscaler/billing"
description = "dynoscaler for billing"
"#;

/// The check of a text in a file `targets.toml`, with these variables and no other.
fn checked(text: &str, variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("targets.toml"), text).unwrap();
    check(folder.path(), variables)
}

/// The policies of a text, by their parts.
fn policy(text: &str, flags: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("targets.toml"), text).unwrap();
    let mut command = Command::new(BINARY);
    command.args(["targets", "policy", "targets.toml", "--account", "111122223333"]).args(flags);
    command.current_dir(folder.path()).env_clear().env("AWS_REGION", "eu-west-1").output().unwrap()
}

fn statements(output: &Output) -> Vec<Value> {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    let policy: Value = serde_json::from_str(&stdout(output)).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    policy["Statement"].as_array().unwrap().clone()
}

fn check(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(["targets", "check", "targets.toml"]).current_dir(folder).env_clear();
    command.envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn a_check_says_what_each_target_will_be() {
    let output = checked(FLEET, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let expected = "\
target                                  dynos  threshold  policy  queues
shop/worker                            1 to 8        100    step  jobs
shop/mailer               1 to 8, by the hour        100    rate  mail, newsletter
billing/worker (dry run)               1 to 8       12.5    step  invoices

targets.toml: 3 targets, all valid
";
    assert_eq!(stdout(&output), expected);
}

#[test]
fn what_the_file_leaves_out_is_the_shells_and_then_the_templates() {
    let variables = [("DYNOSCALER_MIN_DYNOS", "3"), ("DYNOSCALER_MAX_DYNOS", "4")];
    let shown = stdout(&checked(FLEET, &variables));
    assert!(shown.contains("3 to 8"), "{shown}");
}

#[test]
fn every_fault_of_a_file_is_listed_at_once() {
    let text = FLEET
        .replace("policy = \"rate\"", "polcy = \"rate\"\nmin_dynos = 9")
        .replace("ssm:/dynoscaler/billing", "HRKU-a-token-in-the-file")
        + "[[target]]\napp = \"shop\"\nprocess = \"worker\"\n";
    let output = checked(&text, &[]);
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    for expected in [
        "targets.toml:14: target 2: polcy is no setting of a target: the nearest is policy",
        "targets.toml:27: [account.billing]: token must be ssm:/name, and no secret itself",
        "targets.toml:29: target 4 must be another target than target 1 in line 5: both are shop/worker",
        "targets.toml:15: shop/mailer: min_dynos = \"9\"",
        "targets.toml: 3 targets, 4 faults",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert!(!shown.contains("HRKU"), "{shown}");
}

#[test]
fn what_a_file_gives_wrongly_is_not_also_missing() {
    let one = "[[target]]\napp = \"shop\"\nprocess = \"worker\"\nqueue = \"jobs\"\n";
    let of_account = |account: &str| format!("{one}account = \"a\"\n{account}\n");
    for (text, fault) in [
        (of_account("[account.a]\ntoken = \"HRKU-plain\"\ndescription = \"a\""), "token must"),
        (of_account("[account.a]\ntoken = []\ndescription = \"a\""), "token"),
        (of_account("[account]\na = 1"), "[account.a] must be a table"),
        (format!("{one}account = []\n"), "account must be text"),
        (one.replace("\"jobs\"", "{}"), "queue must be text"),
        (one.replace("\"shop\"", "[]"), "app must be text"),
    ] {
        let output = checked(&text, &[]);
        let shown = stdout(&output);
        assert!(shown.contains(fault) && shown.ends_with(", 1 fault\n"), "{text}: {shown}");
    }
}

/// The lines that a check names, in their order.
fn lines_named(text: &str, variables: &[(&str, &str)]) -> Vec<Option<usize>> {
    let output = checked(text, variables);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    let shown = stdout(&output);
    let faults = shown.lines().filter_map(|line| line.strip_prefix("error  targets.toml:"));
    faults.map(|rest| rest.split(':').next().and_then(|line| line.parse().ok())).collect()
}

#[test]
fn a_fault_has_the_line_on_which_it_is_repaired() {
    let one = "[[target]]\napp = \"shop\"\nprocess = \"worker\"\nqueue = \"jobs\"\n";
    let with = |rest: &str| format!("{one}{rest}");
    for (text, variables, lines) in [
        ("# nothing\n".to_owned(), vec![], vec![None]),
        ("[[target]]\n\napp = \"a".to_owned(), vec![], vec![Some(3)]),
        ("\ndefaults = 5\n".to_owned() + one, vec![], vec![Some(2)]),
        (with("\n[[targets]]\n[acount.a]\n"), vec![], vec![Some(6), Some(7)]),
        (with("max_dynos = 0\nup_cycles = 0\n"), vec![], vec![Some(5), Some(6)]),
        // A value is where it is given, and what is missing where it is to be given.
        ("[defaults]\nmax_dynos = 0\n".to_owned() + one, vec![], vec![Some(2)]),
        ("[defaults]\nmax_dynos = 0\n".to_owned() + one + "max_dynos = 0\n", vec![], vec![Some(7)]),
        ("\n".to_owned() + &one.replace("queue = \"jobs\"\n", ""), vec![], vec![Some(2)]),
        (with("account = \"a\"\n"), vec![], vec![Some(5)]),
        (
            with("account = \"a\"\n\n[account.a]\ntoken = \"ssm:a\"\ndescription = \"a\"\n"),
            vec![],
            vec![Some(8)],
        ),
        (
            "target = [\n  { app = \"shop\", process = \"worker\", queue = \"jobs\" },\n  5,\n]\n"
                .to_owned(),
            vec![],
            vec![Some(3)],
        ),
        // The shell's are in no line.
        (one.to_owned(), vec![("DYNOSCALER_MAX_DYNOS", "x")], vec![None]),
    ] {
        assert_eq!(lines_named(&text, &variables), lines, "{text}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let output = check(tempfile::tempdir().unwrap().path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("targets.toml"), "{}", stderr(&output));
}

#[test]
fn the_policy_lists_the_queues_and_tokens_of_the_file_and_nothing_else() {
    let parameter = "arn:aws:ssm:eu-west-1:111122223333:parameter/dynoscaler/billing";
    let queues = ["invoices", "jobs", "mail", "newsletter"];
    let queues = queues.map(|name| format!("arn:aws:sqs:eu-west-1:111122223333:{name}"));
    let expected = [
        json!({
            "Sid": "ReadBacklog",
            "Effect": "Allow",
            "Action": ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
            "Resource": queues,
        }),
        json!({
            "Sid": "ReadSecrets",
            "Effect": "Allow",
            "Action": ["ssm:GetParameter"],
            "Resource": [parameter],
        }),
        json!({
            "Sid": "DecryptSecrets",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": ["arn:aws:kms:eu-west-1:111122223333:key/*"],
            "Condition": { "StringEquals": {
                "kms:ViaService": "ssm.eu-west-1.amazonaws.com",
                "kms:EncryptionContext:PARAMETER_ARN": [parameter],
            } },
        }),
    ];
    assert_eq!(statements(&policy(FLEET, &[])), expected);
}

#[test]
fn the_policy_has_each_form_of_a_queue_and_a_secret_once() {
    let target = |process: &str, rest: &str| {
        format!("[[target]]\napp = \"shop\"\nprocess = \"{process}\"\n{rest}\n")
    };
    let text = [
        target("a", "queue = \"arn:aws:sqs:us-east-1:444455556666:jobs\""),
        target("b", "queue = \"https://sqs.eu-west-3.amazonaws.com/444455556666/mail.fifo\""),
        target("c", "queue = \"own\"\nqueue_region = \"eu-west-2\""),
        target("d", "queue = \"own\"\nqueue_region = \"eu-west-2\"\naccount = \"other\""),
        target("e", "queue = \"theirs\"\naws_key = \"AKIAIOSFODNN7EXAMPLE\"\naws_secret = \"ssm:/theirs\""),
        "[account.other]\ntoken = \"ssm:/aws/reference/secretsmanager/heroku\"\ndescription = \"d\"\n".to_owned(),
    ];
    let statements = statements(&policy(&text.concat(), &[]));
    let resources = |sid: &str| {
        let found = statements.iter().find(|statement| statement["Sid"] == sid);
        found.map(|statement| statement["Resource"].clone())
    };
    let queues = [
        "arn:aws:sqs:eu-west-2:111122223333:own",
        "arn:aws:sqs:eu-west-3:444455556666:mail.fifo",
        "arn:aws:sqs:us-east-1:444455556666:jobs",
    ];
    assert_eq!(resources("ReadBacklog"), Some(json!(queues)));
    let home = "eu-west-1:111122223333";
    let parameters = [
        format!("arn:aws:ssm:{home}:parameter/aws/reference/secretsmanager/heroku"),
        format!("arn:aws:ssm:{home}:parameter/theirs"),
    ];
    assert_eq!(resources("ReadSecrets"), Some(json!(parameters)));
    let secret = format!("arn:aws:secretsmanager:{home}:secret:heroku-??????");
    assert_eq!(resources("ReadSecretsOfSecretsManager"), Some(json!([secret])));
    assert_eq!(statements.len(), 5);
}

/// As AWS counts: without white space.
#[test]
fn a_policy_that_aws_would_not_take_is_divided() {
    let target = |number: usize| {
        format!(
            "[[target]]\napp = \"shop\"\nprocess = \"w{number}\"\nqueue = \"queue-of-a-worker-{number:03}\"\n"
        )
    };
    let text: String = (0..200).map(target).collect();
    let refused = policy(&text, &[]);
    let says = "targets.toml needs 2 policies: write each by itself, --part 1 to --part 2";
    assert!(stderr(&refused).contains(says), "{}", stderr(&refused));
    let mut queues = Vec::new();
    for part in ["1", "2"] {
        let output = policy(&text, &["--part", part]);
        let [backlog] = &statements(&output)[..] else { panic!("one statement") };
        queues.extend(backlog["Resource"].as_array().unwrap().clone());
        let compact: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert!(compact.to_string().len() <= 6_144);
    }
    assert_eq!(queues.len(), 200);
    let beyond = policy(&text, &["--part", "3"]);
    assert!(stderr(&beyond).contains("--part must be at most 2"), "{}", stderr(&beyond));
}

#[test]
fn a_file_with_a_fault_has_no_policy() {
    let refused = policy("[[target]]\napp = \"shop\"\nprocess = \"worker\"\n", &[]);
    let says = "targets.toml is not valid: see dynoscaler targets check";
    assert_eq!((refused.status.code(), stdout(&refused).as_str()), (Some(1), ""));
    assert!(stderr(&refused).contains(says), "{}", stderr(&refused));
}
