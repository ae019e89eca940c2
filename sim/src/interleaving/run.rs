//! One run: cycles that are held between their calls, and the steps that may come next.
//!
//! Time passes between any two steps, from one instant of the scenario to the next, as far as the
//! time-outs allow: reads end within theirs, and so does a change, unless its caller gives up and
//! it arrives later. A conditional write may arrive at any later time, and an instance may be
//! suspended before it reads the answer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use serde_json::{Value, json};

use super::gate::Shared;
use super::law::Violation;
use super::laws;
use super::ledger::{Event, Ledger};
use super::point::point;
use super::ports::Port;
use super::possible::Possible;
use super::scenario::{Defect, Scenario};
use super::step::{End, Step};
use super::world::{Call, Cycle, Sleep, Slot, Verdict, World, at};
use dynoscaler::cycle::{self, Instance, Invocation, Start};
use dynoscaler::policy::Counters;
use dynoscaler::ports::{Clock as _, Stored};
use dynoscaler::report::CycleReport;

type Running = Pin<Box<dyn Future<Output = CycleReport> + Send>>;

/// A world, and the cycles that run in it.
pub struct Run<'a> {
    scenario: &'a Scenario,
    shared: Shared,
    running: Vec<Option<Running>>,
    /// The seconds of the ticks that were not delivered yet.
    ticks: Vec<i64>,
    faults: u32,
    hands: u32,
    cycles: u32,
}

impl fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("world", &*self.shared.world()).finish_non_exhaustive()
    }
}

impl<'a> Run<'a> {
    #[must_use]
    pub fn new(scenario: &'a Scenario) -> Self {
        let world = World {
            now_secs: 0,
            quantity: scenario.quantity,
            limit: scenario.limit,
            one_off: scenario.one_off,
            stored: Stored::default(),
            slots: (0..scenario.instances).map(occupied).collect(),
            instances: scenario.instances,
            on_their_way: Vec::new(),
            ledger: Ledger::default(),
            defect: scenario.defect,
        };
        let running = (0..scenario.instances).map(|_| None).collect();
        let hands = u32::from(!scenario.by_hand.is_empty());
        let (ticks, faults) = (scenario.due_secs(), scenario.faults);
        Self { scenario, shared: Shared::new(world), running, ticks, faults, hands, cycles: 0 }
    }

    /// What may happen next, the least harmful first. Nothing, once all ticks are delivered and all
    /// cycles have ended.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let (faults, hands) = (self.faults, self.hands);
        let possible = Possible { scenario: self.scenario, ticks: &self.ticks, faults, hands };
        possible.steps(&self.shared.world())
    }

    /// Takes a step and checks the laws.
    ///
    /// # Errors
    /// The law that the step broke.
    pub fn take(&mut self, step: Step) -> Result<(), Violation> {
        match step {
            Step::Start { slot, tick, queue } => self.start(slot, tick, queue),
            Step::Land { slot, call, end } => self.land(slot, call, end),
            Step::Arrive { change } => {
                let mut world = self.shared.world();
                let sent = world.on_their_way.remove(change);
                world.arrives(sent);
            }
            Step::Wake { slot } => self.wake(slot),
            Step::Kill { slot } => self.kill(slot),
            Step::ByHand { quantity } => self.by_hand(quantity),
            Step::Wait => {
                let mut world = self.shared.world();
                world.now_secs = self.scenario.next_secs(world.now_secs);
            }
        }
        let mut world = self.shared.world();
        laws::after_step(self.scenario, &world)?;
        world.forget();
        Ok(())
    }

    /// Lets minutes pass without a fault or an operator, until nothing can change any more, and
    /// checks the laws of the complete run.
    ///
    /// # Errors
    /// The law that was broken.
    pub fn settle(&mut self, minutes: u32) -> Result<(), Violation> {
        (self.faults, self.hands) = (0, 0);
        for _ in 0..minutes {
            let tick = self.minute();
            self.ticks.push(i64::from(tick) * 60);
            while let Some(step) = self.steps().first().copied() {
                self.take(step)?;
            }
        }
        laws::after_all(self.scenario, &self.shared.world())
    }

    /// Lets time pass in which nothing happens, so that the next minute is not before this one.
    pub fn pass_until(&self, minute: u32) {
        let mut world = self.shared.world();
        world.now_secs = world.now_secs.max(minute.saturating_sub(1) * 60);
    }

    /// Lets every started call and cycle end without another fault, and drops the ticks that were
    /// not delivered.
    ///
    /// # Errors
    /// The law that was broken.
    pub fn calm(&mut self) -> Result<(), Violation> {
        (self.faults, self.hands) = (0, 0);
        self.ticks.clear();
        while let Some(step) = self.steps().first().copied() {
            self.take(step)?;
        }
        Ok(())
    }

    /// The result of the run: the quantity, and the counters unless nothing is left to count, when
    /// they stay as they were.
    #[must_use]
    pub fn rest(&self) -> (u32, Option<Counters>) {
        let world = self.shared.world();
        let counters = world.stored.state.counters;
        (world.quantity, (world.quantity > 0).then_some(counters))
    }

    /// Whether an operator has stopped the process type.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.shared.world().quantity == 0 && self.scenario.policy.bounds.min > 0
    }

    /// All that the rest of the run depends on, laws included.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut ticks = self.ticks.clone();
        ticks.sort_unstable();
        let world = point(&self.shared.world());
        format!("{world}{ticks:?}{} {}", self.faults, self.hands)
    }

    /// Cycles that were started.
    #[must_use]
    pub const fn cycles(&self) -> u32 {
        self.cycles
    }

    fn start(&mut self, slot: usize, tick: i64, queue: End) {
        if let Some(at) = self.ticks.iter().position(|it| *it == tick) {
            self.ticks.remove(at);
        }
        self.faults -= u32::from(queue != End::Answered);
        let number = self.cycles;
        self.cycles += 1;
        let instance = {
            let mut world = self.shared.world();
            let read = self.scenario.backlog(world.minute());
            let (began_secs, defect) = (world.now_secs, world.defect);
            let place = &mut world.slots[slot];
            place.cycle = Some(Cycle {
                number,
                tick,
                began_secs,
                backlog: (queue == End::Answered).then_some(read),
                pending: Vec::new(),
                verdicts: Vec::new(),
                answers: Vec::new(),
                sleep: Sleep::Awake,
            });
            instance(place, defect)
        };
        self.running[slot] = Some(self.cycle(slot, instance, number, tick));
        self.poll(slot);
    }

    fn cycle(&self, slot: usize, instance: Arc<Instance>, number: u32, tick: i64) -> Running {
        let port = Port { shared: self.shared.clone(), slot };
        let target = self.scenario.target();
        let invocation = Invocation {
            event: event(tick, self.scenario.defect),
            request_id: number.to_string(),
            trace_id: None,
            cold_start: false,
        };
        Box::pin(async move {
            let start = Start { instance: &instance, began: port.now() };
            cycle::run(&port, &target, &invocation, start).await
        })
    }

    fn land(&mut self, slot: usize, call: usize, end: End) {
        if end != End::Answered {
            self.faults -= 1;
        }
        let verdict = {
            let mut world = self.shared.world();
            let Some(cycle) = world.slots[slot].cycle.as_mut() else { return };
            let call = cycle.pending.remove(call).call;
            if end == End::Suspended {
                cycle.sleep = Sleep::Suspended;
            }
            (call.kind(), landed(&mut world, slot, &call, end))
        };
        if let Some(cycle) = self.shared.world().slots[slot].cycle.as_mut() {
            cycle.answers.push(verdict.clone());
            cycle.verdicts.push(verdict);
        }
        self.poll(slot);
    }

    fn wake(&mut self, slot: usize) {
        if let Some(cycle) = self.shared.world().slots[slot].cycle.as_mut() {
            cycle.sleep = Sleep::Awake;
        }
        self.poll(slot);
    }

    fn kill(&mut self, slot: usize) {
        self.faults -= 1;
        self.running[slot] = None;
        let mut world = self.shared.world();
        world.slots[slot] = occupied(world.instances);
        world.instances += 1;
    }

    fn by_hand(&mut self, quantity: u32) {
        self.hands -= 1;
        let mut world = self.shared.world();
        world.quantity = quantity;
        world.ledger.note(Event::ByHand { quantity });
    }

    /// Begins the next minute and returns its number.
    fn minute(&self) -> u32 {
        let mut world = self.shared.world();
        let minute = world.minute() + 1;
        world.now_secs = minute * 60;
        minute
    }

    /// Lets a cycle continue to its next call, unless it sleeps.
    fn poll(&mut self, slot: usize) {
        let sleep = self.shared.world().slots[slot].cycle.as_ref().map(|cycle| cycle.sleep);
        let Some(running) = self.running[slot].as_mut().filter(|_| sleep == Some(Sleep::Awake))
        else {
            return;
        };
        if running.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            self.running[slot] = None;
            self.shared.world().slots[slot].cycle = None;
        }
    }
}

/// A place with the n-th instance in it.
fn occupied(number: usize) -> Slot {
    Slot { number, instance: Arc::new(Instance::new(number.to_string())), cycle: None }
}

/// The instance as a new cycle gets it.
fn instance(place: &Slot, defect: Option<Defect>) -> Arc<Instance> {
    match defect {
        Some(Defect::OwnChangeForgotten) => Arc::new(Instance::new(place.number.to_string())),
        _ => Arc::clone(&place.instance),
    }
}

fn landed(world: &mut World, slot: usize, call: &Call, end: End) -> Verdict {
    if end == End::Lost {
        return Verdict::Failed;
    }
    let verdict = match call {
        Call::Quantity => {
            let reader = world.slots[slot].cycle.as_ref().map(|cycle| cycle.number);
            if let Some(cycle) = reader {
                world.ledger.note(Event::Observed { cycle });
            }
            Verdict::Quantity(world.quantity)
        }
        Call::Load => Verdict::Loaded(Box::new(world.load())),
        Call::Commit(write) => Verdict::Raced(world.commit(slot, write)),
        Call::SetQuantity(quantity) => {
            let sent = world.sent(slot, *quantity);
            match (sent, end) {
                (None, _) => Verdict::Failed,
                (Some(sent), End::TimedOut) => {
                    world.on_their_way.push(sent);
                    Verdict::Failed
                }
                (Some(sent), End::Answered | End::Lost | End::AnswerLost | End::Suspended) => {
                    world.arrives(sent)
                }
            }
        }
    };
    match end {
        End::Lost | End::AnswerLost | End::TimedOut => Verdict::Failed,
        End::Answered | End::Suspended => verdict,
    }
}

/// The event of a tick: that of the event rule, at the beginning of each minute, or the message in
/// which a queue has delayed it.
fn event(tick: i64, defect: Option<Defect>) -> Value {
    let delay_secs = tick.rem_euclid(60);
    let time = at(tick - delay_secs);
    match defect {
        Some(Defect::LateTickCounted) if tick < 0 => json!({}),
        _ if delay_secs == 0 => json!({ "time": time }),
        Some(Defect::DelayIgnored) => message(&json!({ "time": time })),
        _ => message(&json!({ "time": time, "delay_seconds": delay_secs })),
    }
}

fn message(body: &Value) -> Value {
    json!({ "Records": [{ "eventSource": "aws:sqs", "body": body.to_string() }] })
}
