//! The event rule that runs the function: whether it is enabled, what it runs, and how often.
//!
//! Must not know what a cycle does.

use jiff::SignedDuration;

use super::Finding;
use crate::connection::{NoClient, Variables, http};
use crate::deployment::Deployment;
use crate::text::age;
use dynoscaler::adapters::{AwsError, EventBridge, RuleFacts};
use dynoscaler::config::{ConfigError, ServiceConfig};
use dynoscaler::report::error_chain;

const SCHEDULE: &str = "schedule";

#[derive(Debug, Default)]
pub(super) struct Schedule {
    pub(super) findings: Vec<Finding>,
    /// The time from one cycle to the next, if an event rule has a rate.
    pub(super) rate: Option<SignedDuration>,
}

/// What the event rule must agree with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) deployment: Option<&'a Deployment>,
    /// The time from one cycle to the next, if the operator gave it.
    pub(super) every: Option<SignedDuration>,
}

/// Why event rules cannot be read.
#[derive(Debug, thiserror::Error)]
enum Uncalled {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    NoClient(#[from] NoClient),
}

pub(super) async fn check(
    variables: &Variables,
    named: Option<&str>,
    expected: Expected<'_>,
) -> Schedule {
    let of_stack = || expected.deployment?.rule();
    let rule = named.map(ToOwned::to_owned).or_else(of_stack);
    match (events(variables), rule, expected.deployment) {
        (_, None, None) => {
            let remedy = "Name it with --rule: the stack's output Rule; or name the deployment with \
                --stack or --function. `dynoscaler run` needs none.";
            alone(Finding::unchecked(SCHEDULE, "no rule was named", remedy))
        }
        (Err(error), ..) => {
            let remedy = "Set AWS_REGION, or AWS_PROFILE to a profile that has a region.";
            alone(Finding::unchecked(SCHEDULE, error_chain(&error), remedy))
        }
        (Ok(events), Some(rule), _) => of_rule(&events, &rule, expected).await,
        (Ok(events), None, Some(deployment)) => of_function(&events, deployment, expected).await,
    }
}

fn events(variables: &Variables) -> Result<EventBridge, Uncalled> {
    let config = ServiceConfig::events(variables.environment())?;
    Ok(EventBridge::new(&config, &http()?))
}

fn alone(finding: Finding) -> Schedule {
    Schedule { findings: vec![finding], rate: None }
}

/// The event rules that run the function, if none was named.
async fn of_function(
    events: &EventBridge,
    Deployment { name, arn, .. }: &Deployment,
    expected: Expected<'_>,
) -> Schedule {
    match events.rules_of(arn).await {
        Ok(rules) if rules.is_empty() => {
            let found = format!("no rule runs function {name}");
            let remedy = "Deploy the stack again, which restores its rule, unless something else \
                than a rule of EventBridge runs the function.";
            alone(Finding::warning(SCHEDULE, found, remedy))
        }
        Ok(rules) => {
            let mut all = Schedule::default();
            for rule in rules {
                let Schedule { findings, rate } = of_rule(events, &rule, expected).await;
                all.findings.extend(findings);
                // Of several event rules the fastest decides how often a cycle is due.
                all.rate = all.rate.into_iter().chain(rate).min();
            }
            all
        }
        Err(error) => alone(Finding::unchecked(
            SCHEDULE,
            format!("the rule of function {name} is not known: {}", error_chain(&error)),
            "Name it with --rule, or get the permission events:ListRuleNamesByTarget.",
        )),
    }
}

async fn of_rule(events: &EventBridge, rule: &str, expected: Expected<'_>) -> Schedule {
    match events.rule(rule).await {
        Ok(Some(facts)) if facts.state != "ENABLED" => {
            let remedy = format!("Enable it: aws events enable-rule --name {rule}");
            let found = format!("rule {rule} is {}: no cycle runs", facts.state);
            alone(Finding::error(SCHEDULE, found, remedy))
        }
        Ok(Some(facts)) => {
            let targets = events.targets_of(rule).await;
            enabled(rule, &facts, targets, expected)
        }
        Ok(None) => alone(Finding::error(
            SCHEDULE,
            format!("there is no rule {rule} in this account and region"),
            "Check the name and the region: it is the stack's output Rule.",
        )),
        Err(error) => alone(Finding::unchecked(
            SCHEDULE,
            format!("rule {rule} cannot be read: {}", error_chain(&error)),
            "Give the caller events:DescribeRule, or see the rule in the console.",
        )),
    }
}

fn enabled(
    rule: &str,
    facts: &RuleFacts,
    targets: Result<Vec<String>, AwsError>,
    expected: Expected<'_>,
) -> Schedule {
    let rate = facts.schedule.as_deref().and_then(rate);
    let every = rate.map(|rate| rate / (1 + delays(targets.as_deref().unwrap_or_default())));
    let schedule = facts.schedule.as_deref().unwrap_or("no schedule");
    let found = match every.filter(|every| Some(*every) != rate) {
        Some(every) => format!(
            "rule {rule} is enabled, {schedule}, and with its delayed ticks a cycle runs every {}",
            age(every)
        ),
        None => format!("rule {rule} is enabled, {schedule}"),
    };
    let mut findings = vec![Finding::ok(SCHEDULE, found)];
    findings.extend(target(rule, targets, expected.deployment));
    findings.extend(every.and_then(|every| against_every(rule, every, expected.every)));
    findings.extend(rate.and_then(|rate| against_alarms(rule, rate, expected.deployment)));
    Schedule { findings, rate: every }
}

/// The queues among what a rule runs: each delays the rule's tick and gives one cycle more.
fn delays(targets: &[String]) -> i32 {
    targets.iter().filter(|arn| arn.split(':').nth(2) == Some("sqs")).map(|_| 1).sum()
}

/// A rule that is enabled and runs nothing looks healthy otherwise.
fn target(
    rule: &str,
    targets: Result<Vec<String>, AwsError>,
    deployment: Option<&Deployment>,
) -> Option<Finding> {
    let remedy = "Deploy the stack again, which restores the rule's target.";
    match (targets, deployment) {
        (Ok(targets), _) if targets.is_empty() => {
            let found = format!("rule {rule} has no target: it runs nothing");
            Some(Finding::error(SCHEDULE, found, remedy))
        }
        (Ok(targets), Some(Deployment { name, arn, .. })) if !targets.contains(arn) => {
            let found = format!("rule {rule} runs {}, and not function {name}", targets.join(", "));
            Some(Finding::error(SCHEDULE, found, remedy))
        }
        (Ok(_), _) => None,
        (Err(error), _) => Some(Finding::unchecked(
            SCHEDULE,
            format!("what rule {rule} runs is not known: {}", error_chain(&error)),
            "Give the caller events:ListTargetsByRule, or see the rule in the console.",
        )),
    }
}

fn against_every(
    rule: &str,
    runs_every: SignedDuration,
    every: Option<SignedDuration>,
) -> Option<Finding> {
    let every = every.filter(|every| *every != runs_every)?;
    let (runs_every, every) = (age(runs_every), age(every));
    let found = format!("rule {rule} runs a cycle every {runs_every}, and --every is {every}");
    let remedy = "Leave --every out: then the rule's rate counts.";
    Some(Finding::warning(SCHEDULE, found, remedy))
}

/// The stack parameters with the seconds of the alarms' period; the second is that of 0.1.0.
const ALARM_SECONDS: [&str; 2] = ["CycleSeconds", "AlarmPeriod"];

/// The shortest period of the stack's alarms.
const ALARM_PERIOD_MIN: SignedDuration = SignedDuration::from_mins(1);

/// The alarms of a stack read one period after the other.
fn against_alarms(
    rule: &str,
    rate: SignedDuration,
    deployment: Option<&Deployment>,
) -> Option<Finding> {
    let parameters = &deployment?.stack.as_ref()?.parameters;
    let seconds = ALARM_SECONDS.into_iter().find_map(|name| parameters.get(name));
    let period = SignedDuration::from_secs(seconds?.parse().ok()?).max(ALARM_PERIOD_MIN);
    if rate <= period {
        return None;
    }
    let (rate_text, period_text) = (age(rate), age(period));
    let found = format!(
        "rule {rule} runs a cycle every {rate_text}, and the stack's alarms have a period of \
         {period_text}: they go off between two cycles"
    );
    let remedy = "Deploy the stack again: its CycleSeconds sets both.";
    Some(Finding::warning(SCHEDULE, found, remedy))
}

/// `rate(5 minutes)` as a length of time; a cron has none.
fn rate(schedule: &str) -> Option<SignedDuration> {
    let (number, unit) = schedule.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let unit_secs: i64 = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    let secs = number.parse::<i64>().ok()?.checked_mul(unit_secs)?;
    Some(SignedDuration::from_secs(secs)).filter(SignedDuration::is_positive)
}

#[cfg(test)]
mod tests {
    use super::*;

    // case F13
    #[test]
    fn the_rate_of_a_rule_is_a_time_and_that_of_a_cron_is_unknown() {
        for (schedule, secs) in [
            ("rate(1 minute)", Some(60)),
            ("rate(5 minutes)", Some(300)),
            ("rate(1 hour)", Some(3_600)),
            ("rate(2 days)", Some(172_800)),
            ("rate(0 minutes)", None),
            ("rate(-1 minutes)", None),
            ("rate(9223372036854775807 days)", None),
            ("rate(5 fortnights)", None),
            ("cron(0/2 * * * ? *)", None),
            ("", None),
        ] {
            assert_eq!(rate(schedule), secs.map(SignedDuration::from_secs), "{schedule}");
        }
    }
}
