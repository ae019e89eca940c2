//! The names of the environment variables: the contract with the template and the README.

/// Token of the Heroku authorization.
pub const TOKEN: &str = "MY_HEROKU_AUTH_TOKEN";
/// Description of the Heroku authorization.
pub const DESCRIPTION: &str = "MY_HEROKU_AUTH_DES";
/// The Heroku app.
pub const APP: &str = "MY_HEROKU_AS_APP";
/// The process type.
pub const PROCESS: &str = "MY_HEROKU_AS_PROCESS";
/// Whether the process type may be `web`.
pub const ALLOW_WEB: &str = "DYNOSCALER_ALLOW_WEB";
/// Access key for a queue in another account.
pub const AWS_KEY: &str = "AWS_KEY";
/// Secret key for a queue in another account.
pub const AWS_SECRET: &str = "AWS_SECRET";
/// The queue's name, URL or ARN.
pub const SQS_NAME: &str = "AWS_SQS_NAME";
/// The queue's region.
pub const SQS_REGION: &str = "AWS_SQS_REGION";
/// The fewest dynos.
pub const MIN_DYNOS: &str = "DYNOSCALER_MIN_DYNOS";
/// The most dynos.
pub const MAX_DYNOS: &str = "DYNOSCALER_MAX_DYNOS";
/// Cycles that must ask for more until dynos are added.
pub const UP_CYCLES: &str = "DYNOSCALER_UP_CYCLES";
/// Cycles that must ask for fewer until dynos are removed.
pub const DOWN_CYCLES: &str = "DYNOSCALER_DOWN_CYCLES";
/// Acceptable messages per dyno.
pub const BACKLOG_THRESHOLD: &str = "DYNOSCALER_BACKLOG_THRESHOLD";
/// The rule by which the dynos that the load asks for are found.
pub const POLICY: &str = "DYNOSCALER_POLICY";
/// Which messages count besides those waiting.
pub const BACKLOG_INCLUDES: &str = "DYNOSCALER_BACKLOG_INCLUDES";
/// The most dynos that one change adds.
pub const MAX_STEP_UP: &str = "DYNOSCALER_MAX_STEP_UP";
/// The most dynos that one change removes.
pub const MAX_STEP_DOWN: &str = "DYNOSCALER_MAX_STEP_DOWN";
/// Messages in flight that one dyno holds.
pub const IN_FLIGHT_PER_DYNO: &str = "DYNOSCALER_IN_FLIGHT_PER_DYNO";
/// How long messages in flight keep their dynos if nothing about them changes.
pub const BUSY_MINUTES: &str = "DYNOSCALER_BUSY_MINUTES";
/// Share of the threshold by which `target` may miss it.
pub const TOLERANCE: &str = "DYNOSCALER_TOLERANCE";
/// Time in which `rate` brings a backlog under the threshold.
pub const DRAIN_MINUTES: &str = "DYNOSCALER_DRAIN_MINUTES";
/// Share of its time that `rate` lets a dyno work.
pub const UTILIZATION: &str = "DYNOSCALER_UTILIZATION";
/// A guess at the throughput of a dyno, for `rate`.
pub const MESSAGES_PER_DYNO_MINUTE: &str = "DYNOSCALER_MESSAGES_PER_DYNO_MINUTE";
/// How long a quantity that a person set is kept.
pub const MANUAL_HOLD_MINUTES: &str = "DYNOSCALER_MANUAL_HOLD_MINUTES";
/// When other bounds are in force.
pub const SCHEDULE: &str = "DYNOSCALER_SCHEDULE";
/// Whether the app's maintenance mode holds every cycle.
pub const RESPECT_MAINTENANCE: &str = "DYNOSCALER_RESPECT_MAINTENANCE";
/// Where Elasticsearch is.
pub const ELK_URL: &str = "ELK_ELASTIC_URL";
/// User of Elasticsearch.
pub const ELK_USER: &str = "ELK_ELASTIC_USER";
/// Password of Elasticsearch.
pub const ELK_PASS: &str = "ELK_ELASTIC_PASS";
/// Who signed Elasticsearch's certificate, if Mozilla knows them not.
pub const ELK_CA: &str = "ELK_ELASTIC_CA";
/// Index for the records.
pub const ELK_INDEX: &str = "ELK_INDEX_AS";
/// Mapping type for the records.
pub const ELK_TYPE: &str = "ELK_INDEX_TYPE_AS";
/// The state's table.
pub const TABLE: &str = "DYNOSCALER_TABLE";
/// Everything but the PATCH.
pub const DRY_RUN: &str = "DYNOSCALER_DRY_RUN";
/// Where Heroku's API is.
pub const HEROKU_URL: &str = "HEROKU_API_URL";
/// Whether records are metrics of CloudWatch as well.
pub const METRICS: &str = "DYNOSCALER_METRICS";
/// The least important level that is logged.
pub const LOG_LEVEL: &str = "LOG_LEVEL";
/// Any of the others, as `NAME=value` between spaces.
pub const SETTINGS: &str = "DYNOSCALER_SETTINGS";

/// What a person sets.
pub const ALL: &[&str] = &[
    TOKEN,
    DESCRIPTION,
    APP,
    PROCESS,
    ALLOW_WEB,
    AWS_KEY,
    AWS_SECRET,
    SQS_NAME,
    SQS_REGION,
    MIN_DYNOS,
    MAX_DYNOS,
    UP_CYCLES,
    DOWN_CYCLES,
    BACKLOG_THRESHOLD,
    POLICY,
    BACKLOG_INCLUDES,
    MAX_STEP_UP,
    MAX_STEP_DOWN,
    IN_FLIGHT_PER_DYNO,
    BUSY_MINUTES,
    TOLERANCE,
    DRAIN_MINUTES,
    UTILIZATION,
    MESSAGES_PER_DYNO_MINUTE,
    MANUAL_HOLD_MINUTES,
    SCHEDULE,
    RESPECT_MAINTENANCE,
    ELK_URL,
    ELK_USER,
    ELK_PASS,
    ELK_CA,
    ELK_INDEX,
    ELK_TYPE,
    TABLE,
    DRY_RUN,
    HEROKU_URL,
    METRICS,
    LOG_LEVEL,
    SETTINGS,
];

/// What is never shown, and may be a reference to where it is kept.
pub(super) const SECRETS: &[&str] = &[TOKEN, AWS_SECRET, ELK_PASS];

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
/// The same for Systems Manager alone, which only a reference asks; it wins.
pub const ENDPOINT_URL_SSM: &str = "AWS_ENDPOINT_URL_SSM";
/// The same for `CloudWatch` Logs, which only the command line asks.
#[cfg(feature = "cli")]
pub const ENDPOINT_URL_LOGS: &str = "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS";
/// The same for `EventBridge`, which only the command line asks.
#[cfg(feature = "cli")]
pub const ENDPOINT_URL_EVENTS: &str = "AWS_ENDPOINT_URL_EVENTBRIDGE";
/// The same for Lambda, which only the command line asks.
#[cfg(feature = "cli")]
pub const ENDPOINT_URL_LAMBDA: &str = "AWS_ENDPOINT_URL_LAMBDA";
/// The same for `CloudFormation`, which only the command line asks.
#[cfg(feature = "cli")]
pub const ENDPOINT_URL_CLOUDFORMATION: &str = "AWS_ENDPOINT_URL_CLOUDFORMATION";
/// The same for AWS's service for identities, which only the command line asks.
#[cfg(feature = "cli")]
pub const ENDPOINT_URL_STS: &str = "AWS_ENDPOINT_URL_STS";
/// The profile whose credentials are meant.
#[cfg(feature = "cli")]
pub const AWS_PROFILE: &str = "AWS_PROFILE";
/// The proxy for what is asked over TLS, which only the command line uses, in both spellings.
#[cfg(feature = "cli")]
pub const HTTPS_PROXY: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
/// The hosts that are reached without it.
#[cfg(feature = "cli")]
pub const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];
