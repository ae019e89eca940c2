//! What two observations of the queue show about arrivals and throughput: a balance of messages,
//! Little's law, and whether anything had to wait.
//!
//! Must not know: how many dynos are wanted.

use super::crew::Crew;
use super::estimate::{BUSY, Estimate, Expected, Growth, HELD, Sample};
use super::matrix::Triple;
use crate::policy::{Observation, Policy};

/// Counts are up to a minute late: two observations closer than this have the same counts.
const INTERVAL_MIN_MINUTES: f64 = 0.25;

/// A longer gap counts as this long, and the queue's change in it is not taken for one trend: it
/// may have filled and emptied meanwhile.
const GAP_MAX_MINUTES: f64 = 15.0;

/// A requested dyno works 10 to 60 seconds later, and the counts show it half a minute
/// after that on average.
const UP_DELAY_MINUTES: f64 = 1.1;
/// A removed dyno stops at once; the counts show it half a minute later.
const DOWN_DELAY_MINUTES: f64 = 0.5;
/// Standard deviation of either: of a boot (0.24) and of an age spread over a minute (0.29).
const DELAY_DEVIATION_MINUTES: f64 = 0.38;

/// Standard deviation of the difference of two ages, each spread over a minute.
const AGE_DEVIATION_MINUTES: f64 = 0.41;

/// Standard deviation of a count, relative to it: SQS calls them approximate.
const COUNT_DEVIATION: f64 = 0.03;

/// A backlog that is acceptable is probably worked off in so long: it implies how fast a dyno is.
const GUESS_MINUTES: f64 = 5.0;
/// That guess may be wrong by more than itself.
const GUESS_DEVIATION: f64 = 2.0;
/// Busy dynos, before anything is known.
const BUSY_DEVIATION: f64 = 4.0;
/// Messages in flight per busy dyno, before anything is known, by a factor of three: ln 3.
const HELD_DEVIATION: f64 = 1.1;

/// A queue that keeps its dynos busy for so long was not empty in between.
const BACKED_UP_MINUTES: f64 = 0.25;

/// A dyno may be so many deviations faster than estimated.
const PLAUSIBLE_DEVIATIONS: f64 = 2.0;

/// How far below the expected a sample of messages in flight is a drop of the arrivals: independent
/// messages are so few once in a hundred cycles, and the next ones correct it.
const DROP_DEVIATIONS: f64 = 2.5;
/// A sample further above the expected may be one bad count.
const OUTLIER_DEVIATIONS: f64 = 3.0;
/// How far off a balance is a jump of the arrivals.
const JUMP_DEVIATIONS: f64 = 3.0;

/// How sharply a queue starts to wait when the dynos are busy: from almost never at 80 % to
/// almost always at 120 %.
const CALM_SHARPNESS: f64 = 20.0;

/// The estimate after the first observation.
pub(super) fn first(policy: &Policy, seen: &Observation) -> Estimate {
    let throughput = policy.backlog_threshold / GUESS_MINUTES;
    let dynos = f64::from(seen.active.max(1));
    let before = Estimate::new(
        [dynos, throughput, 0.0],
        [BUSY_DEVIATION * dynos, GUESS_DEVIATION * throughput, HELD_DEVIATION],
    );
    // Where nothing waits the dynos suffice, however much they hold.
    if seen.is_backed_up() { before } else { at_flight(before, seen).busy_at_most(dynos) }
}

/// The estimate after another observation.
pub(super) fn learned(
    before: &Estimate,
    crew: &Crew,
    last: &Observation,
    seen: &Observation,
    minutes: f64,
) -> Estimate {
    if minutes < INTERVAL_MIN_MINUTES {
        return *before;
    }
    let estimate = before.after(minutes.min(GAP_MAX_MINUTES));
    let interval = Interval { minutes, last, now: seen, crew };
    match interval.queue(&estimate) {
        Queue::None => interval.calm(estimate),
        _ if GAP_MAX_MINUTES < minutes => interval.calm(estimate),
        Queue::Throughout => {
            let grown = estimate.grown(&interval.growth(&estimate));
            grown.holding_at_most(seen.in_flight() / interval.dynos().max(1.0))
        }
        Queue::Formed => {
            let estimate = estimate.unsure_of_busy(interval.dynos());
            estimate.grown_at_known_throughput(&interval.growth(&estimate))
        }
        // Workers that take several messages hold as many as they can while there is a queue, and
        // fewer once there is none.
        Queue::Cleared => {
            let full = last.in_flight() / f64::from(last.active.max(1));
            interval.drained(estimate).holding_up_to(full)
        }
    }
}

/// Little's law: messages in flight are arrivals × time in flight, so `held` for each busy dyno.
fn at_flight(before: Estimate, seen: &Observation) -> Estimate {
    let expect = |at: &Triple| {
        let each = at[HELD].exp();
        Expected { value: each * at[BUSY], slope: [each, 0.0, each * at[BUSY]] }
    };
    // A dyno is not more than busy, however much it holds and however much waits.
    let most = f64::from(seen.active.max(1)) * before.in_flight_per_busy_dyno();
    let value = if seen.is_backed_up() { seen.in_flight().min(most) } else { seen.in_flight() };
    let sample = Sample {
        value,
        // Independent messages scatter like Poisson's; those that one dyno holds come and go
        // together.
        variance: expect(&before.means()).value.max(1.0) * before.in_flight_per_busy_dyno(),
        drop_deviations: DROP_DEVIATIONS,
        outlier_deviations: OUTLIER_DEVIATIONS,
    };
    before.sampled(&sample, expect)
}

/// The time between two observations.
struct Interval<'a> {
    minutes: f64,
    last: &'a Observation,
    now: &'a Observation,
    crew: &'a Crew,
}

impl Interval<'_> {
    /// When there was a queue that kept all dynos busy for sure.
    fn queue(&self, estimate: &Estimate) -> Queue {
        let throughput = estimate.messages_per_dyno_minute()
            + PLAUSIBLE_DEVIATIONS * estimate.throughput_deviation();
        let enough = self.dynos().max(1.0) * (BACKED_UP_MINUTES * throughput).max(1.0);
        match (enough <= self.last.waiting(), enough <= self.now.waiting()) {
            (false, false) => Queue::None,
            (false, true) => Queue::Formed,
            (true, true) => Queue::Throughout,
            (true, false) => Queue::Cleared,
        }
    }

    /// The dynos that were up, on average.
    fn dynos(&self) -> f64 {
        self.running_dyno_minutes().0 / self.minutes
    }

    /// Messages are neither made nor lost: the queue grew by arrivals less the dynos' work.
    fn growth(&self, before: &Estimate) -> Growth {
        let (worked_minutes, deviation) = self.worked_dyno_minutes(before);
        let throughput = before.messages_per_dyno_minute();
        let (arrived, done) =
            (before.arrivals_per_minute() * self.minutes, throughput * worked_minutes);
        let late = AGE_DEVIATION_MINUTES * (arrived - done) / self.minutes;
        let blur = COUNT_DEVIATION * combined(self.now.total(), self.last.total());
        let unknown = throughput * deviation;
        Growth {
            value: self.now.total() - self.last.total(),
            // Poisson's for both flows, and a message for rounding.
            variance: arrived + done + late.powi(2) + blur.powi(2) + unknown.powi(2) + 1.0,
            minutes: self.minutes,
            worked_minutes,
            jump_deviations: JUMP_DEVIATIONS,
        }
    }

    /// The dynos worked at most all the time: a queue that shrank by more than that explains
    /// shows that they are faster, or the arrivals fewer. One that shrank by less shows nothing.
    fn drained(&self, before: Estimate) -> Estimate {
        let growth = self.growth(&before);
        let most = growth.value + growth.variance.sqrt();
        let least = Growth { value: most, ..growth };
        if most < least.expected(&before) { before.grown(&least) } else { before }
    }

    /// Dyno-minutes of work, and their standard deviation.
    ///
    /// A dyno at an observation without a queue was busy for an unknown part of the time around it:
    /// a uniform spread over a range has its width ÷ √12 as deviation.
    fn worked_dyno_minutes(&self, before: &Estimate) -> (f64, f64) {
        let (running, boot) = self.running_dyno_minutes();
        match self.queue(before) {
            Queue::Throughout | Queue::Cleared => (running, boot),
            Queue::None | Queue::Formed => {
                let share = (before.busy_dynos() / self.dynos()).min(1.0);
                let worked = running * f64::midpoint(share, 1.0);
                (worked, combined(boot, running / 12.0_f64.sqrt()))
            }
        }
    }

    /// Dyno-minutes of dynos that were up, as the counts show them, and their deviation.
    fn running_dyno_minutes(&self) -> (f64, f64) {
        let are_seen = self.last.is_backed_up() && self.now.is_backed_up();
        let seen = self.crew.working(self.last).zip(self.crew.working(self.now));
        match seen.filter(|_| are_seen) {
            Some((before, now)) => self.seen_dyno_minutes(before, now),
            None => self.expected_dyno_minutes(),
        }
    }

    /// Of dynos that are seen to work, at some time between two observations.
    fn seen_dyno_minutes(&self, before: f64, now: f64) -> (f64, f64) {
        let minutes = f64::midpoint(before, now) * self.minutes;
        (
            minutes,
            combined(COUNT_DEVIATION * minutes, (now - before) * self.minutes / 12.0_f64.sqrt()),
        )
    }

    /// Before it is known what a working dyno holds.
    fn expected_dyno_minutes(&self) -> (f64, f64) {
        let (before, now) = (f64::from(self.last.active), f64::from(self.now.active));
        let delay = if before < now { UP_DELAY_MINUTES } else { DOWN_DELAY_MINUTES };
        let old = delay.min(self.minutes);
        let minutes = before * old + now * (self.minutes - old);
        (minutes, (now - before) * DELAY_DEVIATION_MINUTES)
    }

    /// Little waits: the messages in flight show how many dynos are busy.
    fn calm(&self, before: Estimate) -> Estimate {
        // Batches that were received while messages waited are still being finished.
        let is_emptying = self.last.is_backed_up() && !self.now.is_backed_up();
        let estimate = if is_emptying { before } else { at_flight(before, self.now) };
        if self.now.is_backed_up() { estimate } else { enough(estimate, self.dynos()) }
    }
}

/// When there was a queue between two observations that kept all dynos busy for sure.
enum Queue {
    /// At neither.
    None,
    /// At the second only.
    Formed,
    /// At both.
    Throughout,
    /// At the first only.
    Cleared,
}

/// A queue stays empty the more seldom, the busier its dynos are: a logistic likelihood. Without
/// it, messages that workers hold could pass for work for ever.
fn enough(before: Estimate, dynos: f64) -> Estimate {
    if dynos <= 0.0 || before.busy_dynos() <= 0.0 {
        return before;
    }
    let margin = dynos.ln() - before.busy_dynos().ln();
    let waits = 1.0 / (1.0 + (CALM_SHARPNESS * margin).exp());
    let slope = -CALM_SHARPNESS * waits;
    let curvature = (CALM_SHARPNESS.powi(2) * waits * (1.0 - waits)).max(1e-9);
    before.nudged(slope, curvature)
}

/// The deviation of a sum of two independent numbers. Not by `hypot`: that one links a symbol which
/// is newer than Amazon Linux 2023.
fn combined(one: f64, other: f64) -> f64 {
    (one * one + other * other).sqrt()
}
