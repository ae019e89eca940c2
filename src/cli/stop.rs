//! The signals that end a command which goes on until it is told to stop.
//!
//! Must not know what has to be done before it ends.

use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM and SIGINT. One that comes while nobody asks is kept.
#[derive(Debug)]
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// From now on neither signal kills.
    pub(super) fn listening() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// Returns once either has come.
    pub(super) async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => (),
            _ = self.interrupt.recv() => (),
        }
    }

    pub(super) async fn is_not_told_within(&mut self, pause: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.told() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }
}
