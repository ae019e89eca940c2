//! The rule that runs the function.
//!
//! Must not know what a cycle does.

use super::Finding;
use crate::adapters::{EventBridge, Http, RuleFacts};
use crate::cli::deployment::Deployment;
use crate::cli::world::Variables;
use crate::config::ServiceConfig;
use crate::ports::Cause;
use crate::report::error_chain;

const SCHEDULE: &str = "schedule";

pub(super) async fn check(variables: &Variables, named: Option<&str>) -> Vec<Finding> {
    let deployment = variables.deployment.as_ref();
    let known = named.map(ToOwned::to_owned).or_else(|| deployment?.rule());
    match (known, deployment) {
        (Some(rule), _) => vec![of_rule(variables, &rule).await],
        (None, Some(deployment)) => of_function(variables, deployment).await,
        (None, None) => {
            let mend = "Name it with --rule: the stack's output Rule; or name the deployment with \
                --stack or --function. `dynoscaler run` needs none.";
            vec![Finding::unchecked(SCHEDULE, "no rule was named", mend)]
        }
    }
}

/// Whatever runs the function, since nobody named a rule.
async fn of_function(
    variables: &Variables,
    Deployment { name, arn, .. }: &Deployment,
) -> Vec<Finding> {
    match rules_of(variables, arn).await {
        Ok(rules) if rules.is_empty() => {
            let found = format!("no rule runs function {name}");
            let mend = "Deploy the stack again, which restores its rule, unless something else \
                than a rule of EventBridge runs the function.";
            vec![Finding::warning(SCHEDULE, found, mend)]
        }
        Ok(rules) => {
            let mut findings = Vec::new();
            for rule in rules {
                findings.push(of_rule(variables, &rule).await);
            }
            findings
        }
        Err(error) => vec![Finding::unchecked(
            SCHEDULE,
            format!("the rule of function {name} is not known: {}", error_chain(&*error)),
            "Name it with --rule, or ask for events:ListRuleNamesByTarget.",
        )],
    }
}

async fn of_rule(variables: &Variables, rule: &str) -> Finding {
    match asked(variables, rule).await {
        Ok(Some(facts)) => judged(rule, &facts),
        Ok(None) => Finding::error(
            SCHEDULE,
            format!("there is no rule {rule} in this account and region"),
            "Check the name and the region: it is the stack's output Rule.",
        ),
        Err(error) => Finding::unchecked(
            SCHEDULE,
            format!("rule {rule} cannot be read: {}", error_chain(&*error)),
            "Give who asks events:DescribeRule, or look at the rule in the console.",
        ),
    }
}

async fn rules_of(variables: &Variables, function: &str) -> Result<Vec<String>, Cause> {
    let config = ServiceConfig::events(variables.environment())?;
    Ok(EventBridge::new(&config, &Http::new()?).rules_of(function).await?)
}

async fn asked(variables: &Variables, rule: &str) -> Result<Option<RuleFacts>, Cause> {
    let config = ServiceConfig::events(variables.environment())?;
    let events = EventBridge::new(&config, &Http::new()?);
    Ok(events.rule(rule).await?)
}

fn judged(rule: &str, RuleFacts { state, schedule }: &RuleFacts) -> Finding {
    let schedule = schedule.as_deref().unwrap_or("no schedule");
    if state == "ENABLED" {
        return Finding::ok(SCHEDULE, format!("rule {rule} is enabled, {schedule}"));
    }
    let mend = format!("Enable it: aws events enable-rule --name {rule}");
    Finding::error(SCHEDULE, format!("rule {rule} is {state}: no cycle runs"), mend)
}
