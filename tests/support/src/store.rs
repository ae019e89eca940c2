//! The parameter store of the secrets, at a server on loopback or at no server.

use dynoscaler::adapters::{Http, ParameterStore};
use dynoscaler::config::{
    AwsKeys, KeySource, Parameter, ParameterStoreConfig, SecretKind, SecretSource,
};
use dynoscaler::ports::Clock;
use serde_json::{Value, json};
use url::Url;

use super::example::secret;
use super::fake::Fake;
use super::server::{Reply, Request};

/// What reads a parameter.
pub const READ: &str = "AmazonSSM.GetParameter";

pub fn given(text: &str) -> SecretSource {
    SecretSource::Given(secret(text))
}

pub fn referred(text: &str) -> SecretSource {
    SecretSource::parse(text, SecretKind::Token).unwrap()
}

/// The function's role.
pub fn role() -> KeySource {
    KeySource::Given(AwsKeys {
        access_key_id: secret("ASIAROLE"),
        secret_access_key: secret("role-secret"),
        session_token: Some(secret("role-session")),
    })
}

pub fn at(url: &str, clock: impl Clock + Send + 'static) -> ParameterStore {
    let config = ParameterStoreConfig {
        region: "eu-west-1".to_owned(),
        keys: role(),
        endpoint_url: Some(Url::parse(url).unwrap()),
    };
    ParameterStore::new(&config, &Http::new().unwrap(), clock)
}

/// For secrets that are given: no server listens there.
pub fn unused() -> ParameterStore {
    at("http://127.0.0.1:9", Fake::new(0, 0))
}

pub fn holds(value: &str) -> Reply {
    let parameter =
        json!({ "Name": "/name", "Type": "SecureString", "Value": value, "Version": 2 });
    Reply::json(200, json!({ "Parameter": parameter }).to_string())
}

pub fn is_read(request: &Request) -> bool {
    request.header("x-amz-target") == Some(READ)
}

/// The name of the parameter that a request reads.
pub fn name(request: &Request) -> String {
    let body: Value = serde_json::from_str(&request.body).unwrap();
    body["Name"].as_str().unwrap().to_owned()
}

/// The parameter that a variable's text refers to.
pub fn parameter(text: &str) -> Parameter {
    match referred(text) {
        SecretSource::Parameter(parameter) => parameter,
        SecretSource::Given(_) => panic!("{text} is no reference"),
    }
}
