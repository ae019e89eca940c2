//! `--function` and `--stack`: everything that a command needs comes from the deployment.
#![allow(clippy::unwrap_used)]

mod support;

use std::process::{Command, Output};

use dynoscaler::adapters::SystemClock;
use dynoscaler::ports::Clock as _;
use serde_json::{Value, json};

use support::server::Reply;
use support::services::{Services, function, logged, ok, refusal, stack, xml_refusal};
use support::store;

const BINARY: &str = env!("CARGO_BIN_EXE_dynoscaler");
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
    tell_function(&services, &function(&deployed(&services)));
    services.tell("GetParameter", || store::holds("HRKU-token"));
    services.tell("ListRuleNamesByTarget", || ok(&json!({ "RuleNames": ["function-s-rule"] })));
    services.tell("DescribeStacks", || {
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

fn tell_function(services: &Services, told: &Value) {
    let told = told.clone();
    services.tell(READ_FUNCTION, move || ok(&told));
}

/// The command line of an operator at night: credentials, a region, and nothing else.
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

fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What a call was asked with, by the last one.
fn asked(services: &Services, call: &str) -> Value {
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
        assert_eq!(output.status.code(), Some(0), "{named:?}: {}", complained(&output));
        assert!(told(&output).contains("1, of 1 to 7"), "{}", told(&output));
        assert_eq!(asked(&services, "GetItem")["TableName"], "stack-s-table", "{named:?}");
        let group = if named == BY_STACK { "stack-s-group" } else { "function-s-group" };
        assert_eq!(asked(&services, "FilterLogEvents")["logGroupName"], group);
    }
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn with_credentials_alone_every_command_reaches_the_deployment() {
    for named in [BY_FUNCTION, BY_STACK] {
        for arguments in [&["cycle", "--dry-run"][..], &["pause"], &["resume"], &["history"]] {
            let services = deployment().await;
            let output = at_night(&services, arguments, named).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", complained(&output));
        }
    }
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn a_pause_by_the_stack_s_name_is_in_the_stack_s_table() {
    let services = deployment().await;
    at_night(&services, &["pause"], BY_STACK).output().unwrap();
    let written = asked(&services, "UpdateItem");
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
    assert_eq!(asked(&services, "GetItem")["TableName"], "stack-s-table");
    let key = &asked(&services, "GetItem")["Key"]["target"]["S"];
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
    tell_function(&services, &function(&variables));
    let output = at_night(&services, &["status"], BY_FUNCTION).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
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
    tell_function(&services, &function(&variables));
    let mut command = at_night(&services, &["status"], BY_FUNCTION);
    command.env_remove("AWS_ENDPOINT_URL").env("AWS_ENDPOINT_URL_LAMBDA", &services.server.url);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!(asked(&services, "GetItem")["TableName"], "stack-s-table");
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn the_region_in_an_arn_is_where_everything_is_asked() {
    let services = deployment().await;
    let arn = "arn:aws:lambda:eu-central-1:123456789012:function:scaler";
    let path = "arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Ascaler";
    let call = format!("GET /2015-03-31/functions/{path}/configuration");
    let facts = function(&deployed(&services));
    services.tell(call.leak(), move || ok(&facts));
    let mut command = at_night(&services, &["status"], ["--function", arn]);
    let output = command.env_remove("AWS_REGION").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    let requests = services.server.requests();
    let signatures = requests.iter().filter_map(|request| request.header("authorization"));
    let signatures: Vec<_> = signatures.filter(|value| value.starts_with("AWS4")).collect();
    assert!(signatures.len() > 3);
    assert!(signatures.iter().all(|value| value.contains("/eu-central-1/")), "{signatures:?}");
}

/// A deployment from which nothing can be taken, and what must be said of it.
type Unusable = (&'static str, fn(&Services), &'static [&'static str]);

const UNUSABLE: &[Unusable] = &[
    (
        "a wrong name",
        |services| {
            services.tell(READ_FUNCTION, || {
                let headers = &[("x-amzn-errortype", "ResourceNotFoundException:http://internal/")];
                let body = json!({ "Type": "User", "Message": "Function not found: scaler" });
                Reply::Answer(404, headers, body.to_string())
            });
        },
        &[
            "cannot read function scaler: Lambda answered 404 ResourceNotFoundException: Function not \
           found: scaler (asked in eu-west-1)",
        ],
    ),
    (
        "a missing permission",
        |services| {
            services.tell(READ_FUNCTION, || {
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
        |services| tell_function(services, &function(&json!({ "STAGE": "production" }))),
        &["function scaler is none of DynoScaler's"],
    ),
    (
        "a function without variables",
        |services| {
            let mut told = function(&json!({}));
            told.as_object_mut().unwrap().remove("Environment");
            tell_function(services, &told);
        },
        &["function scaler is none of DynoScaler's"],
    ),
    (
        "variables that cannot be decrypted",
        |services| {
            let mut told = function(&json!({}));
            told["Environment"] = json!({ "Error": {
                "ErrorCode": "AccessDeniedException",
                "Message": "Lambda was unable to decrypt the environment variables",
            }});
            tell_function(services, &told);
        },
        &[
            "the variables of function scaler cannot be decrypted: AccessDeniedException: Lambda was",
        ],
    ),
    (
        "a page in place of an answer",
        |services| services.tell(READ_FUNCTION, || Reply::Answer(502, &[], "<html>".to_owned())),
        &["Lambda answered 502 without id: <html> (asked in eu-west-1)"],
    ),
    (
        "variables that are not valid",
        |services| {
            let mut variables = deployed(services);
            variables["DYNOSCALER_MAX_DYNOS"] = "0".into();
            tell_function(services, &function(&variables));
        },
        &["DYNOSCALER_MAX_DYNOS", "must be a whole number from 1"],
    ),
    (
        "a function without a table",
        |services| {
            let mut variables = deployed(services);
            variables["DYNOSCALER_TABLE"] = "".into();
            tell_function(services, &function(&variables));
        },
        &["DYNOSCALER_TABLE is not set"],
    ),
];

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_cannot_be_used_is_said_in_words_and_nothing_is_done() {
    for (name, break_it, words) in UNUSABLE {
        let services = deployment().await;
        break_it(&services);
        for command in ["status", "pause", "cycle", "doctor"] {
            let output = at_night(&services, &[command], BY_FUNCTION).output().unwrap();
            let all = told(&output) + &complained(&output);
            assert_ne!(output.status.code(), Some(0), "{name}: {command}: {all}");
            assert!(words.iter().all(|words| all.contains(words)), "{name}: {command}: {all}");
        }
        assert_eq!(services.count("UpdateItem"), 0, "{name}");
    }
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_cannot_be_used_is_said_in_words() {
    let services = deployment().await;
    let status = || at_night(&services, &["status"], BY_STACK).output().unwrap();
    services.tell("DescribeStacks", || {
        xml_refusal(400, "ValidationError", "Stack with id dynoscaler does not exist")
    });
    let expected = "cannot read stack dynoscaler: CloudFormation answered 400 ValidationError: Stack \
        with id dynoscaler does not exist (asked in eu-west-1)";
    assert!(complained(&status()).contains(expected), "{}", complained(&status()));
    services.tell("DescribeStacks", || stack(&[("Url", "https://example.com")], &[]));
    let expected = "stack dynoscaler (UPDATE_COMPLETE) has no output FunctionName";
    assert!(complained(&status()).contains(expected), "{}", complained(&status()));
    services.tell("DescribeStacks", || Reply::json(200, "{}"));
    let expected = "cannot read CloudFormation's answer (asked in eu-west-1)";
    assert!(complained(&status()).contains(expected), "{}", complained(&status()));
}

// case F2
#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_not_ready_is_told_and_read_all_the_same() {
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
        tell_function(&services, &facts);
        let output = at_night(&services, &["status"], BY_FUNCTION).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
        assert!(complained(&output).contains(words), "{}", complained(&output));
        let output = at_night(&services, &["doctor"], BY_FUNCTION).output().unwrap();
        assert!(told(&output).contains(words.trim_start_matches("warning: ")), "{}", told(&output));
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
        let told = told(&output);
        assert!(told.contains(&format!("rule {rule} is enabled")), "{told}");
        assert!(told.contains("deployment    function scaler: its variables are read"), "{told}");
        assert!(!told.contains("unchecked"), "{told}");
    }
    let services = deployment().await;
    services.tell("ListRuleNamesByTarget", || ok(&json!({ "RuleNames": [] })));
    let output = at_night(&services, &["doctor"], BY_FUNCTION).output().unwrap();
    assert!(told(&output).contains("no rule runs function scaler"), "{}", told(&output));
    services.tell("ListRuleNamesByTarget", || refusal("AccessDeniedException"));
    let output = at_night(&services, &["doctor"], BY_FUNCTION).output().unwrap();
    assert!(
        told(&output).contains("the rule of function scaler is not known"),
        "{}",
        told(&output)
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
        assert!(complained(&output).contains("must be a "), "{}", complained(&output));
    }
    assert_eq!(services.server.requests().len(), 0);
}
