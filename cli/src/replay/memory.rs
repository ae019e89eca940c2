//! The configuration under trial, with counters of its own, and its records.
//!
//! Must not know how a record looks: the cycle's own function makes it.

use super::recorded::Recorded;
use dynoscaler::cycle::{Effect, Failure, Header, Judged, Outcome, Readings, Subject, record};
use dynoscaler::policy::{
    Decision, Driver, InstanceId, Observation, Origin, Policy, Reason, Schedule, State, Tick,
};
use dynoscaler::report::CycleReport;
use dynoscaler::target::Mode;

/// Whether decided changes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changes {
    /// They are not, as in a dry run: the next cycle observes the log's quantity.
    Ignored,
    /// They are: the next cycle observes them.
    Made,
}

/// A policy and its state.
#[derive(Debug)]
pub(crate) struct Memory {
    driver: Driver,
    changes: Changes,
}

impl Memory {
    pub(crate) fn new(policy: Policy, schedule: Schedule, changes: Changes) -> Self {
        Self { driver: Driver::new(policy, schedule, InstanceId::new("replay")), changes }
    }

    /// The record of this cycle, of a dry run if changes are not made. It holds where the recorded
    /// cycle lacked a reading.
    pub(crate) fn answer(&mut self, recorded: &Recorded) -> CycleReport {
        let outcome = match (recorded.seen(self.policy()), &recorded.queues) {
            (Some(seen), _) => self.decided(recorded, seen),
            (None, None) => self.held(recorded, Reason::BacklogUnavailable),
            (None, Some(_)) => self.held(recorded, Reason::FormationUnavailable),
        };
        record(&self.header(recorded), outcome)
    }

    pub(super) const fn policy(&self) -> &Policy {
        self.driver.policy()
    }

    fn decided(&mut self, recorded: &Recorded, seen: Observation) -> Outcome {
        let readings = self.readings(recorded);
        let tick = Tick { at: recorded.tick, origin: Origin::Schedule };
        let decision = self.driver.decided(&seen, tick, recorded.tick);
        let policy = self.driver.policy_at(recorded.tick);
        let judged = Some(Judged::by(&decision, &policy, &seen));
        let made = decision.change.filter(|_| self.changes == Changes::Made);
        let effect = Effect { made, ..Effect::settled(&decision, None) };
        self.remember(decision);
        Outcome { policy: Some(policy), readings, judged, effect }
    }

    fn held(&self, recorded: &Recorded, reason: Reason) -> Outcome {
        let error = "the record lacks it as well".to_owned();
        let policy = self.driver.policy_at(recorded.tick);
        Outcome::undecided(policy, self.readings(recorded), Err(Failure { reason, error }))
    }

    /// A change that is not made cannot be lost.
    fn remember(&mut self, Decision { next, .. }: Decision) {
        self.driver.remember(match self.changes {
            Changes::Ignored => State { intent: None, ..next },
            Changes::Made => next,
        });
    }

    fn readings(&self, recorded: &Recorded) -> Readings {
        Readings {
            backlog: recorded.queues.clone(),
            active: recorded.active_dynos,
            counters: Some(self.driver.state().counters),
            ..Readings::default()
        }
    }

    /// There is no invocation, and the time is the record's.
    fn header<'a>(&self, recorded: &'a Recorded) -> Header<'a> {
        let Recorded { target, names, .. } = recorded;
        let mode = match self.changes {
            Changes::Ignored => Mode::DryRun,
            Changes::Made => Mode::Live,
        };
        Header {
            subject: Subject { target, queues: Some(names), mode },
            tick: recorded.tick,
            began: recorded.tick,
            ended: recorded.tick,
            request_id: "replay",
            trace_id: None,
            cold_start: false,
        }
    }
}
