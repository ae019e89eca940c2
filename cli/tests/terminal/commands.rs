//! The commands that call services, as processes of their own, against servers on loopback.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, mpsc};

use dynoscaler::adapters::SystemClock;
use dynoscaler::ports::Clock as _;
use jiff::SignedDuration;
use serde_json::{Value, json};

use support::server::Reply;
use support::services::{READ_FORMATION, Services, formation, logged, ok, refusal};
use support::store;

use crate::BINARY;

fn records(output: &Output) -> Vec<Value> {
    let shown = String::from_utf8(output.stdout.clone()).unwrap();
    shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn record(output: &Output) -> Value {
    let [record] = &records(output)[..] else { panic!("one record: {output:?}") };
    record.clone()
}

/// A path that no other test has.
fn state_file(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("dynoscaler-{}-{name}.redb", std::process::id()));
    let _ = fs::remove_file(&path);
    path
}

fn with_file(mut command: Command, file: &Path) -> Command {
    command.env_remove("DYNOSCALER_TABLE").arg("--state-file").arg(file);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_from_a_laptop_is_the_function_s_cycle() {
    let services = Services::start(450).await;
    let cycle = || services.dynoscaler(BINARY, &["cycle"]).output().unwrap();
    let reasons: Vec<Value> = (0..2).map(|_| record(&cycle())["reason"].clone()).collect();
    assert_eq!(reasons, ["CountingUp", "ScaleUp"]);
    assert_eq!(services.held().quantity, 2);
    let item = services.held().item.clone().unwrap();
    assert_eq!(item["version"]["N"], "2");
    assert_eq!(item["intent"]["M"]["to"]["N"], "2");
    assert!(!item.contains_key("last_tick"), "an operator's tick moves no watermark");
}

// case F18
#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn a_record_that_cannot_be_written_is_an_error() {
    let services = Services::start(450).await;
    let file = state_file("full");
    for arguments in [&["cycle"][..], &["status"], &["pause"], &["resume"], &["doctor"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = services.dynoscaler(BINARY, arguments);
        if arguments[0] != "doctor" {
            command = with_file(command, &file);
        }
        let output = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {shown}");
        let expected = "error: cannot write to standard output: No space left on device";
        assert!(shown.contains(expected), "{arguments:?}: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_reads_the_secrets_that_are_only_referred_to() {
    let services = Services::start(450).await;
    services.set_answer("GetParameter", || store::holds("HRKU-kept"));
    let mut command = services.dynoscaler(BINARY, &["cycle"]);
    command.env("MY_HEROKU_AUTH_TOKEN", "ssm:/dynoscaler/token");
    let output = command.output().unwrap();
    assert_eq!(record(&output)["reason"], "CountingUp");
    let requests = services.server.requests();
    let bearers = requests.iter().filter_map(|request| request.header("authorization"));
    assert!(bearers.into_iter().any(|value| value == "Bearer HRKU-kept"));
    let shown = [output.stdout, output.stderr].concat();
    assert!(!String::from_utf8(shown).unwrap().contains("HRKU-kept"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_the_change_and_makes_none() {
    let services = Services::start(450).await;
    let dry = || services.dynoscaler(BINARY, &["cycle", "--dry-run"]).output().unwrap();
    dry();
    let shown = record(&dry());
    assert_eq!((&shown["action"], &shown["dry_run"]), (&"scale-up".into(), &true.into()));
    assert_eq!(services.held().quantity, 1);
    let requests = services.server.requests();
    let mut writes = requests.iter().filter(|it| it.body.contains("UpdateExpression"));
    assert!(writes.all(|request| request.body.contains("my-app/worker#dry-run")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_that_fails_is_a_record_and_an_exit_status() {
    let services = Services::start(450).await;
    services.set_answer(READ_FORMATION, || {
        Reply::json(401, r#"{"id":"unauthorized","message":"No."}"#)
    });
    let output = services.dynoscaler(BINARY, &["cycle"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(record(&output)["error_type"], "HerokuUnauthorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_table_the_counters_are_in_a_file() {
    let services = Services::start(450).await;
    let file = state_file("cycle");
    let cycle = || with_file(services.dynoscaler(BINARY, &["cycle"]), &file).output().unwrap();
    let reasons: Vec<Value> = (0..2).map(|_| record(&cycle())["reason"].clone()).collect();
    assert_eq!(reasons, ["CountingUp", "ScaleUp"]);
    assert_eq!((services.count("GetItem"), services.count("UpdateItem")), (0, 0));
    fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_holds_every_cycle_until_it_is_ended() {
    let services = Services::start(450).await;
    let shown = |arguments: &[&str]| {
        let output = services.dynoscaler(BINARY, arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        shown(&["resume"]),
        "my-app/worker: was not paused (in table states of eu-west-1)\n"
    );
    assert_eq!(services.count("UpdateItem"), 0);
    assert_eq!(
        shown(&["pause"]),
        "my-app/worker: paused until dynoscaler resume (in table states of eu-west-1)\n"
    );
    for _ in 0..2 {
        let paused = record(&services.dynoscaler(BINARY, &["cycle"]).output().unwrap());
        assert_eq!((&paused["reason"], &paused["hold_until"]), (&"Paused".into(), &Value::Null));
        assert_eq!(paused["scale_up_cnt"], 0);
    }
    assert!(shown(&["pause", "--for", "2h"]).starts_with("my-app/worker: paused until 2"));
    let paused = record(&services.dynoscaler(BINARY, &["cycle"]).output().unwrap());
    assert!(paused["hold_until"].is_string(), "{paused}");
    assert!(shown(&["resume"]).starts_with("my-app/worker: resumed; it was paused at 2"));
    let reasons: Vec<Value> = (0..2)
        .map(|_| record(&services.dynoscaler(BINARY, &["cycle"]).output().unwrap()))
        .map(|record| record["reason"].clone())
        .collect();
    assert_eq!(reasons, ["CountingUp", "ScaleUp"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_in_the_file_where_there_is_no_table() {
    let services = Services::start(450).await;
    let file = state_file("pause");
    let run = |arguments: &[&str]| {
        with_file(services.dynoscaler(BINARY, arguments), &file).output().unwrap()
    };
    assert!(run(&["pause", "--for", "1d"]).status.success());
    assert_eq!(record(&run(&["cycle"]))["reason"], "Paused");
    fs::remove_file(file).unwrap();
}

// case C2
#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_would_hold_no_cycle_is_refused() {
    let services = Services::start(450).await;
    for command in ["pause", "resume"] {
        let mut command = services.dynoscaler(BINARY, &[command]);
        let output =
            command.env_remove("DYNOSCALER_TABLE").env("HOME", "/nowhere").output().unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(shown.contains("DYNOSCALER_TABLE is not set") && shown.contains("--state-file"));
        assert!(output.stdout.is_empty());
    }
    let file = state_file("whom");
    let pause = with_file(services.dynoscaler(BINARY, &["pause"]), &file).output().unwrap();
    let shown = String::from_utf8(pause.stdout).unwrap();
    let whom = format!("(in file {}: for what shares it, and no function)", file.display());
    assert!(shown.contains(&whom), "{shown}");
    fs::remove_file(file).unwrap();
}

// case F19
#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_shown_with_who_paused_and_why() {
    let services = Services::start(450).await;
    let run = |arguments: &[&str]| {
        let mut command = services.dynoscaler(BINARY, arguments);
        let output = command.envs([("USER", "ada"), ("TZ", "Asia/Kolkata")]).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let pause = ["pause", "--for", "1h30m", "--reason", "the orders table is migrated"];
    let shown = run(&pause);
    assert!(shown.contains("Z, in 90 min (in table states of eu-west-1)"), "{shown}");
    for shown in [run(&["status"]), run(&["status", "--json"]), run(&["doctor"])] {
        assert!(
            shown.contains("ada@") && shown.contains("the orders table is migrated"),
            "{shown}"
        );
    }
    let replaced = run(&["pause", "--until", "18:00", "--by", "the release"]);
    assert!(replaced.contains("T12:30:00Z, in "), "18:00 in India: {replaced}");
    assert!(run(&["resume"]).contains(" by the release (in table"));
}

// case F19
#[tokio::test(flavor = "multi_thread")]
async fn an_impossible_end_of_a_pause_is_refused_by_its_bound() {
    let services = Services::start(450).await;
    let long = "x".repeat(201);
    for (arguments, bound) in [
        (["--until", "18"], "must be a time as 18:00"),
        (["--until", "2026-01-01T00:00:00Z"], "is over"),
        (["--until", "2126-01-01 18:00 UTC"], "more than 365d from now"),
        (["--reason", &long], "must be one line of 1 to 200 characters"),
        (["--reason", "two\nlines"], "must be one line of 1 to 200 characters"),
        (["--by", " "], "must be one line of 1 to 100 characters"),
    ] {
        let mut command = services.dynoscaler(BINARY, &["pause"]);
        let output = command.args(arguments).output().unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && shown.contains(bound), "{arguments:?}: {shown}");
    }
    assert_eq!(services.held().item, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_time_is_refused_with_its_bound() {
    let services = Services::start(450).await;
    for time in ["2", "0h", "2 hours", "-1h", "366d"] {
        let lasts = format!("--for={time}");
        let output = services.dynoscaler(BINARY, &["pause", &lasts]).output().unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        assert!(
            shown.contains("must be a time from 1s to 365d, such as 90m, 1h30m or 1d"),
            "{shown}"
        );
    }
    assert!(services.server.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_a_pause_and_the_bounds_of_the_hour() {
    let services = Services::start(450).await;
    services.dynoscaler(BINARY, &["pause", "--for", "2h"]).output().unwrap();
    let mut status = services.dynoscaler(BINARY, &["status"]);
    let output = status.env("DYNOSCALER_SCHEDULE", "2..9").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    for words in [
        "1, of 2 to 9",
        "bounds    2 to 9 at all times",
        "pause     since 20",
        "no change while it stays so: Paused until 20",
        "to do     To go on: `dynoscaler resume`.",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let shown = record(&services.dynoscaler(BINARY, &["status", "--json"]).output().unwrap());
    assert_eq!((&shown["to_add"], &shown["max_dynos"]), (&json!({"reason": "Paused"}), &5.into()));
    assert_eq!(shown["next"]["hold_until"], shown["pause"]["until"]);
    services.dynoscaler(BINARY, &["resume"]).output().unwrap();
    let shown = record(&services.dynoscaler(BINARY, &["status", "--json"]).output().unwrap());
    assert_eq!((&shown["next"]["reason"], &shown["pause"]), (&"ScaleUp".into(), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_each_of_several_queues_and_their_sum() {
    let services = Services::start(450).await;
    let status = |arguments: &[&str]| {
        let mut command = services.dynoscaler(BINARY, arguments);
        command.env("AWS_SQS_NAME", "jobs,mailers").output().unwrap()
    };
    let shown = String::from_utf8(status(&["status"]).stdout).unwrap();
    let lines = ["backlog   900 waiting", "          jobs: 450 waiting", "          mailers: 450"];
    assert!(lines.iter().all(|line| shown.contains(line)), "{shown}");
    let shown = record(&status(&["status", "--json"]));
    let names = shown["queues"].as_array().unwrap().iter().map(|it| it["name"].clone());
    assert_eq!(names.collect::<Value>(), json!(["jobs", "mailers"]));
    assert_eq!(shown["sqs_messages"], 900);
    let one = record(&services.dynoscaler(BINARY, &["status", "--json"]).output().unwrap());
    assert_eq!(one.get("queues"), None);
}

// case F11
#[tokio::test(flavor = "multi_thread")]
async fn status_shows_until_when_the_bounds_apply() {
    let services = Services::start(450).await;
    let status = |arguments: &[&str]| {
        let mut command = services.dynoscaler(BINARY, arguments);
        command.env("DYNOSCALER_SCHEDULE", "00:00-12:00 2..9; 3..8").output().unwrap()
    };
    let shown = String::from_utf8(status(&["status"]).stdout).unwrap();
    assert!(shown.contains(" until 20") && shown.contains(", then "), "{shown}");
    let shown = record(&status(&["status", "--json"]));
    let next = &shown["bounds_change"];
    assert!(next["at"].is_string() && next["min_dynos"] != shown["min_dynos"], "{shown}");
}

// case F5
#[tokio::test(flavor = "multi_thread")]
async fn status_shows_a_tick_ahead_of_the_clock() {
    let services = Services::start(450).await;
    services.dynoscaler(BINARY, &["cycle"]).output().unwrap();
    let ahead = SystemClock.now() + SignedDuration::from_secs(250);
    let tick = json!({ "S": ahead });
    services.held().item.as_mut().unwrap().insert("last_tick".to_owned(), tick);
    let shown = services.dynoscaler(BINARY, &["status"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("clock     the last tick that counted, 20"), "{shown}");
    assert!(shown.contains(" ahead; ticks until then are DuplicateTick\n"), "{shown}");
    assert!(shown.contains("next      like this, 5 more cycles: ScaleUp to 2 dynos"), "{shown}");
    let shown = record(&services.dynoscaler(BINARY, &["status", "--json"]).output().unwrap());
    assert_eq!(shown["last_tick"], json!(ahead));
}

// case F4
#[tokio::test(flavor = "multi_thread")]
async fn status_foresees_a_count_of_years_at_once() {
    let services = Services::start(450).await;
    let mut status = services.dynoscaler(BINARY, &["status", "--every", "31d"]);
    status.env("DYNOSCALER_UP_CYCLES", "9999999").env("DYNOSCALER_DOWN_CYCLES", "9999999");
    let shown = String::from_utf8(status.output().unwrap().stdout).unwrap();
    assert!(shown.contains("next      like this, no change within "), "{shown}");
    assert!(shown.contains(" years): CountingUp"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_default_the_file_is_the_same_in_every_directory() {
    let services = Services::start(450).await;
    let home = std::env::temp_dir().join(format!("dynoscaler-{}-home", std::process::id()));
    let mut command = services.dynoscaler(BINARY, &["cycle"]);
    command.env_remove("DYNOSCALER_TABLE").env("HOME", &home).output().unwrap();
    assert!(home.join(".local/state/dynoscaler/state.redb").exists());
    let mut command = services.dynoscaler(BINARY, &["cycle"]);
    command.env_remove("DYNOSCALER_TABLE").env("HOME", &home).env("XDG_STATE_HOME", home.join("x"));
    command.output().unwrap();
    assert!(home.join("x/dynoscaler/state.redb").exists());
    fs::remove_dir_all(home).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn faulty_variables_are_all_reported_and_nothing_is_called() {
    let services = Services::start(450).await;
    for command in ["cycle", "run"] {
        let mut command = services.dynoscaler(BINARY, &[command]);
        let command = command.env("DYNOSCALER_MAX_DYNOS", "0").env_remove("MY_HEROKU_AUTH_TOKEN");
        let output = command.output().unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(shown.contains("DYNOSCALER_MAX_DYNOS") && shown.contains("MY_HEROKU_AUTH_TOKEN"));
    }
    assert!(services.server.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_region_and_the_keys_may_be_a_profile_s() {
    let services = Services::start(450).await;
    let folder = std::env::temp_dir().join(format!("dynoscaler-{}-aws", std::process::id()));
    fs::create_dir_all(folder.join(".aws")).unwrap();
    fs::write(folder.join(".aws/config"), "[profile night]\nregion = eu-north-1\n").unwrap();
    let keys = "[night]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = secret\n";
    fs::write(folder.join(".aws/credentials"), keys).unwrap();
    let mut command = services.dynoscaler(BINARY, &["cycle"]);
    for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(name);
    }
    let output = command.env("HOME", &folder).env("AWS_PROFILE", "night").output().unwrap();
    assert_eq!(record(&output)["reason"], "CountingUp", "{output:?}");
    let requests = services.server.requests();
    let signed = requests.iter().filter_map(|request| request.header("authorization"));
    let signed: Vec<_> = signed.filter(|value| value.starts_with("AWS4")).collect();
    assert!(signed.len() >= 4);
    assert!(signed.iter().all(|by| by.contains("AKIDPROFILE") && by.contains("eu-north-1")));
    fs::remove_dir_all(folder).unwrap();
}

/// A clock process, ended with the test.
struct Clock {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Clock {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn record(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }

    /// The first record that meets a condition.
    fn until(&mut self, field: &str, wanted: &Value) -> Value {
        (0..10)
            .map(|_| self.record())
            .find(|record| record[field] == *wanted)
            .unwrap_or_else(|| panic!("no record with {field} = {wanted}"))
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// The remaining records, and the exit status.
    fn rest(&mut self) -> (Vec<Value>, Option<i32>) {
        let rest = self.lines.by_ref().map(|line| serde_json::from_str(&line.unwrap()).unwrap());
        (rest.collect(), self.child.wait().unwrap().code())
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

// case F18
#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn a_clock_that_cannot_write_keeps_scaling_reports_it_once_and_ends_with_1() {
    let services = Services::start(450).await;
    let file = state_file("full-clock");
    let command = services.dynoscaler(BINARY, &["run", "--every", "1s"]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = with_file(command, &file);
    let mut child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let mut shown = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let is_loss = |line: &String| line.contains("records cannot be written to standard output");
    assert!(shown.by_ref().any(|line| is_loss(&line)));
    while services.held().quantity == 1 {
        tokio::task::yield_now().await;
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(shown.filter(is_loss).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_the_target_and_what_comes_next_and_changes_nothing() {
    let services = Services::start(450).await;
    services.dynoscaler(BINARY, &["cycle"]).output().unwrap();
    let before = services.held().clone();
    let calls = services.server.requests().len();
    services.held().log = vec![logged(&json!({
        "tick": SystemClock.now(), "app": "my-app", "process": "worker", "reason": "CountingUp",
        "sqs_messages": 1_450, "active_dynos": 1, "backlog_per_instance": 1_450.0,
    }))];
    let status = ["status", "--log-group", "group"];
    let output = services.dynoscaler(BINARY, &status).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{shown}");
    for words in [
        "my-app/worker, queue jobs, policy step, at ",
        "450 waiting, 0 in flight, 0 delayed",
        "████████████████████████  450 messages, threshold 100",
        "█████░░░░░░░░░░░░░░░░░░░  1, of 1 to 5",
        "████████████░░░░░░░░░░░░  1 of 2 cycles",
        "░░░░░░░░░░░░░░░░░░░░░░░░  0 of 3 cycles",
        "version 1, written ",
        "next      like this, 1 more cycle: ScaleUp to 2 dynos",
        "to add    at least 101 waiting (101 per dyno), 1 more cycle: ScaleUp to 2 dynos",
        "to remove no load suffices: AtMin",
        "1,450      1450      1  CountingUp",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains('\u{1b}'));
    let after = services.held().clone();
    assert_eq!((after.item, after.quantity), (before.item, 1));
    let requests = services.server.requests();
    let writes = requests.iter().skip(calls).filter(|request| {
        request.line.starts_with("PATCH") || request.body.contains("UpdateExpression")
    });
    assert_eq!(writes.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_what_it_can_read_and_names_what_it_cannot() {
    let services = Services::start(450).await;
    services.set_answer(READ_FORMATION, || {
        Reply::json(401, r#"{"id":"unauthorized","message":"No."}"#)
    });
    services.set_answer("FilterLogEvents", || refusal("ResourceNotFoundException"));
    let status = ["status", "--log-group", "group"];
    let output = services.dynoscaler(BINARY, &status).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for words in [
        "450 waiting",
        "unknown: Heroku answered 401",
        "the cycle holds",
        "cannot read log group group",
        "ResourceNotFoundException",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let services = Services::start(450).await;
    services.set_answer(READ_FORMATION, || {
        Reply::json(401, r#"{"id":"unauthorized","message":"No."}"#)
    });
    services.held().log = vec![logged(&json!({ "tick": "yesterday" }))];
    let output = services.dynoscaler(BINARY, &status).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("no cycle in log group group since "), "{shown}");
    assert!(shown.contains("\nto do     Make a new authorization, "), "{shown}");
    assert!(shown.contains("unknown: 1 record could not be read; the first: "), "{shown}");
    let output = services.dynoscaler(BINARY, &["status", "--json"]).output().unwrap();
    let shown = record(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!((&shown["sqs_messages"], &shown["active_dynos"]), (&450.into(), &Value::Null));
    assert_eq!((&shown["scale_up_cnt"], &shown["next"]), (&0.into(), &Value::Null));
    assert!(shown["unknown"][0].as_str().unwrap().contains("401") && shown["unknown"][1].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_an_open_change_and_its_expected_outcome() {
    let services = Services::start(450).await;
    for _ in 0..2 {
        services.dynoscaler(BINARY, &["cycle"]).output().unwrap();
    }
    let output = services.dynoscaler(BINARY, &["status"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("intent    from 1 to 2 dynos, committed "), "{shown}");
    assert!(shown.contains(": InFlight\n") && shown.contains("name the log with --log-group"));
    let shown = record(&services.dynoscaler(BINARY, &["status", "--json"]).output().unwrap());
    assert_eq!((&shown["intent"]["from"], &shown["intent"]["to"]), (&1.into(), &2.into()));
    let next = json!({ "reason": "ScaleUp", "cycles": 2, "from": 2, "to": 3 });
    assert_eq!((&shown["next"], &shown["unknown"]), (&next, &json!([])));
    assert_eq!(shown["to_remove"]["sqs_messages"], 199);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_of_a_state_file_reads_it_and_makes_none() {
    let services = Services::start(450).await;
    let file = state_file("status");
    let status = || with_file(services.dynoscaler(BINARY, &["status"]), &file).output().unwrap();
    let shown = String::from_utf8(status().stdout).unwrap();
    assert!(shown.contains("nothing stored yet") && !file.exists(), "{shown}");
    with_file(services.dynoscaler(BINARY, &["cycle"]), &file).output().unwrap();
    let shown = String::from_utf8(status().stdout).unwrap();
    assert!(shown.contains("1 of 2 cycles") && shown.contains("version 1, written "), "{shown}");
    assert_eq!((services.count("GetItem"), services.count("UpdateItem")), (0, 0));
    fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_shows_a_view_at_once_and_ends_with_ctrl_c() {
    let services = Services::start(450).await;
    let mut watch =
        Clock::start(services.dynoscaler(BINARY, &["status", "--watch", "1h", "--json"]));
    assert_eq!(watch.record()["sqs_messages"], 450);
    watch.signal("INT");
    assert_eq!(watch.rest(), (Vec::new(), Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_are_for_a_terminal_and_never_with_no_color() {
    let services = Services::start(450).await;
    let coloured = |variables: &[(&str, &str)]| {
        let mut command = services.dynoscaler(BINARY, &["status"]);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_reads_every_page_of_the_requested_log() {
    let services = Services::start(0).await;
    let page = AtomicU32::new(0);
    services.set_answer("FilterLogEvents", move || {
        let k = page.fetch_add(1, Ordering::Relaxed);
        let record = json!({
            "tick": format!("2026-11-24T12:0{k}:00Z"), "app": "my-app", "process": "worker",
            "reason": "ScaleUp", "action": "scale-up", "active_dynos": k, "required_dynos": k + 1,
        });
        let next = (k < 2).then(|| format!("page {k}"));
        ok(&json!({ "events": [logged(&record)], "nextToken": next }))
    });
    let history = ["history", "--log-group", "group", "--since", "7d"];
    let mut command = services.dynoscaler(BINARY, &history);
    let output = command.env_remove("MY_HEROKU_AUTH_TOKEN").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(["0 -> 1", "1 -> 2", "2 -> 3"].iter().all(|change| shown.contains(change)), "{shown}");
    let requests = services.server.requests();
    let requests: Vec<Value> =
        requests.iter().map(|request| serde_json::from_str(&request.body).unwrap()).collect();
    let tokens: Vec<_> = requests.iter().map(|body| body["nextToken"].as_str()).collect();
    assert_eq!(tokens, [None, Some("page 0"), Some("page 1")]);
    let week_ms = 7 * 86_400_000;
    let now_ms = SystemClock.now().as_millisecond();
    let since_ms = requests[0]["startTime"].as_i64().unwrap();
    assert!((now_ms - week_ms - since_ms).abs() < 60_000, "{since_ms}");
}

/// An hour of a log as the local AWS keeps it: Lambda's own lines around each record, a minute
/// apart.
fn hour_of_log() -> Vec<Value> {
    let now = SystemClock.now();
    let mut log = Vec::new();
    for minutes_ago in (0..60).rev() {
        let tick = now - SignedDuration::from_mins(minutes_ago) - SignedDuration::from_secs(20);
        let at = tick.as_millisecond();
        let record = json!({
            "tick": tick, "app": "my-app", "process": "worker", "reason": "AtTarget",
            "sqs_messages": minutes_ago, "active_dynos": 1, "error": null,
        });
        let other = json!({ "tick": tick, "app": "my-app", "process": "other", "reason": "AtMin" });
        let lambdas = |text: &str| json!({ "timestamp": at, "message": text });
        log.extend([lambdas("START RequestId: 1"), logged(&other), logged(&record)]);
        log.extend([lambdas("END RequestId: 1"), lambdas("REPORT RequestId: 1 Duration: 12 ms")]);
    }
    log
}

// case D9
#[tokio::test(flavor = "multi_thread")]
async fn the_newest_cycles_are_found_where_the_log_is_cut_without_a_token() {
    let services = Services::start(0).await;
    services.held().log = hour_of_log();
    let status = ["status", "--log-group", "group"];
    let output = services.dynoscaler(BINARY, &status).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<_> = shown.lines().filter(|line| line.ends_with("AtTarget")).collect();
    let messages: Vec<_> = rows.iter().map(|row| row.split_whitespace().nth(1).unwrap()).collect();
    assert_eq!(messages, ["5", "4", "3", "2", "1", "0"], "{shown}");
    assert_eq!(services.count("FilterLogEvents"), 1, "no more of the log is read");
    let history = ["history", "--log-group", "group", "--since", "1d"];
    let output = services.dynoscaler(BINARY, &history).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let cycles = shown.lines().filter_map(|line| line.split_whitespace().nth(1));
    assert_eq!(cycles.filter(|cycles| *cycles == "60").count(), 2, "{shown}");
}

// case D9
#[tokio::test(flavor = "multi_thread")]
async fn cycles_that_are_long_ago_are_found_further_back() {
    let services = Services::start(0).await;
    let old = |event: &Value| {
        let mut event = event.clone();
        event["timestamp"] = (event["timestamp"].as_i64().unwrap() - 7 * 3_600_000).into();
        event
    };
    services.held().log = hour_of_log().iter().map(old).collect();
    let status = ["status", "--log-group", "group"];
    let output = services.dynoscaler(BINARY, &status).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(shown.lines().filter(|line| line.ends_with("AtTarget")).count(), 6, "{shown}");
}

// case D8
#[tokio::test(flavor = "multi_thread")]
async fn history_waits_for_a_log_that_throttles_and_says_how_much_it_read_if_it_must_end() {
    let services = Services::start(0).await;
    let calls = AtomicU32::new(0);
    let began = SystemClock.now() - SignedDuration::from_hours(24 * 30);
    services.set_answer("FilterLogEvents", move || {
        let k = calls.fetch_add(1, Ordering::Relaxed);
        let record = json!({
            "tick": began + SignedDuration::from_hours(24 * 6 * i64::from(k / 4)),
            "app": "my-app", "process": "worker", "reason": "ScaleUp", "action": "scale-up",
            "active_dynos": k / 4, "required_dynos": k / 4 + 1,
        });
        match k {
            12.. => refusal("ExpiredTokenException"),
            _ if k % 4 != 3 => refusal("ThrottlingException"),
            _ => ok(&json!({ "events": [logged(&record)], "nextToken": format!("page {k}") })),
        }
    });
    let history = ["history", "--log-group", "group", "--since", "30d"];
    let output = services.dynoscaler(BINARY, &history).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(["0 -> 1", "1 -> 2", "2 -> 3"].iter().all(|change| shown.contains(change)), "{shown}");
    let failed = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(failed.contains("cannot read log group group after "), "{failed}");
    assert!(failed.contains(": 3 records of 40.0 % of the time were read: "), "{failed}");
    assert!(failed.contains("ExpiredTokenException"), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn history_says_where_and_since_when_it_found_nothing() {
    let services = Services::start(0).await;
    let history = ["history", "--log-group", "my-group", "--since", "2h"];
    let output = services.dynoscaler(BINARY, &history).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(shown.starts_with("no cycle in log group my-group since 20"), "{shown}");
    services.set_answer("FilterLogEvents", || refusal("ResourceNotFoundException"));
    let output = services.dynoscaler(BINARY, &history).output().unwrap();
    let shown = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.starts_with("error: cannot read log group my-group: "), "{shown}");
    assert!(shown.contains("ResourceNotFoundException"), "{shown}");
}

fn clock(services: &Services) -> Command {
    services.dynoscaler(BINARY, &["run", "--every", "1s"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_process_survives_the_loss_of_all_services() {
    let services = Services::start(450).await;
    let file = state_file("loss");
    let mut clock = Clock::start(with_file(clock(&services), &file));
    clock.until("reason", &"ScaleUp".into());
    services.held().is_lost = true;
    let lost = clock.until("error_type", &"BacklogUnavailable".into());
    let shown = lost["error"].as_str().unwrap();
    assert!(shown.contains("queue jobs") && shown.contains("Heroku"), "{shown}");
    services.held().is_lost = false;
    fs::write(&file, "no database").unwrap();
    clock.until("error_type", &"StateUnavailable".into());
    fs::remove_file(&file).unwrap();
    clock.until("reason", &"ScaleUp".into());
    assert_eq!(services.held().quantity, 3);
    clock.signal("TERM");
    assert_eq!(clock.rest().1, Some(0));
    fs::remove_file(file).unwrap();
}

/// A clock process's standard error before its first record.
fn warning(mut clock: Command) -> String {
    let mut child = clock.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    child.kill().unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
}

// case C1
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_process_warns_of_a_disk_that_loses_the_state() {
    let services = Services::start(450).await;
    let file = state_file("dyno");
    let on_dyno = |variables: &[(&str, &str)]| {
        let mut clock = with_file(clock(&services), &file);
        clock.env("DYNO", "clock.1").envs(variables.iter().copied());
        clock
    };
    let shown = warning(on_dyno(&[]));
    assert!(
        shown.starts_with("warning: the state is in ") && shown.contains("dyno restarts"),
        "{shown}"
    );
    assert!(shown.contains("DYNOSCALER_TABLE") && !shown.contains("StoppedByHand"), "{shown}");
    let shown = warning(on_dyno(&[("DYNOSCALER_SCHEDULE", "22:00-06:00 0..0")]));
    assert!(shown.contains("left there as StoppedByHand"), "{shown}");
    let mut kept = clock(&services);
    assert_eq!(
        warning({
            kept.env("DYNO", "clock.1");
            kept
        }),
        ""
    );
    fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_clock_process_after_the_running_cycle() {
    for name in ["TERM", "INT"] {
        let services = Services::start(450).await;
        let ((arrive, arrived), (release, released)) = (mpsc::channel(), mpsc::channel::<()>());
        let released = Mutex::new(released);
        services.set_answer(READ_FORMATION, move || {
            let _ = arrive.send(());
            let _ = released.lock().unwrap().recv();
            formation(1, "Standard-1X")
        });
        let mut clock = Clock::start(clock(&services));
        arrived.recv().unwrap();
        clock.signal(name);
        release.send(()).unwrap();
        let (records, status) = clock.rest();
        let reasons: Vec<_> =
            records.iter().map(|record| record["reason"].as_str().unwrap()).collect();
        assert_eq!((reasons, status), (vec!["CountingUp"], Some(0)), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clock_processes_over_one_file_count_each_tick_once() {
    let services = Services::start(450).await;
    let file = state_file("two");
    let start = || {
        let mut command = with_file(clock(&services), &file);
        command.env("DYNOSCALER_UP_CYCLES", "100");
        Clock::start(command)
    };
    let mut both = [start(), start()];
    let records = both.each_mut().map(|clock| [clock.record(), clock.record(), clock.record()]);
    let records = records.as_flattened();
    let counted = records.iter().filter(|record| record["reason"] == "CountingUp");
    let mut ticks: Vec<_> = counted.map(|record| record["tick"].as_str().unwrap()).collect();
    let counts = ticks.len();
    ticks.sort_unstable();
    ticks.dedup();
    assert_eq!(ticks.len(), counts, "{records:?}");
    let others = records.iter().filter(|record| record["reason"] != "CountingUp");
    for record in others {
        assert!(["DuplicateTick", "LostRace"].contains(&record["reason"].as_str().unwrap()));
    }
    assert!(counts < records.len(), "both had the same ticks");
    fs::remove_file(file).unwrap();
}
