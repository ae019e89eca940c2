//! The event rules that run a function: which, whether they are enabled, how often and what they
//! run.
//!
//! Must not know what is right.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::describe_rule::DescribeRuleError;

use super::patient;
use crate::adapters::aws_error::Place;
use crate::adapters::{AwsError, Http};
use crate::config::ServiceConfig;

/// The event rules of an account and region.
#[derive(Debug)]
pub struct EventBridge {
    client: Client,
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFacts {
    /// `ENABLED` or `DISABLED`.
    pub state: String,
    /// Such as `rate(1 minute)`.
    pub schedule: Option<String>,
}

impl EventBridge {
    /// Reached over `http`.
    #[must_use]
    pub fn new(config: &ServiceConfig, http: &Http) -> Self {
        Self {
            client: Client::new(&patient(config, http)),
            place: Place::new("EventBridge", &config.region),
        }
    }

    /// The names of the event rules that run a function.
    ///
    /// # Errors
    /// If `EventBridge` does not answer.
    pub async fn rules_of(&self, function_arn: &str) -> Result<Vec<String>, AwsError> {
        let request = self.client.list_rule_names_by_target().target_arn(function_arn);
        let answer = request.send().await.map_err(|error| self.place.failed(error))?;
        Ok(answer.rule_names.unwrap_or_default())
    }

    /// What an event rule runs, by ARN.
    ///
    /// # Errors
    /// If `EventBridge` does not answer.
    pub async fn targets_of(&self, rule: &str) -> Result<Vec<String>, AwsError> {
        let answer = self.client.list_targets_by_rule().rule(rule).send().await;
        let answer = answer.map_err(|error| self.place.failed(error))?;
        Ok(answer.targets.into_iter().flatten().map(|target| target.arn).collect())
    }

    /// Reads an event rule, if there is one of this name.
    ///
    /// # Errors
    /// If `EventBridge` does not answer.
    pub async fn rule(&self, name: &str) -> Result<Option<RuleFacts>, AwsError> {
        match self.client.describe_rule().name(name).send().await {
            Ok(rule) => Ok(Some(RuleFacts {
                state: rule.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
                schedule: rule.schedule_expression().map(str::to_owned),
            })),
            Err(error) => match error.as_service_error() {
                Some(DescribeRuleError::ResourceNotFoundException(_)) => Ok(None),
                _ => Err(self.place.failed(error)),
            },
        }
    }
}
