//! The properties of all dynos of a run.

/// The most messages that one call of SQS returns.
pub const MESSAGES_PER_BATCH_MAX: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DynoSpec {
    pub boot_min_secs: f64,
    pub boot_max_secs: f64,
    /// Messages on which a dyno works at the same time, at least 1.
    pub threads: usize,
    /// Messages that each thread receives at once, 1 to [`MESSAGES_PER_BATCH_MAX`].
    pub batch: usize,
    pub on_stop: OnStop,
    /// How long a received message stays hidden if its worker dies without handing it back.
    pub visibility_timeout_secs: f64,
    /// The dynos at work that their common database bears. With more, each message takes longer in
    /// proportion, so that more dynos do not get more done.
    pub database_dynos: Option<f64>,
}

impl DynoSpec {
    /// A worker of one thread, on a dyno that boots as most of Heroku's do.
    pub const USUAL: Self = Self {
        boot_min_secs: 10.0,
        boot_max_secs: 60.0,
        threads: 1,
        batch: 1,
        on_stop: OnStop::Return,
        visibility_timeout_secs: 30.0,
        database_dynos: None,
    };
}

/// What a worker does on SIGTERM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnStop {
    /// Hands back all messages at once; the work on the current one is begun again later.
    Return,
    /// Hands back all but the current message, and finishes that one if 30 seconds suffice.
    /// Otherwise it is killed, and the message returns when its visibility timeout has passed.
    Finish,
    /// Ignores the signal and works on its messages for 30 seconds. The rest returns when its
    /// visibility timeout has passed.
    Ignore,
}
