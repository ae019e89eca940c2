//! One run: cycles that are held between their calls, and the steps that may come next.
//!
//! Time stands still while cycles run, and goes on by whole minutes. A change that is on its way to
//! Heroku arrives, or not, before a minute has passed: its time-out is 8 s. A conditional write may
//! arrive as late as it likes, and an instance may be suspended with the answer in its hands.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use serde_json::json;

use super::gate::Shared;
use super::laws::{self, Violation};
use super::ports::Port;
use super::scenario::Scenario;
use super::step::{End, Step};
use super::world::{Call, Cycle, Kind, Sleep, Slot, Verdict, World, at};
use crate::cycle::{self, Invocation, Ports};
use crate::policy::{Backlog, Counters, InstanceId};
use crate::ports::Stored;
use crate::report::CycleReport;

type Running = Pin<Box<dyn Future<Output = CycleReport> + Send>>;

/// A world, and the cycles that run in it.
pub struct Run<'a> {
    scenario: &'a Scenario,
    shared: Shared,
    running: Vec<Option<Running>>,
    /// The ticks that were not delivered yet.
    ticks: Vec<u32>,
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
    /// The beginning.
    #[must_use]
    pub fn new(scenario: &'a Scenario) -> Self {
        let world = World {
            minute: 0,
            quantity: scenario.quantity,
            stored: Stored::default(),
            backlog: backlog(scenario, 0),
            slots: vec![Slot { life: 0, cycle: None }; scenario.instances],
            commits: Vec::new(),
            landings: Vec::new(),
            hands: Vec::new(),
            reports: Vec::new(),
            defect: scenario.defect,
        };
        let running = (0..scenario.instances).map(|_| None).collect();
        let hands = u32::from(!scenario.by_hand.is_empty());
        let (faults, ticks) = (scenario.faults, scenario.ticks.clone());
        Self { scenario, shared: Shared::new(world), running, ticks, faults, hands, cycles: 0 }
    }

    /// What may happen next, the least harmful first. Nothing, once all ticks are delivered and
    /// all cycles over.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let world = self.shared.world();
        let mut steps = Vec::new();
        for (slot, place) in world.slots.iter().enumerate() {
            match &place.cycle {
                None => steps.extend(self.deliveries(world.minute, slot)),
                Some(cycle) => steps.extend(self.endings(slot, cycle)),
            }
        }
        let is_over = self.ticks.is_empty() && world.slots.iter().all(|it| it.cycle.is_none());
        if is_over {
            return steps;
        }
        if self.may_wait(&world) {
            steps.push(Step::Minute);
        }
        if self.hands > 0 {
            let others = self.scenario.by_hand.iter().filter(|it| **it != world.quantity);
            steps.extend(others.map(|&quantity| Step::ByHand { quantity }));
        }
        steps
    }

    /// Each tick that is due, once, whatever its duplicates.
    fn deliveries(&self, minute: u32, slot: usize) -> Vec<Step> {
        let mut due: Vec<u32> = self.ticks.iter().copied().filter(|tick| *tick <= minute).collect();
        due.sort_unstable();
        due.dedup();
        due.into_iter().map(|tick| Step::Start { slot, tick }).collect()
    }

    fn endings(&self, slot: usize, cycle: &Cycle) -> Vec<Step> {
        let mut steps = Vec::new();
        if cycle.sleep == Sleep::Suspended {
            steps.push(Step::Wake { slot });
        }
        for (index, call) in cycle.pending.iter().enumerate() {
            let ends: &[End] = match call.kind() {
                _ if self.faults == 0 => &[End::Answered],
                Kind::Quantity | Kind::Load => &[End::Answered, End::Lost],
                Kind::SetQuantity => &[End::Answered, End::Lost, End::AnswerLost],
                Kind::Commit => &[End::Answered, End::Lost, End::AnswerLost, End::Suspended],
            };
            steps.extend(ends.iter().map(|&end| Step::Land { slot, call: index, end }));
        }
        if self.faults > 0 {
            steps.push(Step::Kill { slot });
        }
        steps
    }

    /// A minute passes only while a later tick is to come, or somebody sleeps; no more than one
    /// after the last tick, since a sleeper can only wake too late once.
    fn may_wait(&self, world: &World) -> bool {
        let cycles = || world.slots.iter().filter_map(|slot| slot.cycle.as_ref());
        let is_changing =
            cycles().any(|cycle| cycle.pending.iter().any(|it| it.kind() == Kind::SetQuantity));
        let is_reading = cycles().any(|cycle| {
            cycle.pending.iter().any(|it| matches!(it.kind(), Kind::Quantity | Kind::Load))
        });
        let is_awaited = self.ticks.iter().any(|tick| world.minute < *tick)
            || cycles().any(|cycle| cycle.sleep == Sleep::Suspended);
        let last = self.scenario.ticks.iter().copied().max().unwrap_or(0);
        is_awaited && !is_changing && !is_reading && world.minute <= last
    }

    /// Takes a step and says which law it broke, if any.
    ///
    /// # Errors
    /// The law that the step broke.
    pub fn take(&mut self, step: Step) -> Result<(), Violation> {
        match step {
            Step::Start { slot, tick } => self.start(slot, tick),
            Step::Land { slot, call, end } => self.land(slot, call, end),
            Step::Wake { slot } => self.wake(slot),
            Step::Kill { slot } => self.kill(slot),
            Step::ByHand { quantity } => {
                self.hands -= 1;
                let mut world = self.shared.world();
                world.quantity = quantity;
                let minute = world.minute;
                world.hands.push(minute);
            }
            Step::Minute => self.minute(),
        }
        laws::after_step(self.scenario, &self.shared.world())
    }

    /// Lets minutes pass without a fault or a person, until nothing can change any more, and says
    /// which law the whole run broke, if any.
    ///
    /// # Errors
    /// The law that was broken.
    pub fn settle(&mut self, minutes: u32) -> Result<(), Violation> {
        (self.faults, self.hands) = (0, 0);
        for _ in 0..minutes {
            self.minute();
            let tick = self.shared.world().minute;
            self.ticks.push(tick);
            while let Some(step) = self.steps().first().copied() {
                self.take(step)?;
            }
        }
        laws::after_all(self.scenario, &self.shared.world())
    }

    /// Lets everything that has begun come to its end without another fault, and drops the ticks
    /// that were not delivered.
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

    /// Where the run stands: the quantity, and the counters unless nothing is left to count, when
    /// they stay as they were.
    #[must_use]
    pub fn rest(&self) -> (u32, Option<Counters>) {
        let world = self.shared.world();
        let counters = world.stored.state.counters;
        (world.quantity, (world.quantity > 0).then_some(counters))
    }

    /// Whether a person has stopped the process type.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.shared.world().quantity == 0 && self.scenario.policy.bounds.min > 0
    }

    /// All that the rest of the run depends on, laws included.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let world = self.shared.world();
        let mut ticks = self.ticks.clone();
        ticks.sort_unstable();
        let slots: Vec<_> = world
            .slots
            .iter()
            .map(|slot| {
                let cycle = slot.cycle.as_ref();
                let cycle = cycle.map(|it| (it.tick, it.began, &it.pending, &it.told, it.sleep));
                (slot.life, cycle)
            })
            .collect();
        let told: Vec<_> =
            world.reports.iter().map(|(cycle, report)| (cycle, report.intent)).collect();
        format!(
            "{:?}",
            (
                (world.minute, world.quantity, &world.stored, slots),
                (&world.commits, &world.landings, &world.hands, told),
                (ticks, self.faults, self.hands),
            )
        )
    }

    /// Cycles that were started.
    #[must_use]
    pub const fn cycles(&self) -> u32 {
        self.cycles
    }

    fn start(&mut self, slot: usize, tick: u32) {
        if let Some(at) = self.ticks.iter().position(|it| *it == tick) {
            self.ticks.remove(at);
        }
        let number = self.cycles;
        self.cycles += 1;
        let life = {
            let mut world = self.shared.world();
            let (began, backlog) = (world.minute, world.backlog);
            let place = &mut world.slots[slot];
            place.cycle = Some(Cycle {
                number,
                tick,
                began,
                backlog,
                pending: Vec::new(),
                verdicts: Vec::new(),
                told: Vec::new(),
                sleep: Sleep::Awake,
            });
            place.life
        };
        self.running[slot] = Some(self.cycle(slot, life, number, tick));
        self.poll(slot);
    }

    fn cycle(&self, slot: usize, life: u32, number: u32, tick: u32) -> Running {
        let port = Port { shared: self.shared.clone(), slot };
        let ports = Ports {
            backlog: port.clone(),
            formation: port.clone(),
            state: port.clone(),
            sink: None::<Port>,
            log: port.clone(),
            clock: port,
        };
        let plan = self.scenario.plan();
        let invocation = Invocation {
            event: json!({ "time": at(tick).to_string() }),
            request_id: number.to_string(),
            instance: InstanceId::new(format!("{slot}.{life}")),
            cold_start: false,
        };
        Box::pin(async move { cycle::run(&ports, &plan, &invocation).await })
    }

    fn land(&mut self, slot: usize, call: usize, end: End) {
        if end != End::Answered {
            self.faults -= 1;
        }
        let verdict = {
            let mut world = self.shared.world();
            let Some(cycle) = world.slots[slot].cycle.as_mut() else { return };
            let call = cycle.pending.remove(call);
            if end == End::Suspended {
                cycle.sleep = Sleep::Suspended;
            }
            (call.kind(), landed(&mut world, slot, &call, end))
        };
        if let Some(cycle) = self.shared.world().slots[slot].cycle.as_mut() {
            cycle.told.push(verdict.1.clone());
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
        world.slots[slot].cycle = None;
        world.slots[slot].life += 1;
    }

    fn minute(&self) {
        let mut world = self.shared.world();
        world.minute += 1;
        world.backlog = backlog(self.scenario, world.minute);
    }

    /// Lets a cycle go on to its next call, unless it sleeps.
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

fn landed(world: &mut World, slot: usize, call: &Call, end: End) -> Verdict {
    if end == End::Lost {
        return Verdict::Failed;
    }
    let verdict = match call {
        Call::Quantity => Verdict::Quantity(world.quantity),
        Call::Load => Verdict::Loaded(Box::new(world.load())),
        Call::Commit(write) => Verdict::Raced(world.commit(slot, write)),
        Call::SetQuantity(quantity) => {
            world.change_lands(slot, *quantity);
            Verdict::Set
        }
    };
    if end == End::AnswerLost { Verdict::Failed } else { verdict }
}

fn backlog(scenario: &Scenario, minute: u32) -> Backlog {
    Backlog { visible: scenario.messages(minute), in_flight: 0, delayed: 0 }
}
