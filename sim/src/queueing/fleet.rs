//! The dynos: booting, idle, or with a batch of messages.
//!
//! A dyno works on one message at a time, deletes it when done, and receives the next batch when it
//! holds no message. Must not know: the queue's rules, how a run is scored.

use std::collections::VecDeque;

use super::spec::{DynoSpec, MESSAGES_PER_BATCH_MAX, OnStop};
use super::traffic::Message;
use super::tree::FinishTree;
use super::{SECOND_US, us_of_secs};

/// The time of a dyno from SIGTERM to SIGKILL.
const GRACE_US: u64 = 30 * SECOND_US;

/// What happens to a message that a stopped dyno held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterStop {
    /// Its work is still finished, at this time.
    Finished { at_us: u64 },
    /// It can be received again from this time on.
    Returned { at_us: u64 },
    /// The same, and its work had begun.
    Redone { at_us: u64 },
}

/// The messages that a worker holds; those before `next` are done.
#[derive(Debug, Clone, Copy, Default)]
struct Batch {
    messages: [Message; MESSAGES_PER_BATCH_MAX],
    next: usize,
    len: usize,
    received_us: u64,
}

impl Batch {
    fn current(&self) -> Option<Message> {
        self.messages[..self.len].get(self.next).copied()
    }

    fn held(&self) -> &[Message] {
        &self.messages[self.next..self.len]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Stopped,
    Booting,
    Running,
}

#[derive(Debug)]
struct Dyno {
    phase: Phase,
    /// How often this number was started: a boot that ends belongs to one start.
    starts: u32,
    finishes_us: u64,
    batch: Batch,
}

/// All dynos, by number.
#[derive(Debug)]
pub(super) struct Fleet {
    dynos: Vec<Dyno>,
    quantity: u32,
    running: usize,
    in_flight: u64,
    /// The longest idle first, as the oldest poll is answered first.
    idle: VecDeque<usize>,
    finishing: FinishTree,
    batch: usize,
    on_stop: OnStop,
    visibility_timeout_us: u64,
}

/// A dyno that was started, and the number of that start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Start {
    pub(super) slot: usize,
    pub(super) starts: u32,
}

impl Fleet {
    pub(super) fn new(spec: &DynoSpec) -> Self {
        Self {
            dynos: Vec::new(),
            quantity: 0,
            running: 0,
            in_flight: 0,
            idle: VecDeque::new(),
            finishing: FinishTree::new(0),
            batch: spec.batch.clamp(1, MESSAGES_PER_BATCH_MAX),
            on_stop: spec.on_stop,
            visibility_timeout_us: us_of_secs(spec.visibility_timeout_secs),
        }
    }

    /// The requested dynos.
    pub(super) const fn quantity(&self) -> u32 {
        self.quantity
    }

    /// The dynos that have booted.
    pub(super) const fn running(&self) -> usize {
        self.running
    }

    /// The messages of dynos that were not stopped.
    pub(super) const fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// When the next message is finished.
    pub(super) fn next_finish_us(&self) -> u64 {
        self.finishing.next_us()
    }

    /// Starts the next number.
    pub(super) fn start(&mut self) -> Start {
        let slot = self.quantity as usize;
        if slot == self.dynos.len() {
            let batch = Batch::default();
            self.dynos.push(Dyno { phase: Phase::Stopped, starts: 0, finishes_us: 0, batch });
            self.finishing.grow(self.dynos.len());
        }
        self.quantity += 1;
        let dyno = &mut self.dynos[slot];
        dyno.phase = Phase::Booting;
        dyno.starts += 1;
        Start { slot, starts: dyno.starts }
    }

    /// A boot ends, unless the dyno was stopped before.
    pub(super) fn booted(&mut self, start: Start) {
        let dyno = &mut self.dynos[start.slot];
        if dyno.phase == Phase::Booting && dyno.starts == start.starts {
            dyno.phase = Phase::Running;
            self.running += 1;
            self.idle.push_back(start.slot);
        }
    }

    /// Stops the highest number, as Heroku does, and reports each message that it held.
    pub(super) fn stop(&mut self, now_us: u64, mut report: impl FnMut(Message, AfterStop)) {
        let Some(slot) = (self.quantity as usize).checked_sub(1) else { return };
        self.quantity -= 1;
        let dyno = &mut self.dynos[slot];
        if dyno.phase == Phase::Running {
            self.running -= 1;
            self.idle.retain(|idle| *idle != slot);
            self.finishing.clear(slot);
            self.in_flight -= dyno.batch.held().len() as u64;
            after_stop(dyno, now_us, self.on_stop, self.visibility_timeout_us, &mut report);
        }
        dyno.phase = Phase::Stopped;
        dyno.batch = Batch::default();
    }

    /// A dyno without messages receives from the queue, up to a batch.
    pub(super) fn receive(&mut self, queue: &mut VecDeque<Message>, now_us: u64) {
        while !queue.is_empty()
            && let Some(slot) = self.idle.pop_front()
        {
            self.fill(slot, queue, now_us);
        }
    }

    /// With an idle dyno, a message goes to it directly instead of into the queue.
    pub(super) fn hand(&mut self, message: Message, now_us: u64) -> Option<Message> {
        let Some(slot) = self.idle.pop_front() else { return Some(message) };
        let batch = &mut self.dynos[slot].batch;
        batch.messages[0] = message;
        (batch.next, batch.len, batch.received_us) = (0, 1, now_us);
        self.in_flight += 1;
        self.work(slot, message, now_us);
        None
    }

    /// The message that is finished now; its dyno continues with the next.
    pub(super) fn finish(&mut self, queue: &mut VecDeque<Message>, now_us: u64) -> Option<Message> {
        let slot = self.finishing.next_slot();
        let batch = &mut self.dynos[slot].batch;
        let finished = batch.current();
        batch.next += 1;
        let next = batch.current();
        self.in_flight -= 1;
        match next {
            Some(message) => self.work(slot, message, now_us),
            None if queue.is_empty() => {
                self.finishing.clear(slot);
                self.idle.push_back(slot);
            }
            None => self.fill(slot, queue, now_us),
        }
        finished
    }

    fn fill(&mut self, slot: usize, queue: &mut VecDeque<Message>, now_us: u64) {
        let batch = &mut self.dynos[slot].batch;
        (batch.next, batch.len, batch.received_us) = (0, self.batch.min(queue.len()), now_us);
        for (held, message) in batch.messages.iter_mut().zip(queue.drain(..batch.len)) {
            *held = message;
        }
        self.in_flight += batch.len as u64;
        if let Some(message) = self.dynos[slot].batch.current() {
            self.work(slot, message, now_us);
        }
    }

    fn work(&mut self, slot: usize, message: Message, now_us: u64) {
        let finishes_us = now_us + message.service_us;
        self.dynos[slot].finishes_us = finishes_us;
        self.finishing.set(slot, finishes_us);
    }
}

/// What happens to the messages of a dyno that is stopped now.
fn after_stop(
    dyno: &Dyno,
    stopped_us: u64,
    on_stop: OnStop,
    visibility_timeout_us: u64,
    report: &mut impl FnMut(Message, AfterStop),
) {
    let killed_us = stopped_us + GRACE_US;
    let hidden_until_us = killed_us.max(dyno.batch.received_us + visibility_timeout_us);
    let end = End { stopped_us, killed_us, hidden_until_us };
    // The work on the current message began in the past, that on the next begins when it ends.
    let mut work = Work { is_current: true, starts_us: stopped_us, finishes_us: dyno.finishes_us };
    for (index, &message) in dyno.batch.held().iter().enumerate() {
        if 0 < index {
            let starts_us = work.finishes_us;
            let finishes_us = starts_us + message.service_us;
            work = Work { is_current: false, starts_us, finishes_us };
        }
        report(message, end.after_stop(on_stop, work));
    }
}

/// When a dyno is stopped and killed, and when its messages return by themselves.
#[derive(Debug, Clone, Copy)]
struct End {
    stopped_us: u64,
    killed_us: u64,
    hidden_until_us: u64,
}

/// When a message would be worked on if its dyno continued.
#[derive(Debug, Clone, Copy)]
struct Work {
    is_current: bool,
    starts_us: u64,
    finishes_us: u64,
}

impl End {
    fn after_stop(self, on_stop: OnStop, work: Work) -> AfterStop {
        let Self { stopped_us, killed_us, hidden_until_us } = self;
        let Work { is_current, starts_us, finishes_us } = work;
        match on_stop {
            OnStop::Return if is_current => AfterStop::Redone { at_us: stopped_us },
            OnStop::Return => AfterStop::Returned { at_us: stopped_us },
            OnStop::Finish if !is_current => AfterStop::Returned { at_us: stopped_us },
            OnStop::Finish | OnStop::Ignore if finishes_us <= killed_us => {
                AfterStop::Finished { at_us: finishes_us }
            }
            OnStop::Finish => AfterStop::Redone { at_us: hidden_until_us },
            OnStop::Ignore if starts_us < killed_us => AfterStop::Redone { at_us: hidden_until_us },
            OnStop::Ignore => AfterStop::Returned { at_us: hidden_until_us },
        }
    }
}
