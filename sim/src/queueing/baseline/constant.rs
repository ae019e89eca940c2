//! No scaling at all.

use crate::queueing::{Controller, Seen};

/// The same number of dynos at all times.
#[derive(Debug, Clone, Copy)]
pub struct Constant(pub u32);

impl Controller for Constant {
    fn period_secs(&self) -> u32 {
        60
    }

    fn required(&mut self, _: &Seen) -> u32 {
        self.0
    }
}
