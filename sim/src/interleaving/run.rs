//! One run: cycles that are held between their calls, and the steps that may come next.
//!
//! Time passes between any two steps, from one instant of the scenario to the next, as far as the
//! time-outs allow: reads end within theirs, and so does a change, unless its caller gives up and
//! it arrives later. A conditional write may arrive at any later time, and an instance may be
//! suspended before it reads the answer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Waker};

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::gate::Shared;
use super::law::Violation;
use super::laws;
use super::point::point;
use super::ports::Port;
use super::possible::Possible;
use super::scenario::{Defect, Scenario};
use super::search::Course;
use super::step::{End, Step};
use super::world::{Slot, World, at};
use dynoscaler::cycle::{self, Instance, Invocation, Start};
use dynoscaler::policy::{Counters, LIMIT_REMEMBERED};
use dynoscaler::ports::Clock as _;
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
        let world = World::new(scenario, (0..scenario.instances).map(occupied));
        let running = (0..scenario.instances).map(|_| None).collect();
        let hands = u32::from(!scenario.by_hand.is_empty());
        let (ticks, faults) = (scenario.due_secs(), scenario.faults);
        Self { scenario, shared: Shared::new(world), running, ticks, faults, hands, cycles: 0 }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world()
    }

    /// Takes a step, which no law has judged yet.
    pub(super) fn act(&mut self, step: Step) {
        match step {
            Step::Start { slot, tick, queue } => self.start(slot, tick, queue),
            Step::Land { slot, call, end } => self.land(slot, call, end),
            Step::Arrive { change } => self.shared.world().arrive(change),
            Step::Wake { slot } => self.wake(slot),
            Step::Kill { slot } => self.kill(slot),
            Step::ByHand { quantity } => self.by_hand(quantity),
            Step::Wait => {
                let mut world = self.shared.world();
                world.now_secs = self.scenario.next_secs(world.now_secs);
            }
        }
    }

    /// Checks the laws of the last step.
    pub(super) fn judge(&self) -> Result<(), Violation> {
        let mut world = self.shared.world();
        laws::after_step(self.scenario, &world)?;
        world.forget();
        Ok(())
    }

    /// Lets minutes pass without a fault or an operator.
    ///
    /// # Errors
    /// The law that was broken.
    pub(super) fn pass(&mut self, minutes: u32) -> Result<(), Violation> {
        (self.faults, self.hands) = (0, 0);
        for _ in 0..minutes {
            self.next_minute();
            while let Some(step) = self.steps().first().copied() {
                self.take(step)?;
            }
        }
        Ok(())
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

    /// Whether `rate` still goes by what was before: it needs dynos for an empty queue, as long as it
    /// expects jumps; adds none and counts nothing, as long as more dynos did not help; or has yet to
    /// meet a limit of Heroku's again, which it forgets, or just met it. A change that is under way
    /// may hide each.
    fn goes_by_the_past(&self) -> bool {
        let world = self.shared.world();
        let state = &world.stored.state;
        let Some(memory) = state.memory.rate() else { return false };
        let needs_any = memory.record().needs.last().is_some_and(|need| 0 < *need);
        let hold = memory.trial().and_then(|trial| trial.hold);
        let is_held = hold.is_some_and(|hold| world.now() < hold.until());
        let forgets_in = state.limit.map(|limit| limit.until.duration_since(world.now()));
        let rests = SignedDuration::ZERO..LIMIT_REMEMBERED - SignedDuration::from_mins(1);
        let rests_at_limit = forgets_in.is_some_and(|it| rests.contains(&it));
        state.intent.is_some()
            || is_held
            || self.scenario.ends_idle() && needs_any
            || self.scenario.ends_at_a_limit() && !rests_at_limit
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
            world.begin(slot, number, tick, (queue == End::Answered).then_some(read));
            instance(&world.slots[slot], world.defect)
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
        self.faults -= u32::from(end != End::Answered);
        self.shared.world().land(slot, call, end);
        self.poll(slot);
    }

    fn wake(&mut self, slot: usize) {
        self.shared.world().wake(slot);
        self.poll(slot);
    }

    fn kill(&mut self, slot: usize) {
        self.faults -= 1;
        self.running[slot] = None;
        let mut world = self.shared.world();
        let instance = Arc::new(Instance::new(world.instances.to_string()));
        world.replace(slot, instance);
    }

    fn by_hand(&mut self, quantity: u32) {
        self.hands -= 1;
        self.shared.world().set_by_hand(quantity);
    }

    /// Begins the next minute, with its tick.
    pub(super) fn next_minute(&mut self) {
        let tick = self.shared.world().next_minute();
        self.ticks.push(tick);
    }

    /// Lets a cycle continue to its next call.
    fn poll(&mut self, slot: usize) {
        let Some(running) = self.running[slot].as_mut() else { return };
        if running.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            self.running[slot] = None;
        }
    }
}

impl Course for Run<'_> {
    type Step = Step;

    fn steps(&self) -> Vec<Step> {
        let (faults, hands) = (self.faults, self.hands);
        let possible = Possible { scenario: self.scenario, ticks: &self.ticks, faults, hands };
        possible.steps(&self.shared.world())
    }

    fn take(&mut self, step: Step) -> Result<(), Violation> {
        self.act(step);
        self.judge()
    }

    fn settle(&mut self) -> Result<(), Violation> {
        let mut left = self.scenario.settles_within_minutes();
        let mut left_by_the_past = self.scenario.remembers_for_minutes();
        while 0 < left {
            self.pass(1)?;
            if 0 < left_by_the_past && self.goes_by_the_past() {
                left_by_the_past -= 1;
                left = left.max(self.scenario.counts_anew_within_minutes());
            } else {
                left -= 1;
            }
        }
        laws::after_all(self.scenario, &self.shared.world())
    }

    fn fingerprint(&self) -> String {
        let mut ticks = self.ticks.clone();
        ticks.sort_unstable();
        let world = point(&self.shared.world());
        format!("{world}{ticks:?}{} {}", self.faults, self.hands)
    }

    fn is_harmless(step: Step) -> bool {
        step.is_harmless()
    }
}

/// A place with the n-th instance in it.
fn occupied(number: usize) -> Slot {
    Slot::idle(number, Arc::new(Instance::new(number.to_string())))
}

/// The instance as a new cycle gets it.
fn instance(place: &Slot, defect: Option<Defect>) -> Arc<Instance> {
    match defect {
        Some(Defect::OwnChangeForgotten) => Arc::new(Instance::new(place.number.to_string())),
        _ => Arc::clone(&place.instance),
    }
}

/// The event of a tick: that of the event rule, at the beginning of each minute, or the message in
/// which a queue has delayed it.
pub(super) fn event(tick: i64, defect: Option<Defect>) -> Value {
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
