//! Two targets of one app in one function: the input of a run, and the app as a round sees it.
//!
//! Must not know: what happens in a run.

use std::sync::Arc;

use super::gate::Shared;
use super::ports::Port;
use super::scenario::Scenario;
use super::step::{End, Step};
use dynoscaler::fleet::{Account, App, Fleet, Instances, Member};
use dynoscaler::target::{Target, TargetId};

/// The input of a run with two targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub watched: Scenario,
    /// The failures may be this one's as well, a panic among them.
    pub other: Scenario,
    /// The first target of the app.
    pub first: Side,
    /// A planted mistake.
    pub leak: Option<Leak>,
}

/// What reaches the watched target by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leak {
    /// Both have one instance, which goes on under another name after an unanswered change.
    SharedInstance,
    /// Both have one state item.
    SharedItem,
    /// A cycle that fails ends its round.
    SharedFailure,
}

impl Leak {
    pub const ALL: [Self; 3] = [Self::SharedInstance, Self::SharedItem, Self::SharedFailure];
}

/// One of the two targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Other,
    Watched,
}

impl Side {
    pub(super) const BOTH: [Self; 2] = [Self::Other, Self::Watched];
}

/// What may happen next in a run with two targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairStep {
    /// A tick is delivered to an instance, whose round reads the queues of both at once.
    Start {
        /// The place of the instance.
        slot: usize,
        /// The second at which the tick was due; before the start it is negative.
        tick: i64,
        /// How the readings of the queues end, the other's first.
        queues: [End; 2],
    },
    /// The one read of the formation ends.
    Look {
        /// The place of the instance.
        slot: usize,
        end: End,
    },
    /// Something happens to one of them.
    Of { side: Side, step: Step },
    /// A cycle of the other target panics.
    Panic {
        /// The place of its instance.
        slot: usize,
    },
    /// An instance ends with both cycles, and another takes its place.
    Kill {
        /// Its place.
        slot: usize,
    },
    /// Time passes to the next instant at which something may happen.
    Wait,
}

impl PairStep {
    /// Whether it happens without a fault and without an operator.
    pub(super) fn is_harmless(self) -> bool {
        match self {
            Self::Start { queues, .. } => queues == [End::Answered; 2],
            Self::Look { end, .. } => end == End::Answered,
            Self::Of { step, .. } => step.is_harmless(),
            Self::Wait => true,
            Self::Panic { .. } | Self::Kill { .. } => false,
        }
    }
}

impl Pair {
    /// Instances, ticks and failures of both are those of `watched`.
    #[must_use]
    pub fn new(watched: Scenario, other: Scenario) -> Self {
        let Scenario { ticks, delayed, late, instants, instances, faults, .. } = watched.clone();
        let other = Scenario { ticks, delayed, late, instants, instances, faults, ..other };
        Self { watched, other, first: Side::Other, leak: None }
    }

    /// A run that shows a mistake: two ticks within the time in which a change may arrive.
    #[must_use]
    pub fn planted(leak: Leak) -> Self {
        let usual = |load: &[u64]| Scenario::new("planted", load, &[0]).with(1, 1);
        let watched = usual(&[900]).with_delayed_ticks(&[15]).at_seconds(&[0, 15]);
        Self::new(watched, usual(&[0])).with_leak(leak)
    }

    /// The same with another first target.
    #[must_use]
    pub fn with_first(self, first: Side) -> Self {
        Self { first, ..self }
    }

    /// The same with a mistake in it.
    #[must_use]
    pub fn with_leak(self, leak: Leak) -> Self {
        Self { leak: Some(leak), ..self }
    }

    pub(super) const fn scenario(&self, side: Side) -> &Scenario {
        match side {
            Side::Other => &self.other,
            Side::Watched => &self.watched,
        }
    }

    /// The targets, with the instances that the n-th running copy of the program has for them.
    pub(super) fn members(&self, number: usize) -> [Member; 2] {
        let instances = Instances::named(number.to_string());
        Side::BOTH.map(|side| {
            let target = self.target(side);
            let key = match self.leak {
                Some(Leak::SharedInstance) => "both".to_owned(),
                Some(Leak::SharedItem | Leak::SharedFailure) | None => target.state_key(),
            };
            Member { instance: instances.of(&key), target }
        })
    }

    fn target(&self, side: Side) -> Target {
        let target = self.scenario(side).target();
        let process = match side {
            Side::Other => "mailer".to_owned(),
            Side::Watched => target.id.process,
        };
        Target { id: TargetId { process, ..target.id }, ..target }
    }
}

/// The app of both, as an instance has it.
#[derive(Debug)]
pub(super) struct Both {
    account: Arc<Account>,
    members: [Member; 2],
    ports: [Port; 2],
}

/// All targets of the instance in a place.
pub(super) fn fleet(
    slot: usize,
    first: Side,
    members: &[Member; 2],
    worlds: &[Shared; 2],
) -> Arc<Fleet<Both>> {
    let order = match first {
        Side::Other => Side::BOTH,
        Side::Watched => [Side::Watched, Side::Other],
    };
    let members = order.map(|side| members[side as usize].clone());
    let ports = order.map(|side| Port { shared: worlds[side as usize].clone(), slot });
    Arc::new(Fleet::new(vec![Both { account: Arc::default(), members, ports }], Vec::new()))
}

impl App for Both {
    type Ports = Port;

    fn account(&self) -> &Arc<Account> {
        &self.account
    }

    fn calls(&self) -> u32 {
        1
    }

    fn members(&self) -> &[Member] {
        &self.members
    }

    fn ports(&self) -> Vec<Port> {
        self.ports.to_vec()
    }
}
