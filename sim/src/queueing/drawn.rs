//! Loads drawn at random: a day, weekends, noise that lasts, shifts of the level and bursts, each as
//! strong as the seed makes it.
//!
//! A policy is judged on them because nobody chose its constants with them.

use std::f64::consts::TAU;

use rand_distr::{Distribution, StandardNormal};

use super::Load;
use super::random::{self, Random, Stream, fraction};

const MINUTES_PER_DAY: f64 = 1440.0;
/// A burst is at most so many times the load without it.
const BURST_HEIGHT_MAX: f64 = 8.0;

/// A load of so many minutes, with a mean of one message per second. The same seed gives the same.
#[must_use]
pub fn drawn(seed: u64, minutes: u32) -> Load {
    let mut random = random::stream(seed, Stream::Load);
    let mut process = Process::new(Parameters::drawn(&mut random), random);
    let rates = (0..minutes).map(|minute| process.next(f64::from(minute)));
    Load::by_minute(format!("drawn {seed}"), rates).scaled_to_mean(1.0)
}

/// What kind of traffic it is.
#[derive(Debug, Clone, Copy)]
struct Parameters {
    /// The swing of the day, relative to its mean.
    day: f64,
    /// The load of a weekend, relative to that of a weekday.
    weekend: f64,
    /// The deviation of the logarithm of the noise.
    noise: f64,
    /// How long the noise lasts.
    noise_minutes: f64,
    shifts_per_day: f64,
    bursts_per_day: f64,
}

impl Parameters {
    fn drawn(random: &mut Random) -> Self {
        Self {
            day: between(random, 0.0, 0.9),
            weekend: between(random, 0.3, 1.0),
            noise: between(random, 0.0, 0.5),
            noise_minutes: evenly_in_magnitude(random, 5.0, 300.0),
            shifts_per_day: between(random, 0.0, 2.0),
            bursts_per_day: between(random, 0.0, 10.0),
        }
    }
}

/// The parts that last from minute to minute.
#[derive(Debug)]
struct Process {
    parameters: Parameters,
    random: Random,
    noise: f64,
    level: f64,
    burst: f64,
    burst_ends: f64,
}

impl Process {
    const fn new(parameters: Parameters, random: Random) -> Self {
        Self { parameters, random, noise: 0.0, level: 1.0, burst: 1.0, burst_ends: 0.0 }
    }

    fn next(&mut self, minute: f64) -> f64 {
        self.drift();
        if self.comes(self.parameters.shifts_per_day) {
            self.level = (0.5 * self.normal()).exp();
        }
        if self.burst_ends <= minute {
            self.burst = 1.0;
        }
        if self.comes(self.parameters.bursts_per_day) {
            // Heavy tails: half of the bursts are below 1.5 times the load, one in 30 above 8.
            self.burst = (1.0 - fraction(&mut self.random)).powf(-0.6).min(BURST_HEIGHT_MAX);
            self.burst_ends = minute + evenly_in_magnitude(&mut self.random, 2.0, 60.0);
        }
        self.season(minute) * self.noise.exp() * self.level * self.burst
    }

    /// A step of noise whose deviation stays the same.
    fn drift(&mut self) {
        let kept = (-1.0 / self.parameters.noise_minutes).exp();
        let step = self.parameters.noise * (1.0 - kept * kept).sqrt();
        self.noise = kept.mul_add(self.noise, step * self.normal());
    }

    fn season(&self, minute: f64) -> f64 {
        let days = minute / MINUTES_PER_DAY;
        let is_weekend = 5.0 <= days % 7.0;
        let week = if is_weekend { self.parameters.weekend } else { 1.0 };
        week * (1.0 - self.parameters.day * (TAU * days).cos())
    }

    fn comes(&mut self, per_day: f64) -> bool {
        fraction(&mut self.random) < per_day / MINUTES_PER_DAY
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.random)
    }
}

fn between(random: &mut Random, from: f64, to: f64) -> f64 {
    (to - from).mul_add(fraction(random), from)
}

/// As often between 1 and 10 as between 10 and 100.
fn evenly_in_magnitude(random: &mut Random, from: f64, to: f64) -> f64 {
    between(random, from.ln(), to.ln()).exp()
}
