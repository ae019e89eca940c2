//! The event rules that run a function: which, whether they are enabled, how often and what they
//! run.
//!
//! By signed requests: the SDK's own crate takes minutes to build. Must not know what is right.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{PATIENCE, signed};
use crate::adapters::signed::Signed;
use crate::adapters::{AwsError, Http};
use crate::config::ServiceConfig;

/// The event rules of an account and region.
#[derive(Debug)]
pub struct EventBridge {
    calls: Signed,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleFacts {
    /// `ENABLED` or `DISABLED`.
    pub state: String,
    /// Such as `rate(1 minute)`.
    #[serde(rename = "ScheduleExpression")]
    pub schedule: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Names {
    #[serde(default)]
    rule_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Targets {
    #[serde(default)]
    targets: Vec<Target>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    arn: String,
}

impl EventBridge {
    /// Reached over `http`.
    #[must_use]
    pub fn new(config: &ServiceConfig, http: &Http) -> Self {
        Self { calls: signed("EventBridge", "events", config, http) }
    }

    /// The names of the event rules that run a function.
    ///
    /// # Errors
    /// If `EventBridge` does not answer.
    pub async fn rules_of(&self, function_arn: &str) -> Result<Vec<String>, AwsError> {
        let body = json!({ "TargetArn": function_arn });
        let names: Names = self.call("AWSEvents.ListRuleNamesByTarget", &body).await?;
        Ok(names.rule_names)
    }

    /// What an event rule runs, by ARN.
    ///
    /// # Errors
    /// If `EventBridge` does not answer.
    pub async fn targets_of(&self, rule: &str) -> Result<Vec<String>, AwsError> {
        let body = json!({ "Rule": rule });
        let answer: Targets = self.call("AWSEvents.ListTargetsByRule", &body).await?;
        Ok(answer.targets.into_iter().map(|target| target.arn).collect())
    }

    /// Reads an event rule, if there is one of this name.
    ///
    /// # Errors
    /// If `EventBridge` does not answer.
    pub async fn rule(&self, name: &str) -> Result<Option<RuleFacts>, AwsError> {
        match self.call("AWSEvents.DescribeRule", &json!({ "Name": name })).await {
            Ok(rule) => Ok(Some(rule)),
            Err(error) if error.has_code("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        body: &Value,
    ) -> Result<T, AwsError> {
        let answer = self.calls.call(operation, body, PATIENCE).await?;
        serde_json::from_slice(&answer.body).map_err(|error| self.calls.place.unreadable(error))
    }
}
