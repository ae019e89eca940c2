//! What all dynos of a run have in common.

/// The most messages that one call of SQS returns.
pub const MESSAGES_PER_BATCH_MAX: usize = 10;

/// What all dynos have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DynoSpec {
    /// The shortest boot.
    pub boot_min_secs: f64,
    /// The longest boot.
    pub boot_max_secs: f64,
    /// Messages that a worker receives at once, 1 to [`MESSAGES_PER_BATCH_MAX`].
    pub batch: usize,
    /// What a worker does when it is stopped.
    pub on_stop: OnStop,
    /// How long a received message stays hidden if its worker dies without handing it back.
    pub visibility_timeout_secs: f64,
}

/// What a worker does on SIGTERM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnStop {
    /// It hands back all its messages at once; the work on the current one is begun again later.
    Return,
    /// It hands back all but the current message, and finishes that one if 30 seconds suffice.
    /// Otherwise it is killed, and the message comes back when its visibility timeout has passed.
    Finish,
    /// It does not hear the signal and works on what it holds for 30 seconds. The rest comes back
    /// when its visibility timeout has passed.
    Ignore,
}
