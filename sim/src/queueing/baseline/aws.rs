//! AWS: target tracking on the backlog per instance.
//!
//! Two alarms on one value a minute: three in a row above the target scale out, to what the value
//! needs; fifteen in a row below 90 % of it scale in. Scaling in is documented to be more careful:
//! here it goes no lower than any of those fifteen values needs.

use std::collections::VecDeque;

use super::dynos_for;
use crate::queueing::{Controller, Seen};
use dynoscaler::policy::Bounds;

const OUT_VALUES: usize = 3;
const IN_VALUES: usize = 15;
/// How far below the target the value must be to scale in.
const IN_SHARE: f64 = 0.9;

#[derive(Debug)]
pub struct TargetTracking {
    target: f64,
    bounds: Bounds,
    /// The last minutes, newest last: messages, and on which side of the target they were.
    values: VecDeque<Value>,
}

#[derive(Debug, Clone, Copy)]
struct Value {
    messages: u64,
    side: Side,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    Below,
    Within,
}

impl TargetTracking {
    /// A policy whose alarms have no data yet.
    #[must_use]
    pub const fn new(target: f64, bounds: Bounds) -> Self {
        Self { target, bounds, values: VecDeque::new() }
    }

    fn side(&self, messages: u64, instances: u32) -> Side {
        #[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
        let messages = messages as f64;
        // With no instance there is no quotient: one message is above any target.
        let acceptable = self.target * f64::from(instances);
        if acceptable < messages {
            Side::Above
        } else if messages < IN_SHARE * acceptable {
            Side::Below
        } else {
            Side::Within
        }
    }

    /// Whether the last so many values all lie on a side.
    fn alarms(&self, side: Side, values: usize) -> bool {
        let last = self.values.iter().rev().take(values);
        values <= self.values.len() && last.into_iter().all(|value| value.side == side)
    }

    fn highest_need(&self) -> u32 {
        let messages = self.values.iter().map(|value| value.messages).max().unwrap_or(0);
        dynos_for(messages, self.target)
    }
}

impl Controller for TargetTracking {
    fn period_secs(&self) -> u32 {
        60
    }

    fn required(&mut self, seen: &Seen) -> u32 {
        let messages = seen.backlog.visible;
        self.values.push_back(Value { messages, side: self.side(messages, seen.quantity) });
        if IN_VALUES < self.values.len() {
            self.values.pop_front();
        }
        let wanted = if self.alarms(Side::Above, OUT_VALUES) {
            dynos_for(messages, self.target).max(seen.quantity)
        } else if self.alarms(Side::Below, IN_VALUES) {
            self.highest_need().min(seen.quantity)
        } else {
            seen.quantity
        };
        wanted.clamp(self.bounds.min, self.bounds.max)
    }
}
