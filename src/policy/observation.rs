//! What a cycle read of the world.
//!
//! Must not know who reads it, what it is compared with.

/// The messages in the queue, by what SQS says of them. All counts are approximate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Waiting to be received.
    pub visible: u64,
    /// Received and not yet deleted.
    pub in_flight: u64,
    /// Not to be received yet.
    pub delayed: u64,
}

/// The world as one cycle saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// The queue.
    pub backlog: Backlog,
    /// The quantity that Heroku was asked to keep running.
    pub active: u32,
}
