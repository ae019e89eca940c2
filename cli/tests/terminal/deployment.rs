//! `--function` and `--stack`: all settings of a command come from the deployment.

use std::io::{BufRead as _, BufReader};
use std::process::Command;
use std::time::Duration;

use dynoscaler::adapters::SystemClock;
use dynoscaler::ports::Clock as _;
use serde_json::{Value, json};

use support::server::{Reply, Server};
use support::services::{Services, function, logged, ok, refusal, stack, xml_refusal};
use support::store;

use crate::{BINARY, stderr, stdout};

const READ_FUNCTION: &str = "GET /2015-03-31/functions/scaler/configuration";
const BY_FUNCTION: [&str; 2] = ["--function", "scaler"];
const BY_STACK: [&str; 2] = ["--stack", "dynoscaler"];

/// The variables of the deployed function. Empty ones are those that the template leaves empty.
fn deployed(services: &Services) -> Value {
    json!({
        "MY_HEROKU_AUTH_TOKEN": "ssm:/dynoscaler/token",
        "MY_HEROKU_AUTH_DES": "made for tests",
        "MY_HEROKU_AS_APP": "my-app",
        "MY_HEROKU_AS_PROCESS": "worker",
        "HEROKU_API_URL": services.server.url,
        "AWS_SQS_NAME": "jobs",
        "AWS_SQS_REGION": "",
        "AWS_KEY": "",
        "DYNOSCALER_MIN_DYNOS": "1",
        "DYNOSCALER_MAX_DYNOS": "7",
        "DYNOSCALER_UP_CYCLES": "2",
        "DYNOSCALER_DOWN_CYCLES": "3",
        "DYNOSCALER_BACKLOG_THRESHOLD": "100",
        "DYNOSCALER_DRY_RUN": "false",
        "DYNOSCALER_TABLE": "stack-s-table",
    })
}

/// A healthy deployment, described by its function and by its stack.
async fn deployment() -> Services {
    let services = Services::start(450).await;
    set_function(&services, &function(&deployed(&services)));
    services.set_answer("GetParameter", || store::holds("HRKU-token"));
    services
        .set_answer("ListRuleNamesByTarget", || ok(&json!({ "RuleNames": ["function-s-rule"] })));
    services.set_answer("DescribeStacks", || {
        let outputs = [
            ("FunctionName", "scaler"),
            ("Rule", "stack-s-rule"),
            ("Table", "stack-s-table"),
            ("LogGroupName", "stack-s-group"),
        ];
        stack(&outputs, &[("CycleSeconds", "60")])
    });
    services
}

fn set_function(services: &Services, facts: &Value) {
    let facts = facts.clone();
    services.set_answer(READ_FUNCTION, move || ok(&facts));
}

/// The command line of an operator on call: credentials, a region, and nothing else.
fn at_night(services: &Services, arguments: &[&str], named: [&str; 2]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments).args(named).env_clear().envs([
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "very-secret"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL", &services.server.url),
    ]);
    command
}

/// What a call was requested with, by the last one.
fn requested(services: &Services, call: &str) -> Value {
    let requests = services.server.requests();
    let is_call = |target: Option<&str>| target.is_some_and(|target| target.ends_with(call));
    let found = requests.iter().rfind(|request| is_call(request.header("x-amz-target")));
    serde_json::from_str(&found.unwrap().body).unwrap()
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn with_credentials_alone_status_sees_the_settings_of_the_deployment() {
    for named in [BY_FUNCTION, BY_STACK] {
        let services = deployment().await;
        let output = at_night(&services, &["status"], named).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{named:?}: {}", stderr(&output));
        assert!(stdout(&output).contains("1, of 1 to 7"), "{}", stdout(&output));
        assert_eq!(requested(&services, "GetItem")["TableName"], "stack-s-table", "{named:?}");
        let group = if named == BY_STACK { "stack-s-group" } else { "function-s-group" };
        assert_eq!(requested(&services, "FilterLogEvents")["logGroupName"], group);
    }
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn with_credentials_alone_every_command_reaches_the_deployment() {
    for named in [BY_FUNCTION, BY_STACK] {
        for arguments in [&["cycle", "--dry-run"][..], &["pause"], &["resume"], &["history"]] {
            let services = deployment().await;
            let output = at_night(&services, arguments, named).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        }
    }
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn a_pause_by_the_stack_s_name_is_in_the_stack_s_table() {
    let services = deployment().await;
    at_night(&services, &["pause"], BY_STACK).output().unwrap();
    let written = requested(&services, "UpdateItem");
    assert_eq!(written["TableName"], "stack-s-table");
    assert_eq!(written["Key"]["target"]["S"], "my-app/worker");
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn the_deployment_s_settings_win_over_those_of_the_shell() {
    let services = deployment().await;
    let mut command = at_night(&services, &["status", "--json"], BY_FUNCTION);
    command.envs([
        ("DYNOSCALER_MAX_DYNOS", "2"),
        ("DYNOSCALER_DRY_RUN", "true"),
        ("DYNOSCALER_SCHEDULE", "0..1"),
        ("MY_HEROKU_AS_APP", "another-app"),
        ("DYNOSCALER_TABLE", "another-table"),
        ("AWS_SQS_REGION", "us-east-1"),
        ("AWS_KEY", "AKIDOTHER"),
    ]);
    let output = command.output().unwrap();
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&status["app"], &status["max_dynos"]), (&"my-app".into(), &7.into()));
    assert_eq!(requested(&services, "GetItem")["TableName"], "stack-s-table");
    let key = &requested(&services, "GetItem")["Key"]["target"]["S"];
    assert_eq!(key, "my-app/worker", "no dry run");
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_s_endpoint_and_credentials_win_over_the_deployment_s() {
    let services = deployment().await;
    let mut variables = deployed(&services);
    variables["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9".into();
    variables["AWS_ENDPOINT_URL_SQS"] = "http://127.0.0.1:9".into();
    variables["AWS_ACCESS_KEY_ID"] = "AKIDDEPLOYED".into();
    set_function(&services, &function(&variables));
    let output = at_night(&services, &["status"], BY_FUNCTION).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let requests = services.server.requests();
    let signed = requests.iter().filter_map(|request| request.header("authorization"));
    assert!(signed.into_iter().all(|signature| !signature.contains("AKIDDEPLOYED")));
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_only_the_deployment_has_is_used() {
    let services = deployment().await;
    let mut variables = deployed(&services);
    variables["AWS_ENDPOINT_URL"] = services.server.url.clone().into();
    set_function(&services, &function(&variables));
    let mut command = at_night(&services, &["status"], BY_FUNCTION);
    command.env_remove("AWS_ENDPOINT_URL").env("AWS_ENDPOINT_URL_LAMBDA", &services.server.url);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert_eq!(requested(&services, "GetItem")["TableName"], "stack-s-table");
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn the_region_in_an_arn_is_that_of_every_call() {
    let services = deployment().await;
    let arn = "arn:aws:lambda:eu-central-1:123456789012:function:scaler";
    let path = "arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Ascaler";
    let call = format!("GET /2015-03-31/functions/{path}/configuration");
    let facts = function(&deployed(&services));
    services.set_answer(call.leak(), move || ok(&facts));
    let mut command = at_night(&services, &["status"], ["--function", arn]);
    let output = command.env_remove("AWS_REGION").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let requests = services.server.requests();
    let signatures = requests.iter().filter_map(|request| request.header("authorization"));
    let signatures: Vec<_> = signatures.filter(|value| value.starts_with("AWS4")).collect();
    assert!(signatures.len() > 3);
    assert!(signatures.iter().all(|value| value.contains("/eu-central-1/")), "{signatures:?}");
}

/// A deployment whose settings cannot be read, and what its error must say.
type Unusable = (&'static str, fn(&Services), &'static [&'static str]);

const UNUSABLE: &[Unusable] = &[
    (
        "a wrong name",
        |services| {
            services.set_answer(READ_FUNCTION, || {
                let headers = &[("x-amzn-errortype", "ResourceNotFoundException:http://internal/")];
                let body = json!({ "Type": "User", "Message": "Function not found: scaler" });
                Reply::Answer(404, headers, body.to_string())
            });
        },
        &[
            "cannot read function scaler: Lambda answered 404 ResourceNotFoundException: Function not \
           found: scaler (region eu-west-1)",
        ],
    ),
    (
        "a missing permission",
        |services| {
            services.set_answer(READ_FUNCTION, || {
                let headers = &[("x-amzn-errortype", "AccessDeniedException")];
                let message =
                    "User: me is not authorized to perform: lambda:GetFunctionConfiguration";
                Reply::Answer(403, headers, json!({ "message": message }).to_string())
            });
        },
        &["403 AccessDeniedException: User: me is not authorized"],
    ),
    (
        "another program",
        |services| set_function(services, &function(&json!({ "STAGE": "production" }))),
        &["function scaler is not DynoScaler's"],
    ),
    (
        "a function without variables",
        |services| {
            let mut facts = function(&json!({}));
            facts.as_object_mut().unwrap().remove("Environment");
            set_function(services, &facts);
        },
        &["function scaler is not DynoScaler's"],
    ),
    (
        "variables that cannot be decrypted",
        |services| {
            let mut facts = function(&json!({}));
            facts["Environment"] = json!({ "Error": {
                "ErrorCode": "AccessDeniedException",
                "Message": "Lambda was unable to decrypt the environment variables",
            }});
            set_function(services, &facts);
        },
        &[
            "the variables of function scaler cannot be decrypted: AccessDeniedException: Lambda was",
        ],
    ),
    (
        "a page in place of an answer",
        |services| {
            services.set_answer(READ_FUNCTION, || Reply::Answer(502, &[], "<html>".to_owned()))
        },
        &["Lambda answered 502 without id: <html> (region eu-west-1)"],
    ),
    (
        "variables that are not valid",
        |services| {
            let mut variables = deployed(services);
            variables["DYNOSCALER_MAX_DYNOS"] = "0".into();
            set_function(services, &function(&variables));
        },
        &["DYNOSCALER_MAX_DYNOS", "must be a whole number from 1"],
    ),
    (
        "a function without a table",
        |services| {
            let mut variables = deployed(services);
            variables["DYNOSCALER_TABLE"] = "".into();
            set_function(services, &function(&variables));
        },
        &["DYNOSCALER_TABLE is not set"],
    ),
];

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_deployment_is_named_and_nothing_is_done() {
    for (name, break_it, words) in UNUSABLE {
        let services = deployment().await;
        break_it(&services);
        for command in ["status", "pause", "cycle", "doctor"] {
            let output = at_night(&services, &[command], BY_FUNCTION).output().unwrap();
            let all = stdout(&output) + &stderr(&output);
            assert_ne!(output.status.code(), Some(0), "{name}: {command}: {all}");
            assert!(words.iter().all(|words| all.contains(words)), "{name}: {command}: {all}");
        }
        assert_eq!(services.count("UpdateItem"), 0, "{name}");
    }
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_stack_is_named() {
    let services = deployment().await;
    let status = || at_night(&services, &["status"], BY_STACK).output().unwrap();
    services.set_answer("DescribeStacks", || {
        xml_refusal(400, "ValidationError", "Stack with id dynoscaler does not exist")
    });
    let expected = "cannot read stack dynoscaler: CloudFormation answered 400 ValidationError: Stack \
        with id dynoscaler does not exist (region eu-west-1)";
    assert!(stderr(&status()).contains(expected), "{}", stderr(&status()));
    services.set_answer("DescribeStacks", || stack(&[("Url", "https://example.com")], &[]));
    let expected = "stack dynoscaler (UPDATE_COMPLETE) has no output FunctionName";
    assert!(stderr(&status()).contains(expected), "{}", stderr(&status()));
    services.set_answer("DescribeStacks", || Reply::json(200, "{}"));
    let expected = "cannot read CloudFormation's answer (region eu-west-1)";
    assert!(stderr(&status()).contains(expected), "{}", stderr(&status()));
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_not_ready_is_named_and_still_read() {
    for (state, update, words) in [
        ("Active", "InProgress", "warning: function scaler is still being updated: because"),
        ("Active", "Failed", "warning: function scaler could not be updated: because"),
        ("Inactive", "Successful", "warning: function scaler is Inactive: idle"),
    ] {
        let services = deployment().await;
        let mut facts = function(&deployed(&services));
        facts["State"] = state.into();
        facts["StateReason"] = "idle".into();
        facts["LastUpdateStatus"] = update.into();
        facts["LastUpdateStatusReason"] = "because".into();
        set_function(&services, &facts);
        let output = at_night(&services, &["status"], BY_FUNCTION).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        let output = at_night(&services, &["doctor"], BY_FUNCTION).output().unwrap();
        assert!(
            stdout(&output).contains(words.trim_start_matches("warning: ")),
            "{}",
            stdout(&output)
        );
    }
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn doctor_finds_the_rule_of_the_function_or_of_the_stack() {
    let record = json!({
        "tick": SystemClock.now(), "app": "my-app", "process": "worker", "reason": "AtTarget",
    });
    for (named, rule) in [(BY_FUNCTION, "function-s-rule"), (BY_STACK, "stack-s-rule")] {
        let services = deployment().await;
        services.held().log = vec![logged(&record)];
        let output = at_night(&services, &["doctor"], named).output().unwrap();
        let shown = stdout(&output);
        assert!(shown.contains(&format!("rule {rule} is enabled")), "{shown}");
        assert!(shown.contains("deployment    function scaler: its variables are read"), "{shown}");
        assert!(!shown.contains("unchecked"), "{shown}");
    }
    let services = deployment().await;
    services.set_answer("ListRuleNamesByTarget", || ok(&json!({ "RuleNames": [] })));
    let output = at_night(&services, &["doctor"], BY_FUNCTION).output().unwrap();
    assert!(stdout(&output).contains("no rule runs function scaler"), "{}", stdout(&output));
    services.set_answer("ListRuleNamesByTarget", || refusal("AccessDeniedException"));
    let output = at_night(&services, &["doctor"], BY_FUNCTION).output().unwrap();
    assert!(
        stdout(&output).contains("the rule of function scaler is not known"),
        "{}",
        stdout(&output)
    );
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn flags_that_contradict_each_other_or_are_no_names_are_refused() {
    let services = deployment().await;
    for arguments in [
        &["status", "--stack", "dynoscaler"][..],
        &["status", "--state-file", "here"],
        &["history", "--file", "here"],
    ] {
        let output = at_night(&services, arguments, BY_FUNCTION).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    for named in [["--function", "../x"], ["--function", ""], ["--stack", "a b"]] {
        let output = at_night(&services, &["status"], named).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{named:?}");
        assert!(stderr(&output).contains("must be a "), "{}", stderr(&output));
    }
    assert_eq!(services.server.requests().len(), 0);
}

/// The function's last cycle, with other settings than the shell of [`Services::dynoscaler`] has.
fn other_settings() -> Value {
    json!({
        "tick": SystemClock.now(), "app": "my-app", "process": "worker", "reason": "AtTarget",
        "queue": "jobs", "policy": "rate", "min_dynos": 1, "max_dynos": 9,
        "backlog_threshold": 250.0, "dry_run": false,
    })
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn a_shell_with_other_settings_than_the_last_cycle_s_is_named() {
    let services = Services::start(450).await;
    services.held().log = vec![logged(&other_settings())];
    let with_log = |command: &str| {
        let arguments = [command, "--log-group", "group"];
        services.dynoscaler(BINARY, &arguments).env("DYNOSCALER_DRY_RUN", "true").output().unwrap()
    };
    let drift = "other settings than the last cycle's: policy step (last cycle: rate), maximum 5 \
        (last cycle: 9), threshold 100 (last cycle: 250), dry run on (last cycle: off)";
    for command in ["status", "doctor"] {
        let shown = stdout(&with_log(command));
        assert!(shown.contains(drift), "{command}: {shown}");
    }
    let same = json!({
        "tick": SystemClock.now(), "app": "my-app", "process": "worker", "reason": "AtTarget",
        "queue": "jobs", "policy": "step", "min_dynos": 1, "max_dynos": 5,
        "backlog_threshold": 100.0, "dry_run": true,
    });
    services.held().log = vec![logged(&same)];
    for command in ["status", "doctor"] {
        let shown = stdout(&with_log(command));
        assert!(!shown.contains("other settings"), "{command}: {shown}");
    }
}

/// The findings of doctor, as JSON.
fn findings(command: &mut Command) -> Vec<Value> {
    let output = command.arg("--json").output().unwrap();
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    shown["findings"].as_array().unwrap().clone()
}

fn of<'a>(check: &str, findings: &'a [Value]) -> Vec<&'a Value> {
    findings.iter().filter(|finding| finding["check"] == check).collect()
}

// case F8
#[tokio::test(flavor = "multi_thread")]
async fn the_caller_its_account_and_region_are_the_first_finding() {
    let services = deployment().await;
    let found = findings(&mut at_night(&services, &["doctor"], BY_STACK));
    assert_eq!(found[0]["check"], "identity");
    let expected =
        "arn:aws:iam::123456789012:user/ada, in account 123456789012 and region eu-west-1";
    assert_eq!(found[0]["finding"], expected);
}

/// Why AWS refuses credentials, and the remedy.
type Locked = (&'static str, u16, &'static str, &'static str, &'static str);

const LOCKED: &[Locked] = &[
    (
        "an expired session",
        400,
        "ExpiredToken",
        "The token is expired",
        "aws sso login --profile ops",
    ),
    ("deleted keys", 403, "InvalidClientTokenId", "The token is invalid.", "AWS_ACCESS_KEY_ID"),
    ("a wrong secret", 403, "SignatureDoesNotMatch", "The signature does not match", "AWS_PROFILE"),
    (
        "a wrong clock",
        403,
        "SignatureDoesNotMatch",
        "Signature expired: 20261126T100000Z is now earlier than 20261126T120000Z",
        "Set this machine's clock, which shows 20",
    ),
];

// case F8
#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_one_finding_and_nothing_else_is_called() {
    for (name, status, code, message, remedy) in LOCKED {
        let services = Services::start(450).await;
        services.set_answer("GetCallerIdentity", || xml_refusal(*status, code, message));
        let arguments = ["doctor", "--log-group", "group", "--rule", "tick"];
        let mut command = services.dynoscaler(BINARY, &arguments);
        let found = findings(command.env("AWS_PROFILE", "ops"));
        let errors: Vec<_> =
            found.iter().filter(|finding| finding["severity"] == "error").collect();
        let [error] = errors[..] else { panic!("{name}: {found:#?}") };
        assert_eq!(error["check"], "identity", "{name}");
        let words = format!("STS answered {status} {code}: {message} (region eu-west-1)");
        assert_eq!(error["finding"], words, "{name}");
        assert!(error["mend"].as_str().unwrap().contains(remedy), "{name}: {error}");
        let skipped = &of("services", &found)[0]["finding"];
        assert_eq!(
            skipped,
            "not called without credentials: the queue, the table, the log, the rule"
        );
        let heroku = of("heroku-token", &found);
        assert_eq!(heroku[0]["severity"], "ok", "{name}: Heroku needs no credentials of AWS");
        for call in ["GetQueueUrl", "GetItem", "DescribeRule", "FilterLogEvents"] {
            assert_eq!(services.count(call), 0, "{name}: {call}");
        }
    }
}

// case F8
#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_the_deployment_is_not_called_and_no_line_of_a_library_is_shown() {
    let services = deployment().await;
    for command in ["doctor", "status"] {
        let mut command = at_night(&services, &[command], BY_STACK);
        command.env_remove("AWS_ACCESS_KEY_ID").env("HOME", "/nowhere");
        let output = command.env("AWS_PROFILE", "ops").output().unwrap();
        let all = stdout(&output) + &stderr(&output);
        assert!(all.contains("no credentials for"), "{all}");
        assert!(!all.contains('{'), "{all}");
        assert_eq!(services.count("DescribeStacks"), 0);
    }
    let mut command = at_night(&services, &["doctor"], BY_STACK);
    command.env_remove("AWS_ACCESS_KEY_ID").env("HOME", "/nowhere");
    let shown = stdout(&command.env("AWS_PROFILE", "ops").output().unwrap());
    assert!(shown.contains("--profile ops"), "{shown}");
    assert!(shown.contains("not called without credentials"), "{shown}");
}

// case F8
#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_sts_stops_no_other_check() {
    let services = deployment().await;
    services.set_answer("GetCallerIdentity", || Reply::Answer(503, &[], "<html>".to_owned()));
    let found = findings(&mut at_night(&services, &["doctor"], BY_STACK));
    assert_eq!(found[0]["severity"], "unchecked");
    assert_eq!(of("queue", &found)[0]["severity"], "ok");
}

// case F9
#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_aws_is_its_code_and_message_once_and_the_region() {
    let services = deployment().await;
    let calls = [
        "GetQueueUrl",
        "GetItem",
        "UpdateItem",
        "DescribeTable",
        "FilterLogEvents",
        "DescribeRule",
    ];
    for call in calls {
        services.set_answer(call, || refusal("AccessDeniedException"));
    }
    for command in ["doctor", "status"] {
        let output = at_night(&services, &[command], BY_STACK).output().unwrap();
        let all = stdout(&output) + &stderr(&output);
        let words = "answered 400 AccessDeniedException: refused (region eu-west-1)";
        for line in all.lines().filter(|line| line.contains("AccessDenied")) {
            assert!(line.contains(words), "{line}");
            assert_eq!(line.matches("AccessDeniedException").count(), 1, "{line}");
            assert!(!line.contains("Error {") && !line.contains("unhandled"), "{line}");
        }
        assert!(all.matches(words).count() >= 3, "{all}");
    }
}

/// A fault of an event rule, and its text in the finding.
type Ruled = (&'static str, fn(&Services, &mut Command), &'static str, &'static str);

const RULED: &[Ruled] = &[
    (
        "no target",
        |services, _| services.set_answer("ListTargetsByRule", || ok(&json!({ "Targets": [] }))),
        "error",
        "rule stack-s-rule has no target: it runs nothing",
    ),
    (
        "another target",
        |services, _| {
            services.set_answer("ListTargetsByRule", || {
                ok(&json!({ "Targets": [{ "Id": "x", "Arn": "arn:aws:sqs:eu-west-1:1:other" }] }))
            });
        },
        "error",
        "rule stack-s-rule runs arn:aws:sqs:eu-west-1:1:other, and not function scaler",
    ),
    (
        "targets that may not be read",
        |services, _| services.set_answer("ListTargetsByRule", || refusal("AccessDeniedException")),
        "unchecked",
        "what rule stack-s-rule runs is not known",
    ),
    (
        "a slower rule than --every says",
        |_, command| {
            command.args(["--every", "30s"]);
        },
        "warning",
        "rule stack-s-rule runs a cycle every 60 s, and --every is 30 s",
    ),
    (
        "a slower rule than the alarms expect",
        |services, _| {
            services.set_answer("DescribeRule", || {
                ok(&json!({ "State": "ENABLED", "ScheduleExpression": "rate(5 minutes)" }))
            });
        },
        "warning",
        "rule stack-s-rule runs a cycle every 5.0 min, and the stack's alarms have a period of 60 s",
    ),
];

// case F13
#[tokio::test(flavor = "multi_thread")]
async fn an_event_rule_that_does_not_run_the_function_as_expected_is_found() {
    for (name, plant, severity, words) in RULED {
        let services = deployment().await;
        let mut command = at_night(&services, &["doctor"], BY_STACK);
        plant(&services, &mut command);
        let found = findings(&mut command);
        let is_planted = |finding: &&Value| finding["finding"].as_str().unwrap().contains(words);
        let planted = of("schedule", &found).into_iter().find(is_planted);
        let planted = planted.unwrap_or_else(|| panic!("{name}: {found:#?}"));
        assert_eq!(planted["severity"], *severity, "{name}");
        assert!(planted["mend"].is_string(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_delayed_ticks_of_a_rule_are_cycles_too() {
    let services = deployment().await;
    services.set_answer("ListTargetsByRule", || {
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:scaler";
        let queues = (1..=3).map(|n| format!("arn:aws:sqs:eu-west-1:123456789012:delay-{n}"));
        let arns = [function.to_owned()].into_iter().chain(queues);
        let targets = arns.map(|arn| json!({ "Id": arn, "Arn": arn })).collect::<Vec<_>>();
        ok(&json!({ "Targets": targets }))
    });
    services.set_answer("DescribeStacks", || {
        let outputs = [("FunctionName", "scaler"), ("Rule", "stack-s-rule")];
        stack(&outputs, &[("CycleSeconds", "15")])
    });
    let found = findings(&mut at_night(&services, &["doctor"], BY_STACK));
    let schedule = of("schedule", &found);
    let words = "rule stack-s-rule is enabled, rate(1 minute), and with its delayed ticks a cycle runs every 15 s";
    assert_eq!(schedule.iter().map(|it| &it["finding"]).collect::<Vec<_>>(), [words]);
}

// case F13
#[tokio::test(flavor = "multi_thread")]
async fn a_line_comes_as_each_check_ends_and_a_service_that_hangs_is_a_finding() {
    let services = Services::start(450).await;
    services.set_answer("GetQueueUrl", || Reply::Hang);
    let mut command = services.dynoscaler(BINARY, &["doctor"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let began = std::time::Instant::now();
    let mut ended = Vec::new();
    for line in lines.map(Result::unwrap) {
        ended.push((line, began.elapsed()));
    }
    child.wait().unwrap();
    let when = |words: &str| ended.iter().find(|(line, _)| line.contains(words)).unwrap().1;
    let (table, queue) =
        (when("states is there"), when("cannot read the attributes of queue jobs"));
    assert!(table + Duration::from_secs(3) < queue, "{ended:#?}");
    assert!(queue < Duration::from_secs(20), "{ended:#?}");
}

/// The session of `aws login`, and the name under which its token is kept: the SHA-256 of the former.
const SESSION: &str = "arn:aws:iam::123456789012:user/ada";
const KEPT_AS: &str = "397b11bbda6668a5a8d17d42c91036373f4a376627089c204bef61ce0ae993c2.json";

// case E3
#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_aws_login_has_credentials() {
    let services = deployment().await;
    let home = std::env::temp_dir().join(format!("dynoscaler-login-{}", std::process::id()));
    let kept = home.join(".aws/login/cache");
    std::fs::create_dir_all(&kept).unwrap();
    let profile = format!("[profile ops]\nregion = eu-west-1\nlogin_session = {SESSION}\n");
    std::fs::write(home.join(".aws/config"), profile).unwrap();
    let token = json!({
        "accessToken": {
            "accessKeyId": "ASIALOGIN", "secretAccessKey": "secret", "sessionToken": "session",
            "accountId": "123456789012", "expiresAt": "2099-01-01T00:00:00Z",
        },
        "tokenType": "aws_sigv4", "refreshToken": "refresh", "idToken": "id",
        "clientId": "arn:aws:signin:::devtools/same-device", "dpopKey": "key",
    });
    std::fs::write(kept.join(KEPT_AS), token.to_string()).unwrap();
    let mut command = at_night(&services, &["status"], BY_STACK);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let output = command.env("HOME", &home).env("AWS_PROFILE", "ops").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let requests = services.server.requests();
    let signed = requests.iter().filter_map(|request| request.header("authorization"));
    assert!(signed.into_iter().any(|signature| signature.contains("ASIALOGIN")));
    std::fs::remove_dir_all(home).unwrap();
}

/// A command whose Heroku is at the default address, and whose proxy is a server of ours.
fn behind(proxy: &Server, services: &Services, variable: &str) -> Command {
    let mut command = services.dynoscaler(BINARY, &["doctor"]);
    command.env_remove("HEROKU_API_URL").env(variable, &proxy.url);
    command
}

// case E4
#[tokio::test(flavor = "multi_thread")]
async fn every_call_over_tls_goes_through_the_proxy_of_the_terminal() {
    let services = Services::start(450).await;
    for variable in ["HTTPS_PROXY", "https_proxy"] {
        let proxy = Server::start(vec![Reply::Answer(503, &[], String::new())]).await;
        let output = behind(&proxy, &services, variable).output().unwrap();
        let lines: Vec<String> = proxy.requests().into_iter().map(|request| request.line).collect();
        assert!(!lines.is_empty(), "{variable}: {}", stdout(&output));
        assert!(
            lines.iter().all(|line| line == "CONNECT api.heroku.com:443 HTTP/1.1"),
            "{lines:?}"
        );
        let words = "proxy         127.0.0.1 (HTTPS_PROXY), here alone: the function uses no proxy";
        assert!(stdout(&output).contains(words), "{}", stdout(&output));
    }
}

// case E4
#[tokio::test(flavor = "multi_thread")]
async fn a_host_in_no_proxy_is_reached_directly() {
    let services = Services::start(450).await;
    let proxy = Server::start(vec![Reply::Answer(503, &[], String::new())]).await;
    let secure = services.server.url.replace("http:", "https:");
    for variable in ["NO_PROXY", "no_proxy"] {
        let mut command = behind(&proxy, &services, "HTTPS_PROXY");
        command.env("HEROKU_API_URL", &secure).env(variable, "example.com,127.0.0.1");
        command.output().unwrap();
        assert_eq!(proxy.requests().len(), 0, "{variable}");
    }
    let mut command = behind(&proxy, &services, "HTTPS_PROXY");
    command.env("HEROKU_API_URL", &secure).output().unwrap();
    assert_ne!(proxy.requests().len(), 0);
}

// case E4
#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_proxy_is_refused_by_its_name_and_its_password_is_not_shown() {
    let services = Services::start(450).await;
    for (value, shown) in [
        (
            "ftp://proxy.example.com",
            "HTTPS_PROXY (value not shown) must be the URL of an HTTP proxy",
        ),
        ("socks5://me:secret@proxy.example.com", "HTTPS_PROXY (value not shown) must be the URL"),
    ] {
        for command in ["doctor", "status", "history"] {
            let arguments = [command, "--log-group", "group"];
            let mut command = services.dynoscaler(BINARY, &arguments);
            let output = command.env("HTTPS_PROXY", value).output().unwrap();
            let all = stdout(&output) + &stderr(&output);
            assert!(all.contains(shown) && !all.contains("secret@"), "{arguments:?}: {all}");
            assert_ne!(output.status.code(), Some(0));
        }
    }
    assert_eq!(services.server.requests().len(), 0);
}
