//! The ports of one target, connected to its services, and what it shares with others.
//!
//! Must not know where the state is kept, who reads the log.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Elasticsearch, Heroku, Queues, SystemClock};
use crate::ports::{Clock, Ports, RecordLog, RoundLog, Shared, StateStore};
use crate::report::{CycleReport, RoundReport};

/// The ports of one target.
#[derive(Debug)]
pub struct Connected<S, L> {
    pub backlog: Queues,
    pub formation: Heroku,
    pub state: S,
    pub process: Arc<Process<L>>,
}

/// What all targets of a process share.
#[derive(Debug)]
pub struct Process<L> {
    pub log: L,
    pub sink: Option<Elasticsearch>,
}

impl<S: StateStore, L: RecordLog + Send> Ports for Connected<S, L> {
    type Backlog = Queues;
    type Formation = Heroku;
    type State = S;
    type Shared = Process<L>;

    fn backlog(&self) -> &Queues {
        &self.backlog
    }

    fn formation(&self) -> &Heroku {
        &self.formation
    }

    fn state(&self) -> &S {
        &self.state
    }

    fn shared(&self) -> &Process<L> {
        &self.process
    }
}

impl<L: RecordLog> Shared for Process<L> {
    type Sink = Elasticsearch;

    fn sink(&self) -> Option<&Elasticsearch> {
        self.sink.as_ref()
    }
}

impl<L: Sync> Clock for Process<L> {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }
}

impl<L: RecordLog> RecordLog for Process<L> {
    fn write(&self, report: &CycleReport) {
        self.log.write(report);
    }
}

impl<L: RoundLog> RoundLog for Process<L> {
    fn write_round(&self, report: &RoundReport) {
        self.log.write_round(report);
    }
}
