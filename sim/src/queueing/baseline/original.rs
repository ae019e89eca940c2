//! The first `DynoScaler`, a Python script: leaky counters that act on the breach after the Nth.

use crate::queueing::{Controller, Seen};
use dynoscaler::policy::Bounds;

/// The script's method. Its fixed limits of 1 and 5 dynos are replaced by the configured ones, and
/// its cycle of 30 seconds by a minute, since its metric has one value a minute.
#[derive(Debug, Clone, Copy)]
pub struct Original {
    bounds: Bounds,
    up_cycles: u32,
    down_cycles: u32,
    backlog_threshold: f64,
    scale_up_cnt: u32,
    scale_down_cnt: u32,
}

impl Original {
    /// With its counters at 0.
    #[must_use]
    pub const fn new(
        bounds: Bounds,
        up_cycles: u32,
        down_cycles: u32,
        backlog_threshold: f64,
    ) -> Self {
        Self {
            bounds,
            up_cycles,
            down_cycles,
            backlog_threshold,
            scale_up_cnt: 0,
            scale_down_cnt: 0,
        }
    }

    fn above(&mut self, quantity: u32) -> u32 {
        if self.up_cycles <= self.scale_up_cnt {
            (self.scale_up_cnt, self.scale_down_cnt) = (0, 0);
            return quantity + 1;
        }
        self.scale_up_cnt += 1;
        self.scale_down_cnt = self.scale_down_cnt.saturating_sub(1);
        quantity
    }

    fn below(&mut self, quantity: u32) -> u32 {
        if self.down_cycles <= self.scale_down_cnt {
            (self.scale_up_cnt, self.scale_down_cnt) = (0, 0);
            return quantity.saturating_sub(1);
        }
        self.scale_down_cnt += 1;
        self.scale_up_cnt = self.scale_up_cnt.saturating_sub(1);
        quantity
    }
}

impl Controller for Original {
    fn period_secs(&self) -> u32 {
        60
    }

    /// At 0 dynos the script divides by zero; here it is held to one dyno at least.
    fn required(&mut self, seen: &Seen) -> u32 {
        #[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
        let messages = seen.backlog.visible as f64;
        let is_above = self.backlog_threshold * f64::from(seen.quantity) <= messages;
        let wanted = if is_above { self.above(seen.quantity) } else { self.below(seen.quantity) };
        wanted.clamp(self.bounds.min.max(1), self.bounds.max)
    }
}
