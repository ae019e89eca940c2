//! The rule that runs the function.
//!
//! Must not know what a cycle does.

use super::Finding;
use crate::adapters::{EventBridge, Http, RuleFacts};
use crate::cli::world::Variables;
use crate::config::ServiceConfig;
use crate::ports::Cause;
use crate::report::error_chain;

const SCHEDULE: &str = "schedule";

pub(super) async fn check(variables: &Variables, rule: Option<&str>) -> Finding {
    let Some(rule) = rule else {
        let mend = "Name it with --rule: the stack's output Rule. `dynoscaler run` needs none.";
        return Finding::unchecked(SCHEDULE, "no rule was named", mend);
    };
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

async fn asked(variables: &Variables, rule: &str) -> Result<Option<RuleFacts>, Cause> {
    let config = ServiceConfig::events(|name| variables.value(name))?;
    let events = EventBridge::new(&config, &Http::new()?);
    events.rule(rule).await
}

fn judged(rule: &str, RuleFacts { state, schedule }: &RuleFacts) -> Finding {
    let schedule = schedule.as_deref().unwrap_or("no schedule");
    if state == "ENABLED" {
        return Finding::ok(SCHEDULE, format!("rule {rule} is enabled, {schedule}"));
    }
    let mend = format!("Enable it: aws events enable-rule --name {rule}");
    Finding::error(SCHEDULE, format!("rule {rule} is {state}: no cycle runs"), mend)
}
