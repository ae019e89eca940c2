//! The ports of one instance: each call that leaves it waits at a gate.

use std::panic::resume_unwind;

use jiff::Timestamp;
use nonempty::NonEmpty;

use super::gate::{Gate, Shared};
use super::ledger::Event;
use super::scenario::Defect;
use super::world::{Call, Verdict};
use dynoscaler::policy::Backlog;
use dynoscaler::ports::{
    self, BacklogError, BacklogSource, Cause, Clock, CommitError, DeliveryError, Formation,
    FormationError, FormationErrorKind, Reading, RecordLog, ReportSink, RequestId, StateError,
    StateStore, Stored, Undelivered, Write, WriteOutcome,
};
use dynoscaler::report::CycleReport;

/// All that one instance sees of the world.
#[derive(Debug, Clone)]
pub(super) struct Port {
    pub(super) shared: Shared,
    pub(super) slot: usize,
}

impl Port {
    async fn call(&self, call: Call) -> Verdict {
        let verdict = Gate { shared: self.shared.clone(), slot: self.slot, call }.await;
        if verdict == Verdict::Panic {
            // Not `panic!`, which would print each.
            resume_unwind(Box::new("a cycle panics"));
        }
        verdict
    }
}

fn lost() -> Cause {
    "the connection was lost".into()
}

fn formation_error(kind: FormationErrorKind) -> FormationError {
    FormationError { kind, words: "refused".to_owned(), request_id: None, cause: None }
}

/// Without a sink: the way of a record changes nothing.
impl ports::Shared for Port {
    type Sink = Self;

    fn sink(&self) -> Option<&Self> {
        None
    }
}

impl Clock for Port {
    fn now(&self) -> Timestamp {
        self.shared.world().clock(self.slot)
    }
}

/// No step changes the queue, so that its reading commutes with all steps: whether it fails is
/// settled when the cycle begins.
impl BacklogSource for Port {
    async fn backlog(&self) -> Result<NonEmpty<Backlog>, BacklogError> {
        let read = self.shared.world().slots[self.slot].cycle.as_ref().and_then(|it| it.backlog);
        read.map(NonEmpty::new)
            .ok_or_else(|| BacklogError::Unavailable { queue: "jobs".to_owned(), cause: lost() })
    }
}

impl Formation for Port {
    async fn quantity(&self) -> Result<Reading, FormationError> {
        let Verdict::Quantity(quantity) = self.call(Call::Quantity).await else {
            return Err(formation_error(FormationErrorKind::Unavailable));
        };
        Ok(Reading::alone(quantity, None))
    }

    async fn set_quantity(&self, quantity: u32) -> Result<RequestId, FormationError> {
        match self.call(Call::SetQuantity(quantity)).await {
            Verdict::Set => Ok(None),
            Verdict::AboveLimit(limit) => {
                Err(formation_error(FormationErrorKind::AboveLimit { limit: Some(limit) }))
            }
            Verdict::Failed
            | Verdict::Quantity(_)
            | Verdict::Loaded(_)
            | Verdict::Raced(_)
            | Verdict::Panic => Err(formation_error(FormationErrorKind::Unavailable)),
        }
    }
}

impl StateStore for Port {
    async fn load(&self) -> Result<Stored, StateError> {
        let Verdict::Loaded(stored) = self.call(Call::Load).await else {
            let (place, key) = ("state".to_owned(), "my-app/worker".to_owned());
            return Err(StateError::Unavailable { place, key, cause: lost() });
        };
        Ok(*stored)
    }

    async fn commit(&self, write: &Write) -> Result<WriteOutcome, CommitError> {
        if let Some(to) = self.premature(write) {
            let mut world = self.shared.world();
            if let Some(sent) = world.sent(self.slot, to) {
                world.arrives(sent);
            }
        }
        let Verdict::Raced(race) = self.call(Call::Commit(Box::new(write.clone()))).await else {
            let (place, key) = ("state".to_owned(), "my-app/worker".to_owned());
            return Err(CommitError { place, key, cause: lost() });
        };
        Ok(race)
    }
}

impl Port {
    fn premature(&self, write: &Write) -> Option<u32> {
        let acts_first = self.shared.world().defect == Some(Defect::ActBeforeCommit);
        write.state.intent.as_ref().filter(|_| acts_first).map(|intent| intent.change.to)
    }
}

impl RecordLog for Port {
    /// The last that a cycle does.
    fn write(&self, report: &CycleReport) {
        let mut world = self.shared.world();
        let Some(cycle) = world.slots[self.slot].cycle.take() else { return };
        let (cycle, tick, lateness_secs) = (cycle.number, cycle.tick, cycle.lateness_secs());
        let report = Box::new(report.clone());
        world.ledger.note(Event::Recorded { cycle, tick, lateness_secs, report });
    }
}

/// Required by the type; runs have no sink, since the way of a record changes nothing.
impl ReportSink for Port {
    async fn deliver(&self, _: &[CycleReport]) -> Result<Vec<Undelivered>, DeliveryError> {
        Ok(Vec::new())
    }
}
