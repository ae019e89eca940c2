//! The commands that touch the world, as processes of their own, against servers on loopback.

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
    let told = String::from_utf8(output.stdout.clone()).unwrap();
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
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
    assert!(!item.contains_key("last_tick"), "a person's tick moves no watermark");
}

// case F18
#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn a_record_that_standard_output_does_not_take_is_an_error() {
    let services = Services::start(450).await;
    let file = state_file("full");
    for arguments in [&["cycle"][..], &["status"], &["pause"], &["resume"], &["doctor"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = services.dynoscaler(BINARY, arguments);
        if arguments[0] != "doctor" {
            command = with_file(command, &file);
        }
        let output = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        let expected = "error: cannot write to standard output: No space left on device";
        assert!(told.contains(expected), "{arguments:?}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_reads_the_secrets_that_are_only_referred_to() {
    let services = Services::start(450).await;
    services.tell("GetParameter", || store::holds("HRKU-kept"));
    let mut command = services.dynoscaler(BINARY, &["cycle"]);
    command.env("MY_HEROKU_AUTH_TOKEN", "ssm:/dynoscaler/token");
    let output = command.output().unwrap();
    assert_eq!(record(&output)["reason"], "CountingUp");
    let requests = services.server.requests();
    let bearers = requests.iter().filter_map(|request| request.header("authorization"));
    assert!(bearers.into_iter().any(|told| told == "Bearer HRKU-kept"));
    let told = [output.stdout, output.stderr].concat();
    assert!(!String::from_utf8(told).unwrap().contains("HRKU-kept"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_the_change_and_makes_none() {
    let services = Services::start(450).await;
    let dry = || services.dynoscaler(BINARY, &["cycle", "--dry-run"]).output().unwrap();
    dry();
    let told = record(&dry());
    assert_eq!((&told["action"], &told["dry_run"]), (&"scale-up".into(), &true.into()));
    assert_eq!(services.held().quantity, 1);
    let requests = services.server.requests();
    let mut writes = requests.iter().filter(|it| it.body.contains("UpdateExpression"));
    assert!(writes.all(|request| request.body.contains("my-app/worker#dry-run")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_that_fails_is_a_record_and_an_exit_status() {
    let services = Services::start(450).await;
    services.tell(READ_FORMATION, || Reply::json(401, r#"{"id":"unauthorized","message":"No."}"#));
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
    let told = |arguments: &[&str]| {
        let output = services.dynoscaler(BINARY, arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(told(&["resume"]), "my-app/worker: was not paused (in table states of eu-west-1)\n");
    assert_eq!(services.count("UpdateItem"), 0);
    assert_eq!(
        told(&["pause"]),
        "my-app/worker: paused until dynoscaler resume (in table states of eu-west-1)\n"
    );
    for _ in 0..2 {
        let paused = record(&services.dynoscaler(BINARY, &["cycle"]).output().unwrap());
        assert_eq!((&paused["reason"], &paused["hold_until"]), (&"Paused".into(), &Value::Null));
        assert_eq!(paused["scale_up_cnt"], 0);
    }
    assert!(told(&["pause", "--for", "2h"]).starts_with("my-app/worker: paused until 2"));
    let paused = record(&services.dynoscaler(BINARY, &["cycle"]).output().unwrap());
    assert!(paused["hold_until"].is_string(), "{paused}");
    assert!(told(&["resume"]).starts_with("my-app/worker: resumed; it was paused at 2"));
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
async fn a_pause_that_would_reach_nobody_is_refused() {
    let services = Services::start(450).await;
    for command in ["pause", "resume"] {
        let mut command = services.dynoscaler(BINARY, &[command]);
        let output =
            command.env_remove("DYNOSCALER_TABLE").env("HOME", "/nowhere").output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(told.contains("DYNOSCALER_TABLE is not set") && told.contains("--state-file"));
        assert!(output.stdout.is_empty());
    }
    let file = state_file("whom");
    let pause = with_file(services.dynoscaler(BINARY, &["pause"]), &file).output().unwrap();
    let told = String::from_utf8(pause.stdout).unwrap();
    let whom = format!("(in file {}: for what shares it, and no function)", file.display());
    assert!(told.contains(&whom), "{told}");
    fs::remove_file(file).unwrap();
}

// case F19
#[tokio::test(flavor = "multi_thread")]
async fn who_paused_and_why_stands_wherever_the_pause_is_shown() {
    let services = Services::start(450).await;
    let run = |arguments: &[&str]| {
        let mut command = services.dynoscaler(BINARY, arguments);
        let output = command.envs([("USER", "ada"), ("TZ", "Asia/Kolkata")]).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let pause = ["pause", "--for", "1h30m", "--reason", "the orders table is migrated"];
    let told = run(&pause);
    assert!(told.contains("Z, in 90 min (in table states of eu-west-1)"), "{told}");
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
async fn a_pause_without_an_end_or_with_one_that_cannot_be_meant_is_refused_by_its_bound() {
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
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains(bound), "{arguments:?}: {told}");
    }
    assert_eq!(services.held().item, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_none_is_refused_with_its_bound() {
    let services = Services::start(450).await;
    for time in ["2", "0h", "2 hours", "-1h", "366d"] {
        let lasts = format!("--for={time}");
        let output = services.dynoscaler(BINARY, &["pause", &lasts]).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            told.contains("must be a time from 1s to 365d, such as 90m, 1h30m or 1d"),
            "{told}"
        );
    }
    assert!(services.server.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_a_pause_and_the_bounds_of_the_hour() {
    let services = Services::start(450).await;
    services.dynoscaler(BINARY, &["pause", "--for", "2h"]).output().unwrap();
    let mut status = services.dynoscaler(BINARY, &["status"]);
    let output = status.env("DYNOSCALER_SCHEDULE", "2..9").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    for words in [
        "1, of 2 to 9",
        "bounds    2 to 9 at all times",
        "pause     since 20",
        "no change while it stays so: Paused until 20",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let told = record(&services.dynoscaler(BINARY, &["status", "--json"]).output().unwrap());
    assert_eq!((&told["to_add"], &told["max_dynos"]), (&json!({"reason": "Paused"}), &5.into()));
    assert_eq!(told["next"]["hold_until"], told["pause"]["until"]);
    services.dynoscaler(BINARY, &["resume"]).output().unwrap();
    let told = record(&services.dynoscaler(BINARY, &["status", "--json"]).output().unwrap());
    assert_eq!((&told["next"]["reason"], &told["pause"]), (&"ScaleUp".into(), &Value::Null));
}

// case F11
#[tokio::test(flavor = "multi_thread")]
async fn status_tells_until_when_the_bounds_are_in_force() {
    let services = Services::start(450).await;
    let status = |arguments: &[&str]| {
        let mut command = services.dynoscaler(BINARY, arguments);
        command.env("DYNOSCALER_SCHEDULE", "00:00-12:00 2..9; 3..8").output().unwrap()
    };
    let told = String::from_utf8(status(&["status"]).stdout).unwrap();
    assert!(told.contains(" until 20") && told.contains(", then "), "{told}");
    let told = record(&status(&["status", "--json"]));
    let next = &told["bounds_change"];
    assert!(next["at"].is_string() && next["min_dynos"] != told["min_dynos"], "{told}");
}

// case F5
#[tokio::test(flavor = "multi_thread")]
async fn status_tells_a_tick_ahead_of_the_clock() {
    let services = Services::start(450).await;
    services.dynoscaler(BINARY, &["cycle"]).output().unwrap();
    let ahead = SystemClock.now() + SignedDuration::from_secs(250);
    let tick = json!({ "S": ahead });
    services.held().item.as_mut().unwrap().insert("last_tick".to_owned(), tick);
    let told = services.dynoscaler(BINARY, &["status"]).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("clock     the last tick that counted, 20"), "{told}");
    assert!(told.contains(" ahead; ticks until then are DuplicateTick\n"), "{told}");
    assert!(told.contains("next      like this, 5 more cycles: ScaleUp to 2 dynos"), "{told}");
    let told = record(&services.dynoscaler(BINARY, &["status", "--json"]).output().unwrap());
    assert_eq!(told["last_tick"], json!(ahead));
}

// case F4
#[tokio::test(flavor = "multi_thread")]
async fn status_foresees_a_count_of_years_at_once() {
    let services = Services::start(450).await;
    let mut status = services.dynoscaler(BINARY, &["status", "--every", "31d"]);
    status.env("DYNOSCALER_UP_CYCLES", "9999999").env("DYNOSCALER_DOWN_CYCLES", "9999999");
    let told = String::from_utf8(status.output().unwrap().stdout).unwrap();
    assert!(told.contains("next      like this, no change within "), "{told}");
    assert!(told.contains(" years): CountingUp"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_default_the_file_is_the_same_wherever_one_stands() {
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
async fn faulty_variables_are_all_told_and_nothing_is_called() {
    let services = Services::start(450).await;
    for command in ["cycle", "run"] {
        let mut command = services.dynoscaler(BINARY, &[command]);
        let command = command.env("DYNOSCALER_MAX_DYNOS", "0").env_remove("MY_HEROKU_AUTH_TOKEN");
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(told.contains("DYNOSCALER_MAX_DYNOS") && told.contains("MY_HEROKU_AUTH_TOKEN"));
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

    /// The first record that has what is looked for.
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

    /// The records that are left, and the exit status.
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
async fn a_clock_that_cannot_write_scales_on_tells_it_once_and_ends_with_1() {
    let services = Services::start(450).await;
    let file = state_file("full-clock");
    let command = services.dynoscaler(BINARY, &["run", "--every", "1s"]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = with_file(command, &file);
    let mut child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let is_loss = |line: &String| line.contains("records cannot be written to standard output");
    assert!(told.by_ref().any(|line| is_loss(&line)));
    while services.held().quantity == 1 {
        tokio::task::yield_now().await;
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(told.filter(is_loss).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_where_the_target_stands_and_what_comes_next_and_changes_nothing() {
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
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
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
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains('\u{1b}'));
    let after = services.held().clone();
    assert_eq!((after.item, after.quantity), (before.item, 1));
    let asked = services.server.requests();
    let writes = asked.iter().skip(calls).filter(|request| {
        request.line.starts_with("PATCH") || request.body.contains("UpdateExpression")
    });
    assert_eq!(writes.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_what_it_can_and_names_what_it_cannot() {
    let services = Services::start(450).await;
    services.tell(READ_FORMATION, || Reply::json(401, r#"{"id":"unauthorized","message":"No."}"#));
    services.tell("FilterLogEvents", || refusal("ResourceNotFoundException"));
    let status = ["status", "--log-group", "group"];
    let output = services.dynoscaler(BINARY, &status).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for words in [
        "450 waiting",
        "unknown: Heroku answered 401",
        "the cycle holds",
        "cannot read log group group",
        "ResourceNotFoundException",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let services = Services::start(450).await;
    services.tell(READ_FORMATION, || Reply::json(401, r#"{"id":"unauthorized","message":"No."}"#));
    services.held().log = vec![logged(&json!({ "tick": "yesterday" }))];
    let output = services.dynoscaler(BINARY, &status).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("no cycle in log group group since "), "{told}");
    assert!(told.contains("unknown: 1 record could not be read; the first: "), "{told}");
    let output = services.dynoscaler(BINARY, &["status", "--json"]).output().unwrap();
    let told = record(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!((&told["sqs_messages"], &told["active_dynos"]), (&450.into(), &Value::Null));
    assert_eq!((&told["scale_up_cnt"], &told["next"]), (&0.into(), &Value::Null));
    assert!(told["unknown"][0].as_str().unwrap().contains("401") && told["unknown"][1].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_an_open_change_and_what_will_become_of_it() {
    let services = Services::start(450).await;
    for _ in 0..2 {
        services.dynoscaler(BINARY, &["cycle"]).output().unwrap();
    }
    let output = services.dynoscaler(BINARY, &["status"]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("intent    from 1 to 2 dynos, committed "), "{told}");
    assert!(told.contains(": InFlight\n") && told.contains("name the log with --log-group"));
    let told = record(&services.dynoscaler(BINARY, &["status", "--json"]).output().unwrap());
    assert_eq!((&told["intent"]["from"], &told["intent"]["to"]), (&1.into(), &2.into()));
    let next = json!({ "reason": "ScaleUp", "cycles": 2, "from": 2, "to": 3 });
    assert_eq!((&told["next"], &told["unknown"]), (&next, &json!([])));
    assert_eq!(told["to_remove"]["sqs_messages"], 199);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_of_a_state_file_reads_it_and_makes_none() {
    let services = Services::start(450).await;
    let file = state_file("status");
    let status = || with_file(services.dynoscaler(BINARY, &["status"]), &file).output().unwrap();
    let told = String::from_utf8(status().stdout).unwrap();
    assert!(told.contains("nothing stored yet") && !file.exists(), "{told}");
    with_file(services.dynoscaler(BINARY, &["cycle"]), &file).output().unwrap();
    let told = String::from_utf8(status().stdout).unwrap();
    assert!(told.contains("1 of 2 cycles") && told.contains("version 1, written "), "{told}");
    assert_eq!((services.count("GetItem"), services.count("UpdateItem")), (0, 0));
    fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_sees_a_view_at_once_and_ends_it_with_ctrl_c() {
    let services = Services::start(450).await;
    let mut watch =
        Clock::start(services.dynoscaler(BINARY, &["status", "--watch", "1h", "--json"]));
    assert_eq!(watch.record()["sqs_messages"], 450);
    watch.signal("INT");
    assert_eq!(watch.rest(), (Vec::new(), Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_are_for_a_terminal_and_never_for_who_wants_none() {
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
async fn history_reads_every_page_of_the_log_that_it_is_asked_for() {
    let services = Services::start(0).await;
    let page = AtomicU32::new(0);
    services.tell("FilterLogEvents", move || {
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
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(["0 -> 1", "1 -> 2", "2 -> 3"].iter().all(|change| told.contains(change)), "{told}");
    let asked = services.server.requests();
    let asked: Vec<Value> =
        asked.iter().map(|request| serde_json::from_str(&request.body).unwrap()).collect();
    let tokens: Vec<_> = asked.iter().map(|body| body["nextToken"].as_str()).collect();
    assert_eq!(tokens, [None, Some("page 0"), Some("page 1")]);
    let week_ms = 7 * 86_400_000;
    let now_ms = SystemClock.now().as_millisecond();
    let since_ms = asked[0]["startTime"].as_i64().unwrap();
    assert!((now_ms - week_ms - since_ms).abs() < 60_000, "{since_ms}");
}

/// An hour of a log as the local AWS keeps it: Lambda's own lines around each record, a minute apart.
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
    let told = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<_> = told.lines().filter(|line| line.ends_with("AtTarget")).collect();
    let messages: Vec<_> = rows.iter().map(|row| row.split_whitespace().nth(1).unwrap()).collect();
    assert_eq!(messages, ["5", "4", "3", "2", "1", "0"], "{told}");
    assert_eq!(services.count("FilterLogEvents"), 1, "no more of the log is read");
    let history = ["history", "--log-group", "group", "--since", "1d"];
    let output = services.dynoscaler(BINARY, &history).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told.matches("60 cycles").count(), 2, "{told}");
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
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told.lines().filter(|line| line.ends_with("AtTarget")).count(), 6, "{told}");
}

// case D8
#[tokio::test(flavor = "multi_thread")]
async fn history_waits_for_a_log_that_throttles_and_says_how_far_it_came_if_it_must_end() {
    let services = Services::start(0).await;
    let calls = AtomicU32::new(0);
    let began = SystemClock.now() - SignedDuration::from_hours(24 * 30);
    services.tell("FilterLogEvents", move || {
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
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(["0 -> 1", "1 -> 2", "2 -> 3"].iter().all(|change| told.contains(change)), "{told}");
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
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(told.starts_with("no cycle in log group my-group since 20"), "{told}");
    services.tell("FilterLogEvents", || refusal("ResourceNotFoundException"));
    let output = services.dynoscaler(BINARY, &history).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.starts_with("error: cannot read log group my-group: "), "{told}");
    assert!(told.contains("ResourceNotFoundException"), "{told}");
}

fn clock(services: &Services) -> Command {
    services.dynoscaler(BINARY, &["run", "--every", "1s"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_process_survives_the_loss_of_everything_and_goes_on() {
    let services = Services::start(450).await;
    let file = state_file("loss");
    let mut clock = Clock::start(with_file(clock(&services), &file));
    clock.until("reason", &"ScaleUp".into());
    services.held().is_lost = true;
    let lost = clock.until("error_type", &"BacklogUnavailable".into());
    let told = lost["error"].as_str().unwrap();
    assert!(told.contains("queue jobs") && told.contains("Heroku"), "{told}");
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

/// What a clock process says on standard error before its first record.
fn warning(mut clock: Command) -> String {
    let mut child = clock.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    child.kill().unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
}

// case C1
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_process_warns_of_a_disk_that_is_forgotten() {
    let services = Services::start(450).await;
    let file = state_file("dyno");
    let on_dyno = |variables: &[(&str, &str)]| {
        let mut clock = with_file(clock(&services), &file);
        clock.env("DYNO", "clock.1").envs(variables.iter().copied());
        clock
    };
    let told = warning(on_dyno(&[]));
    assert!(
        told.starts_with("warning: the state is in ") && told.contains("dyno restarts"),
        "{told}"
    );
    assert!(told.contains("DYNOSCALER_TABLE") && !told.contains("StoppedByHand"), "{told}");
    let told = warning(on_dyno(&[("DYNOSCALER_SCHEDULE", "22:00-06:00 0..0")]));
    assert!(told.contains("left there as StoppedByHand"), "{told}");
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
        services.tell(READ_FORMATION, move || {
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
