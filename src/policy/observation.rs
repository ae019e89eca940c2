//! What a cycle observed.
//!
//! Must not know how it is read, what it is compared with.

/// The messages in the queue, as SQS reports them. All counts are approximate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Waiting to be received.
    pub visible: u64,
    /// Received and not yet deleted.
    pub in_flight: u64,
    /// Not to be received yet.
    pub delayed: u64,
}

/// The queue and the quantity as one cycle observed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// The queue.
    pub backlog: Backlog,
    /// The quantity that Heroku was requested to keep running.
    pub active: u32,
}
