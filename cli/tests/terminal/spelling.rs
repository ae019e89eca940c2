//! An app's name and its UUID name the same target, and a pause says which cycles it holds.

use std::ffi::OsStr;
use std::process::Command;

use dynoscaler::adapters::{self, Deployed, SystemClock};
use dynoscaler::config::{Config, Environment};
use dynoscaler::cycle::{self, Instance, Invocation, Start};
use dynoscaler::policy::Reason;
use dynoscaler::ports::Clock as _;
use dynoscaler::target::Target;
use serde_json::{Value, json};

use support::server::Reply;
use support::services::{READ_FORMATION, Services, UUID, formation, ok};

use crate::{BINARY, stderr, stdout};

const READ_BY_UUID: &str = "GET /apps/01234567-89ab-cdef-0123-456789abcdef/formation";
const CHANGE_BY_UUID: &str = "PATCH /apps/01234567-89ab-cdef-0123-456789abcdef/formation/worker";
const BY_NAME: &str = "my-app/worker";
const BY_UUID: &str = "01234567-89ab-cdef-0123-456789abcdef/worker";

/// Services that know the app by both of its names.
async fn services() -> Services {
    let services = Services::start(450).await;
    services.set_answer(READ_BY_UUID, || formation(1, "Standard-1X"));
    services.set_answer(CHANGE_BY_UUID, || ok(&json!({ "type": "worker", "quantity": 2 })));
    services
}

/// A state that some cycle has stored, under this key alone.
async fn stored_under(key: &'static str) -> Services {
    let services = services().await;
    let item = json!({
        "version": { "N": "3" }, "scale_up_cnt": { "N": "1" }, "scale_down_cnt": { "N": "0" },
    });
    services.held().item = item.as_object().cloned();
    services.held().key = Some(key);
    services
}

fn command(services: &Services, arguments: &[&str], app: &str) -> Command {
    let mut command = services.dynoscaler(BINARY, arguments);
    command.env("MY_HEROKU_AS_APP", app);
    command
}

/// The keys that were written.
fn written(services: &Services) -> Vec<String> {
    let requests = services.server.requests();
    let writes = requests.iter().filter(|request| {
        request.header("x-amz-target").is_some_and(|target| target.ends_with("UpdateItem"))
    });
    let key = |body: &str| {
        let body: Value = serde_json::from_str(body).unwrap();
        body["Key"]["target"]["S"].as_str().unwrap().to_owned()
    };
    writes.map(|request| key(&request.body)).collect()
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn a_pause_by_either_spelling_is_where_the_cycles_read() {
    for key in [BY_NAME, BY_UUID] {
        for app in ["my-app", UUID] {
            for arguments in [&["pause"][..], &["pause", "--for", "1h"]] {
                let services = stored_under(key).await;
                let output = command(&services, arguments, app).output().unwrap();
                assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
                assert_eq!(written(&services), [key], "{app}");
                let place = "(in table states of eu-west-1)\n";
                let shown = stdout(&output);
                assert!(shown.starts_with(key) && shown.ends_with(place), "{app}: {shown}");
            }
        }
    }
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn a_resume_by_either_spelling_ends_the_pause() {
    for key in [BY_NAME, BY_UUID] {
        for app in ["my-app", UUID] {
            let services = stored_under(key).await;
            command(&services, &["pause"], "my-app").output().unwrap();
            let output = command(&services, &["resume"], app).output().unwrap();
            let expected = format!("{key}: resumed; it was paused at 2");
            assert!(stdout(&output).starts_with(&expected), "{}", stdout(&output));
            assert!(services.held().item.as_ref().unwrap().get("pause").is_none());
        }
    }
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn status_and_a_cycle_use_the_state_under_the_other_spelling() {
    for (key, app) in [(BY_NAME, UUID), (BY_UUID, "my-app")] {
        let services = stored_under(key).await;
        let output = command(&services, &["status"], app).output().unwrap();
        assert!(stdout(&output).contains("1 of 2 cycles"), "{}", stdout(&output));
        let output = command(&services, &["cycle", "--dry-run"], app).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(written(&services), [format!("{key}#dry-run")], "{app}");
    }
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn without_a_stored_state_the_configured_spelling_counts() {
    for (app, key) in [("my-app", BY_NAME), (UUID, BY_UUID)] {
        let services = services().await;
        let output = command(&services, &["pause"], app).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(written(&services), [key]);
        assert_eq!(stderr(&output), "");
    }
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_heroku_does_not_have_and_no_cycle_wrote_is_refused() {
    for (variable, value, words) in [
        ("MY_HEROKU_AS_PROCESS", "wroker", "Heroku has no my-app/wroker, and no cycle ever wrote"),
        ("MY_HEROKU_AS_APP", "my-ap", "Heroku has no my-ap/worker, and no cycle ever wrote"),
    ] {
        for arguments in ["pause", "resume"] {
            let services = services().await;
            let mut command = services.dynoscaler(BINARY, &[arguments]);
            let output = command.env(variable, value).output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
            assert!(stderr(&output).contains(words), "{}", stderr(&output));
            assert_eq!(written(&services), [""; 0]);
        }
    }
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn a_target_with_a_state_can_be_paused_whatever_heroku_says() {
    for status in [404, 401, 503] {
        let services = stored_under(BY_NAME).await;
        services.set_answer(READ_FORMATION, move || Reply::json(status, "{}"));
        let output = command(&services, &["pause"], "my-app").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(
            (written(&services), stderr(&output)),
            (vec![BY_NAME.to_owned()], String::new())
        );
    }
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn a_new_target_is_paused_with_a_warning_if_heroku_does_not_answer() {
    let services = services().await;
    services.set_answer(READ_FORMATION, || Reply::Answer(503, &[], "<html>".to_owned()));
    let output = command(&services, &["pause"], "my-app").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let words = "warning: no cycle ever wrote the state of my-app/worker, and whether Heroku has it \
        is not known: Heroku answered 503";
    assert!(stderr(&output).starts_with(words), "{}", stderr(&output));
    assert_eq!(written(&services), [BY_NAME]);
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_set_in_the_shell_is_named() {
    let services = services().await;
    let words = "for dry runs alone, as DYNOSCALER_DRY_RUN is true";
    for arguments in ["pause", "resume"] {
        let mut command = command(&services, &[arguments], "my-app");
        let output = command.env("DYNOSCALER_DRY_RUN", "true").output().unwrap();
        assert!(stdout(&output).contains(words), "{}", stdout(&output));
    }
    let live = command(&services, &["pause"], "my-app").output().unwrap();
    assert!(!stdout(&live).contains("dry"), "{}", stdout(&live));
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_the_app_s_names_leads_to_no_other_spelling() {
    let services = stored_under(BY_NAME).await;
    services.set_answer(READ_BY_UUID, || ok(&json!([{ "type": "worker", "quantity": 1 }])));
    command(&services, &["pause"], UUID).output().unwrap();
    assert!(written(&services).iter().all(|key| key == BY_UUID));
}

/// The function, with the app in one spelling.
struct Function {
    ports: Deployed,
    target: Target,
}

impl Function {
    fn new(services: &Services, app: &str) -> Self {
        let command = command(services, &[], app);
        let text = |text: &OsStr| text.to_str().unwrap().to_owned();
        let set = command.get_envs().filter_map(|(name, value)| Some((text(name), text(value?))));
        let config = Config::in_function(&set.collect::<Environment>()).unwrap();
        Self { ports: adapters::deployed(&config).unwrap(), target: config.target.clone() }
    }

    async fn reason(&self) -> Reason {
        let invocation = Invocation {
            event: Value::Null,
            request_id: SystemClock.now().to_string(),
            trace_id: None,
            cold_start: false,
        };
        let start = Start { instance: &Instance::new("stream"), began: SystemClock.now() };
        cycle::run(&self.ports, &self.target, &invocation, start).await.reason
    }
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn a_function_with_the_other_spelling_finds_the_state_before_its_first_write() {
    for (key, app) in [(BY_NAME, UUID), (BY_UUID, "my-app")] {
        let services = stored_under(key).await;
        let function = Function::new(&services, app);
        assert_eq!(function.reason().await, Reason::LostRace, "{key}");
        assert_eq!(function.reason().await, Reason::ScaleUp, "{key}: one cycle was counted before");
        assert_eq!(written(&services), [key], "nothing is stored under the other key");
    }
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn a_function_obeys_a_pause_that_is_stored_under_the_other_spelling() {
    for (key, app) in [(BY_NAME, UUID), (BY_UUID, "my-app")] {
        let services = stored_under(key).await;
        command(&services, &["pause"], app).output().unwrap();
        let function = Function::new(&services, app);
        let reasons = [function.reason().await, function.reason().await, function.reason().await];
        assert_eq!(reasons, [Reason::LostRace, Reason::Paused, Reason::Paused], "{key}");
        assert_eq!(services.held().quantity, 1);
    }
}

// case F1
#[tokio::test(flavor = "multi_thread")]
async fn a_function_whose_state_is_under_its_own_spelling_reads_no_other() {
    for (key, app) in [(BY_NAME, "my-app"), (BY_UUID, UUID)] {
        let services = stored_under(key).await;
        assert_eq!(Function::new(&services, app).reason().await, Reason::ScaleUp, "{key}");
        assert_eq!((services.count("GetItem"), written(&services)), (1, vec![key.to_owned()]));
    }
}
