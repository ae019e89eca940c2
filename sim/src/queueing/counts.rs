//! SQS's counts of the queue: each as it was up to a minute ago, and roughly.

use rand_distr::{Distribution, StandardNormal};

use super::SECOND_US;
use super::random::{self, Random, Stream};
use dynoscaler::policy::Backlog;

/// How late and how wrong the counts are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountErrors {
    /// Each count is as old as this at most, and any age up to it is as likely.
    pub lag_max_secs: u32,
    /// Standard deviation of a count, relative to it. A count of 0 is 0.
    pub noise: f64,
}

impl CountErrors {
    /// Up to a minute late and a few percent off, as AWS describes SQS's counts.
    pub const USUAL: Self = Self { lag_max_secs: 60, noise: 0.05 };
}

/// The last true counts, one a second.
#[derive(Debug)]
pub(super) struct LateCounts {
    errors: CountErrors,
    history: Vec<Backlog>,
    seconds: u64,
    random: Random,
}

impl LateCounts {
    pub(super) fn new(errors: CountErrors, seed: u64) -> Self {
        let none = Backlog { visible: 0, in_flight: 0, delayed: 0 };
        Self {
            errors,
            history: vec![none; errors.lag_max_secs as usize + 1],
            seconds: 0,
            random: random::stream(seed, Stream::Counts),
        }
    }

    /// Notes the true counts at a full second.
    pub(super) fn note(&mut self, now_us: u64, truth: Backlog) {
        self.seconds = now_us / SECOND_US;
        let slot = self.slot(self.seconds);
        self.history[slot] = truth;
    }

    /// The counts of the queue now. They come from different servers: each errs for itself.
    pub(super) fn read(&mut self) -> Backlog {
        let (visible, in_flight, delayed) =
            (self.past().visible, self.past().in_flight, self.past().delayed);
        Backlog {
            visible: self.blurred(visible),
            in_flight: self.blurred(in_flight),
            delayed: self.blurred(delayed),
        }
    }

    fn past(&mut self) -> Backlog {
        let lags = f64::from(self.errors.lag_max_secs) + 1.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=lag_max")]
        let lag_secs = (random::fraction(&mut self.random) * lags) as u64;
        self.history[self.slot(self.seconds.saturating_sub(lag_secs))]
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "the cast saturates at 0, as a count does"
    )]
    fn blurred(&mut self, count: u64) -> u64 {
        let deviation: f64 = StandardNormal.sample(&mut self.random);
        (count as f64 * (1.0 + self.errors.noise * deviation)).round() as u64
    }

    #[expect(clippy::cast_possible_truncation, reason = "less than the length of the history")]
    fn slot(&self, second: u64) -> usize {
        (second % self.history.len() as u64) as usize
    }
}
