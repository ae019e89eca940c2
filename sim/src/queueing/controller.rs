//! The controllers of the number of dynos: the project's own policies, or a peer's method.

use jiff::{SignedDuration, Timestamp};

use dynoscaler::policy::{
    Backlog, Driver, InstanceId, Observation, Origin, Policy, Schedule, State, Tick,
};

/// The input of a controller at one of its ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Simulated time, in microseconds.
    pub now_us: u64,
    /// As SQS reports it.
    pub backlog: Backlog,
    /// Messages sent since the start, exactly. The project's own policies do not know it.
    pub sent: u64,
    /// The requested dynos.
    pub quantity: u32,
}

/// Decides at every tick how many dynos to request.
pub trait Controller {
    /// The time between two ticks.
    fn period_secs(&self) -> u32;

    /// The desired quantity from now on.
    fn required(&mut self, seen: &Seen) -> u32;
}

/// A policy of the project, driven exactly as the function drives it.
#[derive(Debug)]
pub struct Policied {
    driver: Driver,
    starts_at: Timestamp,
    cycle_secs: u32,
}

impl Policied {
    /// A policy without memory yet. Simulated time 0 is `starts_at`.
    #[must_use]
    pub fn new(policy: Policy, schedule: Schedule, starts_at: Timestamp, cycle_secs: u32) -> Self {
        let instance = InstanceId::new("simulated");
        Self { driver: Driver::new(policy, schedule, instance), starts_at, cycle_secs }
    }

    /// What the policy remembers.
    #[must_use]
    pub const fn state(&self) -> &State {
        self.driver.state()
    }

    fn at(&self, now_us: u64) -> Timestamp {
        let elapsed = SignedDuration::from_micros(i64::try_from(now_us).unwrap_or(i64::MAX));
        self.starts_at.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
    }
}

impl Controller for Policied {
    fn period_secs(&self) -> u32 {
        self.cycle_secs
    }

    fn required(&mut self, seen: &Seen) -> u32 {
        let observation = Observation::new(seen.backlog, seen.quantity);
        let at = self.at(seen.now_us);
        let tick = Tick { at, origin: Origin::Schedule };
        let decision = self.driver.decided(&observation, tick, at);
        self.driver.remember(decision.next);
        decision.change.map_or(seen.quantity, |change| change.to)
    }
}
