//! The names of the environment variables: those of the settings, and those that Lambda, AWS's SDK
//! or a terminal has.

pub use super::settings::NAMES as ALL;
pub use super::settings::name::*;

/// The region of the function, set by Lambda.
pub const REGION: &str = "AWS_REGION";
/// The region on a laptop, where Lambda sets none.
pub const DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";
/// Access key of the function's role, set by Lambda.
pub const ROLE_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
/// Secret key of the function's role, set by Lambda.
pub const ROLE_SECRET: &str = "AWS_SECRET_ACCESS_KEY";
/// Session token of the function's role, set by Lambda.
pub const ROLE_SESSION: &str = "AWS_SESSION_TOKEN";
/// The AWS SDK's own name for another endpoint, for every service.
pub const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";
/// The same for SQS alone; it wins.
pub const ENDPOINT_URL_SQS: &str = "AWS_ENDPOINT_URL_SQS";
/// The same for `DynamoDB` alone; it wins.
pub const ENDPOINT_URL_DYNAMODB: &str = "AWS_ENDPOINT_URL_DYNAMODB";
/// The same for Systems Manager alone, called only for a reference; it wins.
pub const ENDPOINT_URL_SSM: &str = "AWS_ENDPOINT_URL_SSM";
/// The same for `CloudWatch` Logs, which only the command line calls.
pub const ENDPOINT_URL_LOGS: &str = "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS";
/// The same for `EventBridge`, called only for events and by the command line.
pub const ENDPOINT_URL_EVENTS: &str = "AWS_ENDPOINT_URL_EVENTBRIDGE";
/// The same for Lambda, which only the command line calls.
pub const ENDPOINT_URL_LAMBDA: &str = "AWS_ENDPOINT_URL_LAMBDA";
/// The same for `CloudFormation`, which only the command line calls.
pub const ENDPOINT_URL_CLOUDFORMATION: &str = "AWS_ENDPOINT_URL_CLOUDFORMATION";
/// The same for AWS's service for identities, which only the command line calls.
pub const ENDPOINT_URL_STS: &str = "AWS_ENDPOINT_URL_STS";
/// The name of the function, set by Lambda.
pub const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
/// The folder of the function's package, set by Lambda.
pub const TASK_ROOT: &str = "LAMBDA_TASK_ROOT";
/// The profile whose credentials are used.
pub const AWS_PROFILE: &str = "AWS_PROFILE";
/// The proxy for calls over TLS, which only the command line uses, in both spellings.
pub const HTTPS_PROXY: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
/// The hosts that are reached without it.
pub const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];
