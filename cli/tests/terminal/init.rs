//! `dynoscaler init` without a terminal: flags answer, and what is found. At a terminal it is tested
//! end to end.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use support::server::{Reply, Request};
use support::services::{READ_FORMATION, Services, ok, refusal, xml_refusal};
use support::store;

use crate::{BINARY, stderr, stdout};

const TEMPLATE: &str = "Resources: {}\n";

const FLAGS: [&str; 9] =
    ["init", "--app", "my-app", "--queue", "jobs", "--threshold", "5m/3s", "--dynos=1..9", "--yes"];

/// An operator with a folder to deploy from; no token is stored.
async fn operator() -> (Services, TempDir) {
    let services = Services::start(450).await;
    services.set_answer("GET /apps", || {
        Reply::Answer(200, &[("Oauth-Scope", "write")], json!([{ "name": "my-app" }]).to_string())
    });
    services.set_answer("GetQueueAttributes", || {
        ok(&json!({ "Attributes": {
            "QueueArn": "arn:aws:sqs:eu-west-1:123456789012:jobs",
            "ApproximateNumberOfMessages": "450",
            "ApproximateNumberOfMessagesNotVisible": "3",
        }}))
    });
    services.set_answer("GetParameter", || refusal("ParameterNotFound"));
    services.set_answer("PutParameter", || ok(&json!({ "Version": 1 })));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.yaml"), TEMPLATE).unwrap();
    (services, folder)
}

fn init(services: &Services, folder: &TempDir, flags: &[&str]) -> Output {
    let mut command: Command = services.dynoscaler(BINARY, flags);
    command.env_remove("AWS_SQS_NAME");
    command.current_dir(folder.path()).stdin(Stdio::null()).output().unwrap()
}

fn text(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// What was stored in SSM.
fn put(services: &Services) -> Vec<Value> {
    let requests = services.server.requests();
    let is_put = |it: &&Request| it.header("x-amz-target") == Some("AmazonSSM.PutParameter");
    requests.iter().filter(is_put).map(|it| serde_json::from_str(&it.body).unwrap()).collect()
}

fn assert_unchanged(services: &Services, folder: &TempDir) {
    assert_eq!(names(folder.path()), ["template.yaml"]);
    assert_eq!(services.count("PutParameter"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_alone_set_up_a_deployment_and_show_no_token() {
    let (services, folder) = operator().await;
    let output = init(&services, &folder, &FLAGS);
    assert!(output.status.success(), "{}", stderr(&output));
    let shown = stdout(&output);
    assert!(shown.contains("ok         queue         jobs has 450 messages waiting, 3 in flight"));
    assert!(
        shown.contains(
            "Done: the token is stored in ssm:/dynoscaler/token, targets.toml is written"
        )
    );
    let commands = "Next, to deploy it:\n  sam deploy\n  dynoscaler doctor --stack dynoscaler \
        --targets targets.toml    # checks all of it\n";
    assert!(shown.contains(commands), "{shown}");
    assert!(!(shown + &stderr(&output)).contains("HRKU-token"));
    assert_eq!(services.count("PutParameter"), 1);
    let targets = text(&folder, "targets.toml");
    let expected = "[[target]]\napp = \"my-app\"\nprocess = \"worker\"\nqueue = \"jobs\"\n\
        min_dynos = 1\nmax_dynos = 9\nbacklog_threshold = 100\n";
    assert!(targets.ends_with(expected), "{targets}");
    assert!(!(targets + &text(&folder, "samconfig.toml")).contains("HRKU-token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_with_the_same_answers_writes_nothing() {
    let (services, folder) = operator().await;
    assert!(init(&services, &folder, &FLAGS).status.success());
    services.set_answer("GetParameter", || store::holds("HRKU-token"));
    let before = (text(&folder, "targets.toml"), text(&folder, "samconfig.toml"));
    let output = init(&services, &folder, &FLAGS);
    assert!(output.status.success(), "{}", stderr(&output));
    let shown = stdout(&output);
    assert!(shown.contains("Nothing is to be changed."), "{shown}");
    assert!(shown.contains("Next, to deploy it, unless it is deployed already:\n"), "{shown}");
    assert_eq!((text(&folder, "targets.toml"), text(&folder, "samconfig.toml")), before);
    assert_eq!(services.count("PutParameter"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_is_named_with_its_remedy_and_nothing_is_written() {
    let unauthorized = || Reply::json(401, r#"{"id":"unauthorized","message":"No."}"#);
    let reading = || Reply::Answer(200, &[("Oauth-Scope", "read")], "[]".to_owned());
    let denied = || refusal("AccessDeniedException");
    let several = || {
        let of = |process| json!({ "type": process, "quantity": 1, "size": "Standard-1X" });
        Reply::json(200, json!([of("worker"), of("mailer")]).to_string())
    };
    let unknown = || xml_refusal(403, "InvalidClientTokenId", "No.");
    type Case = (&'static str, fn() -> Reply, &'static str, &'static str);
    let cases: [Case; 7] = [
        ("GET /apps", unauthorized, "401 unauthorized", "heroku authorizations:create"),
        ("GET /apps", reading, "scope is read, which may not scale", "--scope write"),
        (
            READ_FORMATION,
            || Reply::json(404, "{}"),
            "my-app: Heroku answered 404",
            "heroku apps lists",
        ),
        (READ_FORMATION, several, "several process types to scale", "--process: worker, mailer."),
        ("GetParameter", denied, "AccessDeniedException", "ssm:GetParameter"),
        ("GetQueueUrl", || refusal("QueueDoesNotExist"), "jobs: SQS answered", "Check its name"),
        ("GetCallerIdentity", unknown, "InvalidClientTokenId", "Take keys that are valid"),
    ];
    for (call, answer, found, remedy) in cases {
        let (services, folder) = operator().await;
        services.set_answer(call, answer);
        let output = init(&services, &folder, &FLAGS);
        let shown = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{call}: {shown}");
        assert!(shown.contains(found) && shown.contains(remedy), "{call}: {shown}");
        assert!(stderr(&output).contains("Nothing was changed."), "{call}");
        assert_unchanged(&services, &folder);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_cannot_be_stored_leaves_no_file() {
    let (services, folder) = operator().await;
    services.set_answer("PutParameter", || refusal("AccessDeniedException"));
    let output = init(&services, &folder, &FLAGS);
    let shown = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("nothing was changed: cannot store the token"), "{shown}");
    assert!(shown.contains("ssm:PutParameter") && shown.contains("AccessDenied"), "{shown}");
    assert_eq!(names(folder.path()), ["template.yaml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_named_by_its_flag() {
    let (services, folder) = operator().await;
    for (flags, missing) in [
        (&["init"][..], "give --app and --queue,"),
        (&["init", "--app", "my-app"], "give --queue"),
        (&["init", "--app", "my-app", "--yes"], "give --queue"),
    ] {
        let output = init(&services, &folder, flags);
        assert_eq!(output.status.code(), Some(1), "{flags:?}");
        assert!(stderr(&output).contains(missing), "{flags:?}: {}", stderr(&output));
    }
    assert_unchanged(&services, &folder);
    assert!(services.server.requests().is_empty());
    let mut command: Command = services.dynoscaler(BINARY, &FLAGS);
    command.env_remove("MY_HEROKU_AUTH_TOKEN").current_dir(folder.path()).stdin(Stdio::null());
    let shown = stderr(&command.output().unwrap());
    assert!(shown.contains("give the token in MY_HEROKU_AUTH_TOKEN"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_yes_that_can_be_given_nothing_is_done() {
    let (services, folder) = operator().await;
    let output = init(&services, &folder, &FLAGS[..FLAGS.len() - 1]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("give --yes"), "{}", stderr(&output));
    assert_unchanged(&services, &folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_template_nothing_is_called() {
    let (services, folder) = operator().await;
    fs::remove_file(folder.path().join("template.yaml")).unwrap();
    let output = init(&services, &folder, &FLAGS);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("no template.yaml in ."), "{}", stdout(&output));
    assert!(services.server.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_has_its_own_token_and_a_policy_that_the_commands_make() {
    let (services, folder) = operator().await;
    assert!(init(&services, &folder, &FLAGS).status.success());
    let mut flags = FLAGS.to_vec();
    flags.extend(["--account", "billing"]);
    let output = init(&services, &folder, &flags);
    let shown = stdout(&output);
    assert!(output.status.success(), "{shown}{}", stderr(&output));
    assert!(shown.contains("the token is stored in ssm:/dynoscaler/accounts/billing"), "{shown}");
    let targets = text(&folder, "targets.toml");
    let account = "\n[account.billing]\ntoken = \"ssm:/dynoscaler/accounts/billing\"\n\
        description = \"dynoscaler\"\n";
    assert!(targets.ends_with(account), "{targets}");
    assert!(targets.contains("\naccount = \"billing\"\n"), "{targets}");
    let sam_config = text(&folder, "samconfig.toml");
    let arn = "arn:aws:iam::123456789012:policy/dynoscaler-fleet";
    assert!(sam_config.contains(&format!("FleetPolicyArns=\"{arn}\"")), "{sam_config}");
    assert!(sam_config.contains("MyHerokuAuthTokenParameter=\"/dynoscaler/token\""));
    let commands = "  dynoscaler targets policy targets.toml > policy.json\n  \
        aws iam create-policy --policy-name dynoscaler-fleet \
        --policy-document file://policy.json\n  sam deploy\n";
    assert!(shown.contains(commands), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_the_flag_goes_on_with_the_app_s_account_and_the_target_s_queue() {
    let (services, folder) = operator().await;
    let mut flags = FLAGS.to_vec();
    flags.extend(["--account", "billing"]);
    assert!(init(&services, &folder, &flags).status.success());
    let before = text(&folder, "targets.toml");
    let flags = ["init", "--app", "my-app", "--dynos", "1..12", "--yes"];
    let output = init(&services, &folder, &flags);
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("aws iam create-policy-version"), "{}", stdout(&output));
    assert_eq!(text(&folder, "targets.toml"), before.replace("= 9", "= 12"));
    let names: Vec<_> = put(&services).iter().map(|it| it["Name"].clone()).collect();
    assert_eq!(names, ["/dynoscaler/accounts/billing"; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_in_a_parameter_are_stored_there_and_no_command_needs_a_file() {
    let (services, folder) = operator().await;
    let mut flags = FLAGS.to_vec();
    flags.extend(["--targets-parameter", "/dynoscaler/targets", "--dry-run"]);
    let output = init(&services, &folder, &flags);
    let shown = stdout(&output);
    assert!(output.status.success(), "{shown}{}", stderr(&output));
    assert!(shown.contains("the targets are stored in ssm:/dynoscaler/targets"), "{shown}");
    assert!(shown.contains("  dynoscaler doctor --stack dynoscaler    #"), "{shown}");
    assert!(shown.contains("dynoscaler init --app my-app --process worker --live"), "{shown}");
    assert!(!folder.path().join("targets.toml").exists());
    let sam_config = text(&folder, "samconfig.toml");
    assert!(sam_config.contains("DynoscalerTargets=\"ssm:/dynoscaler/targets\""), "{sam_config}");
    let put = put(&services).pop().unwrap();
    assert_eq!((&put["Type"], &put["Tier"]), (&json!("String"), &json!("Intelligent-Tiering")));
    let targets = put["Value"].as_str().unwrap();
    assert!(targets.ends_with("backlog_threshold = 100\ndry_run = true\n"), "{targets}");
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_that_a_parameter_has_no_room_for_are_stored_nowhere() {
    let (services, folder) = operator().await;
    fs::write(folder.path().join("targets.toml"), "# long\n".repeat(1_200)).unwrap();
    let mut flags = FLAGS.to_vec();
    flags.extend(["--targets-parameter", "/dynoscaler/targets"]);
    let output = init(&services, &folder, &flags);
    assert_eq!(output.status.code(), Some(1));
    let shown = stderr(&output);
    assert!(shown.contains("ssm:/dynoscaler/targets takes at most 8192"), "{shown}");
    assert_eq!(services.count("PutParameter"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn live_ends_a_dry_run_and_changes_nothing_else() {
    let (services, folder) = operator().await;
    let dry_run: Vec<_> = FLAGS.into_iter().chain(["--dry-run"]).collect();
    let output = init(&services, &folder, &dry_run);
    assert!(output.status.success() && !stdout(&output).contains("from the first cycle on"));
    let before = text(&folder, "targets.toml");
    assert!(before.ends_with("\ndry_run = true\n"), "{before}");
    let output = init(&services, &folder, &["init", "--app", "my-app", "--live", "--yes"]);
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(text(&folder, "targets.toml"), before.replace("dry_run = true", "dry_run = false"));
    let shown = stdout(&output);
    assert!(!shown.contains("Heroku is not changed until"), "{shown}");
    assert!(shown.contains("\nHeroku is changed from the first cycle on;"), "{shown}");
}
