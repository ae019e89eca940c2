//! Kubernetes: KEDA's SQS scaler feeding the horizontal pod autoscaler (HPA).
//!
//! KEDA moves between no pod and one; from one pod on, the HPA recommends ⌈messages ÷ target⌉
//! unless that is within the tolerance, takes the highest recommendation of the stabilisation
//! window on the way down, and limits the speed on the way up.

use std::collections::VecDeque;

use super::dynos_for;
use crate::queueing::{Controller, SECOND_US, Seen};
use dynoscaler::policy::Bounds;

/// KEDA's default period between two checks of the queue.
const POLLING_SECS: u64 = 30;
/// The default time without messages before KEDA removes the last pod.
const COOLDOWN_SECS: u64 = 300;

/// The settings of the HPA.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hpa {
    /// The time between two recommendations, at least 15 seconds.
    pub sync_secs: u32,
    /// Messages per pod: KEDA's `queueLength`.
    pub target: f64,
    /// How far the ratio of the current value to the target may be from 1.
    pub tolerance: f64,
    /// `behavior.scaleDown.stabilizationWindowSeconds`
    pub down_window_secs: u64,
    /// `behavior.scaleUp.stabilizationWindowSeconds`
    pub up_window_secs: u64,
    /// Pods that may be added within 15 seconds.
    pub up_pods: u32,
    /// Pods that may be added within 15 seconds, in percent; the larger of the two counts.
    pub up_percent: u32,
}

impl Hpa {
    /// The defaults of Kubernetes.
    #[must_use]
    pub const fn with_defaults(target: f64) -> Self {
        Self {
            sync_secs: 15,
            target,
            tolerance: 0.1,
            down_window_secs: 300,
            up_window_secs: 0,
            up_pods: 4,
            up_percent: 100,
        }
    }

    /// The pods that the metric alone recommends, from `pods` current ones.
    #[must_use]
    pub fn recommended(&self, messages: u64, pods: u32) -> u32 {
        #[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
        let ratio = messages as f64 / (self.target * f64::from(pods));
        if (1.0 - ratio).abs() <= self.tolerance { pods } else { dynos_for(messages, self.target) }
    }

    /// The most pods at the next sync. The way down is not limited: 100 % may be removed within 15
    /// seconds. As a sync comes every 15 seconds, none of the earlier changes counts.
    #[must_use]
    pub fn limit_up(&self, pods: u32) -> u32 {
        let percent = (u64::from(pods) * u64::from(100 + self.up_percent)).div_ceil(100);
        (pods + self.up_pods).max(u32::try_from(percent).unwrap_or(u32::MAX))
    }
}

/// KEDA and the HPA together.
#[derive(Debug)]
pub struct Keda {
    hpa: Hpa,
    bounds: Bounds,
    /// Recommendations of the longer window, oldest first.
    recommendations: VecDeque<(u64, u32)>,
    last_active_us: u64,
}

impl Keda {
    /// Without earlier recommendations.
    #[must_use]
    pub const fn new(hpa: Hpa, bounds: Bounds) -> Self {
        Self { hpa, bounds, recommendations: VecDeque::new(), last_active_us: 0 }
    }

    /// The recommendation, stabilised by those of the windows.
    fn stabilized(&mut self, now_us: u64, pods: u32, recommended: u32) -> u32 {
        let longest_secs = self.hpa.down_window_secs.max(self.hpa.up_window_secs);
        let is_old = |at_us: u64| at_us + longest_secs * SECOND_US <= now_us;
        while self.recommendations.front().is_some_and(|&(at_us, _)| is_old(at_us)) {
            self.recommendations.pop_front();
        }
        self.recommendations.push_back((now_us, recommended));
        let up = self.within(now_us, self.hpa.up_window_secs).min().unwrap_or(recommended);
        let down = self.within(now_us, self.hpa.down_window_secs).max().unwrap_or(recommended);
        let (up, down) = (up.min(recommended), down.max(recommended));
        // Up first, then down: the window of the way down decides last.
        pods.max(up).min(down)
    }

    fn within(&self, now_us: u64, window_secs: u64) -> impl Iterator<Item = u32> {
        self.recommendations
            .iter()
            .filter(move |(at_us, _)| now_us < at_us + window_secs * SECOND_US)
            .map(|&(_, recommended)| recommended)
    }

    /// From one pod on.
    fn scaled(&mut self, now_us: u64, pods: u32, messages: u64) -> u32 {
        let recommended = self.hpa.recommended(messages, pods);
        let stabilized = self.stabilized(now_us, pods, recommended);
        let limited = stabilized.min(self.hpa.limit_up(pods));
        limited.clamp(self.bounds.min.max(1), self.bounds.max)
    }
}

impl Controller for Keda {
    fn period_secs(&self) -> u32 {
        self.hpa.sync_secs
    }

    fn required(&mut self, seen: &Seen) -> u32 {
        let messages = seen.backlog.visible + seen.backlog.in_flight;
        let is_poll = (seen.now_us / SECOND_US).is_multiple_of(POLLING_SECS);
        if 0 < messages {
            self.last_active_us = seen.now_us;
        }
        let idle_us = seen.now_us - self.last_active_us;
        if seen.quantity == 0 {
            u32::from(is_poll && 0 < messages)
        } else if self.bounds.min == 0 && is_poll && COOLDOWN_SECS * SECOND_US <= idle_us {
            0
        } else {
            self.scaled(seen.now_us, seen.quantity, messages)
        }
    }
}
