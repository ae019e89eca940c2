//! The run: events in order of time, until the load ends.
//!
//! Three events can be next: a message is sent, a message is finished, or one from the agenda.
//! The first two are millions and are kept out of the agenda.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};

use super::counts::LateCounts;
use super::fleet::{AfterStop, Done, Fleet, Start};
use super::random::{self, Random, Stream};
use super::score::Account;
use super::traffic::{Message, Traffic};
use super::{Controller, DynoSpec, Outcome, SECOND_US, Seen, Series, Supply, World, us_of_secs};
use dynoscaler::policy::Backlog;

/// Simulated seconds that have passed, for a watcher on another thread.
pub type Progress = AtomicU64;

/// Runs a world under a controller.
#[must_use]
pub fn run(world: &World, controller: &mut dyn Controller, progress: &Progress) -> Outcome {
    let mut run = Run::new(world, controller, progress);
    run.start();
    while run.step() {}
    run.end()
}

/// The events of the agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A full second: the counts are noted.
    Second,
    /// The controller's turn.
    Tick,
    /// A dyno has booted.
    Booted(Start),
    /// A dyno that was stopped finished its last message.
    Finished(Done),
    /// A message can be received again.
    Returned(Message),
    /// An operator sets the quantity.
    ByHand(u32),
}

/// An event and its time; of two at the same time the one that was planned first comes first.
type Appointment = Reverse<(u64, u64, Event)>;

struct Run<'a> {
    world: &'a World,
    controller: &'a mut dyn Controller,
    progress: &'a Progress,
    horizon_us: u64,
    now_us: u64,
    traffic: Traffic<'a>,
    next_message: Option<Message>,
    queue: VecDeque<Message>,
    fleet: Fleet,
    /// Messages of stopped dynos that have neither been finished nor returned.
    orphans: u64,
    agenda: BinaryHeap<Appointment>,
    planned: u64,
    counts: LateCounts,
    boots: Random,
    ticks: Random,
    account: Account,
    series: Series,
    supply: Vec<Supply>,
}

impl<'a> Run<'a> {
    fn new(world: &'a World, controller: &'a mut dyn Controller, progress: &'a Progress) -> Self {
        let mut traffic = Traffic::new(&world.load, world.service, world.seed);
        let horizon_us = world.load.duration_us();
        Self {
            world,
            controller,
            progress,
            horizon_us,
            now_us: 0,
            next_message: traffic.next(),
            traffic,
            queue: VecDeque::new(),
            fleet: Fleet::new(&world.dynos),
            orphans: 0,
            agenda: BinaryHeap::new(),
            planned: 0,
            counts: LateCounts::new(world.counts, world.seed),
            boots: random::stream(world.seed, Stream::Boots),
            ticks: random::stream(world.seed, Stream::Ticks),
            account: Account::new(world.backlog_threshold),
            series: Series::new(horizon_us),
            supply: Vec::new(),
        }
    }

    /// The dynos of the start have booted before it.
    fn start(&mut self) {
        for _ in 0..self.world.initial_dynos {
            let start = self.fleet.start();
            self.fleet.booted(start);
        }
        self.account.quantity(self.fleet.quantity(), 0);
        self.dynos_changed();
        for intervention in &self.world.by_hand {
            self.plan(intervention.at_us, Event::ByHand(intervention.quantity));
        }
        self.plan(0, Event::Second);
        self.plan(self.period_us(), Event::Tick);
    }

    fn period_us(&self) -> u64 {
        u64::from(self.controller.period_secs()) * SECOND_US
    }

    fn plan(&mut self, at_us: u64, event: Event) {
        self.planned += 1;
        self.agenda.push(Reverse((at_us, self.planned, event)));
    }

    /// The next event, if there is one before the end.
    fn step(&mut self) -> bool {
        let sent_us = self.next_message.map_or(u64::MAX, |message| message.sent_us);
        let finish_us = self.fleet.next_finish_us();
        let planned_us = self.agenda.peek().map_or(u64::MAX, |Reverse(next)| next.0);
        self.now_us = sent_us.min(finish_us).min(planned_us);
        if self.horizon_us <= self.now_us {
            return false;
        }
        if finish_us == self.now_us {
            self.finish();
        } else if sent_us == self.now_us {
            self.arrive();
        } else if let Some(Reverse((_, _, event))) = self.agenda.pop() {
            self.happen(event);
        }
        self.account.waiting(self.queue.len(), self.now_us);
        true
    }

    fn arrive(&mut self) {
        let next = self.traffic.next();
        if let Some(message) = std::mem::replace(&mut self.next_message, next) {
            self.account.arrived += 1;
            self.queue.extend(self.fleet.hand(message, self.now_us));
        }
    }

    fn finish(&mut self) {
        if let Some(done) = self.fleet.finish(&mut self.queue, self.now_us) {
            self.account.finished(done);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Second => self.second(),
            Event::Tick => self.tick(),
            Event::Booted(start) => self.booted(start),
            Event::Finished(done) => {
                self.orphans -= 1;
                self.account.finished(done);
            }
            Event::Returned(message) => {
                self.orphans -= 1;
                self.queue.push_front(message);
                self.fleet.receive(&mut self.queue, self.now_us);
            }
            Event::ByHand(quantity) => self.scale_to(quantity),
        }
    }

    fn second(&mut self) {
        let truth =
            Backlog { visible: self.queue.len() as u64, in_flight: self.in_flight(), delayed: 0 };
        self.counts.note(self.now_us, truth);
        self.series.note(self.now_us, self.queue.len(), &self.fleet);
        self.plan(self.now_us + SECOND_US, Event::Second);
    }

    fn tick(&mut self) {
        self.plan(self.now_us + self.period_us(), Event::Tick);
        self.progress.fetch_add(u64::from(self.controller.period_secs()), Ordering::Relaxed);
        if random::fraction(&mut self.ticks) < self.world.missed_ticks_share {
            return;
        }
        let backlog = self.counts.read();
        let (now_us, sent) = (self.now_us, self.account.arrived);
        let seen = Seen { now_us, backlog, sent, quantity: self.fleet.quantity() };
        let required = self.controller.required(&seen);
        if required != seen.quantity {
            self.account.changes += 1;
            self.scale_to(required);
        }
    }

    fn booted(&mut self, start: Start) {
        self.fleet.booted(start);
        self.fleet.receive(&mut self.queue, self.now_us);
        self.dynos_changed();
    }

    fn scale_to(&mut self, quantity: u32) {
        while self.fleet.quantity() < quantity {
            let start = self.fleet.start();
            let boot_us = self.boot_us();
            self.plan(self.now_us + boot_us, Event::Booted(start));
        }
        let mut orphans = Vec::new();
        while quantity < self.fleet.quantity() {
            self.fleet.stop(self.now_us, |message, after_stop| orphans.push((message, after_stop)));
        }
        // A message that returns goes to the front: the oldest, which is the first, last.
        for &(message, after_stop) in orphans.iter().rev() {
            self.orphan(message, after_stop);
        }
        self.account.quantity(quantity, self.now_us);
        self.dynos_changed();
    }

    fn dynos_changed(&mut self) {
        let (running, quantity) = (self.fleet.running(), self.fleet.quantity());
        self.account.running(running, self.queue.len(), self.now_us);
        #[expect(clippy::cast_possible_truncation, reason = "at most the quantity")]
        let running = running as u32;
        self.supply.push(Supply { at_us: self.now_us, quantity, running });
    }

    fn orphan(&mut self, message: Message, after_stop: AfterStop) {
        self.orphans += 1;
        self.account.done_twice += u64::from(matches!(after_stop, AfterStop::Redone { .. }));
        match after_stop {
            AfterStop::Finished { at_us, started_us } => {
                let done = Done { sent_us: message.sent_us, started_us };
                self.plan(at_us, Event::Finished(done));
            }
            AfterStop::Returned { at_us } | AfterStop::Redone { at_us } => {
                self.plan(at_us, Event::Returned(message));
            }
        }
    }

    fn boot_us(&mut self) -> u64 {
        let DynoSpec { boot_min_secs, boot_max_secs, .. } = self.world.dynos;
        let span_secs = boot_max_secs - boot_min_secs;
        us_of_secs(boot_min_secs + random::fraction(&mut self.boots) * span_secs)
    }

    fn in_flight(&self) -> u64 {
        self.fleet.in_flight() + self.orphans
    }

    fn end(self) -> Outcome {
        let in_flight = self.in_flight();
        let score = self.account.close(self.queue.into_iter(), in_flight, self.horizon_us);
        Outcome { score, series: self.series, supply: self.supply }
    }
}
