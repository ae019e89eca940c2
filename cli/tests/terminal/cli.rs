//! The command line, run as an operator or another program runs it.
//!
//! `UPDATE_GOLDEN=1 cargo test --workspace --test terminal cli::` rewrites the expected outputs.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::BINARY;

const CONFIGURED: [(&str, &str); 5] = [
    ("DYNOSCALER_MIN_DYNOS", "1"),
    ("DYNOSCALER_MAX_DYNOS", "5"),
    ("DYNOSCALER_UP_CYCLES", "2"),
    ("DYNOSCALER_DOWN_CYCLES", "3"),
    ("DYNOSCALER_BACKLOG_THRESHOLD", "100"),
];

fn dynoscaler(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments).env_clear();
    command
}

fn golden(name: &str, actual: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert_eq!(actual, expected, "differs from {}", path.display());
}

fn succeeded(output: Output) -> String {
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn failed(output: Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

fn replayed(command: Command, input: &str) -> Output {
    replayed_bytes(command, input.as_bytes())
}

fn replayed_bytes(mut command: Command, input: &[u8]) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A run that fails early reads no further.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn record(minute: u32, messages: u64, dynos: u32) -> String {
    let tick = format!("2026-01-31T12:{minute:02}:00Z");
    let record = json!({
        "tick": tick, "sqs_messages": messages, "in_flight": 0, "delayed": 0,
        "active_dynos": dynos, "app": "shop", "process": "worker", "queue": "orders",
    });
    format!("{record}\n")
}

/// Only what does not change with the law of `rate`, which has tests of its own.
const SIMULATED: [&str; 7] = [
    "simulate",
    "--policies",
    "step,target,constant,original,keda,aws",
    "--days",
    "0.25",
    "--seed",
    "7",
];

#[test]
fn simulate_prints_the_same_table_for_the_same_seed() {
    golden("simulate.txt", &succeeded(dynoscaler(&SIMULATED).output().unwrap()));
}

#[test]
fn simulate_prints_the_same_as_json() {
    let text = succeeded(dynoscaler(&SIMULATED).arg("--json").output().unwrap());
    golden("simulate.json", &text);
    let shown: Value = serde_json::from_str(&text).unwrap();
    for result in shown["results"].as_array().unwrap() {
        let sum = ["done", "left_queued", "left_in_flight"].map(|f| result[f].as_u64().unwrap());
        assert_eq!(result["arrived"].as_u64().unwrap(), sum.iter().sum::<u64>());
    }
}

#[test]
fn simulate_draws_one_panel_for_each_policy() {
    let path = std::env::temp_dir().join(format!("dynoscaler-{}.svg", std::process::id()));
    let shown = path.to_str().unwrap();
    succeeded(dynoscaler(&SIMULATED).args(["--plot", shown]).output().unwrap());
    let svg = fs::read_to_string(&path).unwrap();
    for name in ["step", "target", "constant", "original", "keda", "aws"] {
        assert!(svg.contains(&format!(">{name}</text>")), "{name}");
    }
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
    fs::remove_file(path).unwrap();
}

#[test]
fn every_policy_takes_part_unless_others_are_named() {
    let text = succeeded(dynoscaler(&["simulate", "--days", "0.05", "--json"]).output().unwrap());
    let shown: Value = serde_json::from_str(&text).unwrap();
    let names: Vec<&str> = shown["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["policy"].as_str().unwrap())
        .collect();
    let all = ["step", "target", "rate", "constant", "original", "keda", "aws", "oracle"];
    assert_eq!(names, all);
}

#[test]
fn a_sweep_shows_the_settings_that_no_other_of_the_same_policy_beats() {
    let arguments = ["simulate", "--policies", "step,keda", "--days", "0.1", "--sweep"];
    let text = succeeded(dynoscaler(&arguments).output().unwrap());
    golden("sweep.txt", &text);
}

#[test]
fn flags_come_before_the_environment_and_the_environment_before_the_defaults() {
    let threshold = |command: &mut Command| {
        let text = succeeded(command.args(["--json", "--days", "0.01"]).output().unwrap());
        serde_json::from_str::<Value>(&text).unwrap()["backlog_threshold"].as_f64().unwrap()
    };
    let simulate = || dynoscaler(&["simulate", "--seconds-per-message", "2"]);
    let variable = "DYNOSCALER_BACKLOG_THRESHOLD";
    assert_eq!(threshold(&mut simulate()), 30.0);
    assert_eq!(threshold(simulate().env(variable, "")), 30.0);
    assert_eq!(threshold(simulate().env(variable, "40")), 40.0);
    let flag = ["--backlog-threshold", "50"];
    assert_eq!(threshold(simulate().env(variable, "40").args(flag)), 50.0);
}

#[test]
fn errors_name_the_flag_the_variable_or_the_line() {
    let error = |arguments: &[&str]| failed(dynoscaler(arguments).output().unwrap());
    assert!(error(&["simulate", "--max-dynos", "0"]).contains("--max-dynos"));
    assert!(error(&["simulate", "--load", "sine"]).contains("--load"));
    assert!(error(&["simulate", "--boot-seconds", "60-10"]).contains("--boot-seconds"));
    assert!(error(&["simulate", "--arrivals", "/nowhere"]).contains("/nowhere"));
    let both = error(&["simulate", "--min-dynos", "9", "--max-dynos", "5"]);
    assert!(both.contains("DYNOSCALER_MIN_DYNOS") && both.contains("--min-dynos"), "{both}");
    let mut command = dynoscaler(&["simulate"]);
    let named = failed(command.env("DYNOSCALER_UP_CYCLES", "soon").output().unwrap());
    assert!(named.contains("DYNOSCALER_UP_CYCLES") && named.contains("soon"), "{named}");
    let path = std::env::temp_dir().join(format!("dynoscaler-{}.csv", std::process::id()));
    fs::write(&path, "timestamp,value\n2026-01-01 00:00:00,1\n2026-01-01 00:05:00,x\n").unwrap();
    let broken = error(&["simulate", "--arrivals", path.to_str().unwrap()]);
    assert!(broken.contains("line 3") && broken.contains("\"x\""), "{broken}");
    fs::remove_file(path).unwrap();
}

const COMMANDS: [&str; 14] = [
    "init",
    "cycle",
    "run",
    "doctor",
    "pause",
    "resume",
    "status",
    "history",
    "report",
    "simulate",
    "replay",
    "targets",
    "completions",
    "man",
];

#[test]
fn completions_and_manual_know_every_command() {
    let shown = |arguments: &[&str]| succeeded(dynoscaler(arguments).output().unwrap());
    let page = shown(&["man"]);
    for command in COMMANDS {
        for shell in ["bash", "zsh", "fish"] {
            assert!(shown(&["completions", shell]).contains(command), "{shell} {command}");
        }
        assert!(page.contains(&format!("dynoscaler\\-{command}")), "{page}");
        let page = shown(&["man", command]);
        assert!(page.contains(&format!("dynoscaler\\-{command}")), "{page}");
        assert!(page.contains(".SH EXAMPLES\n") && !page.contains("Examples:"), "{page}");
    }
    let targets = shown(&["man", "targets"]);
    for command in ["check", "policy"] {
        let name = format!("dynoscaler\\-targets\\-{command}");
        assert!(targets.contains(&format!("{name}(1)")), "{targets}");
        let page = shown(&["man", "targets", command]);
        assert!(page.contains(&name) && page.contains(".SH EXAMPLES\n"), "{page}");
    }
    let error = failed(dynoscaler(&["man", "sing"]).output().unwrap());
    assert!(error.contains("no command sing") && error.contains("doctor"), "{error}");
}

#[test]
fn the_page_of_the_command_line_explains_each_command() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/COMMAND_LINE.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, explained) = page.split_once("\n## Commands\n").unwrap();
    for command in COMMANDS {
        assert!(explained.contains(&format!("**`{command}`**")), "{command}");
    }
}

#[test]
fn help_has_no_colour_outside_a_terminal() {
    let text = succeeded(dynoscaler(&["--help"]).output().unwrap());
    golden("help.txt", &text);
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn help_is_complete() {
    for command in COMMANDS {
        let text = succeeded(dynoscaler(&[command, "--help"]).output().unwrap());
        golden(&format!("{command}-help.txt"), &text);
        assert!(text.contains("Examples:"));
    }
    for command in ["check", "policy"] {
        let text = succeeded(dynoscaler(&["targets", command, "--help"]).output().unwrap());
        golden(&format!("targets-{command}-help.txt"), &text);
    }
}

/// A device that accepts no byte: every write to it fails as on a full disk.
fn full() -> Stdio {
    fs::OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

// case F18
#[test]
#[cfg(target_os = "linux")]
fn a_failed_write_to_standard_output_is_an_error_of_every_command() {
    let history = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/history.jsonl");
    let printing: [&[&str]; 9] = [
        &["--help"],
        &["--version"],
        &["status", "--help"],
        &["completions", "bash"],
        &["man"],
        &["history", "--file", history],
        &["report", "--file", history, "-o", "-"],
        &["simulate", "--days", "0.01", "--policies", "step"],
        &["simulate", "--days", "0.01", "--policies", "step", "--plot", "-"],
    ];
    for arguments in printing {
        let output = dynoscaler(arguments).stdout(full()).stderr(Stdio::piped()).output().unwrap();
        let error = failed(output);
        let expected = "error: cannot write to standard output: No space left on device";
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

// case F18
#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let mut command = dynoscaler(&["man", "simulate"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

// case F18
#[test]
fn a_picture_may_go_to_standard_output_and_the_text_then_goes_to_standard_error() {
    let simulated = dynoscaler(&SIMULATED).args(["--plot", "-"]).output().unwrap();
    let history = replayed(dynoscaler(&["history", "--file", "-", "--plot", "-"]), &day());
    for (output, elsewhere) in [(simulated, "dyno-hours"), (history, "shop/worker\n")] {
        let text = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(text.contains(elsewhere), "{text}");
        let svg = succeeded(output);
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"), "{svg}");
    }
}

// case F18
#[test]
fn a_picture_in_a_format_that_is_not_svg_is_refused() {
    for name in ["x.png", "x.SVGZ", "x", "", "svg"] {
        for command in ["simulate", "history"] {
            let error = failed(dynoscaler(&[command, "--plot", name]).output().unwrap());
            assert!(error.contains("--plot") && error.contains("ends in .svg"), "{error}");
        }
    }
}

#[test]
fn replay_answers_every_record_before_it_reads_the_next() {
    let mut command = dynoscaler(&["replay"]);
    let command = command.envs(CONFIGURED).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut dynos = 1;
    // The loop that another program closes: the required quantity becomes the next line's.
    for (minute, expected) in (0..).zip([1, 2, 2, 3, 3, 4, 4, 5, 5, 5]) {
        input.write_all(record(minute, 900, dynos).as_bytes()).unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["active_dynos"], dynos);
        dynos = u32::try_from(answer["required_dynos"].as_u64().unwrap()).unwrap();
        assert_eq!(dynos, expected);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn replay_writes_the_record_that_the_function_would_have_made() {
    let mut input: String = (0..6).map(|minute| record(minute, 350, 3)).collect();
    input.push_str(&record(6, 30, 3));
    let mut command = dynoscaler(&["replay"]);
    command.envs(CONFIGURED);
    golden("replay.jsonl", &succeeded(replayed(command, &input)));
}

#[test]
fn replay_decides_on_several_queues_by_their_sum_or_by_the_fullest() {
    let record = json!({
        "tick": "2026-01-31T12:00:00Z", "app": "shop", "process": "worker", "queue": "jobs,mailers",
        "sqs_messages": 390, "in_flight": 5, "delayed": 0, "active_dynos": 2,
        "queues": [
            { "name": "jobs", "sqs_messages": 150, "in_flight": 5, "delayed": 0 },
            { "name": "mailers", "sqs_messages": 240, "in_flight": 0, "delayed": 0 },
        ],
    });
    for (queues, per_instance) in [("sum", 195.0), ("max", 120.0)] {
        let shown = succeeded(replayed(replay(&["--queues", queues]), &format!("{record}\n")));
        let answer: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(answer["backlog_per_instance"], per_instance, "{queues}");
        for field in ["queue", "queues", "sqs_messages", "in_flight"] {
            assert_eq!(answer[field], record[field], "{field}");
        }
    }
    let broken = record.to_string().replace("\"name\":\"jobs\",", "");
    let error = failed(replayed(replay(&[]), &format!("{broken}\n")));
    assert!(error.contains("must be a list of one or more"), "{error}");
}

#[test]
fn replay_leaves_out_lines_that_are_no_record() {
    let input = format!(
        "START RequestId: 1\n{}2026-01-31T12:01:00Z {}{{\"type\":\"platform.report\"}}\nEND\n",
        record(0, 900, 1),
        record(1, 900, 1)
    );
    assert_eq!(succeeded(replayed(replay(&[]), &input)).lines().count(), 2);
}

fn replay(arguments: &[&str]) -> Command {
    let mut command = dynoscaler(&["replay"]);
    command.args(arguments).envs(CONFIGURED);
    command
}

// case D7
// case F18
#[test]
fn every_export_of_a_log_is_replayed_the_same_zipped_or_not() {
    let answered = |input: &[u8]| succeeded(replayed_bytes(replay(&[]), input));
    let plain = answered(&fs::read(exports().join("records.jsonl")).unwrap());
    assert_eq!(plain.lines().count(), 3);
    for name in EXPORTS {
        let bytes = fs::read(exports().join(name)).unwrap();
        assert_eq!(answered(&bytes), plain, "{name}");
        assert_eq!(answered(&zipped(&bytes)), plain, "{name} in gzip");
        let path = exports().join(name);
        let named = succeeded(replay(&["--file", path.to_str().unwrap()]).output().unwrap());
        assert_eq!(named, plain, "{name} by its name");
    }
}

// case D7
#[test]
fn replay_of_no_record_at_all_is_an_error() {
    for text in ["", "START\nEND\n", "{\"a\":1}\n", "@timestamp,@ptr\n1,2\n"] {
        let error = failed(replayed(replay(&[]), text));
        assert!(error.starts_with("error: no record in standard input: found "), "{error}");
    }
}

// case F6
#[test]
fn replay_answers_in_the_order_of_time_and_each_record_once() {
    let answered = |lines: &[String]| succeeded(replayed(replay(&[]), &lines.concat()));
    let messages = [900, 850, 300, 20, 10, 0, 0, 700];
    let mut lines: Vec<String> =
        (0..).zip(messages).map(|(minute, messages)| record(minute, messages, 2)).collect();
    let plain = answered(&lines);
    assert!(!plain.contains("DuplicateTick"));
    lines.reverse();
    assert_eq!(answered(&lines), plain, "the newest first");
    lines.swap(1, 5);
    lines.rotate_left(3);
    assert_eq!(answered(&lines), plain, "shuffled");
    assert_eq!(answered(&[&lines[..], &lines].concat()), plain, "doubled");
}

// case F6
#[test]
fn replay_of_several_targets_needs_one_of_them_named() {
    let other = |minute| record(minute, 10, 1).replace("\"shop\"", "\"blog\"");
    let both: String = (0..3).map(|minute| record(minute, 900, 1) + &other(minute)).collect();
    let error = failed(replayed(replay(&[]), &both));
    let expected = "records of 2 targets, blog/worker, shop/worker: choose one with --target";
    assert!(error.contains(expected), "{error}");
    let error = failed(replayed(replay(&["--target", "shop"]), &both));
    assert!(error.contains("no record of --target shop, but of blog/worker, shop"), "{error}");
    let alone: String = (0..3).map(|minute| record(minute, 900, 1)).collect();
    let chosen = succeeded(replayed(replay(&["--target", "shop/worker"]), &both));
    assert_eq!(chosen, succeeded(replayed(replay(&[]), &alone)));
}

// case D10
#[test]
fn replay_obeys_the_schedule() {
    // 31 January 2026 is a Saturday.
    let log: String = (0..6).map(|minute| record(minute, 900, 3)).collect();
    let shown = |command: Command| -> Vec<Value> {
        let answers = succeeded(replayed(command, &log));
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let plain = shown(replay(&[]));
    assert!(plain.iter().all(|answer| answer["max_dynos"] == 5));
    let schedule = "sat 12:03-12:05 0..2";
    let mut by_environment = replay(&[]);
    by_environment.env("DYNOSCALER_SCHEDULE", schedule);
    for answers in [shown(by_environment), shown(replay(&["--schedule", schedule]))] {
        let seen: Vec<_> = answers
            .iter()
            .map(|answer| (answer["max_dynos"].as_u64().unwrap(), &answer["reason"]))
            .collect();
        assert_eq!(seen[3], (2, &"AboveMax".into()), "{seen:?}");
        assert_eq!(seen[4].0, 2);
        assert_eq!(seen[5].0, 5);
    }
    let mut wrong = replay(&[]);
    wrong.env("DYNOSCALER_SCHEDULE", "caturday 0..1");
    assert!(failed(replayed(wrong, &log)).contains("DYNOSCALER_SCHEDULE"));
}

// case D10
#[test]
fn simulate_obeys_the_schedule() {
    let hours = |command: &mut Command| {
        let load = ["--days", "0.1", "--load", "steady", "--policies", "step,rate,oracle"];
        let text = succeeded(command.args(load).arg("--json").output().unwrap());
        let shown: Value = serde_json::from_str(&text).unwrap();
        let results = shown["results"].as_array().unwrap().iter();
        results.map(|result| result["dyno_hours"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    // The rest of the day, in which a synthetic load begins: a Thursday.
    let by_flag = hours(dynoscaler(&["simulate"]).args(["--schedule", "thu 7..7"]));
    let by_environment = hours(dynoscaler(&["simulate"]).env("DYNOSCALER_SCHEDULE", "thu 7..7"));
    assert_eq!(by_flag, by_environment);
    for hours in by_flag {
        assert!((16.6..=16.8).contains(&hours), "{hours}");
    }
}

// case F20
#[test]
fn replay_ends_in_a_summary_with_a_closed_loop_and_what_to_deploy() {
    // One dyno finishes 100 a minute; 300 arrive, and the log had three dynos too few for the
    // backlog to shrink.
    let log: String = (0..30).map(|minute| record(minute, 3_000, 3)).collect();
    let arguments = ["--policy", "target", "--messages-per-dyno-minute", "100"];
    let output = replayed(replay(&arguments), &log);
    let summary = String::from_utf8(output.stderr.clone()).unwrap();
    golden("replay-summary.txt", &summary);
    assert_eq!(succeeded(output).lines().count(), 30);
    let alone = replayed(replay(&[&arguments[..], &["--summary"]].concat()), &log);
    assert_eq!(succeeded(alone), summary);
}

// case F20
#[test]
fn simulate_ends_in_the_settings_to_deploy_and_what_they_cost_a_month() {
    let mut command = dynoscaler(&["simulate", "--days", "0.1", "--load", "steady"]);
    command.args(["--policies", "target,keda", "--max-step-up", "2", "--price-per-dyno-hour", "1"]);
    command.args(["--initial-dynos", "6", "--above-at-most", "0.5"]);
    let text = succeeded(command.output().unwrap());
    let (_, advice) = text.split_once("\nTo deploy: ").unwrap();
    assert!(advice.starts_with("target (the cheapest that is above in at most 50.0 %"), "{advice}");
    assert!(advice.contains("\n  DYNOSCALER_MAX_STEP_UP=2\n"), "{advice}");
    let line = advice.lines().last().unwrap();
    assert!(
        line.starts_with("  sam deploy --parameter-overrides DynoscalerPolicy=target "),
        "{line}"
    );
    let shown: Value =
        serde_json::from_str(&succeeded(command.arg("--json").output().unwrap())).unwrap();
    let deploy = &shown["deploy"];
    assert_eq!(deploy["settings"]["DYNOSCALER_TOLERANCE"], "0.1");
    let (dynos, cost) =
        (deploy["dynos"].as_f64().unwrap(), deploy["cost_a_month"].as_f64().unwrap());
    assert!((cost - 720.0 * dynos).abs() < 0.01, "{deploy}");
    let mut peers = dynoscaler(&["simulate", "--days", "0.01", "--policies", "keda"]);
    assert!(!succeeded(peers.output().unwrap()).contains("To deploy"));
}

// case F7
#[test]
fn too_large_a_simulation_is_refused_before_it_begins() {
    let csv = std::env::temp_dir().join(format!("dynoscaler-{}-vast.csv", std::process::id()));
    fs::write(&csv, "2026-01-01 00:00:00,1\n2026-01-01 00:01:00,1e12\n").unwrap();
    let vast = csv.to_str().unwrap();
    for (arguments, expected) in [
        (&["--messages-per-second", "1e6"][..], "more than 300,000,000 messages"),
        (&["--mean-dynos", "999999999"], "more than 300,000,000 messages"),
        (&["--mean-dynos", "1e300"], "from 0.000000001 to 999999999"),
        (&["--arrivals", vast], "more than 300,000,000 messages"),
        (
            &["--messages-per-second", "1e5", "--days", "0.02"],
            "leave more than 20,000,000 messages",
        ),
        (&["--seconds-per-message", "1e300"], "above 0, at most 86400"),
        (&["--max-dynos", "10000"], "must be a whole number from 1 to 9999"),
        (&["--schedule", "0..20000"], "whole numbers to 9999"),
        (&["--initial-dynos", "20000"], "--initial-dynos = 20000 must be at most 10,000"),
        (&["--days", "3660", "--messages-per-second", "0.1", "--sweep"], "20,000,000,000 events"),
        (&["--boot-seconds", "0-1e300"], "at most 86400"),
    ] {
        let error = failed(dynoscaler(&["simulate"]).args(arguments).output().unwrap());
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
    fs::remove_file(csv).unwrap();
}

// case D6
// case F18
#[test]
fn simulate_reads_what_cloudwatch_exports_from_a_file_or_from_standard_input() {
    let messages = |command: Command, input: &[u8]| {
        let shown: Value =
            serde_json::from_str(&succeeded(replayed_bytes(command, input))).unwrap();
        shown["messages_per_second"].as_f64().unwrap()
    };
    let simulate = |more: &[&str]| {
        let mut command = dynoscaler(&["simulate", "--policies", "step", "--json", "--arrivals"]);
        command.args(more);
        command
    };
    let read = |name: &str| fs::read(exports().join(name)).unwrap();
    let console = exports().join("cloudwatch-console.csv");
    let plain = messages(simulate(&[console.to_str().unwrap()]), b"");
    let statistics = read("get-metric-statistics.json");
    assert_eq!(messages(simulate(&["-"]), &statistics), plain);
    assert_eq!(messages(simulate(&["-"]), &zipped(&statistics)), plain);
    let data = read("get-metric-data.json");
    assert_eq!(messages(simulate(&["-", "--column", "sent"]), &data), plain);
    let error = failed(replayed_bytes(simulate(&["-"]), &data));
    let expected =
        "there are 2 columns, NumberOfMessagesSent, NumberOfMessagesDeleted: choose with";
    assert!(error.contains(expected), "{error}");
    let gap = replayed_bytes(simulate(&["-"]), &read("gap.csv"));
    let shown = String::from_utf8_lossy(&gap.stderr);
    assert!(shown.contains("1 point without a value"), "{shown}");
}

#[test]
fn replay_refuses_broken_values_by_their_line_after_answering_those_before() {
    let broken = [
        ("{\"tick\":\"2026-01-31T12:01:00Z\",\"sqs_mess", "not valid JSON"),
        ("{\"tick\":\"noon\"}", "tick"),
        ("{\"tick\":\"2026-01-31T12:01:00Z\"}", "sqs_messages is missing"),
        (&record(1, 9, 1).replace("9", "-9"), "-9"),
        (&record(1, 9, 1).replace("\"in_flight\":0", "\"in_flight\":\"0\""), "in_flight"),
        (&record(1, 9, 1).replace("\"delayed\":0", "\"delayed\":0.5"), "delayed"),
        (&record(1, 9, 1).replace("_dynos\":1", "_dynos\":4294967296"), "active_dynos"),
    ];
    for (line, named) in broken {
        let mut command = dynoscaler(&["replay"]);
        command.envs(CONFIGURED);
        let output = replayed(command, &format!("{}{line}\n", record(0, 900, 1)));
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
        let error = failed(output);
        assert!(error.contains("line 2") && error.contains(named), "{line}: {error}");
    }
}

#[test]
fn replay_holds_where_the_cycle_knew_nothing() {
    let unknown = record(1, 900, 1).replace("900", "null");
    let input = format!("{}{unknown}{}", record(0, 900, 1), record(2, 900, 1));
    let mut command = dynoscaler(&["replay"]);
    command.envs(CONFIGURED);
    let answers = succeeded(replayed(command, &input));
    let answers: Vec<Value> =
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers[1]["reason"], "BacklogUnavailable");
    assert_eq!(answers[1]["scale_up_cnt"], 1);
    assert_eq!(answers[2]["reason"], "ScaleUp");
}

#[test]
fn replay_reads_its_configuration_like_the_function() {
    let error = failed(replayed(dynoscaler(&["replay"]), ""));
    for (variable, _) in CONFIGURED {
        assert!(error.contains(variable), "{error}");
    }
}

/// A day of one target and a dry run, with the other lines of a log.
fn day() -> String {
    let cycle = |minute: u32, reason: &str, active: u32, required: u32| {
        let action = if active == required { "none" } else { "scale" };
        json!({
            "tick": format!("2026-01-31T12:{minute:02}:00Z"), "app": "shop", "process": "worker",
            "reason": reason, "action": action, "sqs_messages": 900, "active_dynos": active,
            "required_dynos": required, "backlog_per_instance": 900 / active,
            "backlog_threshold": 250.0, "dry_run": false, "error": null,
        })
    };
    let failed = |minute: u32| {
        json!({
            "tick": format!("2026-01-31T12:{minute:02}:00Z"), "app": "shop", "process": "worker",
            "reason": "StateUnavailable", "action": "none", "active_dynos": 3,
            "required_dynos": 3, "sqs_messages": null, "error": "no answer",
        })
    };
    let mut dry_run = cycle(0, "ScaleUp", 1, 2);
    dry_run["dry_run"] = true.into();
    let mut unconfirmed = cycle(7, "ChangeUnconfirmed", 5, 4);
    unconfirmed["error"] = "reset".into();
    unconfirmed["action"] = "none".into();
    let mut busy = cycle(13, "HerokuBusy", 6, 7);
    busy["action"] = "none".into();
    let lines = [
        dry_run,
        cycle(1, "CountingUp", 1, 1),
        cycle(2, "ScaleUp", 1, 2),
        cycle(2, "DuplicateTick", 1, 1),
        cycle(3, "ScaleUp", 2, 3),
        failed(4),
        failed(5),
        cycle(6, "CountingDown", 5, 5),
        unconfirmed,
        cycle(8, "AtTarget", 4, 4),
        cycle(9, "Paused", 4, 4),
        cycle(10, "Paused", 6, 6),
        cycle(11, "Paused", 6, 6),
        cycle(12, "AtTarget", 6, 6),
        busy,
        cycle(14, "ScaleUp", 6, 7),
    ];
    let lines = lines.map(|line| format!("2026-01-31T13:00:00 app[clock.1]: {line}\n"));
    format!("START\n{}{{\"type\":\"platform.report\"}}\n", lines.concat())
}

#[test]
fn history_shows_changes_by_whomever_and_each_lasting_reason_once() {
    let shown = succeeded(replayed(dynoscaler(&["history", "--file", "-"]), &day()));
    golden("history.txt", &shown);
    let since = ["history", "--file", "-", "--since", "1d"];
    let nothing = succeeded(replayed(dynoscaler(&since), &day()));
    assert!(nothing.starts_with("no cycle in standard input since 20"), "{nothing}");
}

// case B7
#[test]
fn late_ticks_are_one_line_of_the_history_and_hide_no_change_by_hand() {
    let cycle = |tick: &str, reason: &str, active: Option<u32>| {
        json!({
            "tick": format!("2026-01-31T{tick}:00Z"), "app": "shop", "process": "worker",
            "reason": reason, "action": "none", "active_dynos": active, "required_dynos": active,
            "sqs_messages": active.map(|_| 9), "error": null,
        })
    };
    let lines = [
        cycle("12:00", "AtTarget", Some(2)),
        cycle("12:01", "LateTick", None),
        cycle("12:02", "LateTick", None),
        cycle("12:03", "AtTarget", Some(4)),
    ];
    let log = lines.map(|line| format!("{line}\n")).concat();
    let shown = succeeded(replayed(dynoscaler(&["history", "--file", "-"]), &log));
    assert!(shown.contains("?  LateTick (2 times until 2026-01-31T12:02:00Z)"), "{shown}");
    assert!(shown.contains("2 -> 4  changed outside DynoScaler"), "{shown}");
}

#[test]
fn history_counts_the_records_that_it_cannot_read_and_shows_the_rest() {
    let log = format!("{}{{\"tick\":\"yesterday\"}}\n{{\"tick\":\n", day());
    let output = replayed(dynoscaler(&["history", "--file", "-"]), &log);
    let shown = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(shown.starts_with("shop/worker\n"), "{shown}");
    let error = failed(output);
    let expected = "error: in standard input, 2 records could not be read; the first: ";
    assert!(error.starts_with(expected), "{error}");
}

// case F12
#[test]
fn without_messages_there_is_no_wait() {
    let nothing = ["simulate", "--policies", "step", "--days", "0.01"];
    let mut command = dynoscaler(&nothing);
    command.args(["--messages-per-second", "1e-9"]);
    let table = succeeded(command.output().unwrap());
    assert!(table.lines().any(|line| line.contains("  -    -    -  ")), "{table}");
    let shown = succeeded(command.arg("--json").output().unwrap());
    let result = &serde_json::from_str::<Value>(&shown).unwrap()["results"][0];
    assert_eq!(result["arrived"], 0);
    for field in ["wait_mean_secs", "wait_p50_secs", "wait_p99_secs", "wait_max_secs"] {
        assert!(result[field].is_null(), "{result}");
    }
}

/// Logs with the same three records, as each tool writes them.
const EXPORTS: [&str; 10] = [
    "logs-insights.csv",
    "filter-log-events.json",
    "filter-log-events.txt",
    "tail-detailed.txt",
    "tail-short.txt",
    "tail-json.txt",
    "get-query-results.json",
    "heroku-logs.txt",
    "in-json.jsonl",
    "subscription.json",
];

fn exports() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/exports")
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

// case D7
// case F18
#[test]
fn every_export_of_a_log_gives_the_same_history_zipped_or_not() {
    let shown = |input: &[u8]| {
        let command = dynoscaler(&["history", "--file", "-"]);
        succeeded(replayed_bytes(command, input))
    };
    let plain = shown(&fs::read(exports().join("records.jsonl")).unwrap());
    assert!(plain.contains("3 cycles: 1 change, 0 failed; 3.3 dynos"), "{plain}");
    for name in EXPORTS {
        let bytes = fs::read(exports().join(name)).unwrap();
        assert_eq!(shown(&bytes), plain, "{name}");
        assert_eq!(shown(&zipped(&bytes)), plain, "{name} in gzip");
    }
}

// case D7
#[test]
fn a_record_with_an_unknown_reason_is_a_record() {
    let csv = "@timestamp,@message\r\n2026-01-31 12:00:01.000,\"".to_owned()
        + record(0, 900, 3).trim_end().replace('"', "\"\"").as_str()
        + "\"\r\n";
    let shown = succeeded(replayed(dynoscaler(&["history", "--file", "-"]), &csv));
    let sums = "1 cycle: 0 changes, 0 failed; 3.0 dynos on average, 3 at most; above the threshold: unknown\n";
    assert!(shown.starts_with("shop/worker\n") && shown.contains(sums), "{shown}");
}

// case D7
#[test]
fn a_file_without_a_record_is_an_error_that_says_what_it_is_and_what_is_read() {
    for (text, found) in [
        ("START\nEND\n", "2 lines of text in which no JSON object has a tick"),
        ("@timestamp,@ptr\n1,2\n", "a CSV with the columns @timestamp, @ptr"),
        ("{\"events\": []}", "1 line of JSON in which no object has a tick"),
        (" \n", "nothing"),
    ] {
        let error = failed(replayed(dynoscaler(&["history", "--file", "-"]), text));
        let expected = format!("error: no record in standard input: found {found}. Read are ");
        assert!(error.starts_with(&expected), "{error}");
    }
}

// case F6
#[test]
fn history_is_the_same_whatever_the_order_and_however_often_a_record_is_there() {
    let shown = |lines: &[&str]| {
        let input = lines.join("\n");
        succeeded(replayed(dynoscaler(&["history", "--file", "-"]), &input))
    };
    let text = fs::read_to_string(exports().join("records.jsonl")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let plain = shown(&lines);
    lines.reverse();
    assert_eq!(shown(&lines), plain);
    lines.rotate_left(2);
    assert_eq!(shown(&lines), plain);
    assert_eq!(shown(&[&lines[..], &lines].concat()), plain);
    // Lambda repeats an invocation that failed.
    let again = lines.iter().find(|line| line.contains("a0e2")).unwrap();
    let again = again.replace("\"reason\":\"ScaleUp\"", "\"reason\":\"DuplicateTick\"");
    let again = again.replace("12:01:01", "12:02:30").replace("scale-up", "none");
    assert_eq!(shown(&[&lines[..], &[&again]].concat()), plain);
}

// case F12
#[test]
fn history_of_nothing_but_failures_has_no_average() {
    let failed = |minute: u32| {
        let tick = format!("2026-01-31T12:{minute:02}:00Z");
        let record = json!({
            "tick": tick, "app": "shop", "process": "worker", "reason": "HerokuUnauthorized",
            "action": "none", "sqs_messages": 9, "active_dynos": null, "required_dynos": null,
            "backlog_per_instance": null, "backlog_threshold": 250.0, "error": "401",
        });
        format!("{record}\n")
    };
    let log: String = (0..3).map(failed).collect();
    let shown = succeeded(replayed(dynoscaler(&["history", "--file", "-"]), &log));
    let sums = "3 cycles: 0 changes, 3 failed; dynos unknown; above the threshold: unknown\n";
    assert!(shown.contains(sums), "{shown}");
}

#[test]
fn history_draws_the_panels_of_each_target() {
    let path = std::env::temp_dir().join(format!("dynoscaler-{}-day.svg", std::process::id()));
    let shown = path.to_str().unwrap();
    succeeded(replayed(dynoscaler(&["history", "--file", "-", "--plot", shown]), &day()));
    let svg = fs::read_to_string(&path).unwrap();
    for target in ["shop/worker", "shop/worker (dry run)"] {
        for panel in ["Backlog per instance", "Dynos", "Changes and their reasons", "Messages"] {
            assert!(svg.contains(&format!(">{target}: {panel}")), "{target} {panel}");
        }
    }
    for lane in
        ["StateUnavailable, 2 times", "ChangeUnconfirmed, 1 time", "changed outside DynoScaler"]
    {
        assert!(svg.contains(&format!(">{lane}")), "{lane}");
    }
    assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN") && !svg.contains("inf\""));
    fs::remove_file(path).unwrap();
}

#[test]
fn history_without_a_record_has_nothing_to_draw() {
    let plot = ["history", "--file", "-", "--plot", "/tmp/dynoscaler-nothing.svg"];
    let since = [&plot[..], &["--since", "1d"]].concat();
    assert!(failed(replayed(dynoscaler(&since), &day())).contains("no record to draw"));
}

#[test]
fn the_recorded_run_of_the_readme_draws_its_picture() {
    let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let picture = docs.join("history.svg");
    let drawn = std::env::temp_dir().join(format!("dynoscaler-{}-run.svg", std::process::id()));
    let plot = |path: &Path| {
        let mut command = dynoscaler(&["history", "--file"]);
        succeeded(
            command.arg(docs.join("history.jsonl")).arg("--plot").arg(path).output().unwrap(),
        );
    };
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        plot(&picture);
    }
    plot(&drawn);
    let expected = fs::read_to_string(picture).unwrap();
    assert!(fs::read_to_string(&drawn).unwrap() == expected, "docs/history.svg is another picture");
    fs::remove_file(drawn).unwrap();
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_nothing_else_is() {
    for arguments in [
        &["targets", "check", "/nowhere"][..],
        &["targets", "policy", "/nowhere"],
        &["history", "--file", "/nowhere"],
        &["report", "--file", "/nowhere", "--output", "/nowhere.html"],
        &["simulate", "--arrivals", "/nowhere"],
    ] {
        let error = failed(dynoscaler(arguments).output().unwrap());
        assert!(error.contains("cannot open /nowhere: "), "{arguments:?}: {error}");
        assert!(!error.contains("standard output"), "{arguments:?}: {error}");
    }
}

#[test]
fn history_needs_one_source_and_a_time_within_bounds() {
    let error = |arguments: &[&str]| failed(dynoscaler(arguments).output().unwrap());
    assert!(error(&["history"]).contains("--log-group"));
    assert!(error(&["history", "--log-group", "a", "--file", "b"]).contains("--file"));
    assert!(error(&["history", "--file", "/nowhere"]).contains("cannot open /nowhere"));
    assert!(error(&["history", "--log-group", "group"]).contains("AWS_REGION"));
    for since in ["0s", "3651d", "1w", "yesterday", ""] {
        let error = error(&["history", "--log-group", "group", "--since", since]);
        assert!(error.contains("must be a time from 1s to 3650d"), "{error}");
    }
}
