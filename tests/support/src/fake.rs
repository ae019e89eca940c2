//! Ports in memory, which record every call and fail the scripted ones.

use std::sync::{Arc, Mutex, MutexGuard};

use dynoscaler::cycle::{self, Instance, Invocation, Start};
use dynoscaler::policy::{Backlog, Bounds, Policy, Schedule};
use dynoscaler::ports::{
    AppMode, BacklogError, BacklogSource, CallPool, Cause, Clock, CommitError, DeliveryError,
    DeliveryErrorKind, Formation, FormationError, FormationErrorKind, Reading, RecordLog,
    ReportSink, RequestId, RoundLog, Shared, StateError, StateStore, Stored, Undelivered, Write,
    WriteOutcome,
};
use dynoscaler::report::{CycleReport, RoundReport};
use dynoscaler::target::{Mode, Target, TargetId};
use jiff::{SignedDuration, Timestamp};
use nonempty::NonEmpty;
use serde_json::{Value, json};

use super::example::START;

/// A call that the cycle made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    Backlog,
    Quantity,
    Load,
    Commit(Box<Write>),
    SetQuantity(u32),
    Log,
    Deliver,
}

impl Call {
    pub const KINDS: [&'static str; 7] =
        ["Backlog", "Quantity", "Load", "Commit", "SetQuantity", "Log", "Deliver"];

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Backlog => "Backlog",
            Self::Quantity => "Quantity",
            Self::Load => "Load",
            Self::Commit(_) => "Commit",
            Self::SetQuantity(_) => "SetQuantity",
            Self::Log => "Log",
            Self::Deliver => "Deliver",
        }
    }
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It never arrives.
    Lost,
    /// It has its effect, and its answer is lost.
    AnswerLost,
    /// Heroku answers, and so.
    Answered(FormationErrorKind),
    /// The conditional write fails.
    Race,
    /// The answer is not the expected one.
    Unreadable,
    /// The call panics.
    Panics,
}

#[derive(Debug)]
pub struct World {
    pub backlog: Backlog,
    /// Those of further queues.
    pub other_queues: Vec<Backlog>,
    pub quantity: u32,
    pub stored: Stored,
    pub now: Timestamp,
    pub calls: Vec<Call>,
    pub reports: Vec<CycleReport>,
    pub rounds: Vec<RoundReport>,
    /// The k-th call of a kind, counted from 1, and how it fails.
    pub faults: Vec<(&'static str, usize, Fault)>,
    /// The most dynos that Heroku allows to all process types together, those of the others, and
    /// those that no formation shows.
    pub limit: Option<u32>,
    pub others: u32,
    pub one_off: u32,
    pub app: AppMode,
    pub calls_left: Option<CallPool>,
    /// How long the queue takes to answer.
    pub backlog_takes: SignedDuration,
    /// How long the conditional write takes.
    pub commit_takes: SignedDuration,
}

#[derive(Debug, Clone)]
pub struct Fake(Arc<Mutex<World>>);

impl World {
    fn queues(&self) -> NonEmpty<Backlog> {
        NonEmpty { head: self.backlog, tail: self.other_queues.clone() }
    }
}

impl Fake {
    pub fn new(quantity: u32, messages: u64) -> Self {
        Self(Arc::new(Mutex::new(World {
            backlog: Backlog { visible: messages, in_flight: 0, delayed: 0 },
            other_queues: Vec::new(),
            quantity,
            stored: Stored::default(),
            now: START,
            calls: Vec::new(),
            reports: Vec::new(),
            rounds: Vec::new(),
            faults: Vec::new(),
            limit: None,
            others: 0,
            one_off: 0,
            app: AppMode::Open,
            calls_left: None,
            backlog_takes: SignedDuration::ZERO,
            commit_takes: SignedDuration::ZERO,
        })))
    }

    pub fn failing(self, kind: &'static str, k: usize, fault: Fault) -> Self {
        self.world().faults.push((kind, k, fault));
        self
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// The kinds of the calls so far, in order, and forgets them.
    pub fn taken_calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.world().calls).iter().map(Call::kind).collect()
    }

    /// Notes a call and says how it is to fail.
    fn note(&self, call: Call) -> Option<Fault> {
        let mut world = self.world();
        let kind = call.kind();
        world.calls.push(call);
        let k = world.calls.iter().filter(|call| call.kind() == kind).count();
        let fault = world.faults.iter().position(|(of, at, _)| *of == kind && *at == k);
        let fault = fault.map(|fault| world.faults.remove(fault).2);
        drop(world);
        if fault == Some(Fault::Panics) {
            panic!("a planted panic");
        }
        fault
    }
}

fn cause(text: &'static str) -> Cause {
    text.into()
}

impl Shared for Fake {
    type Sink = Self;

    fn sink(&self) -> Option<&Self> {
        Some(self)
    }
}

impl Clock for Fake {
    fn now(&self) -> Timestamp {
        self.world().now
    }
}

impl BacklogSource for Fake {
    async fn backlog(&self) -> Result<NonEmpty<Backlog>, BacklogError> {
        let queue = "jobs".to_owned();
        {
            let mut world = self.world();
            let taken = world.backlog_takes;
            world.now += taken;
        }
        match self.note(Call::Backlog) {
            None => Ok(self.world().queues()),
            Some(Fault::Unreadable) => Err(BacklogError::NoCount {
                queue,
                attribute: "ApproximateNumberOfMessages".to_owned(),
                value: None,
            }),
            Some(_) => Err(BacklogError::Unavailable { queue, cause: cause("reset") }),
        }
    }
}

impl Formation for Fake {
    async fn quantity(&self) -> Result<Reading, FormationError> {
        match self.note(Call::Quantity) {
            None => {
                let request_id = Some("read".to_owned());
                let World { quantity, others, app, calls_left: calls, .. } = *self.world();
                Ok(Reading { quantity, others, app, calls, request_id })
            }
            Some(fault) => Err(formation_error(fault)),
        }
    }

    async fn set_quantity(&self, quantity: u32) -> Result<RequestId, FormationError> {
        let fault = self.note(Call::SetQuantity(quantity));
        let World { quantity: runs, limit, others, one_off, .. } = *self.world();
        let is_above = |limit: &u32| runs < quantity && *limit < quantity + others + one_off;
        if let Some(limit) = limit.filter(|limit| fault.is_none() && is_above(limit)) {
            return Err(refused(FormationErrorKind::AboveLimit { limit: Some(limit) }));
        }
        if matches!(fault, None | Some(Fault::AnswerLost)) {
            self.world().quantity = quantity;
        }
        fault.map_or(Ok(Some("changed".to_owned())), |fault| Err(formation_error(fault)))
    }
}

fn formation_error(fault: Fault) -> FormationError {
    match fault {
        Fault::Answered(kind) => refused(kind),
        Fault::Race => refused(FormationErrorKind::NotFound),
        Fault::Unreadable => {
            let error = refused(FormationErrorKind::Unavailable);
            FormationError { cause: Some(cause("no JSON").into()), ..error }
        }
        Fault::Lost | Fault::AnswerLost | Fault::Panics => {
            let error = refused(FormationErrorKind::Unavailable);
            FormationError { request_id: None, cause: Some(cause("reset").into()), ..error }
        }
    }
}

fn refused(kind: FormationErrorKind) -> FormationError {
    let request_id = Some("failed".to_owned());
    FormationError { kind, words: format!("Heroku: {kind:?}"), request_id, cause: None }
}

impl StateStore for Fake {
    async fn load(&self) -> Result<Stored, StateError> {
        let (place, key) = ("table state".to_owned(), "my-app/worker".to_owned());
        match self.note(Call::Load) {
            None => Ok(self.world().stored.clone()),
            Some(Fault::Unreadable) => {
                Err(StateError::Unreadable { place, key, attribute: "version" })
            }
            Some(_) => Err(StateError::Unavailable { place, key, cause: cause("reset") }),
        }
    }

    async fn commit(&self, write: &Write) -> Result<WriteOutcome, CommitError> {
        let fault = self.note(Call::Commit(Box::new(write.clone())));
        let mut world = self.world();
        let taken = world.commit_takes;
        world.now += taken;
        if fault == Some(Fault::Race) || world.stored.version != write.expected {
            return Ok(WriteOutcome::Lost);
        }
        if matches!(fault, None | Some(Fault::AnswerLost)) {
            world.stored = Stored { version: Some(write.version()), state: write.state.clone() };
        }
        match fault {
            None => Ok(WriteOutcome::Won),
            Some(_) => Err(CommitError {
                place: "table state".to_owned(),
                key: "my-app/worker".to_owned(),
                cause: cause("reset"),
            }),
        }
    }
}

impl RecordLog for Fake {
    fn write(&self, report: &CycleReport) {
        let _ = self.note(Call::Log);
        self.world().reports.push(report.clone());
    }
}

impl RoundLog for Fake {
    fn write_round(&self, report: &RoundReport) {
        self.world().rounds.push(report.clone());
    }
}

impl ReportSink for Fake {
    async fn deliver(&self, _: &[CycleReport]) -> Result<Vec<Undelivered>, DeliveryError> {
        match self.note(Call::Deliver) {
            None => Ok(Vec::new()),
            Some(_) => Err(DeliveryError {
                kind: DeliveryErrorKind::Unavailable,
                words: "no answer from Elasticsearch".to_owned(),
                cause: Some(cause("reset")),
            }),
        }
    }
}

/// min 1, max 5, up after 1 cycle, down after 2, 100 messages a dyno.
pub fn target() -> Target {
    Target {
        id: TargetId { app: "my-app".to_owned(), process: "worker".to_owned() },
        queues: "jobs".into(),
        policy: Policy {
            up_cycles: 1,
            down_cycles: 2,
            ..Policy::new(Bounds { min: 1, max: 5 }, 100.0)
        },
        schedule: Schedule::default(),
        mode: Mode::Live,
    }
}

pub fn scheduled(at: Timestamp) -> Value {
    json!({ "source": "aws.events", "detail-type": "Scheduled Event", "time": at.to_string() })
}

/// Runs one cycle of `instance` for `event`.
pub async fn run_on(
    fake: &Fake,
    target: &Target,
    event: Value,
    instance: &Instance,
) -> CycleReport {
    let invocation = Invocation {
        event,
        request_id: "request".to_owned(),
        trace_id: Some("trace".to_owned()),
        cold_start: false,
    };
    let start = Start { instance, began: fake.now() };
    let report = cycle::run(fake, target, &invocation, start).await;
    cycle::deliver(Some(fake), std::slice::from_ref(&report)).await;
    report
}

pub fn instance(name: &str) -> Instance {
    Instance::new(name)
}

/// Lets a minute pass and runs the scheduled cycle.
pub async fn next_minute(fake: &Fake, target: &Target) -> CycleReport {
    let now = {
        let mut world = fake.world();
        world.now += SignedDuration::from_mins(1);
        world.now
    };
    run_on(fake, target, scheduled(now), &instance("this")).await
}
