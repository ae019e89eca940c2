//! The cycles of a policy, one after the other: each decides with the bounds of its time, from the
//! state that the one before left.
//!
//! Must not know where an observation comes from, nor how a decision is carried out.

use jiff::Timestamp;

use super::{
    BoundsChange, Cycle, Decision, InstanceId, Observation, Policy, Schedule, State, Tick, decide,
};

/// A policy, its schedule, and what is remembered between two cycles.
#[derive(Debug, Clone, PartialEq)]
pub struct Driver {
    policy: Policy,
    schedule: Schedule,
    state: State,
    instance: InstanceId,
}

impl Driver {
    /// With an empty state.
    #[must_use]
    pub fn new(policy: Policy, schedule: Schedule, instance: InstanceId) -> Self {
        Self { policy, schedule, state: State::default(), instance }
    }

    /// The same that remembers `state`.
    #[must_use]
    pub fn remembering(self, state: State) -> Self {
        Self { state, ..self }
    }

    /// The policy without its schedule.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The policy, with the bounds at `now`.
    #[must_use]
    pub fn policy_at(&self, now: Timestamp) -> Policy {
        self.policy.within(self.schedule.in_force(self.policy.bounds, now))
    }

    /// The changes of the bounds after `now`, in order.
    pub fn bounds_changes(&self, now: Timestamp) -> impl Iterator<Item = BoundsChange> {
        self.schedule.changes(self.policy.bounds, now)
    }

    /// What is remembered.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Decides a cycle that observes and decides at `now`. The state does not change yet.
    pub fn decided(&self, seen: &Observation, tick: Tick, now: Timestamp) -> Decision {
        self.decided_after(&self.state, seen, tick, now)
    }

    /// Decides a cycle as if `state` were remembered.
    pub fn decided_after(
        &self,
        state: &State,
        seen: &Observation,
        tick: Tick,
        now: Timestamp,
    ) -> Decision {
        let cycle = Cycle::new(tick, now, self.instance.clone());
        decide(&self.policy_at(cycle.now), state, seen, &cycle)
    }

    /// Keeps what a cycle leaves for the next. As in the function, what differs in nothing is not
    /// written.
    pub fn remember(&mut self, next: State) {
        if next.differs_from(&self.state) {
            self.state = next;
        }
    }
}
