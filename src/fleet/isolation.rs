//! A cycle that cannot harm another one: it may panic, or its target may have faulty settings.
//!
//! Must not know how many cycles there are.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use jiff::Timestamp;

use super::app::Member;
use crate::cycle::{self, Failure, Invocation, Outcome, Start, Subject};
use crate::policy::Reason;
use crate::ports::{Ports, Shared};
use crate::report::CycleReport;
use crate::target::TargetId;

/// A target whose settings are not valid. Each round has a record of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faulty {
    /// Its names as they are written, valid or not.
    pub id: TargetId,
    /// Every fault.
    pub error: String,
}

impl Faulty {
    pub(super) fn report(&self, shared: &impl Shared, invocation: &Invocation) -> CycleReport {
        let failure = Failure { reason: Reason::InvalidConfiguration, error: self.error.clone() };
        let subject = Subject::unsettled(&self.id);
        let outcome = Outcome::failed(None, failure);
        cycle::conclude(shared, subject, invocation, shared.now(), outcome)
    }
}

/// Runs a cycle. If it panics, its record says so.
pub(super) async fn cycle(
    ports: &impl Ports,
    Member { target, instance }: &Member,
    invocation: &Invocation,
    began: Timestamp,
) -> CycleReport {
    let start = Start { instance, began };
    // On the heap from its beginning: it is large, and what runs many at once moves them.
    match caught(Box::pin(cycle::run(ports, target, invocation, start))).await {
        Ok(report) => report,
        Err(panic) => {
            // It may have panicked while a change was on its way.
            instance.leaves_unanswered();
            let failure = Failure { reason: Reason::Panicked, error: panic };
            let outcome = Outcome::failed(Some(target.policy_at(began)), failure);
            cycle::conclude(ports.shared(), target.into(), invocation, began, outcome)
        }
    }
}

/// The result of a future, or the message of its panic.
async fn caught<T>(mut future: Pin<Box<impl Future<Output = T>>>) -> Result<T, String> {
    poll_fn(|context| {
        // After a panic the future is dropped. Every lock that it may have poisoned is taken all
        // the same.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(result)) => Poll::Ready(Ok(result)),
            Err(panic) => Poll::Ready(Err(message(&*panic))),
        }
    })
    .await
}

fn message(panic: &(dyn Any + Send)) -> String {
    let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let formatted = || panic.downcast_ref::<String>().cloned();
    let text = literal.or_else(formatted);
    text.map_or_else(
        || "the cycle panicked".to_owned(),
        |text| format!("the cycle panicked: {text}"),
    )
}
