//! A deployed function as the source of a command's settings: its variables, its log group, its
//! event rule. They are read with the operator's own credentials for AWS.
//!
//! Must not know what a command does with them.

use std::collections::HashMap;

use super::connection::{NoClient, http};
use dynoscaler::adapters::{
    AwsError, CloudFormation, FunctionFacts, Lambda, Readiness, StackFacts, Undecrypted,
};
use dynoscaler::config::{ConfigError, Environment, ServiceConfig, variable};

/// Every function of this program has these, and hardly another one.
const OWN: [&str; 2] = ["DYNOSCALER_", "MY_HEROKU_"];

/// The deployed function that a command is about.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct DeploymentArgs {
    /// Take variables, table, log group and rule from this function of AWS Lambda, by name or ARN,
    /// in place of this shell's variables
    #[arg(long, value_name = "NAME", value_parser = function, conflicts_with = "stack")]
    function: Option<String>,

    /// The same from the function of this CloudFormation stack, such as dynoscaler
    #[arg(long, value_name = "NAME", value_parser = stack)]
    stack: Option<String>,
}

fn function(text: &str) -> Result<String, &'static str> {
    let holds = (1..=170).contains(&text.len()) && is_word(text, "-_:$");
    accept(
        text,
        holds,
        "must be a function's name or ARN (up to 170 of A-Z, a-z, 0-9, -, _, : and $)",
    )
}

fn stack(text: &str) -> Result<String, &'static str> {
    let holds = (1..=1024).contains(&text.len()) && is_word(text, "-:/");
    accept(text, holds, "must be a stack's name or ARN (A-Z, a-z, 0-9 and -)")
}

fn accept(text: &str, holds: bool, bound: &'static str) -> Result<String, &'static str> {
    if holds { Ok(text.to_owned()) } else { Err(bound) }
}

fn is_word(text: &str, extra: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
}

impl DeploymentArgs {
    pub(super) const fn is_named(&self) -> bool {
        self.function.is_some() || self.stack.is_some()
    }

    /// The region of the deployment, if it was named by its ARN.
    pub(super) fn region(&self) -> Option<String> {
        let named = self.function.as_deref().or(self.stack.as_deref())?;
        Some(named.strip_prefix("arn:")?.split(':').nth(2)?.to_owned())
    }

    /// Reads the deployment from AWS, if one was named.
    pub(super) async fn read(
        &self,
        shell: &Environment,
    ) -> Result<Option<Deployment>, DeploymentError> {
        match (&self.function, &self.stack) {
            (Some(function), _) => Deployment::of_function(function, shell).await.map(Some),
            (None, Some(stack)) => Deployment::of_stack(stack, shell).await.map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// A deployed function, and its stack if that was named.
#[derive(Debug, Clone)]
pub(super) struct Deployment {
    /// Its name in messages.
    pub(super) name: String,
    /// The function's full name.
    pub(super) arn: String,
    variables: HashMap<String, String>,
    log_group: Option<String>,
    pub(super) readiness: Readiness,
    pub(super) stack: Option<StackFacts>,
}

/// A deployment whose settings cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeploymentError {
    #[error("the deployment's region is not known")]
    NoRegion(#[from] ConfigError),
    #[error("cannot call AWS")]
    NoClient(#[from] NoClient),
    #[error("cannot read function {0}")]
    Function(String, #[source] AwsError),
    #[error("cannot read stack {0}")]
    Stack(String, #[source] AwsError),
    #[error("stack {name} ({status}) has no output {output}")]
    NoOutput { name: String, status: String, output: &'static str },
    #[error("the variables of function {0} cannot be decrypted")]
    Undecrypted(String, #[source] Undecrypted),
    #[error(
        "function {0} is not DynoScaler's: it has no variable that begins with DYNOSCALER_ or MY_HEROKU_"
    )]
    AnotherProgram(String),
}

impl DeploymentError {
    /// What the operator can do about it.
    pub(super) const fn remedy(&self) -> &'static str {
        match self {
            Self::NoRegion(_) => "Set AWS_REGION, or AWS_PROFILE to a profile that has a region.",
            Self::NoClient(_) => "Set HTTPS_PROXY to the proxy's URL, or to nothing.",
            Self::Function(..) => {
                "Check the name, the account and the region, and that you may do \
                lambda:GetFunctionConfiguration: aws lambda list-functions lists the names."
            }
            Self::Stack(..) => {
                "Check the name, the account and the region, and that you may do \
                cloudformation:DescribeStacks: aws cloudformation list-stacks lists the names."
            }
            Self::NoOutput { .. } => {
                "Name the stack that was deployed from DynoScaler's template, once its deployment \
                is complete."
            }
            Self::Undecrypted(..) => {
                "Get the permission kms:Decrypt on the function's key, or set its variables in \
                this shell."
            }
            Self::AnotherProgram(_) => "Name DynoScaler's function, or its stack with --stack.",
        }
    }
}

impl Deployment {
    async fn of_function(name: &str, shell: &Environment) -> Result<Self, DeploymentError> {
        let config = ServiceConfig::lambda(shell)?;
        let facts = Lambda::new(&config, &http()?).function(name).await;
        Self::new(name, facts.map_err(|error| DeploymentError::Function(name.to_owned(), error))?)
    }

    async fn of_stack(name: &str, shell: &Environment) -> Result<Self, DeploymentError> {
        let config = ServiceConfig::cloud_formation(shell)?;
        let stack = CloudFormation::new(&config, &http()?).stack(name).await;
        let stack = stack.map_err(|error| DeploymentError::Stack(name.to_owned(), error))?;
        let function = stack.outputs.get("FunctionName").ok_or_else(|| {
            let (name, status) = (name.to_owned(), stack.status.clone());
            DeploymentError::NoOutput { name, status, output: "FunctionName" }
        })?;
        let deployment = Self::of_function(function, shell).await?;
        Ok(Self { stack: Some(stack), ..deployment })
    }

    fn new(name: &str, facts: FunctionFacts) -> Result<Self, DeploymentError> {
        let FunctionFacts { arn, variables, log_group, readiness } = facts;
        let undecrypted = |error| DeploymentError::Undecrypted(name.to_owned(), error);
        let variables = variables.map_err(undecrypted)?;
        if !variables.keys().any(|name| OWN.iter().any(|own| name.starts_with(own))) {
            return Err(DeploymentError::AnotherProgram(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), arn, variables, log_group, readiness, stack: None })
    }

    /// The variables as a command sees them. Settings come from the deployment alone. The caller's
    /// credentials and region are the operator's; an endpoint is the deployment's if the operator
    /// has none.
    pub(super) fn environment(&self, shell: &Environment) -> Environment {
        let is_taken = |name: &str| {
            let is_endpoint = name.starts_with(variable::ENDPOINT_URL);
            let has_endpoint = shell.is_set(variable::ENDPOINT_URL) || shell.is_set(name);
            Environment::is_setting(name) || (is_endpoint && !has_endpoint)
        };
        let own = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let own = own.filter(|(name, _)| is_taken(name));
        shell.iter().filter(|(name, _)| !Environment::is_setting(name)).chain(own).collect()
    }

    /// An output of the stack, if a stack was named.
    fn output(&self, name: &str) -> Option<String> {
        self.stack.as_ref()?.outputs.get(name).cloned()
    }

    /// The function's log group. Lambda names it after the function unless it was given one.
    pub(super) fn log_group(&self) -> Option<String> {
        let by_lambda = || Some(format!("/aws/lambda/{}", self.arn.split(':').nth(6)?));
        self.output("LogGroupName").or_else(|| self.log_group.clone()).or_else(by_lambda)
    }

    /// The event rule that the stack names.
    pub(super) fn rule(&self) -> Option<String> {
        self.output("Rule")
    }

    /// A warning that the deployment is changing or not ready.
    pub(super) fn caution(&self) -> Option<String> {
        match &self.readiness {
            Readiness::Ready => None,
            Readiness::Unready(state) => Some(format!("function {} {state}", self.name)),
        }
    }
}
