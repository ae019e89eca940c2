//! The dynos: booting, idle, or with a batch of messages.
//!
//! Each thread of a dyno works on one message at a time, deletes it when done, and receives the next
//! batch when it holds no message. Must not know: the queue's rules, how a run is scored.

use std::collections::VecDeque;
use std::ops::Range;

use super::spec::{DynoSpec, MESSAGES_PER_BATCH_MAX, OnStop};
use super::traffic::Message;
use super::tree::FinishTree;
use super::{SECOND_US, secs_of_us, us_of_secs};

/// The time of a dyno from SIGTERM to SIGKILL.
const GRACE_US: u64 = 30 * SECOND_US;

/// A message whose work is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Done {
    pub(super) sent_us: u64,
    pub(super) started_us: u64,
}

/// What happens to a message that a stopped dyno held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterStop {
    /// Its work is still finished, at this time.
    Finished { at_us: u64, started_us: u64 },
    /// It can be received again from this time on.
    Returned { at_us: u64 },
    /// The same, and its work had begun.
    Redone { at_us: u64 },
}

/// The messages that a thread holds; those before `next` are done.
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

/// One of a dyno's threads, which works on one message at a time.
#[derive(Debug, Clone, Copy, Default)]
struct Thread {
    batch: Batch,
    started_us: u64,
    finishes_us: u64,
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
}

/// All dynos, by number.
#[derive(Debug)]
pub(super) struct Fleet {
    dynos: Vec<Dyno>,
    /// Those of the first dyno, then those of the second, and so on.
    threads: Vec<Thread>,
    threads_each: usize,
    quantity: u32,
    running: usize,
    in_flight: u64,
    /// The longest idle thread first, as the oldest poll is answered first.
    idle: VecDeque<usize>,
    finishing: FinishTree,
    batch: usize,
    on_stop: OnStop,
    visibility_timeout_us: u64,
    /// The threads at work beyond which the database slows all of them.
    database_threads: Option<f64>,
}

/// A dyno that was started, and the number of that start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Start {
    slot: usize,
    starts: u32,
}

impl Fleet {
    pub(super) fn new(spec: &DynoSpec) -> Self {
        let threads_each = spec.threads.max(1);
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let database_threads = spec.database_dynos.map(|dynos| dynos * threads_each as f64);
        Self {
            dynos: Vec::new(),
            threads: Vec::new(),
            threads_each,
            quantity: 0,
            running: 0,
            in_flight: 0,
            idle: VecDeque::new(),
            finishing: FinishTree::new(0),
            batch: spec.batch.clamp(1, MESSAGES_PER_BATCH_MAX),
            on_stop: spec.on_stop,
            visibility_timeout_us: us_of_secs(spec.visibility_timeout_secs),
            database_threads,
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
            self.dynos.push(Dyno { phase: Phase::Stopped, starts: 0 });
            self.threads.resize(self.dynos.len() * self.threads_each, Thread::default());
            self.finishing.grow(self.threads.len());
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
            self.idle.extend(self.threads_of(start.slot));
        }
    }

    /// Stops the highest number, as Heroku does, and reports each message that it held.
    pub(super) fn stop(&mut self, now_us: u64, mut report: impl FnMut(Message, AfterStop)) {
        let Some(slot) = (self.quantity as usize).checked_sub(1) else { return };
        self.quantity -= 1;
        if self.dynos[slot].phase == Phase::Running {
            let threads = self.threads_of(slot);
            self.running -= 1;
            self.idle.retain(|idle| !threads.contains(idle));
            for thread in threads {
                self.stop_thread(thread, now_us, &mut report);
            }
        }
        self.dynos[slot].phase = Phase::Stopped;
    }

    fn stop_thread(
        &mut self,
        index: usize,
        now_us: u64,
        report: &mut impl FnMut(Message, AfterStop),
    ) {
        let thread = std::mem::take(&mut self.threads[index]);
        self.finishing.clear(index);
        self.in_flight -= thread.batch.held().len() as u64;
        after_stop(&thread, now_us, self.on_stop, self.visibility_timeout_us, report);
    }

    const fn threads_of(&self, slot: usize) -> Range<usize> {
        slot * self.threads_each..(slot + 1) * self.threads_each
    }

    /// Threads without messages receive from the queue, each up to a batch.
    pub(super) fn receive(&mut self, queue: &mut VecDeque<Message>, now_us: u64) {
        while !queue.is_empty()
            && let Some(thread) = self.idle.pop_front()
        {
            self.fill(thread, queue, now_us);
        }
    }

    /// With an idle thread, a message goes to it directly instead of into the queue.
    pub(super) fn hand(&mut self, message: Message, now_us: u64) -> Option<Message> {
        let Some(thread) = self.idle.pop_front() else { return Some(message) };
        let batch = &mut self.threads[thread].batch;
        batch.messages[0] = message;
        (batch.next, batch.len, batch.received_us) = (0, 1, now_us);
        self.in_flight += 1;
        self.work(thread, message, now_us);
        None
    }

    /// The message that is finished now; its thread continues with the next.
    pub(super) fn finish(&mut self, queue: &mut VecDeque<Message>, now_us: u64) -> Option<Done> {
        let index = self.finishing.next_slot();
        let thread = &mut self.threads[index];
        let started_us = thread.started_us;
        let finished = thread.batch.current();
        thread.batch.next += 1;
        let next = thread.batch.current();
        self.in_flight -= 1;
        match next {
            Some(message) => self.work(index, message, now_us),
            None if queue.is_empty() => {
                self.finishing.clear(index);
                self.idle.push_back(index);
            }
            None => self.fill(index, queue, now_us),
        }
        finished.map(|message| Done { sent_us: message.sent_us, started_us })
    }

    fn fill(&mut self, index: usize, queue: &mut VecDeque<Message>, now_us: u64) {
        let batch = &mut self.threads[index].batch;
        (batch.next, batch.len, batch.received_us) = (0, self.batch.min(queue.len()), now_us);
        for (held, message) in batch.messages.iter_mut().zip(queue.drain(..batch.len)) {
            *held = message;
        }
        self.in_flight += batch.len as u64;
        if let Some(message) = batch.current() {
            self.work(index, message, now_us);
        }
    }

    fn work(&mut self, index: usize, message: Message, now_us: u64) {
        let finishes_us = now_us + self.slowed_us(message.service_us);
        let thread = &mut self.threads[index];
        (thread.started_us, thread.finishes_us) = (now_us, finishes_us);
        self.finishing.set(index, finishes_us);
    }

    /// The time of a work that begins now, among all threads at work: the database serves them in
    /// turn.
    fn slowed_us(&self, service_us: u64) -> u64 {
        let Some(database_threads) = self.database_threads else { return service_us };
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let at_work = (self.running * self.threads_each - self.idle.len()) as f64;
        us_of_secs(secs_of_us(service_us) * (at_work / database_threads).max(1.0))
    }
}

/// What happens to the messages of a thread whose dyno is stopped now.
fn after_stop(
    thread: &Thread,
    stopped_us: u64,
    on_stop: OnStop,
    visibility_timeout_us: u64,
    report: &mut impl FnMut(Message, AfterStop),
) {
    let killed_us = stopped_us + GRACE_US;
    let hidden_until_us = killed_us.max(thread.batch.received_us + visibility_timeout_us);
    let end = End { stopped_us, killed_us, hidden_until_us };
    let mut work =
        Work { is_current: true, starts_us: thread.started_us, finishes_us: thread.finishes_us };
    for (index, &message) in thread.batch.held().iter().enumerate() {
        if 0 < index {
            // The work on the next begins when that on the one before ends.
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

/// When a message is worked on if its thread continues.
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
                AfterStop::Finished { at_us: finishes_us, started_us: starts_us }
            }
            OnStop::Finish => AfterStop::Redone { at_us: hidden_until_us },
            OnStop::Ignore if starts_us < killed_us => AfterStop::Redone { at_us: hidden_until_us },
            OnStop::Ignore => AfterStop::Returned { at_us: hidden_until_us },
        }
    }
}
