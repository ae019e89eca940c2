//! What a cycle observed.
//!
//! Must not know how it is read, what it is compared with.

use nonempty::NonEmpty;

/// The messages in a queue, or in several, as SQS reports them. All counts are approximate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Waiting to be received.
    pub visible: u64,
    /// Received and not yet deleted.
    pub in_flight: u64,
    /// Not to be received yet.
    pub delayed: u64,
}

impl Backlog {
    /// The messages of all queues.
    #[must_use]
    pub fn total(queues: &NonEmpty<Self>) -> Self {
        queues.tail.iter().fold(queues.head, |sum, queue| Self {
            visible: sum.visible.saturating_add(queue.visible),
            in_flight: sum.in_flight.saturating_add(queue.in_flight),
            delayed: sum.delayed.saturating_add(queue.delayed),
        })
    }
}

/// The queues and the quantity as one cycle observed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// The messages of all queues: what dynos work on and hold.
    pub backlog: Backlog,
    /// The part of them that is compared with the threshold.
    pub deciding: Backlog,
    /// The quantity that Heroku was requested to keep running.
    pub active: u32,
}

impl Observation {
    /// All messages are compared with the threshold.
    #[must_use]
    pub const fn new(backlog: Backlog, active: u32) -> Self {
        Self { backlog, deciding: backlog, active }
    }

    /// At least one message waits for each dyno.
    pub(super) fn is_backed_up(&self) -> bool {
        f64::from(self.active.max(1)) <= self.waiting()
    }

    pub(super) fn total(&self) -> f64 {
        self.waiting() + self.in_flight()
    }

    #[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
    pub(super) const fn waiting(&self) -> f64 {
        self.backlog.visible as f64
    }

    /// Received and not yet deleted.
    #[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
    pub(super) const fn in_flight(&self) -> f64 {
        self.backlog.in_flight as f64
    }
}
