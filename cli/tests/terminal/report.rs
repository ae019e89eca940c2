//! `dynoscaler report`: its numbers, its page as text, and its arguments. What a browser makes of the
//! page is tested in `tests/e2e`.

use std::fmt::Write as _;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::{BINARY, stderr, stdout};

fn report(arguments: &[&str], log: &str) -> Output {
    let mut command = Command::new(BINARY);
    command.args(["report", "--file", "-"]).args(arguments).env_clear();
    run(command, log)
}

fn run(mut command: Command, log: &str) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A run that fails early reads no further.
    let _ = child.stdin.take().unwrap().write_all(log.as_bytes());
    child.wait_with_output().unwrap()
}

/// A cycle a minute with two dynos of four, `messages` of them waiting.
fn log(app: &str, cycles: u32, messages: impl Fn(u32) -> u64) -> String {
    let mut log = String::new();
    for index in 0..cycles {
        let tick =
            format!("2026-11-{:02}T{:02}:{:02}:00Z", 1 + index / 1440, index / 60 % 24, index % 60);
        let messages = messages(index);
        let record = json!({
            "tick": tick, "app": app, "process": "worker", "reason": "AtTarget", "action": "none",
            "sqs_messages": messages, "in_flight": 2, "delayed": 0, "active_dynos": 2,
            "required_dynos": 2, "backlog_per_instance": messages / 2, "backlog_threshold": 10.0,
            "min_dynos": 1, "max_dynos": 4, "request_id": format!("{app}-{index}"),
        });
        writeln!(log, "{record}").unwrap();
    }
    log
}

fn numbers(output: &Output) -> Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_str(&stdout(output)).unwrap()
}

#[test]
fn every_cycle_is_in_the_numbers_and_the_charts_have_points_enough_and_no_more() {
    let log = log("shop", 5_000, |index| u64::from(index % 50));
    let numbers = numbers(&report(&["--json"], &log));
    let target = &numbers["targets"][0];
    assert_eq!(
        (&target["cycles"], &target["reasons"][0]["cycles"]),
        (&json!(5_000), &json!(5_000))
    );
    assert_eq!(target["dyno_hours"], json!(166.666_667));
    // 22 of 50 counts are more than 10 messages for each of two dynos: from 22 on.
    assert_eq!(target["under_share"], json!(0.44));
    let page = stdout(&report(&["-o", "-"], &log));
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let courses: Value = serde_json::from_str(data.split("</script>").next().unwrap()).unwrap();
    let points = courses[0]["at"].as_array().unwrap().len();
    assert!((1_500..=2_000).contains(&points), "{points}");
    assert!(page.len() - data.len() < 400_000, "{}", page.len() - data.len());
}

#[test]
fn a_total_is_of_all_targets_but_dry_runs_and_one_can_be_chosen() {
    let dry = log("dry", 60, |_| 0).replace("{\"action\"", "{\"dry_run\":true,\"action\"");
    let all = log("shop", 60, |_| 0) + &log("blog", 60, |_| 100) + &dry;
    let numbers = numbers(&report(&["--json", "--price-per-dyno-hour", "2"], &all));
    assert_eq!(numbers["targets"].as_array().map(Vec::len), Some(3));
    let total = &numbers["total"];
    assert_eq!(
        (&total["targets"], &total["cost"], &total["saved"]),
        (&json!(2), &json!(8.0), &json!(8.0))
    );
    assert_eq!((&total["under_share"], &total["is_kept"]), (&json!(0.5), &json!(false)));
    let one = self::numbers(&report(&["--json", "--target", "blog/worker"], &all));
    assert_eq!(
        (&one["targets"][0]["target"], &one["total"]["targets"]),
        (&json!("blog/worker"), &json!(1))
    );
    let unknown = stderr(&report(&["--json", "--target", "blog/web"], &all));
    assert!(
        unknown
            .contains("--target blog/web, but of blog/worker, dry/worker (dry run), shop/worker"),
        "{unknown}"
    );
}

#[test]
fn a_wait_is_what_the_dynos_need_for_the_messages_before() {
    let log = log("shop", 100, |index| if index < 99 { 10 } else { 40 });
    let given = ["--json", "--messages-per-dyno-minute", "30"];
    let waits = numbers(&report(&given, &log))["targets"][0]["waits"].clone();
    // Two dynos finish one message a second.
    assert_eq!((&waits["p99_secs"], &waits["most_secs"]), (&json!(10.0), &json!(40.0)));
}

#[test]
fn no_text_of_a_record_becomes_an_element_of_the_page() {
    let hostile = "</script><script>alert(1)</script><img src=x onerror='alert(2)'>";
    let log = log(hostile, 3, |_| 0).replace(
        "\"reason\":\"AtTarget\"",
        &format!("\"reason\":{0},\"error\":{0}", json!(hostile)),
    );
    let output = report(&["-o", "-"], &log);
    assert!(output.status.success(), "{}", stderr(&output));
    let page = stdout(&output);
    assert_eq!(page.matches("<script").count(), 3, "the data, the library and the page's own");
    assert!(!page.contains("<script>alert") && !page.contains("<img"));
    assert!(page.contains("&lt;script&gt;alert(1)"));
}

#[test]
fn the_service_level_is_the_flags_or_the_environments_or_the_default() {
    let log = log("shop", 3, |_| 0);
    let of = |arguments: &[&str], level: Option<&str>| {
        let mut command = Command::new(BINARY);
        command.args(["report", "--file", "-", "--json"]).args(arguments).env_clear();
        command.envs(level.map(|level| ("DYNOSCALER_SERVICE_LEVEL", level)));
        run(command, &log)
    };
    let level = |output: &Output| numbers(output)["service_level"].clone();
    assert_eq!(level(&of(&[], None)), json!(0.99));
    assert_eq!(level(&of(&[], Some("0.95"))), json!(0.95));
    assert_eq!(level(&of(&["--service-level", "0.9"], Some("0.95"))), json!(0.9));
    let error = stderr(&of(&[], Some("1.5")));
    assert!(error.contains("DYNOSCALER_SERVICE_LEVEL = \"1.5\" must be"), "{error}");
}

#[test]
fn a_report_needs_a_place_and_a_record() {
    let log = log("shop", 3, |_| 0);
    for (arguments, fault) in [
        (&[][..], "--output <FILE.html>"),
        (&["-o", "report.pdf"], "must be a file that ends in .html"),
        (&["-o", "-", "--since", "1s"], "no cycle in standard input since"),
        (&["-o", "/dev/null/report.html"], "cannot write /dev/null/report.html"),
    ] {
        let output = report(arguments, &log);
        assert!(!output.status.success() && stderr(&output).contains(fault), "{}", stderr(&output));
    }
}

#[test]
fn a_record_that_cannot_be_read_is_reported_beside_the_page_of_the_others() {
    let log = log("shop", 3, |_| 0) + "{\"tick\":\"2026-11-01T01:00:00Z\"}\n";
    let output = report(&["-o", "-"], &log);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("1 record could not be read"), "{}", stderr(&output));
    assert!(stdout(&output).ends_with("</html>\n"));
}

#[test]
fn a_simulation_has_the_page_of_the_projects_own_policies() {
    let mut command = Command::new(BINARY);
    let policies = ["simulate", "--days", "0.05", "--policies", "step,constant", "--report", "-"];
    command.args(policies).env_clear();
    let output = run(command, "");
    let page = stdout(&output);
    assert!(page.starts_with("<!doctype html>") && page.contains(">simulated/step</h2>"));
    assert!(!page.contains("simulated/constant"));
    assert!(stderr(&output).contains("dyno-hours"), "the table is not in the page");
}

#[test]
fn a_target_s_own_size_and_service_level_are_its_numbers_and_in_the_total() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("targets.toml");
    let blog = "[[target]]\napp = \"blog\"\nprocess = \"worker\"\nservice_level = 0.51\n";
    std::fs::write(&file, blog).unwrap();
    // Half of the blog's time is above the threshold, and nothing of the shop's.
    let all = log("shop", 60, |_| 0) + &log("blog", 60, |minute| if minute < 29 { 100 } else { 0 });
    let size = "--dyno-size-of=blog/worker=performance-m";
    let arguments = ["--json", "--targets", file.to_str().unwrap(), size];
    let numbers = numbers(&report(&arguments, &all));
    let [blog, shop] = [&numbers["targets"][0], &numbers["targets"][1]];
    assert_eq!((&blog["service_level"], &shop["service_level"]), (&json!(0.51), &json!(0.99)));
    assert_eq!((&blog["is_kept"], &shop["is_kept"]), (&json!(true), &json!(true)));
    assert_eq!(numbers["total"]["is_kept"], json!(true), "each keeps its own");
    let cost = |of: &Value| of["cost"].as_f64().unwrap();
    // Two dynos for an hour, of 720 in a month.
    assert_eq!((cost(blog), cost(shop)), (0.694_444, 0.069_444));
    assert!((cost(&numbers["total"]) - cost(blog) - cost(shop)).abs() < 1e-5);
    let page = stdout(&report(&["-o", "-", size], &all));
    assert!(
        page.contains("Dollars: by the size of each.") && page.contains("performance-m at $250")
    );
}
