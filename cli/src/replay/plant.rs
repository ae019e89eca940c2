//! The queue of a log under other dynos than it had: arrivals are derived from the counts, and the
//! work of the dynos from the throughput of one.
//!
//! `docs/SIMULATOR.md` has the assumptions. Must not know what decides how many dynos there are.

use jiff::Timestamp;

use super::recorded::Recorded;
use dynoscaler::policy::{
    Backlog, Driver, InstanceId, Observation, Origin, Policy, Rule, RuleName, Schedule, Tick,
};

/// The middle of the 10 to 60 seconds that a dyno of `simulate` takes to boot.
const BOOT_MINUTES: f64 = 35.0 / 60.0;

/// The work of one dyno.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Throughput {
    pub(crate) messages_per_minute: f64,
    /// Messages in flight while it works, at least 1.
    pub(super) held: f64,
    pub(super) source: Source,
}

/// The source of a throughput.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The operator.
    Given,
    /// The filter of `rate`, from the counts.
    Learnt,
}

/// The observations of cycles, in the order of time.
pub(crate) type Course = [(Timestamp, Observation)];

/// The cycles with a complete reading.
pub(super) fn course(records: &[Recorded], policy: &Policy) -> Vec<(Timestamp, Observation)> {
    records.iter().filter_map(|record| Some((record.tick, record.seen(policy)?))).collect()
}

impl Throughput {
    /// The throughput that a course shows, from two observations on. The operator's value comes
    /// first.
    pub(crate) fn of(course: &Course, policy: &Policy, given: Option<f64>) -> Option<Self> {
        let policy = Policy { rule: Rule::from(RuleName::Rate), ..*policy };
        let instance = InstanceId::new("replay");
        let mut driver = Driver::new(policy, Schedule::default(), instance);
        for (at, seen) in course {
            let tick = Tick { at: *at, origin: Origin::Schedule };
            let next = driver.decided(seen, tick, *at).next;
            driver.remember(next);
        }
        let learnt = driver.state().memory.rate().filter(|_| 1 < course.len())?.record().means;
        let [_, messages_per_minute, held] = learnt;
        Some(Self {
            messages_per_minute: given.unwrap_or(messages_per_minute),
            held: held.exp().max(1.0),
            source: if given.is_some() { Source::Given } else { Source::Learnt },
        })
    }
}

/// The messages that arrived between each observation and the next: the growth of the queue, and
/// what its dynos finished. A negative result is deducted from the arrivals that follow.
pub(super) fn arrivals(course: &Course, throughput: &Throughput) -> Vec<f64> {
    let mut owed = 0.0;
    let between = course.windows(2).map(|pair| {
        let [(from, before), (to, after)] = [pair[0], pair[1]];
        let worked = busy_dynos(&before, &after, throughput) * minutes(from, to);
        let arrived =
            messages(&after) - messages(&before) + throughput.messages_per_minute * worked + owed;
        owed = arrived.min(0.0);
        arrived.max(0.0)
    });
    between.collect()
}

/// While messages wait all dynos work; otherwise as many as hold the messages in flight.
#[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
fn busy_dynos(before: &Observation, after: &Observation, throughput: &Throughput) -> f64 {
    let dynos = f64::from(before.active);
    if 0 < before.backlog.visible.min(after.backlog.visible) {
        return dynos;
    }
    let held = before.backlog.in_flight as f64 + after.backlog.in_flight as f64;
    (held / 2.0 / throughput.held).min(dynos)
}

pub(super) fn minutes(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() / 60.0
}

/// Delayed messages arrive when their delay ends.
#[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
fn messages(seen: &Observation) -> f64 {
    seen.backlog.visible as f64 + seen.backlog.in_flight as f64
}

/// The queue and its dynos.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plant {
    throughput: Throughput,
    messages: f64,
    dynos: u32,
}

impl Plant {
    /// At the beginning of a course.
    pub(super) fn new(throughput: Throughput, first: &Observation) -> Self {
        Self { throughput, messages: messages(first), dynos: first.active }
    }

    /// The dynos, and the messages of a cycle that had `recorded` in the log.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and the cast saturates"
    )]
    pub(super) fn seen(&self, recorded: &Observation) -> (Backlog, u32) {
        let held = (f64::from(self.dynos) * self.throughput.held).min(self.messages);
        let backlog = Backlog {
            visible: (self.messages - held).round() as u64,
            in_flight: held.round() as u64,
            delayed: recorded.backlog.delayed,
        };
        (backlog, self.dynos)
    }

    /// Some time with other dynos. New ones work once they have booted.
    pub(super) fn pass(&mut self, dynos: u32, minutes: f64, arrived: f64) {
        let started = f64::from(dynos.saturating_sub(self.dynos));
        let worked = f64::from(dynos.min(self.dynos))
            .mul_add(minutes, started * (minutes - BOOT_MINUTES).max(0.0));
        let done = self.throughput.messages_per_minute * worked;
        self.messages = (self.messages + arrived - done).max(0.0);
        self.dynos = dynos;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * MINUTE).unwrap()
    }

    fn observations(counts: &[(u64, u64, u32)]) -> Vec<(Timestamp, Observation)> {
        let observations = (0..).zip(counts).map(|(minute, &(visible, in_flight, active))| {
            let backlog = Backlog { visible, in_flight, delayed: 0 };
            (at(minute), Observation::new(backlog, active))
        });
        observations.collect()
    }

    fn throughput(messages_per_minute: f64) -> Throughput {
        Throughput { messages_per_minute, held: 1.0, source: Source::Given }
    }

    #[test]
    fn arrivals_are_the_growth_and_the_finished_messages() {
        let derived = |counts: &[_]| arrivals(&observations(counts), &throughput(10.0));
        // Two dynos finish 20 a minute while messages wait.
        assert_eq!(derived(&[(50, 2, 2), (80, 2, 2), (60, 2, 2)]), [50.0, 0.0]);
        // Nothing waits: the one in flight of two dynos is half of them.
        assert_eq!(derived(&[(0, 1, 2), (0, 1, 2)]), [10.0]);
        // A count that was too low is corrected: 20 + (-10) came in two minutes.
        assert_eq!(derived(&[(50, 0, 2), (20, 0, 2), (40, 0, 2)]), [0.0, 30.0]);
    }

    #[test]
    fn under_the_dynos_of_the_log_the_queue_is_that_of_the_log() {
        let course = observations(&[(50, 2, 2), (80, 2, 2), (95, 2, 2), (70, 2, 2)]);
        let throughput = throughput(10.0);
        let mut plant = Plant::new(throughput, &course[0].1);
        for (pair, arrived) in course.windows(2).zip(arrivals(&course, &throughput)) {
            assert_eq!(plant.seen(&pair[0].1), (pair[0].1.backlog, pair[0].1.active));
            plant.pass(pair[1].1.active, 1.0, arrived);
        }
    }

    #[test]
    fn a_dyno_that_was_added_works_once_it_has_booted() {
        let first = observations(&[(98, 2, 2)])[0].1;
        let mut plant = Plant::new(throughput(60.0), &first);
        plant.pass(3, 1.0, 100.0);
        // 100 + 100 - 2 x 60 - 1 x 25
        assert_eq!(plant.seen(&first).0.visible, 55 - 3);
        plant.pass(0, 1.0, 0.0);
        assert_eq!(plant.seen(&first).0.visible, 55);
    }
}
