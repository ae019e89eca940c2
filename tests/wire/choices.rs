//! What Heroku offers an operator to choose from, and a secret that is stored in SSM.

use dynoscaler::adapters::{Apps, Http};
use dynoscaler::config::HerokuConfig;
use dynoscaler::ports::FormationErrorKind;
use dynoscaler::report::error_chain;
use serde_json::{Value, json};
use url::Url;

use support::example::secret;
use support::fake::Fake;
use support::server::{Reply, Server};
use support::services::ok;
use support::store;

fn apps_at(url: &str) -> Apps {
    let (url, token) = (Url::parse(url).unwrap(), store::given("HRKU-token"));
    let config = HerokuConfig::new(url, token, "made for tests");
    Apps::new(&config, &store::unused(), Http::new().unwrap())
}

#[tokio::test]
async fn apps_are_listed_page_by_page_with_the_scopes_of_the_token() {
    let pages = [
        Reply::Answer(206, &[("Next-Range", "]b..; max=200")], json!([{"name": "a"}]).to_string()),
        Reply::Answer(200, &[("Oauth-Scope", "read write")], json!([{"name": "c"}]).to_string()),
    ];
    let server = Server::start(pages.to_vec()).await;
    let list = apps_at(&server.url).list().await.unwrap();
    assert_eq!(list.names, ["a", "c"]);
    assert_eq!(list.scopes.unwrap(), ["read", "write"]);
    let requests = server.requests();
    let parts: Vec<_> = requests.iter().map(|request| request.header("range")).collect();
    assert_eq!(parts, [None, Some("]b..; max=200")]);
    assert!(requests.iter().all(|request| request.line == "GET /apps HTTP/1.1"));
}

#[tokio::test]
async fn a_page_that_leads_to_itself_is_the_last() {
    let page = Reply::Answer(206, &[("Next-Range", "name ..; max=200")], "[]".to_owned());
    let server = Server::start(vec![page]).await;
    assert!(apps_at(&server.url).list().await.unwrap().names.is_empty());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_unauthorized_and_not_shown() {
    let body = json!({ "id": "unauthorized", "message": "HRKU-token is not known." }).to_string();
    let server = Server::start(vec![Reply::json(401, body)]).await;
    let error = apps_at(&server.url).list().await.unwrap_err();
    assert_eq!(error.kind, FormationErrorKind::Unauthorized);
    assert!(!error_chain(&error).contains("HRKU-token"), "{}", error_chain(&error));
}

#[tokio::test]
async fn an_app_s_name_stays_in_its_place_of_the_path() {
    let server = Server::start(vec![Reply::json(200, "[]")]).await;
    apps_at(&server.url).formation("my/../app").await.unwrap();
    assert_eq!(server.requests()[0].line, "GET /apps/my%2F..%2Fapp/formation HTTP/1.1");
}

#[tokio::test]
async fn a_secret_is_stored_encrypted_in_place_of_an_earlier_one() {
    let server = Server::start(vec![ok(&json!({ "Version": 2 }))]).await;
    let store = store::at(&server.url, Fake::new(0, 0));
    store.keep(&store::parameter("ssm:/dynoscaler/token"), &secret("HRKU-new")).await.unwrap();
    let [request] = &server.requests()[..] else { panic!("one call") };
    assert_eq!(request.header("x-amz-target"), Some("AmazonSSM.PutParameter"));
    let body: Value = serde_json::from_str(&request.body).unwrap();
    let expected = json!({
        "Name": "/dynoscaler/token", "Value": "HRKU-new", "Type": "SecureString", "Overwrite": true,
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_refusal_to_store_a_secret_does_not_repeat_it() {
    let body = json!({ "__type": "ValidationException", "message": "Value 'HRKU-new' at 'value'" });
    let server = Server::start(vec![Reply::json(400, body.to_string())]).await;
    let store = store::at(&server.url, Fake::new(0, 0));
    let parameter = store::parameter("ssm:/dynoscaler/token");
    let error = store.keep(&parameter, &secret("HRKU-new")).await.unwrap_err();
    let shown = error_chain(&error);
    assert!(shown.contains("ValidationException: Value '***' at 'value'"), "{shown}");
}

#[tokio::test]
async fn an_absent_parameter_is_none_and_an_unreadable_one_an_error() {
    let refused =
        |id: &str| Reply::json(400, json!({ "__type": id, "message": "No." }).to_string());
    let replies = vec![
        refused("ParameterNotFound"),
        refused("com.amazonaws.ssm#ParameterNotFound"),
        refused("AccessDeniedException"),
        store::holds("HRKU-kept"),
    ];
    let server = Server::start(replies).await;
    let store = store::at(&server.url, Fake::new(0, 0));
    let parameter = store::parameter("ssm:/dynoscaler/token");
    assert_eq!(store.find(&parameter).await.unwrap(), None);
    assert_eq!(store.find(&parameter).await.unwrap(), None);
    let error = error_chain(&store.find(&parameter).await.unwrap_err());
    assert!(error.contains("AccessDeniedException"), "{error}");
    assert_eq!(store.find(&parameter).await.unwrap(), Some(secret("HRKU-kept")));
}
