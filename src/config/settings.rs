//! The table of settings: all that an operator sets, each once.
//!
//! From it come the variables that are read, the flags of the command line and the pages that
//! explain them. Must not know what a setting does.

use nonempty::NonEmpty;
use url::Url;

use super::parse::{self, DYNOS_MAX, above_0, whole};
use super::setting::{
    Group, Presence, Privacy, Setting, Variable, option, parser, presence, privacy, settings,
    type_of,
};
use super::{Events, Maintenance, Metrics, SecretSource, TargetsSource, Web};
use super::{address, queue, schedule};
use crate::policy::{Aggregation, BacklogIncludes, RuleName, Schedule};
use crate::secret::Secret;
use crate::target::Mode;

/// Nineteen years of a cycle a minute.
const CYCLES_MAX: u32 = 9_999_999;

/// A week: no job runs for longer, and what is kept for longer is a setting and no change by hand.
const MINUTES_MAX: u32 = 10_080;

/// The longest that the template offers.
const CYCLE_SECONDS_MAX: u32 = 3_600;

settings! {
    Formation {
        /// The Heroku app, by name or UUID.
        APP: String = "MY_HEROKU_AS_APP", parse::app, required, key "app", example "my-app";

        /// The process type to scale, as in the Procfile.
        ///
        /// Not `release` or `run`, which Heroku does not keep running.
        PROCESS: String =
            "MY_HEROKU_AS_PROCESS", parse::process, required, key "process", example "worker";

        /// If `true`, the process type may be `web`, which Heroku's own autoscaling may scale as
        /// well.
        ALLOW_WEB: Web = "DYNOSCALER_ALLOW_WEB", parse::web, default "false";

        /// If `true`, all is done but the change on Heroku, with counters of its own.
        DRY_RUN: Mode = "DYNOSCALER_DRY_RUN", parse::mode, default "false", example "true";

        /// If `true`, nothing is changed while the app is in Heroku's maintenance mode.
        ///
        /// Reading it takes one more call a cycle. Workers keep running in maintenance mode.
        RESPECT_MAINTENANCE: Maintenance =
            "DYNOSCALER_RESPECT_MAINTENANCE", parse::maintenance, default "false";
    }

    Queue {
        /// The queue, by name, URL or ARN; or several, between commas.
        ///
        /// A URL has a host of SQS's, or the one that an endpoint variable points to. In a FIFO
        /// queue, dynos beyond the message groups in use are idle. See
        /// [several queues](OPERATIONS.md#several-queues).
        SQS_NAME: NonEmpty<queue::Named> = "AWS_SQS_NAME", queue::named, required,
            key "queue", example "my-queue";

        /// The region of each queue.
        ///
        /// By default the one in its URL or ARN, otherwise the function's.
        SQS_REGION: String =
            "AWS_SQS_REGION", parse::aws_region, optional, key "queue_region", example "eu-west-1";

        /// The access key id for a queue of another account; with `AWS_SECRET`, or neither.
        ///
        /// Used for SQS alone, where the account cannot
        /// [let the function's role in](OPERATIONS.md#a-queue-of-another-account).
        AWS_KEY: Secret = "AWS_KEY", parse::key, optional [hidden];

        /// The secret access key that belongs to `AWS_KEY`.
        ///
        /// May be a [reference](OPERATIONS.md#secrets).
        AWS_SECRET: SecretSource = "AWS_SECRET", SecretSource::token, optional [secret];
    }

    Policy {
        /// Never fewer dynos.
        MIN_DYNOS: u32 = "DYNOSCALER_MIN_DYNOS", whole::<0, DYNOS_MAX>, required, example "1";

        /// Never more dynos.
        ///
        /// It bounds your Heroku bill.
        MAX_DYNOS: u32 = "DYNOSCALER_MAX_DYNOS", whole::<1, DYNOS_MAX>, required, example "5";

        /// Other bounds at certain times.
        ///
        /// See [bounds by the hour](OPERATIONS.md#bounds-by-the-hour).
        SCHEDULE: Schedule = "DYNOSCALER_SCHEDULE", schedule::schedule, optional;

        /// Acceptable messages per dyno: acceptable latency ÷ time per message.
        ///
        /// For 5 minutes and 3 seconds, 100.
        BACKLOG_THRESHOLD: f64 = "DYNOSCALER_BACKLOG_THRESHOLD", above_0, required, example "100";

        /// Cycles that must need more dynos until some are added.
        UP_CYCLES: u32 = "DYNOSCALER_UP_CYCLES", whole::<1, CYCLES_MAX>, required, example "2";

        /// Cycles that must need fewer dynos until some are removed.
        ///
        /// Choose more than for up: a dyno too few costs latency.
        DOWN_CYCLES: u32 = "DYNOSCALER_DOWN_CYCLES", whole::<1, CYCLES_MAX>, required, example "5";

        /// How the dynos that the load needs are found.
        ///
        /// See [the policies](POLICIES.md).
        POLICY: RuleName = "DYNOSCALER_POLICY", parse::rule_name, default "step";

        /// Which messages count; those that are visible always do.
        BACKLOG_INCLUDES: BacklogIncludes =
            "DYNOSCALER_BACKLOG_INCLUDES", parse::backlog_includes, default "visible";

        /// Which of several queues are compared with the threshold: all together (`sum`), or the one
        /// with the highest backlog (`max`).
        ///
        /// See [several queues](OPERATIONS.md#several-queues).
        QUEUES: Aggregation = "DYNOSCALER_QUEUES", parse::aggregation, default "sum";

        /// The most dynos that one change adds; if not set, as many as the policy recommends.
        ///
        /// `step` recommends one.
        MAX_STEP_UP: u32 = "DYNOSCALER_MAX_STEP_UP", whole::<1, DYNOS_MAX>, optional;

        /// The most dynos that one change removes; if not set, as many as the policy recommends.
        ///
        /// `step` recommends one.
        MAX_STEP_DOWN: u32 = "DYNOSCALER_MAX_STEP_DOWN", whole::<1, DYNOS_MAX>, optional;

        /// Messages in flight that one dyno holds: if set, busy dynos are never removed.
        ///
        /// Those are the dynos that hold messages in flight. By default `rate` learns the number, and
        /// the others keep only the last dyno while a message is in flight.
        IN_FLIGHT_PER_DYNO: f64 = "DYNOSCALER_IN_FLIGHT_PER_DYNO", above_0, optional;

        /// Minutes after which messages in flight no longer keep their dynos, if nothing waits and
        /// their number has not changed.
        ///
        /// Messages in a retry back-off, or with Celery's ETA, are in flight and no worker works on
        /// them. Set it to your longest job.
        BUSY_MINUTES: u32 = "DYNOSCALER_BUSY_MINUTES", whole::<1, MINUTES_MAX>, default "60";

        /// Minutes for which a quantity that an operator set is left alone.
        MANUAL_HOLD_MINUTES: u32 =
            "DYNOSCALER_MANUAL_HOLD_MINUTES", whole::<0, MINUTES_MAX>, default "0";

        /// For `target`: the share of the threshold by which it may be missed.
        TOLERANCE: f64 = "DYNOSCALER_TOLERANCE", parse::tolerance, default "0.1";

        /// For `rate`: the share of the time that the backlog per instance is to be under the
        /// threshold.
        ///
        /// More costs dynos and saves waiting.
        SERVICE_LEVEL: f64 = "DYNOSCALER_SERVICE_LEVEL", parse::service_level, default "0.99";
    }

    Authorization {
        /// The token of a Heroku authorization; the scope `write` suffices.
        ///
        /// Better a [reference](OPERATIONS.md#secrets).
        TOKEN: SecretSource = "MY_HEROKU_AUTH_TOKEN", SecretSource::token, required,
            key "token", example "HRKU-00000000-0000-0000-0000-000000000000" [secret];

        /// That authorization's description.
        ///
        /// It is in the User-Agent of every call to Heroku, so that an operator finds the token that
        /// acted.
        DESCRIPTION: String = "MY_HEROKU_AUTH_DES", parse::header_text, required,
            key "description", example "dynoscaler";

        /// Where Heroku's API is.
        HEROKU_URL: Url =
            "HEROKU_API_URL", address::private_url, default "https://api.heroku.com";
    }

    Elasticsearch {
        /// The address of an Elasticsearch (6 to 9) or OpenSearch that gets every record as well.
        ///
        /// Set with user, password and index, or none of them. OpenSearch Serverless does not work:
        /// it takes no ids of one's own and no password.
        ELK_URL: Url = "ELK_ELASTIC_URL", address::private_url, optional;

        /// Its user.
        ELK_USER: String = "ELK_ELASTIC_USER", parse::user, optional [hidden];

        /// Its password.
        ///
        /// May be a [reference](OPERATIONS.md#secrets).
        ELK_PASS: SecretSource = "ELK_ELASTIC_PASS", SecretSource::password, optional [secret];

        /// The certificate of the authority that signed its own, in PEM.
        ///
        /// Version 8 writes `http_ca.crt`. May be a [reference](OPERATIONS.md#secrets). It is trusted for
        /// Elasticsearch alone, besides Mozilla's choice. With the template keep it beside the
        /// password, with `-ca` behind the name: `ELK_ELASTIC_CA=ssm:/dynoscaler/elastic-ca` in
        /// `DynoscalerSettings` if `ElkElasticPassParameter` is `/dynoscaler/elastic`.
        ELK_CA: SecretSource = "ELK_ELASTIC_CA", SecretSource::certificates, optional [hidden];

        /// The index that gets the records.
        ///
        /// It must be an index of its own: where `process` or `error` is an object, as ECS has it,
        /// every record is refused.
        ELK_INDEX: String = "ELK_INDEX_AS", parse::index, optional;

        /// The mapping type, for version 6.
        ELK_TYPE: String = "ELK_INDEX_TYPE_AS", parse::doc_type, default "_doc";
    }

    Operation {
        /// The DynamoDB table for the state; the template makes it.
        TABLE: String = "DYNOSCALER_TABLE", parse::table, required,
            example "dynoscaler-StateTable-1EXAMPLE2TABLE";

        /// A file of many targets: its path, or `ssm:/name` of a parameter that has its text.
        ///
        /// See [a fleet](OPERATIONS.md#a-fleet). A relative path begins in the function's package,
        /// at a terminal in the working directory. Without it there is one target, from the
        /// variables.
        TARGETS: TargetsSource =
            "DYNOSCALER_TARGETS", TargetsSource::parse, optional;

        /// Seconds from one round of the function to the next; the template sets it.
        ///
        /// So that the apps of an account [take turns](OPERATIONS.md#a-fleet) if its calls do not
        /// suffice.
        CYCLE_SECONDS: u32 =
            "DYNOSCALER_CYCLE_SECONDS", whole::<1, CYCLE_SECONDS_MAX>, default "60";

        /// Whether the function's records are CloudWatch metrics as well, six for each target.
        ///
        /// If it is not set, they are if there is one target; with a targets file each round is
        /// [four metrics](OPERATIONS.md#metrics), and `off` takes these away too. At a terminal
        /// nothing is.
        METRICS: Metrics = "DYNOSCALER_METRICS", parse::metrics, optional;

        /// Whether each change, refusal and stop is an event on EventBridge's default bus.
        ///
        /// See [events](OPERATIONS.md#events).
        EVENTS: Events = "DYNOSCALER_EVENTS", parse::events, default "off";

        /// The least important level that is logged.
        ///
        /// The record of a cycle is always logged.
        LOG_LEVEL: tracing::Level = "LOG_LEVEL", parse::log_level, default "info";

        /// Any of the others, as `NAME=value` between spaces.
        ///
        /// A setting that is also set by its own variable, or twice, or that holds a secret itself
        /// is a fault.
        SETTINGS: () = "DYNOSCALER_SETTINGS", parse::pairs, optional,
            example "LOG_LEVEL=debug DYNOSCALER_METRICS=off";
    }
}

/// The settings of earlier versions that are a fault now.
pub const GONE: [&str; 3] =
    ["DYNOSCALER_UTILIZATION", "DYNOSCALER_DRAIN_MINUTES", "DYNOSCALER_MESSAGES_PER_DYNO_MINUTE"];

/// What replaces a setting that is gone.
pub(super) fn replacement(gone: &str) -> Option<String> {
    let (threshold, level) = (name::BACKLOG_THRESHOLD, name::SERVICE_LEVEL);
    let replaced = || format!("{threshold} and {level} replace it, and `rate` learns the rest");
    GONE.contains(&gone).then(replaced)
}
