//! Whether the function's events arrive on the bus, by its own warnings: no call of the operator's
//! shows what its role may do.
//!
//! Must not know how a log is read.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::last_cycle::{DENIED, UNREAD};
use super::{Examined, Finding};
use crate::log_group::LogGroup;
use crate::records::before;
use crate::text::age;
use dynoscaler::adapters::UNDELIVERED;
use dynoscaler::config::EventBusConfig;

const EVENTS: &str = "events";

const SEARCHED: SignedDuration = SignedDuration::from_hours(24);

const FOR_ROLE: &str = "Let the function's role put them on the bus: deploy with \
    DYNOSCALER_EVENTS=on in DynoscalerSettings, which allows events:PutEvents, and allow it in \
    PermissionsBoundary if there is one.";

const AT_BUS: &str = "Check EventBridge in the function's region. A refusal or a stop is sent again \
    in the next cycle, a change is not.";

#[derive(Deserialize)]
struct Warning {
    timestamp: Timestamp,
    error_type: String,
    error: String,
}

/// Nothing if they are off.
pub(super) async fn check(
    examined: Examined<'_>,
    bus: Option<&EventBusConfig>,
    now: Timestamp,
) -> Vec<Finding> {
    match (bus, examined.log_group()) {
        (None, _) => Vec::new(),
        (Some(_), None) => {
            let remedy = "Name the log with --log-group, or the deployment with --stack.";
            let found = "on; whether they arrive, the function's log says";
            vec![Finding::unchecked(EVENTS, found, remedy)]
        }
        (Some(_), Some(group)) => match refused(examined, &group, now).await {
            Ok(warning) => vec![judged(warning, now)],
            Err(error) => vec![Finding::unchecked(EVENTS, format!("{error:#}"), UNREAD)],
        },
    }
}

/// The newest warning.
async fn refused(
    examined: Examined<'_>,
    group: &str,
    now: Timestamp,
) -> anyhow::Result<Option<Warning>> {
    let group = LogGroup::new(examined.variables, group)?;
    let lines = group.undelivered_events(before(now, SEARCHED)).await?;
    Ok(lines.iter().filter_map(|line| read(line)).max_by_key(|warning| warning.timestamp))
}

/// A log also has lines of other programs.
fn read(line: &str) -> Option<Warning> {
    let warning: Warning = serde_json::from_str(line).ok()?;
    (warning.error_type == UNDELIVERED).then_some(warning)
}

fn judged(warning: Option<Warning>, now: Timestamp) -> Finding {
    let Some(Warning { timestamp, error, .. }) = warning else {
        let found = format!("on; none was refused in the last {}", age(SEARCHED));
        return Finding::ok(EVENTS, found);
    };
    let remedy = if error.contains(DENIED) { FOR_ROLE } else { AT_BUS };
    let ago = age(now.duration_since(timestamp));
    Finding::warning(EVENTS, format!("not on the bus, {ago} ago: {error}"), remedy)
}
