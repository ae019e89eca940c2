//! A run with two targets in the rounds of production, and one of them once more, alone.
//!
//! What happens to the watched target happens to a [`Run`] of it alone as well: it must be possible
//! there, and lead to the same calls, events and state. So must not know what is right for a target
//! by itself.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Waker};

use super::gate::Shared;
use super::law::{Law, Violation};
use super::ledger::Event;
use super::pair::{Both, Leak, Pair, PairStep, Side, fleet};
use super::point::{point, points};
use super::ports::Port;
use super::possible::Possible;
use super::run::{Run, event};
use super::search::Course;
use super::step::{End, Step};
use super::world::{Kind, Slot, Verdict, World};
use dynoscaler::cycle::Invocation;
use dynoscaler::fleet::{Fleet, Terms};

type Running = Pin<Box<dyn Future<Output = ()>>>;

/// A world for each of two targets, the rounds that run in them, and the watched one alone.
pub struct PairRun<'a> {
    pair: &'a Pair,
    worlds: [Shared; 2],
    /// One for each place of an instance, as `running`.
    fleets: Vec<Arc<Fleet<Both>>>,
    running: Vec<Option<Running>>,
    alone: Run<'a>,
    /// The seconds of the ticks that were not delivered yet.
    ticks: Vec<i64>,
    faults: u32,
    hands: [u32; 2],
    rounds: u32,
}

impl fmt::Debug for PairRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairRun").field("alone", &self.alone).finish_non_exhaustive()
    }
}

impl<'a> PairRun<'a> {
    #[must_use]
    pub fn new(pair: &'a Pair) -> Self {
        let instances: Vec<_> = (0..pair.watched.instances).map(|it| pair.members(it)).collect();
        let worlds = Side::BOTH.map(|side| {
            let of_side = instances.iter().map(|members| &members[side as usize].instance);
            let slots = of_side.enumerate().map(|(it, mine)| Slot::idle(it, Arc::clone(mine)));
            Shared::new(World::new(pair.scenario(side), slots))
        });
        let running = instances.iter().map(|_| None).collect();
        let fleets = instances.iter().enumerate();
        let fleets =
            fleets.map(|(slot, members)| fleet(slot, pair.first, members, &worlds)).collect();
        let hands = Side::BOTH.map(|side| u32::from(!pair.scenario(side).by_hand.is_empty()));
        let (ticks, faults) = (pair.watched.due_secs(), pair.watched.faults);
        let alone = Run::new(&pair.watched);
        Self { pair, worlds, fleets, running, alone, ticks, faults, hands, rounds: 0 }
    }

    /// Rounds that were started.
    #[must_use]
    pub const fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Lets every started call and cycle end without another fault, and drops the ticks that were
    /// not delivered.
    ///
    /// # Errors
    /// The law that was broken.
    pub fn calm(&mut self) -> Result<(), Violation> {
        self.ticks.clear();
        self.end_started()
    }

    fn end_started(&mut self) -> Result<(), Violation> {
        (self.faults, self.hands) = (0, [0; 2]);
        while let Some(step) = self.steps().first().copied() {
            self.take(step)?;
        }
        Ok(())
    }

    fn world(&self, side: Side) -> MutexGuard<'_, World> {
        self.worlds[side as usize].world()
    }

    fn start(&mut self, slot: usize, tick: i64, queues: [End; 2]) {
        self.ticks.remove(self.ticks.iter().position(|it| *it == tick).unwrap_or_default());
        for (side, queue) in Side::BOTH.into_iter().zip(queues) {
            self.faults -= u32::from(queue != End::Answered);
            let mut world = self.world(side);
            let read = self.pair.scenario(side).backlog(world.minute());
            let read = (queue == End::Answered).then_some(read);
            world.begin(slot, self.rounds, tick, read);
        }
        let invocation = Invocation {
            event: event(tick, None),
            request_id: self.rounds.to_string(),
            trace_id: None,
            cold_start: false,
        };
        self.rounds += 1;
        let fleet = Arc::clone(&self.fleets[slot]);
        let port = Port { shared: self.worlds[Side::Watched as usize].clone(), slot };
        self.running[slot] = Some(Box::pin(async move {
            fleet.round(&port, &invocation, Terms { ends_at: None, a_minute: 1 }).await;
        }));
        self.poll(slot);
    }

    /// One read of the formation serves every cycle of the round that waits for it.
    fn look(&mut self, slot: usize, end: End) {
        self.faults -= u32::from(end != End::Answered);
        for side in Side::BOTH {
            let mut world = self.world(side);
            if let Some(call) = world.pending(slot, Kind::Quantity) {
                world.land(slot, call, end);
            }
        }
        self.poll(slot);
    }

    fn land(&mut self, side: Side, slot: usize, call: usize, end: End) {
        self.faults -= u32::from(end != End::Answered);
        self.world(side).land(slot, call, end);
        if self.pair.leak == Some(Leak::SharedItem) {
            let stored = self.world(side).stored.clone();
            Side::BOTH.iter().for_each(|side| self.world(*side).stored = stored.clone());
        }
        self.poll(slot);
    }

    fn happens(&mut self, side: Side, step: Step) {
        match step {
            Step::Land { slot, call, end } => self.land(side, slot, call, end),
            Step::Wake { slot } => {
                self.world(side).wake(slot);
                self.poll(slot);
            }
            Step::Arrive { change } => self.world(side).arrive(change),
            Step::ByHand { quantity } => {
                self.hands[side as usize] -= 1;
                self.world(side).set_by_hand(quantity);
            }
            Step::Start { .. } | Step::Kill { .. } | Step::Wait => {}
        }
    }

    fn panic(&mut self, slot: usize) {
        self.faults -= 1;
        let mut world = self.world(Side::Other);
        let waits_for = world.slots[slot].cycle.as_ref().and_then(|it| it.pending.first());
        if let Some(kind) = waits_for.map(|pending| pending.call.kind()) {
            world.answer(slot, kind, Verdict::Panic);
        }
        drop(world);
        self.poll(slot);
    }

    fn kill(&mut self, slot: usize) {
        self.faults -= 1;
        self.running[slot] = None;
        let number = self.world(Side::Watched).instances;
        let members = self.pair.members(number);
        for (side, member) in Side::BOTH.into_iter().zip(&members) {
            self.world(side).replace(slot, Arc::clone(&member.instance));
        }
        self.fleets[slot] = fleet(slot, self.pair.first, &members, &self.worlds);
    }

    /// Lets a round continue to its next calls.
    fn poll(&mut self, slot: usize) {
        let Some(running) = self.running[slot].as_mut() else { return };
        let is_over = running.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        if is_over {
            self.running[slot] = None;
        } else if self.pair.leak == Some(Leak::SharedFailure) && self.has_failed() {
            self.running[slot] = None;
            Side::BOTH.iter().for_each(|side| self.world(*side).slots[slot].cycle = None);
        }
    }

    /// Whether a cycle of the other target has just failed.
    fn has_failed(&self) -> bool {
        let world = self.world(Side::Other);
        let fresh = &world.ledger.events()[world.ledger.fresh()];
        fresh.iter().any(
            |event| matches!(event, Event::Recorded { report, .. } if report.error_type.is_some()),
        )
    }

    /// What a step is to the watched target.
    fn projected(&self, step: PairStep) -> Option<Step> {
        match step {
            PairStep::Start { slot, tick, queues: [_, queue] } => {
                Some(Step::Start { slot, tick, queue })
            }
            PairStep::Look { slot, end } => {
                let call = self.world(Side::Watched).pending(slot, Kind::Quantity)?;
                Some(Step::Land { slot, call, end })
            }
            PairStep::Of { side, step } => (side == Side::Watched).then_some(step),
            PairStep::Panic { .. } => None,
            PairStep::Kill { slot } => Some(Step::Kill { slot }),
            PairStep::Wait => Some(Step::Wait),
        }
    }

    /// Lets the watched target take a step alone, if it could be alone there.
    fn take_alone(&mut self, step: Step) -> Result<(), Violation> {
        // An instance that runs nothing may end at any time, and time passes when all is over.
        let is_always = matches!(step, Step::Kill { .. } | Step::Wait);
        let is_possible = is_always || self.alone.steps().contains(&step);
        if !is_possible {
            return Err(isolated(format!("{step:?} is nothing that could happen to it alone")));
        }
        self.alone.act(step);
        Ok(())
    }

    /// Whether the watched target is where it would be alone.
    fn compare(&self) -> Result<(), Violation> {
        let (mine, alone) = (self.world(Side::Watched), self.alone.world());
        if mine.ledger.events() != alone.ledger.events() {
            let (mine, alone) = (mine.ledger.events(), alone.ledger.events());
            return Err(isolated(format!("{mine:?}, alone {alone:?}")));
        }
        let (mine, alone) = (point(&mine), point(&alone));
        if mine == alone { Ok(()) } else { Err(isolated(format!("{mine}, alone {alone}"))) }
    }

    fn act(&mut self, step: PairStep) {
        match step {
            PairStep::Start { slot, tick, queues } => self.start(slot, tick, queues),
            PairStep::Look { slot, end } => self.look(slot, end),
            PairStep::Of { side, step } => self.happens(side, step),
            PairStep::Panic { slot } => self.panic(slot),
            PairStep::Kill { slot } => self.kill(slot),
            PairStep::Wait => Side::BOTH.iter().for_each(|side| {
                let mut world = self.world(*side);
                world.now_secs = self.pair.watched.next_secs(world.now_secs);
            }),
        }
    }

    /// What may happen next to one of the two, as a step of both.
    fn steps_of(&self, side: Side) -> Vec<PairStep> {
        let world = self.world(side);
        let steps = self.possible(side).steps(&world).into_iter();
        steps.flat_map(|step| self.paired(side, step, &world)).collect()
    }

    fn possible(&self, side: Side) -> Possible<'_> {
        let (scenario, hands) = (self.pair.scenario(side), self.hands[side as usize]);
        Possible { scenario, ticks: &self.ticks, faults: self.faults, hands }
    }

    fn paired(&self, side: Side, step: Step, world: &World) -> Vec<PairStep> {
        match step {
            Step::Start { slot, tick, queue } if self.running[slot].is_none() => {
                let mut queues = [End::Answered; 2];
                queues[side as usize] = queue;
                vec![PairStep::Start { slot, tick, queues }]
            }
            // Both wait at once, for which `steps` looks.
            Step::Start { .. } | Step::Wait => Vec::new(),
            Step::Land { slot, call, end } if world.pending(slot, Kind::Quantity) == Some(call) => {
                vec![PairStep::Look { slot, end }]
            }
            Step::Kill { slot } if side == Side::Other => {
                vec![PairStep::Kill { slot }, PairStep::Panic { slot }]
            }
            Step::Kill { slot } => vec![PairStep::Kill { slot }],
            Step::Land { .. } | Step::Arrive { .. } | Step::Wake { .. } | Step::ByHand { .. } => {
                vec![PairStep::Of { side, step }]
            }
        }
    }

    fn may_wait(&self) -> bool {
        let is_over = self.ticks.is_empty() && self.running.iter().all(Option::is_none);
        let may = |side: Side| self.possible(side).may_wait(&self.world(side));
        !is_over && Side::BOTH.into_iter().all(may)
    }
}

fn isolated(found: String) -> Violation {
    Violation { law: Law::Isolated, found }
}

impl Course for PairRun<'_> {
    type Step = PairStep;

    fn steps(&self) -> Vec<PairStep> {
        let mut steps: Vec<PairStep> = Vec::new();
        for step in Side::BOTH.into_iter().flat_map(|side| self.steps_of(side)) {
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        steps.extend(self.may_wait().then_some(PairStep::Wait));
        steps.sort_by_key(|step| !step.is_harmless());
        steps
    }

    fn take(&mut self, step: PairStep) -> Result<(), Violation> {
        if let Some(step) = self.projected(step) {
            self.take_alone(step)?;
        }
        self.act(step);
        self.compare()?;
        self.alone.judge()?;
        Side::BOTH.iter().for_each(|side| self.world(*side).forget());
        Ok(())
    }

    fn settle(&mut self) -> Result<(), Violation> {
        for _ in 0..self.pair.watched.settles_within_minutes() {
            self.alone.next_minute();
            let ticks = Side::BOTH.map(|side| self.world(side).next_minute());
            self.ticks.extend(ticks.first());
            self.end_started()?;
        }
        Ok(())
    }

    fn fingerprint(&self) -> String {
        let mut ticks = self.ticks.clone();
        ticks.sort_unstable();
        let worlds = Side::BOTH.map(|side| self.world(side));
        let both = points(worlds.each_ref().map(|world| &**world));
        format!("{both}{ticks:?}{} {:?}", self.faults, self.hands)
    }

    fn is_harmless(step: PairStep) -> bool {
        step.is_harmless()
    }
}
