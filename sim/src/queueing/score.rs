//! The cost and the benefit of a run, kept up to date event by event.

use serde::Serialize;

use super::fleet::Done;
use super::histogram::Histogram;
use super::{secs_of_us, traffic::Message};

/// The cost and the benefit of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// Messages sent.
    pub arrived: u64,
    /// Messages finished.
    pub done: u64,
    /// Messages whose work was begun again, because their dyno was stopped.
    pub done_twice: u64,
    /// Messages still waiting at the end.
    pub left_queued: u64,
    /// Messages still held by workers at the end.
    pub left_in_flight: u64,
    /// Share of the time in which more than the threshold waited per running dyno.
    pub above_threshold_share: f64,
    /// Requested dynos, over time.
    pub dyno_hours: f64,
    /// Changes of the quantity.
    pub changes: u64,
    /// From sending to the start of the work that finished the message; those left at the end count
    /// with the time until then.
    pub wait_mean_secs: f64,
    /// Half waited no longer.
    pub wait_p50_secs: f64,
    /// 99 % waited no longer.
    pub wait_p99_secs: f64,
    pub wait_max_secs: f64,
}

/// The running account of a score.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) arrived: u64,
    pub(super) done: u64,
    pub(super) done_twice: u64,
    pub(super) changes: u64,
    waits: Histogram,
    threshold: f64,
    /// The most messages that may wait: beyond it the time counts as above.
    acceptable: u64,
    is_above: bool,
    above_since_us: u64,
    above_us: u64,
    quantity: u32,
    quantity_since_us: u64,
    dyno_us: u64,
}

impl Account {
    pub(super) fn new(threshold: f64) -> Self {
        Self {
            arrived: 0,
            done: 0,
            done_twice: 0,
            changes: 0,
            waits: Histogram::new(),
            threshold,
            acceptable: 0,
            is_above: false,
            above_since_us: 0,
            above_us: 0,
            quantity: 0,
            quantity_since_us: 0,
            dyno_us: 0,
        }
    }

    pub(super) fn finished(&mut self, work: Done) {
        self.done += 1;
        self.waits.record(work.started_us - work.sent_us);
    }

    pub(super) fn waiting(&mut self, queued: usize, now_us: u64) {
        let is_above = self.acceptable < queued as u64;
        if is_above != self.is_above {
            if self.is_above {
                self.above_us += now_us - self.above_since_us;
            }
            self.is_above = is_above;
            self.above_since_us = now_us;
        }
    }

    /// The running dynos, without those that boot, decide how many messages may wait. With none
    /// running every message is one too many.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    pub(super) fn running(&mut self, dynos: usize, queued: usize, now_us: u64) {
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let dynos = dynos as f64;
        self.acceptable = (self.threshold * dynos).floor() as u64;
        self.waiting(queued, now_us);
    }

    pub(super) fn quantity(&mut self, quantity: u32, now_us: u64) {
        self.dyno_us += u64::from(self.quantity) * (now_us - self.quantity_since_us);
        self.quantity = quantity;
        self.quantity_since_us = now_us;
    }

    /// Closes the account with the messages that were left in the queue and with the workers.
    pub(super) fn close(
        mut self,
        queued: impl ExactSizeIterator<Item = Message>,
        in_flight: u64,
        end_us: u64,
    ) -> Score {
        self.quantity(self.quantity, end_us);
        self.acceptable = u64::MAX;
        self.waiting(0, end_us);
        let left_queued = queued.len() as u64;
        for message in queued {
            self.waits.record(end_us - message.sent_us);
        }
        Score {
            arrived: self.arrived,
            done: self.done,
            done_twice: self.done_twice,
            left_queued,
            left_in_flight: in_flight,
            above_threshold_share: secs_of_us(self.above_us) / secs_of_us(end_us),
            dyno_hours: secs_of_us(self.dyno_us) / 3600.0,
            changes: self.changes,
            wait_mean_secs: self.waits.mean_us() / 1e6,
            wait_p50_secs: secs_of_us(self.waits.percentile_us(50)),
            wait_p99_secs: secs_of_us(self.waits.percentile_us(99)),
            wait_max_secs: secs_of_us(self.waits.max_us()),
        }
    }
}
