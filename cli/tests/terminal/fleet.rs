//! Many targets of one file: all of them, one of them, and the worst first.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use support::server::Reply;
use support::services::{READ_FORMATION, Services, function, ok};
use support::store;

use crate::{BINARY, stderr, stdout};

const FLEET: &str = r#"
[[target]]
app = "my-app"
process = "cron"
queue = "ticks"
backlog_threshold = 1000

[[target]]
app = "my-app"
process = "worker"
queue = "jobs"

[[target]]
app = "my-app"
process = "mailer"
queue = "mail"
backlog_threshold = 10

[[target]]
app = "ghost"
process = "worker"
queue = "jobs"
account = "ghosts"

[account.ghosts]
token = "ssm:/dynoscaler/ghosts"
description = "dynoscaler for ghosts"
"#;

/// Three process types of one app, each with 450 messages, and an app that Heroku does not have.
async fn services() -> Services {
    let services = Services::start(450).await;
    services.set_answer("GetParameter", || store::holds("HRKU-of-ghosts"));
    services.set_answer(READ_FORMATION, || {
        let types = [("cron", 1), ("worker", 1), ("mailer", 5)];
        let entry =
            |(name, quantity)| json!({ "type": name, "quantity": quantity, "size": "Standard-1X" });
        let body = json!(types.map(entry)).to_string();
        Reply::Answer(200, &[("Oauth-Scope", "write")], body)
    });
    services
}

/// A folder with the file, which goes with it.
fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("targets.toml"), text).unwrap();
    folder
}

/// A command about the targets of a file, with the variables of one target beneath it.
fn of(services: &Services, folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = services.dynoscaler(BINARY, arguments);
    command.args(["--targets", "targets.toml"]).current_dir(folder.path());
    command
}

fn output(services: &Services, arguments: &[&str]) -> Output {
    of(services, &folder(FLEET), arguments).output().unwrap()
}

fn first_words(shown: &str) -> Vec<&str> {
    shown.lines().filter_map(|line| line.split_whitespace().next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn status_has_the_worst_target_first_and_reads_an_app_once() {
    let services = services().await;
    let output = output(&services, &["status"]);
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "one is unknown: {shown}");
    let expected = [
        "targets.toml:",
        "target",
        "ghost/worker",
        "my-app/mailer",
        "my-app/worker",
        "my-app/cron",
    ];
    assert_eq!(first_words(&shown)[..6], expected, "{shown}");
    for expected in [
        "4 targets, 1 unknown, 2 above threshold, at ",
        "HerokuNotFound",
        "  5 of 5      450     90 of 10  AtMax\n",
        "  1 of 5      450   450 of 100  ScaleUp to 2 in 2 cycles\n",
        "my-app/mailer: If the backlog keeps growing",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert!(shown.lines().take(7).all(|line| line.chars().count() <= 80), "{shown}");
    assert_eq!(services.count(READ_FORMATION), 1);
    assert_eq!(services.count("UpdateItem"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_as_json_is_a_list_of_what_it_is_for_one_target() {
    let services = services().await;
    let list: Value =
        serde_json::from_slice(&output(&services, &["status", "--json"]).stdout).unwrap();
    let targets = list["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 4);
    assert_eq!((&targets[0]["app"], &targets[0]["next"]), (&"ghost".into(), &Value::Null));
    let arguments = ["status", "--json", "--target", "my-app/mailer"];
    let one: Value = serde_json::from_slice(&output(&services, &arguments).stdout).unwrap();
    assert_eq!((&one["process"], &one["next"]), (&"mailer".into(), &targets[1]["next"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_target_has_a_row_and_the_others_theirs() {
    let services = services().await;
    let folder = folder(&FLEET.replace("\"ticks\"", "\"ticks\"\nmax_dynos = 0"));
    let output = of(&services, &folder, &["status"]).output().unwrap();
    let shown = stdout(&output);
    assert!(shown.contains("4 targets, 2 unknown"), "{shown}");
    assert!(shown.contains("my-app/cron: max_dynos = \"0\" must be"), "{shown}");
    assert!(shown.contains("ScaleUp to 2 in 2 cycles"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_target_of_a_file_is_shown_in_full() {
    let services = Services::start(450).await;
    let text = "[[target]]\napp = \"my-app\"\nprocess = \"worker\"\nqueue = \"jobs\"\n";
    let output = of(&services, &folder(text), &["status"]).output().unwrap();
    assert!(stdout(&output).contains("450 waiting"), "{}", stdout(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_target_is_refused_with_the_nearest_and_all() {
    let services = services().await;
    for command in ["status", "cycle", "run", "pause", "resume"] {
        let output = output(&services, &[command, "--target", "my-app/mailr"]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        let expected = "there is no target my-app/mailr; the nearest is my-app/mailer, of \
            my-app/cron, my-app/worker, my-app/mailer, ghost/worker";
        assert!(stderr(&output).contains(expected), "{command}: {}", stderr(&output));
    }
    assert!(services.server.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_is_one_of_each_target_or_of_the_one_that_is_named() {
    let services = services().await;
    let folder = folder(FLEET);
    let reasons = |arguments: &[&str]| {
        let mut command = of(&services, &folder, &["cycle", "--dry-run"]);
        command.args(["--state-file", "state.redb"]).args(arguments);
        let shown = stdout(&command.env_remove("DYNOSCALER_TABLE").output().unwrap());
        let records = shown.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let named = records.filter(|record| record["app"] != Value::Null);
        let mut reasons: Vec<_> =
            named.map(|record| format!("{}: {}", record["process"], record["reason"])).collect();
        reasons.sort();
        reasons
    };
    let all = reasons(&[]);
    let expected = [
        "\"cron\": \"CountingDown\"",
        "\"mailer\": \"CountingUp\"",
        "\"worker\": \"CountingUp\"",
        "\"worker\": \"HerokuNotFound\"",
    ];
    assert_eq!(all, expected);
    let one = reasons(&["--target", "my-app/mailer"]);
    assert_eq!(one, ["\"mailer\": \"AtMax\""]);
}

/// The keys of all items that were written.
fn written(services: &Services) -> Vec<String> {
    let requests = services.server.requests();
    let is_write = |target: Option<&str>| target.is_some_and(|it| it.ends_with("UpdateItem"));
    let writes = requests.iter().filter(|request| is_write(request.header("x-amz-target")));
    let key =
        |body: &str| serde_json::from_str::<Value>(body).unwrap()["Key"]["target"]["S"].clone();
    let mut keys: Vec<_> = writes.map(|it| key(&it.body).as_str().unwrap().to_owned()).collect();
    keys.sort();
    keys.dedup();
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_several_targets_needs_a_name_or_all() {
    let services = services().await;
    for command in ["pause", "resume"] {
        let refused = output(&services, &[command]);
        assert_eq!(refused.status.code(), Some(1));
        let expected = "targets.toml has several targets: choose one with --target, of my-app/cron";
        assert!(stderr(&refused).contains(expected), "{}", stderr(&refused));
    }
    assert_eq!(written(&services), [""; 0]);
    let one = output(&services, &["pause", "--target", "my-app/mailer"]);
    assert_eq!(one.status.code(), Some(0), "{}", stderr(&one));
    assert!(stdout(&one).starts_with("my-app/mailer: paused until"), "{}", stdout(&one));
    assert_eq!(written(&services), ["my-app/mailer"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_all_targets_is_refused_for_none_but_those_that_are_not_there() {
    let services = services().await;
    let folder = folder(FLEET);
    let all = |command: &str| {
        let mut command = of(&services, &folder, &[command, "--all", "--state-file", "state.redb"]);
        let output = command.env_remove("DYNOSCALER_TABLE").output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let expected = "error: Heroku has no ghost/worker, and no cycle ever wrote its state";
        assert!(stderr(&output).starts_with(expected), "{}", stderr(&output));
        stdout(&output)
    };
    let [paused, resumed] = ["pause", "resume"].map(all);
    for process in ["cron", "worker", "mailer"] {
        assert!(paused.contains(&format!("my-app/{process}: paused until")), "{paused}");
        assert!(resumed.contains(&format!("my-app/{process}: resumed; it was")), "{resumed}");
    }
}

/// A function whose settings name its targets so, called by its name.
async fn deployed(targets: &'static str) -> Services {
    let services = services().await;
    let url = services.server.url.clone();
    services.set_answer("GET /2015-03-31/functions/scaler/configuration", move || {
        ok(&function(&json!({
            "MY_HEROKU_AUTH_TOKEN": "HRKU-token",
            "MY_HEROKU_AUTH_DES": "made for tests",
            "HEROKU_API_URL": url,
            "DYNOSCALER_MIN_DYNOS": "1",
            "DYNOSCALER_MAX_DYNOS": "5",
            "DYNOSCALER_UP_CYCLES": "2",
            "DYNOSCALER_DOWN_CYCLES": "3",
            "DYNOSCALER_BACKLOG_THRESHOLD": "100",
            "DYNOSCALER_TABLE": "states",
            "DYNOSCALER_SETTINGS": format!("DYNOSCALER_TARGETS={targets}"),
        })))
    });
    services
}

fn at_night(services: &Services, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = services.dynoscaler(BINARY, arguments);
    command.args(["--function", "scaler"]).current_dir(folder).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_targets_of_a_deployed_function_are_read_from_its_parameter() {
    let services = deployed("ssm:/dynoscaler/targets").await;
    let text = "[[target]]\napp = \"my-app\"\nprocess = \"worker\"\nqueue = \"jobs\"\n\
        [[target]]\napp = \"my-app\"\nprocess = \"cron\"\nqueue = \"ticks\"\n";
    services.set_answer("GetParameter", move || store::holds(text));
    let folder = tempfile::tempdir().unwrap();
    let output = at_night(&services, folder.path(), &["status"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stdout(&output).starts_with("ssm:/dynoscaler/targets: 2 targets"),
        "{}",
        stdout(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_the_package_of_a_deployed_function_is_asked_for() {
    let services = deployed("targets.toml").await;
    let folder = folder(FLEET);
    let output = at_night(&services, folder.path(), &["status"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = "the targets of function scaler are in targets.toml, in its package, which \
        cannot be read from here: give the same file with --targets";
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    let output = at_night(&services, folder.path(), &["status", "--targets", "targets.toml"]);
    assert!(stdout(&output).contains("4 targets"), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_each_account_s_turns_and_each_target_s_faults() {
    let services = services().await;
    let findings = |arguments: &[&str]| {
        let output = output(&services, arguments);
        (output.status.code(), stdout(&output))
    };
    let (status, shown) = findings(&["doctor", "--json"]);
    assert_eq!(status, Some(2), "{shown}");
    let found: Value = serde_json::from_str(&shown).unwrap();
    let of = |check: &str, target: &Value| {
        let all = found["findings"].as_array().unwrap().iter();
        let mut of = all.filter(|it| it["check"] == check && it["target"] == *target);
        of.next().unwrap_or_else(|| panic!("{check} {target}: {shown}")).clone()
    };
    let expected =
        "account ghosts: 1 app, each with a turn every minute (k = 1), 60 of 4,500 calls an hour";
    let accounts =
        found["findings"].as_array().unwrap().iter().filter(|it| it["check"] == "accounts");
    assert!(accounts.clone().any(|it| it["finding"] == expected), "{shown}");
    assert_eq!(accounts.count(), 2);
    assert_eq!(of("heroku-app", &"ghost/worker".into())["severity"], "error");
    assert_eq!(of("heroku-app", &"my-app/worker".into())["severity"], "ok");
    assert_eq!(of("targets", &Value::Null)["finding"], "targets.toml has 4 targets");
    let (_, shown) = findings(&["doctor"]);
    let sections: Vec<_> = shown.split("\n\n").map(|it| it.lines().next().unwrap()).collect();
    assert_eq!(sections[1], "ghost/worker", "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_warns_of_turns_before_they_come() {
    let services = services().await;
    let app = |number| {
        format!("[[target]]\napp = \"app-{number}\"\nprocess = \"worker\"\nqueue = \"jobs\"\n")
    };
    let text: String = (0..61).map(app).collect();
    let output = of(&services, &folder(&text), &["doctor", "--every", "60s"]).output().unwrap();
    let expected =
        "61 apps, each with a turn every 2 minutes (k = 2), 1,830 of 4,500 calls an hour";
    assert!(stdout(&output).contains(expected), "{}", stdout(&output));
}

#[test]
fn an_empty_shell_is_shown_the_ways_out() {
    for command in ["status", "cycle", "pause"] {
        let output = Command::new(BINARY).arg(command).env_clear().output().unwrap();
        let shown = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        for expected in [
            " are not valid:\n  MY_HEROKU_AS_APP is not set",
            "\n  AWS_SQS_NAME",
            "--stack NAME",
            "--targets FILE",
        ] {
            assert!(shown.contains(expected), "{expected}: {shown}");
        }
    }
}

#[test]
fn one_missing_variable_is_shown_the_ways_out_and_a_wrong_one_its_bound_alone() {
    let variables = [
        ("MY_HEROKU_AS_APP", "shop"),
        ("MY_HEROKU_AS_PROCESS", "worker"),
        ("MY_HEROKU_AUTH_TOKEN", "0123456789"),
        ("MY_HEROKU_AUTH_DES", "dynoscaler"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_SQS_NAME", "jobs"),
        ("DYNOSCALER_MIN_DYNOS", "1"),
        ("DYNOSCALER_MAX_DYNOS", "5"),
        ("DYNOSCALER_BACKLOG_THRESHOLD", "100"),
        ("DYNOSCALER_UP_CYCLES", "2"),
        ("DYNOSCALER_DOWN_CYCLES", "5"),
    ];
    let status = |name, value| {
        let mut command = Command::new(BINARY);
        command.arg("status").env_clear().envs(variables).env(name, value);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        stderr(&output)
    };
    let missing = status("AWS_SQS_NAME", "");
    let first = "1 environment variable is not valid:\n  AWS_SQS_NAME is not set";
    for expected in [first, "--stack NAME", "--targets FILE", "docs/CONFIGURATION.md"] {
        assert!(missing.contains(expected), "{expected}: {missing}");
    }
    let wrong = status("DYNOSCALER_MAX_DYNOS", "many");
    assert!(wrong.contains("DYNOSCALER_MAX_DYNOS = \"many\" must be a whole number"), "{wrong}");
    assert!(!wrong.contains("--stack NAME"), "{wrong}");
}

#[test]
fn a_region_that_is_missing_is_shown_what_sets_it_and_no_way_that_does_not() {
    let fleet = folder("[[target]]\napp = \"shop\"\nprocess = \"worker\"\nqueue = \"jobs\"\n");
    let shown = |variables: &[(&str, &str)]| {
        let mut command = Command::new(BINARY);
        command.args(["status", "--targets", "targets.toml"]).current_dir(fleet.path());
        stderr(&command.env_clear().envs(variables.iter().copied()).output().unwrap())
    };
    let missing = shown(&[]);
    assert!(missing.contains("AWS_REGION is not set"), "{missing}");
    assert!(missing.contains("Set AWS_REGION, or AWS_PROFILE"), "{missing}");
    assert!(!missing.contains("--targets FILE") && !missing.contains("--stack"), "{missing}");
    let both = shown(&[("ELK_ELASTIC_URL", "https://localhost")]);
    assert!(both.contains("Set AWS_REGION") && both.contains("--stack NAME"), "{both}");
    assert!(!both.contains("--targets FILE"), "{both}");
}

/// A record of a cycle at a minute, with so many messages for 5 dynos.
fn record(process: &str, minute: u32, messages: u64, error: Option<&str>) -> String {
    let each = error.is_none().then_some(messages / 5);
    let record = json!({
        "tick": format!("2026-01-31T12:{minute:02}:00Z"), "app": "my-app", "process": process,
        "reason": if error.is_some() { "BacklogUnavailable" } else { "AtMax" }, "action": "none",
        "sqs_messages": messages, "in_flight": 0, "delayed": 0, "active_dynos": 5,
        "required_dynos": 5, "backlog_per_instance": each, "backlog_threshold": 100, "error": error,
    });
    format!("{record}\n")
}

/// A folder with the file of targets, and a log of three of them.
fn logged() -> TempDir {
    let folder = folder(FLEET);
    let records = [
        record("cron", 1, 0, None),
        record("cron", 2, 0, None),
        record("worker", 1, 5_000, None),
        record("worker", 2, 0, None),
        record("mailer", 1, 0, None),
        record("mailer", 2, 0, Some("no answer")),
    ];
    fs::write(folder.path().join("log.jsonl"), records.concat()).unwrap();
    folder
}

fn looked_back(arguments: &[&str]) -> Output {
    let folder = logged();
    let mut command = Command::new(BINARY);
    command.args(arguments).args(["--file", "log.jsonl"]).current_dir(folder.path()).env_clear();
    command.output().unwrap()
}

#[test]
fn history_of_several_targets_is_a_table_with_the_worst_first() {
    let output = looked_back(&["history"]);
    let expected = "\
target         cycles  failed  changes  dynos   above  last cycle
my-app/mailer       2       1        0    5.0  0.00 %  BacklogUnavailable
my-app/worker       2       0        0    5.0  50.0 %  AtMax
my-app/cron         2       0        0    5.0  0.00 %  AtMax

The events of one: --target APP/PROCESS
";
    assert_eq!(stdout(&output), expected, "{}", stderr(&output));
    let one = looked_back(&["history", "--target", "my-app/mailer"]);
    assert!(stdout(&one).starts_with("my-app/mailer\ncycle "), "{}", stdout(&one));
    let none = looked_back(&["history", "--target", "my-app/web"]);
    let expected = "no record of --target my-app/web, but of my-app/cron, my-app/mailer";
    assert!(stderr(&none).contains(expected), "{}", stderr(&none));
}

#[test]
fn a_target_of_which_nothing_is_known_is_not_one_without_backlog() {
    let folder = logged();
    let each = "\"backlog_per_instance\":0";
    let unknown =
        |minute| record("ticks", minute, 0, None).replace(each, &each.replace('0', "null"));
    let records: String = [1, 2].map(unknown).concat();
    let known = fs::read_to_string(folder.path().join("log.jsonl")).unwrap();
    fs::write(folder.path().join("log.jsonl"), known + &records).unwrap();
    let mut command = Command::new(BINARY);
    command.args(["history", "--file", "log.jsonl"]).current_dir(folder.path()).env_clear();
    let shown = stdout(&command.output().unwrap());
    let expected = "\
target         cycles  failed  changes  dynos   above  last cycle
my-app/mailer       2       1        0    5.0  0.00 %  BacklogUnavailable
my-app/ticks        2       0        0    5.0       ?  AtMax
my-app/worker       2       0        0    5.0  50.0 %  AtMax
my-app/cron         2       0        0    5.0  0.00 %  AtMax

Where `above` is ?, no cycle has read both the queue and the dynos: that is not 0.
The events of one: --target APP/PROCESS
";
    assert_eq!(shown, expected);
}

#[test]
fn history_as_json_has_the_events_of_every_target() {
    let shown: Value = serde_json::from_slice(&looked_back(&["history", "--json"]).stdout).unwrap();
    let targets = shown["targets"].as_array().unwrap();
    let mailer = targets.iter().find(|it| it["target"] == "my-app/mailer").unwrap();
    assert_eq!((&mailer["cycles"], &mailer["failed"]), (&2.into(), &1.into()));
    let expected = json!([{
        "at": "2026-01-31T12:02:00Z", "until": "2026-01-31T12:02:00Z", "cycles": 1,
        "reason": "BacklogUnavailable", "error": "no answer",
    }]);
    assert_eq!(mailer["events"], expected);
}

#[test]
fn without_a_source_every_one_is_named() {
    for command in ["history", "report"] {
        let output = Command::new(BINARY).arg(command).env_clear().output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        for way in ["--stack", "--function", "--log-group", "--file"] {
            assert!(stderr(&output).contains(way), "{command}: {}", stderr(&output));
        }
    }
}

/// A command that calls nothing, with the settings of a target of the file.
fn tried(arguments: &[&str]) -> Output {
    let folder = logged();
    let mut command = Command::new(BINARY);
    command.args(arguments).args(["--targets", "targets.toml"]).current_dir(folder.path());
    command.env_clear().envs([
        ("DYNOSCALER_MIN_DYNOS", "1"),
        ("DYNOSCALER_MAX_DYNOS", "5"),
        ("DYNOSCALER_UP_CYCLES", "2"),
        ("DYNOSCALER_DOWN_CYCLES", "3"),
        ("DYNOSCALER_BACKLOG_THRESHOLD", "100"),
    ]);
    command.output().unwrap()
}

#[test]
fn simulate_and_replay_try_the_settings_of_the_target_that_is_named() {
    let simulate = ["simulate", "--json", "--days", "0.01", "--policies", "step", "--target"];
    let named = |name| [&simulate[..], &[name]].concat();
    for (name, threshold) in [("my-app/mailer", 10.0), ("my-app/cron", 1000.0)] {
        let output = tried(&named(name));
        let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(shown["backlog_threshold"], threshold, "{}", stderr(&output));
    }
    let replay = ["replay", "--file", "log.jsonl", "--summary", "--target", "my-app/worker"];
    let shown = stdout(&tried(&[&replay[..], &["--backlog-threshold", "7"]].concat()));
    assert!(shown.contains("\n  backlog_threshold = 7\n"), "{shown}");
    let shown = stdout(&tried(&replay));
    assert!(shown.contains("\n  backlog_threshold = 100\n"), "{shown}");
}

#[test]
fn what_is_to_be_deployed_for_a_target_has_the_names_of_its_file() {
    let simulate = ["simulate", "--days", "0.01", "--policies", "step", "--target", "my-app/cron"];
    let shown = stdout(&tried(&simulate));
    let (_, advice) = shown.split_once("\nTo deploy: ").unwrap();
    let head = "\n  # targets.toml, in the [[target]] of my-app/cron:\n  policy = \"step\"\n";
    assert!(advice.contains(head) && !advice.contains("DYNOSCALER_"), "{advice}");
    let shown = tried(&[&simulate[..], &["--json"]].concat());
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["deploy"]["settings"]["backlog_threshold"], "1000");
}

#[test]
fn simulate_and_replay_of_several_targets_need_a_name() {
    for arguments in [&["simulate", "--days", "0.01"][..], &["replay", "--file", "log.jsonl"]] {
        let output = tried(arguments);
        assert_eq!(output.status.code(), Some(1));
        let expected = "targets.toml has several targets: choose one with --target, of my-app/cron";
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
    let output = tried(&["simulate", "--days", "0.01", "--target", "my-app/crn"]);
    assert!(stderr(&output).contains("the nearest is my-app/cron"), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_every_target_of_the_rounds_in_a_log() {
    let services = services().await;
    let folder = folder(&FLEET.replace("\"ticks\"", "\"ticks\"\nmax_dynos = 0"));
    let round = || {
        let mut command = of(&services, &folder, &["cycle", "--state-file", "state.redb"]);
        stdout(&command.env_remove("DYNOSCALER_TABLE").output().unwrap())
    };
    fs::write(folder.path().join("log.jsonl"), [round(), round()].concat()).unwrap();
    let mut command = Command::new(BINARY);
    command.args(["report", "--json", "--file", "log.jsonl"]).current_dir(folder.path());
    let output = command.env_clear().output().unwrap();
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    let targets = shown["targets"].as_array().unwrap().iter();
    let summed: Vec<_> = targets
        .map(|it| (it["target"].as_str().unwrap(), it["cycles"].as_u64(), it["failed"].as_u64()))
        .collect();
    let expected = [
        ("ghost/worker", Some(2), Some(2)),
        ("my-app/cron", Some(2), Some(2)),
        ("my-app/mailer", Some(2), Some(0)),
        ("my-app/worker", Some(2), Some(0)),
    ];
    assert_eq!(summed, expected);
}
