//! The messages of a load: when each is sent, and how long the work on it takes.
//!
//! Both are drawn in the order of sending, so that every policy gets the same messages.

use rand_distr::{Distribution, Exp1, StandardNormal};

use super::random::{self, Random, Stream};
use super::{Load, Segment, secs_of_us, us_of_secs};

/// How long the work on one message takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceTime {
    /// The mean at the start, in seconds. Finite, above 0.
    pub mean_secs: f64,
    pub shape: ServiceShape,
    pub course: Course,
}

/// How the mean changes over the run. Ratios are above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Course {
    /// Evenly, to `ratio` times the mean at the end.
    Drift { ratio: f64 },
    /// At once, to `ratio` times the mean when `at_share` of the run has passed.
    Jump { at_share: f64, ratio: f64 },
}

impl Course {
    /// No change.
    pub const CONSTANT: Self = Self::Drift { ratio: 1.0 };

    fn factor(self, share: f64) -> f64 {
        match self {
            Self::Drift { ratio } => 1.0 + (ratio - 1.0) * share,
            Self::Jump { at_share, ratio } if at_share <= share => ratio,
            Self::Jump { .. } => 1.0,
        }
    }
}

impl ServiceTime {
    /// The mean once `share` of the run has passed, in seconds.
    #[must_use]
    pub fn mean_secs_at(&self, share: f64) -> f64 {
        self.mean_secs * self.course.factor(share)
    }
}

/// How single service times are distributed around their mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ServiceShape {
    /// Memoryless: the standard deviation is the mean.
    Exponential,
    /// One long tail.
    Lognormal {
        /// Coefficient of variation: standard deviation ÷ mean. 0: all take the same time.
        cv: f64,
    },
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Message {
    pub(super) sent_us: u64,
    pub(super) service_us: u64,
}

/// The messages of a run, one after the other: a Poisson process with the load's rate.
#[derive(Debug)]
pub(super) struct Traffic<'a> {
    segments: std::slice::Iter<'a, Segment>,
    current: Option<&'a Segment>,
    now_secs: f64,
    horizon_secs: f64,
    service: ServiceTime,
    sampler: Sampler,
    random: Random,
}

impl<'a> Traffic<'a> {
    pub(super) fn new(load: &'a Load, service: ServiceTime, seed: u64) -> Self {
        let mut segments = load.segments().iter();
        let current = segments.next();
        Self {
            now_secs: current.map_or(0.0, |first| secs_of_us(first.from_us)),
            horizon_secs: secs_of_us(load.duration_us()),
            segments,
            current,
            service,
            sampler: Sampler::new(service.shape),
            random: random::stream(seed, Stream::Traffic),
        }
    }

    fn service_us(&mut self) -> u64 {
        let mean_secs = self.service.mean_secs_at(self.now_secs / self.horizon_secs);
        us_of_secs(mean_secs * self.sampler.sample(&mut self.random))
    }
}

impl Iterator for Traffic<'_> {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        loop {
            let segment = self.current?;
            let gap: f64 = Exp1.sample(&mut self.random);
            let sent_secs = self.now_secs + gap / segment.per_second;
            // A Poisson process has no memory: the next segment may start afresh. A rate of 0 gives
            // an infinite gap.
            if sent_secs < secs_of_us(segment.to_us) {
                self.now_secs = sent_secs;
                let service_us = self.service_us();
                return Some(Message { sent_us: us_of_secs(sent_secs), service_us });
            }
            self.current = self.segments.next();
            self.now_secs = self.current.map_or(sent_secs, |next| secs_of_us(next.from_us));
        }
    }
}

/// Draws service times of mean 1.
#[derive(Debug, Clone, Copy)]
enum Sampler {
    Exponential,
    Lognormal { mu: f64, sigma: f64 },
}

impl Sampler {
    fn new(shape: ServiceShape) -> Self {
        match shape {
            ServiceShape::Exponential => Self::Exponential,
            ServiceShape::Lognormal { cv } => {
                let variance = (cv * cv).ln_1p();
                Self::Lognormal { mu: -variance / 2.0, sigma: variance.sqrt() }
            }
        }
    }

    fn sample(self, random: &mut Random) -> f64 {
        match self {
            Self::Exponential => Exp1.sample(random),
            Self::Lognormal { mu, sigma } => {
                let deviation: f64 = StandardNormal.sample(random);
                sigma.mul_add(deviation, mu).exp()
            }
        }
    }
}
