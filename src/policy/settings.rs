//! What an operator configures, valid by construction once `config` has built it.

use nonempty::NonEmpty;

use super::{Backlog, Observation, Rule, RuleName};

/// What an operator configured for one target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// How the dynos that the load needs are found.
    pub rule: Rule,
    /// The quantities that are allowed.
    pub bounds: Bounds,
    /// Cycles that must need more until dynos are added, at least 1.
    pub up_cycles: u32,
    /// Cycles that must need fewer until dynos are removed, at least 1.
    pub down_cycles: u32,
    /// Acceptable messages per dyno: acceptable latency ÷ time per message. Finite, above 0.
    pub backlog_threshold: f64,
    /// Which messages count for scaling.
    pub backlog_includes: BacklogIncludes,
    /// Which of several queues are compared with the threshold.
    pub queues: Aggregation,
    /// The most dynos that one change adds, at least 1. By default as many as the rule recommends;
    /// `step` recommends one.
    pub max_step_up: Option<u32>,
    /// The most dynos that one change removes, at least 1. The same default.
    pub max_step_down: Option<u32>,
    /// Messages in flight that one dyno holds: never scale down below the dynos that hold the
    /// messages in flight. Finite, above 0.
    pub in_flight_per_dyno: Option<f64>,
    /// How long messages in flight keep their dynos if nothing about them changes, in minutes, at
    /// least 1: the longest job.
    pub busy_minutes: u32,
    /// How long a quantity that an operator set is kept, in minutes. 0: the load decides at once.
    pub manual_hold_minutes: u32,
}

impl Policy {
    /// Minutes for which messages in flight that do not change keep their dynos, unless an operator
    /// sets another number.
    pub const BUSY_MINUTES: u32 = 60;

    /// The rule `step` with two cycles up and five down, and every other setting at its default.
    #[must_use]
    pub fn new(bounds: Bounds, backlog_threshold: f64) -> Self {
        Self {
            rule: Rule::Step,
            bounds,
            up_cycles: 2,
            down_cycles: 5,
            backlog_threshold,
            backlog_includes: BacklogIncludes::default(),
            queues: Aggregation::default(),
            max_step_up: None,
            max_step_down: None,
            in_flight_per_dyno: None,
            busy_minutes: Self::BUSY_MINUTES,
            manual_hold_minutes: 0,
        }
    }

    /// The name of the rule in the record.
    #[must_use]
    pub fn name(&self) -> &'static str {
        RuleName::from(&self.rule).label()
    }

    /// The same within other bounds.
    #[must_use]
    pub const fn within(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// The observation of so many messages in each queue.
    #[must_use]
    pub fn observed(&self, queues: &NonEmpty<Backlog>, active: u32) -> Observation {
        let seen = Observation::new(Backlog::total(queues), active);
        match self.queues {
            Aggregation::Sum => seen,
            Aggregation::Max => Observation { deciding: self.highest(queues), ..seen },
        }
    }

    /// The queue with the highest backlog, and so with the highest backlog per instance: all have
    /// the same dynos.
    fn highest(&self, queues: &NonEmpty<Backlog>) -> Backlog {
        *queues.maximum_by_key(|queue| self.backlog_includes.count(*queue))
    }

    /// The messages that count for scaling.
    #[must_use]
    pub const fn backlog(&self, seen: &Observation) -> u64 {
        self.backlog_includes.count(seen.deciding)
    }

    /// Whether messages wait that more dynos should work on: more than the threshold for each dyno,
    /// or any without a dyno.
    #[must_use]
    pub fn is_starved(&self, seen: &Observation) -> bool {
        match self.backlog_per_instance(seen) {
            Some(each) => each > self.backlog_threshold,
            None => self.backlog(seen) > 0,
        }
    }

    /// Messages that count, per dyno; none when no dyno runs.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
    pub fn backlog_per_instance(&self, seen: &Observation) -> Option<f64> {
        (seen.active > 0).then(|| self.backlog(seen) as f64 / f64::from(seen.active))
    }
}

/// The quantities that are allowed, in dynos, both included. `min <= max` and `max >= 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Never fewer, unless an operator stopped the process type.
    pub min: u32,
    /// Never more.
    pub max: u32,
}

impl Bounds {
    /// Whether a quantity is allowed.
    #[must_use]
    pub const fn contains(self, quantity: u32) -> bool {
        self.min <= quantity && quantity <= self.max
    }
}

/// Which messages count for scaling besides those waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BacklogIncludes {
    /// Those received and not yet deleted.
    pub in_flight: Part,
    /// Those not to be received yet.
    pub delayed: Part,
}

/// How the counts of several queues become one backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Aggregation {
    /// Their messages are added.
    #[default]
    Sum,
    /// The queue with the highest backlog decides alone.
    Max,
}

impl Aggregation {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sum, Self::Max];

    /// The name in the settings.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Max => "max",
        }
    }
}

/// Whether a part of the backlog counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// It counts.
    Counted,
    /// It does not count.
    #[default]
    Ignored,
}

impl BacklogIncludes {
    const fn count(self, backlog: Backlog) -> u64 {
        let in_flight = self.in_flight.of(backlog.in_flight);
        backlog.visible.saturating_add(in_flight).saturating_add(self.delayed.of(backlog.delayed))
    }
}

impl Part {
    const fn of(self, messages: u64) -> u64 {
        match self {
            Self::Counted => messages,
            Self::Ignored => 0,
        }
    }
}
