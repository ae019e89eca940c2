//! An extended Kalman filter for three slowly changing numbers: the dynos that the arrivals keep
//! busy, the messages that a dyno finishes in a minute, and the logarithm of the messages in
//! flight per busy dyno.
//!
//! Must not know: what a measurement means.

use super::matrix::{self, Matrix, Triple};

/// Arrivals ÷ throughput: the dynos that the arrivals keep busy.
pub(super) const BUSY: usize = 0;
/// Messages that a dyno finishes in a minute.
pub(super) const THROUGHPUT: usize = 1;
/// Logarithm of the messages in flight for each dyno that works.
pub(super) const HELD: usize = 2;

/// Standard deviation of what a minute changes, relative: busy dynos by 5 %, throughput by 0.5 %
/// (a fifth in a day), messages in flight by 0.3 %.
const DRIFT_PER_MINUTE: Triple = [0.05, 0.005, 0.003];

/// No deviation is above this many times the number: more would only be forgotten sooner, and an
/// estimate after a year without cycles would follow any sample.
const RELATIVE_DEVIATION_MAX: f64 = 4.0;

/// Wider than any queue, and far from the range of a number. A busy dyno holds at least the
/// message that it works on, whose logarithm is 0: an empty flight can only mean idle dynos.
const MIN: Triple = [0.0, 1e-4, 0.0];
const MAX: Triple = [BUSY_MAX, 1e6, 4.6];
pub(super) const BUSY_MAX: f64 = 1e6;

/// One measurement changes the throughput by this share of it at most, so that one bad count cannot
/// wreck it.
const THROUGHPUT_STEP_MAX: f64 = 0.1;

/// Standard deviation of what a queue changes in the logarithm of what a dyno holds without one.
const QUEUE_DEVIATION: f64 = 0.1;

/// Iterations of one update; the third changes less than its noise.
const ITERATIONS: usize = 3;

/// Means and covariance of the three.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    mean: Triple,
    covariance: Matrix,
}

/// What a measurement should be at given means, and how it changes with each.
pub(super) struct Expected {
    pub(super) value: f64,
    pub(super) slope: Triple,
}

/// A sample of something that depends on the three.
pub(super) struct Sample {
    /// What was measured.
    pub(super) value: f64,
    /// The variance of its noise.
    pub(super) variance: f64,
    /// Deviations below the expected from which on the arrivals must have dropped.
    pub(super) drop_deviations: f64,
    /// Deviations above the expected beyond which a sample counts as if it were just so far off.
    pub(super) outlier_deviations: f64,
}

/// How the queue grew, in messages: arrivals × `minutes` - throughput × `worked_minutes`.
pub(super) struct Growth {
    /// What was measured.
    pub(super) value: f64,
    /// The variance of its noise.
    pub(super) variance: f64,
    /// Time.
    pub(super) minutes: f64,
    /// Dynos × time that they worked.
    pub(super) worked_minutes: f64,
    /// Deviations from the expected beyond which the arrivals must have jumped.
    pub(super) jump_deviations: f64,
}

impl Growth {
    /// What an estimate expects.
    pub(super) fn expected(&self, estimate: &Estimate) -> f64 {
        let throughput = estimate.messages_per_dyno_minute();
        estimate.arrivals_per_minute() * self.minutes - throughput * self.worked_minutes
    }
}

impl Estimate {
    /// An estimate from scratch, with independent errors.
    pub(super) fn new(mean: Triple, deviation: Triple) -> Self {
        let covariance = matrix::diagonal(&deviation.map(|deviation| deviation.powi(2)));
        Self { mean: within(&mean), covariance }
    }

    pub(super) fn restored(mean: Triple, lower: [f64; 6]) -> Option<Self> {
        let [aa, ba, bb, ca, cb, cc] = lower;
        let read = Self { mean, covariance: [[aa, ba, ca], [ba, bb, cb], [ca, cb, cc]] };
        read.is_possible().then_some(read)
    }

    /// The three means.
    pub(super) const fn means(&self) -> Triple {
        self.mean
    }

    /// The lower triangle, row by row.
    pub(super) const fn covariance(&self) -> [f64; 6] {
        let [[aa, ..], [ba, bb, _], [ca, cb, cc]] = self.covariance;
        [aa, ba, bb, ca, cb, cc]
    }

    /// How many dynos the arrivals keep busy.
    #[must_use]
    pub const fn busy_dynos(&self) -> f64 {
        self.mean[BUSY]
    }

    /// Standard deviation of [`Self::busy_dynos`].
    #[must_use]
    pub fn busy_dynos_deviation(&self) -> f64 {
        self.covariance[BUSY][BUSY].max(0.0).sqrt()
    }

    /// Messages that arrive in a minute.
    #[must_use]
    pub fn arrivals_per_minute(&self) -> f64 {
        self.mean[BUSY] * self.mean[THROUGHPUT]
    }

    /// Messages that a dyno finishes in a minute.
    #[must_use]
    pub const fn messages_per_dyno_minute(&self) -> f64 {
        self.mean[THROUGHPUT]
    }

    /// Standard deviation of [`Self::messages_per_dyno_minute`].
    #[must_use]
    pub fn throughput_deviation(&self) -> f64 {
        self.covariance[THROUGHPUT][THROUGHPUT].max(0.0).sqrt()
    }

    /// Messages in flight for each dyno that works.
    #[must_use]
    pub fn in_flight_per_busy_dyno(&self) -> f64 {
        self.mean[HELD].exp()
    }

    /// Standard deviation of the logarithm of [`Self::in_flight_per_busy_dyno`].
    pub(super) fn held_deviation(&self) -> f64 {
        self.covariance[HELD][HELD].max(0.0).sqrt()
    }

    /// The estimate, if so many dynos suffice.
    pub(super) fn busy_at_most(mut self, dynos: f64) -> Self {
        self.mean[BUSY] = self.mean[BUSY].min(dynos);
        self
    }

    /// The estimate some minutes later: the same, and less certain.
    pub(super) fn after(mut self, minutes: f64) -> Self {
        // Less than a dyno changes by shares of a dyno: nothing is ever stuck at nothing.
        let scale = [self.mean[BUSY].max(1.0), self.mean[THROUGHPUT], 1.0];
        for index in [BUSY, THROUGHPUT, HELD] {
            let drift = DRIFT_PER_MINUTE[index] * scale[index];
            self.covariance[index][index] += drift.powi(2) * minutes;
            let most = RELATIVE_DEVIATION_MAX * scale[index];
            matrix::limit_deviation(&mut self.covariance, index, most);
        }
        self
    }

    /// The estimate with a sample in it: one iterated, extended Kalman update.
    ///
    /// The throughput does not learn from it, but its doubt counts (a Schmidt-Kalman filter).
    pub(super) fn sampled(mut self, sample: &Sample, expect: impl Fn(&Triple) -> Expected) -> Self {
        let before = self.mean;
        let prior = expect(&before);
        let total = matrix::quadratic(&self.covariance, &prior.slope) + sample.variance;
        let surprise = sample.value - prior.value;
        if surprise < -sample.drop_deviations * total.sqrt() {
            self.widen_busy((surprise / prior.slope[BUSY]).abs());
        }
        let value = prior.value + surprise.min(sample.outlier_deviations * total.sqrt());
        let mut gain = [0.0; 3];
        let mut slope = prior.slope;
        for _ in 0..ITERATIONS {
            let expected = expect(&self.mean);
            slope = expected.slope;
            gain = without_throughput(matrix::gain(&self.covariance, &slope, sample.variance));
            let back = matrix::dot(&slope, &matrix::minus(&before, &self.mean));
            let step = matrix::scaled(&gain, value - expected.value - back);
            self.mean = within(&matrix::plus(&before, &step));
        }
        self.covariance = matrix::narrowed(&self.covariance, &gain, &slope, sample.variance);
        self
    }

    /// The estimate after an event whose log-likelihood has this slope and curvature along the
    /// logarithm of the busy dynos: one Newton step. The throughput does not learn from it.
    pub(super) fn nudged(mut self, slope: f64, curvature: f64) -> Self {
        let direction = [1.0 / self.mean[BUSY], 0.0, 0.0];
        let variance = 1.0 / curvature;
        let gain = without_throughput(matrix::gain(&self.covariance, &direction, variance));
        let step = matrix::scaled(&gain, slope * variance);
        self.mean = within(&matrix::plus(&self.mean, &step));
        self.covariance = matrix::narrowed(&self.covariance, &gain, &direction, variance);
        self
    }

    /// The estimate with a growth of the queue in it.
    ///
    /// In arrivals and throughput the growth is a sum, so that the Kalman update is exact there:
    /// the estimate changes its coordinates, learns, and changes back.
    pub(super) fn grown(self, growth: &Growth) -> Self {
        self.grown_with(growth, |gain| gain)
    }

    /// The same, if it is not sure enough how long the dynos worked to learn how fast they are.
    pub(super) fn grown_at_known_throughput(self, growth: &Growth) -> Self {
        self.grown_with(growth, without_throughput)
    }

    /// The estimate after an observation that no dyno holds more than `each` messages.
    pub(super) fn holding_at_most(mut self, each: f64) -> Self {
        self.mean[HELD] = self.mean[HELD].min(each.max(1.0).ln());
        self
    }

    /// The estimate after a queue with which a dyno held `each`: a busy one holds what it held before
    /// the queue, or if that is not known, anything between one message and `each`, on the scale of
    /// the logarithm.
    pub(super) fn holding_up_to(mut self, each: f64) -> Self {
        let most = each.max(1.0).ln();
        let half = most / 2.0;
        let variance = self.covariance[HELD][HELD] + QUEUE_DEVIATION.powi(2);
        let is_known = variance < half.powi(2);
        self.mean[HELD] = if is_known { self.mean[HELD].min(most) } else { half.min(MAX[HELD]) };
        matrix::isolate(&mut self.covariance, HELD, variance.min(half.powi(2)));
        self
    }

    /// The estimate after losing track of the arrivals.
    pub(super) fn unsure_of_busy(mut self, deviation: f64) -> Self {
        self.forget_busy(deviation);
        self
    }

    fn grown_with(mut self, growth: &Growth, learning: impl Fn(Triple) -> Triple) -> Self {
        let slope = [growth.minutes, -growth.worked_minutes, 0.0];
        let mut flow = self.in_arrivals();
        let error = growth.value - matrix::dot(&slope, &flow.mean);
        let total = matrix::quadratic(&flow.covariance, &slope) + growth.variance;
        let is_jump = growth.jump_deviations * total.sqrt() < error.abs();
        if is_jump {
            self.forget_busy((error / (growth.minutes * self.mean[THROUGHPUT])).abs());
            flow = self.in_arrivals();
        }
        let gain = matrix::gain(&flow.covariance, &slope, growth.variance);
        let gain = if is_jump { without_throughput(gain) } else { learning(gain) };
        let gain = matrix::scaled(&gain, flow.share_of_step(gain[THROUGHPUT] * error));
        flow.mean = matrix::plus(&flow.mean, &matrix::scaled(&gain, error));
        flow.covariance = matrix::narrowed(&flow.covariance, &gain, &slope, growth.variance);
        flow.with_arrivals().in_busy_dynos()
    }

    /// There are no fewer arrivals than none: a queue that shrank faster than all dynos explain
    /// shows that they are faster, and the throughput moves with the arrivals as they depend on
    /// each other.
    fn with_arrivals(mut self) -> Self {
        let missing = -self.mean[BUSY];
        if 0.0 < missing {
            let [arrivals, throughput, _] = self.covariance[BUSY];
            let step = missing * throughput / arrivals;
            self.mean[THROUGHPUT] += step * self.share_of_step(step);
            self.mean[BUSY] = 0.0;
        }
        self
    }

    /// Widens the busy dynos to a deviation, and leaves what they share with the others.
    fn widen_busy(&mut self, deviation: f64) {
        let variance = &mut self.covariance[BUSY][BUSY];
        *variance = variance.max(deviation.powi(2));
    }

    /// Widens the busy dynos to a deviation that nothing else shares.
    fn forget_busy(&mut self, deviation: f64) {
        let variance = self.covariance[BUSY][BUSY].max(deviation.powi(2));
        matrix::isolate(&mut self.covariance, BUSY, variance);
    }

    /// The share of a step of the throughput that is believed.
    fn share_of_step(&self, step: f64) -> f64 {
        let most = THROUGHPUT_STEP_MAX * self.mean[THROUGHPUT];
        if most < step.abs() { most / step.abs() } else { 1.0 }
    }

    /// With arrivals a minute in the place of the busy dynos.
    fn in_arrivals(&self) -> Self {
        let [busy, throughput, held] = self.mean;
        let jacobian = [[throughput, busy, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let covariance = matrix::transformed(&self.covariance, &jacobian);
        Self { mean: [busy * throughput, throughput, held], covariance }
    }

    /// The way back.
    fn in_busy_dynos(&self) -> Self {
        let [arrivals, throughput, held] = self.mean;
        let mean = within(&[arrivals / throughput, throughput, held]);
        let [busy, throughput, _] = mean;
        let jacobian =
            [[1.0 / throughput, -busy / throughput, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        Self { mean, covariance: matrix::transformed(&self.covariance, &jacobian) }
    }

    /// Whether this can be an estimate: in bounds, and a covariance. Comparisons with a number
    /// that is none are false.
    fn is_possible(&self) -> bool {
        let is_within = |index: usize| (MIN[index]..=MAX[index]).contains(&self.mean[index]);
        [BUSY, THROUGHPUT, HELD].into_iter().all(is_within)
            && matrix::is_covariance(&self.covariance)
    }
}

fn without_throughput(mut gain: Triple) -> Triple {
    gain[THROUGHPUT] = 0.0;
    gain
}

fn within(mean: &Triple) -> Triple {
    [BUSY, THROUGHPUT, HELD].map(|index| mean[index].clamp(MIN[index], MAX[index]))
}
