//! The ports of one target, connected to its services, and what it shares with others.
//!
//! Must not know where the state is kept, who reads the log.

use std::sync::Arc;

use futures_util::future::join;
use jiff::Timestamp;

use super::{Elasticsearch, EventBus, Heroku, Queues, SystemClock};
use crate::ports::{
    Clock, DeliveryError, Ports, RecordLog, ReportSink, RoundLog, Shared, StateStore, Undelivered,
};
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
    pub events: Option<EventBus>,
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

/// Records go to both places at the same time; the outcome is that of Elasticsearch.
impl<L: RecordLog> Shared for Process<L> {
    type Sink = Self;

    fn sink(&self) -> Option<&Self> {
        (self.sink.is_some() || self.events.is_some()).then_some(self)
    }
}

impl<L: Sync> ReportSink for Process<L> {
    async fn deliver(&self, reports: &[CycleReport]) -> Result<Vec<Undelivered>, DeliveryError> {
        let announced = async {
            if let Some(events) = &self.events {
                events.announce(reports).await;
            }
        };
        let delivered = async {
            match &self.sink {
                Some(sink) => sink.deliver(reports).await,
                None => Ok(Vec::new()),
            }
        };
        join(delivered, announced).await.0
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
