//! Each queue: whether it can be read, and whether its visibility timeout suits the policy.
//!
//! Must not know how SQS is called.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;

use super::{Finding, SECRET_READ};
use crate::text::{duration, grouped};
use dynoscaler::adapters::{Queues, SecretError, Sqs};
use dynoscaler::policy::{Part, Policy};
use dynoscaler::ports::BacklogError;
use dynoscaler::report::error_chain;

const QUEUE: &str = "queue";
const GROUPS: &str = "groups";
const VISIBILITY: &str = "visibility";

/// Heroku kills a dyno so long after it has sent SIGTERM.
const GRACE: Duration = Duration::from_secs(30);

pub(super) async fn check(queues: &Queues, policy: &Policy, every: SignedDuration) -> Vec<Finding> {
    let several = 1 < queues.0.len();
    let of = |queue: &Sqs| if several { format!(" of {}", queue.name()) } else { String::new() };
    let each = queues.0.iter().map(|queue| of_one(queue, of(queue), policy, every));
    join_all(each).await.concat()
}

/// `of` distinguishes it from others.
async fn of_one(queue: &Sqs, of: String, policy: &Policy, every: SignedDuration) -> Vec<Finding> {
    let backlog = match queue.backlog().await {
        Ok(backlog) => backlog,
        Err(error) => return vec![unread(&error)],
    };
    let (visible, in_flight) = (grouped(backlog.visible), grouped(backlog.in_flight));
    let name = queue.name();
    let found = format!("{name} has {visible} messages waiting, {in_flight} in flight");
    let visibility = match queue.inspect().await {
        Ok(facts) => visibility(&of, facts.visibility_timeout, policy, every),
        Err(error) => {
            let remedy = "Its counts were read a moment ago: try again.";
            Finding::unchecked(VISIBILITY, error_chain(&error), remedy)
        }
    };
    [Finding::ok(QUEUE, found), visibility].into_iter().chain(groups(name, &of)).collect()
}

/// SQS hands out one message of a group at a time, and does not report how many groups there are.
fn groups(queue: &str, of: &str) -> Option<Finding> {
    let remedy =
        "Let DYNOSCALER_MAX_DYNOS be at most the message groups that are in use at a time.";
    let found = format!(
        "a FIFO queue, whose message groups{of} are worked on one message after the other: dynos \
         beyond the groups in use idle, and SQS does not report how many there are"
    );
    queue.ends_with(".fifo").then(|| Finding::unchecked(GROUPS, found, remedy))
}

fn unread(error: &BacklogError) -> Finding {
    let remedy = match error {
        BacklogError::Unavailable { cause, .. } if cause.is::<SecretError>() => SECRET_READ,
        BacklogError::Unavailable { .. } | BacklogError::NoCount { .. } => {
            "Check AWS_SQS_NAME and the region, and the caller (aws sts get-caller-identity): it \
            needs sqs:GetQueueAttributes and sqs:GetQueueUrl."
        }
    };
    Finding::error(QUEUE, error_chain(error), remedy)
}

/// A message being worked on is not counted by default. Dynos that are removed sooner than a
/// message may take are perhaps at work.
fn visibility(
    of: &str,
    timeout: Option<Duration>,
    policy: &Policy,
    every: SignedDuration,
) -> Finding {
    let Some(timeout) = timeout else {
        let remedy = "SQS usually reports it with the counts.";
        return Finding::unchecked(
            VISIBILITY,
            format!("the visibility timeout{of} is not reported"),
            remedy,
        );
    };
    let shown = duration(timeout.as_secs_f64());
    let down_secs = every.as_secs_f64() * f64::from(policy.down_cycles);
    let busy_dynos_are_kept =
        policy.in_flight_per_dyno.is_some() || policy.backlog_includes.in_flight == Part::Counted;
    if timeout < GRACE {
        let found = format!(
            "a message{of} is delivered again after {shown}, while a worker that Heroku stops has {}",
            duration(GRACE.as_secs_f64())
        );
        let remedy =
            "Give the queue a visibility timeout above 30 s, and above the longest message.";
        Finding::warning(VISIBILITY, found, remedy)
    } else if down_secs < timeout.as_secs_f64() && !busy_dynos_are_kept {
        let found = format!(
            "dynos are removed after {} of few waiting messages, and a message{of} may be worked \
             on for {shown}",
            duration(down_secs)
        );
        let remedy = "If messages take that long, set DYNOSCALER_IN_FLIGHT_PER_DYNO, count in_flight \
            in DYNOSCALER_BACKLOG_INCLUDES, or raise DYNOSCALER_DOWN_CYCLES.";
        Finding::warning(VISIBILITY, found, remedy)
    } else {
        Finding::ok(VISIBILITY, format!("a message{of} may be worked on for {shown}"))
    }
}
