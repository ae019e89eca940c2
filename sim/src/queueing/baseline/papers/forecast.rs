//! Models of a time series with a value a minute.

use std::collections::VecDeque;

/// The values of the last minutes, oldest first, with their times.
#[derive(Debug, Clone, PartialEq)]
struct Window {
    values: VecDeque<(f64, f64)>,
    most: usize,
}

impl Window {
    const fn over(minutes: usize) -> Self {
        Self { values: VecDeque::new(), most: minutes }
    }

    fn note(&mut self, at: f64, value: f64) {
        self.values.push_back((at, value));
        if self.most < self.values.len() {
            self.values.pop_front();
        }
    }

    fn mean(&self, of: impl Fn(f64, f64) -> f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let count = self.values.len().max(1) as f64;
        self.values.iter().map(|&(at, value)| of(at, value)).sum::<f64>() / count
    }
}

/// Least squares with a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line(Window);

impl Line {
    pub(super) const fn over(minutes: usize) -> Self {
        Self(Window::over(minutes))
    }

    fn at(&self, at: f64) -> f64 {
        let (time, value) = (self.0.mean(|at, _| at), self.0.mean(|_, value| value));
        let spread = self.0.mean(|at, _| (at - time).powi(2));
        let shared = self.0.mean(|at, it| (at - time) * (it - value));
        if spread == 0.0 { value } else { value + shared / spread * (at - time) }
    }
}

/// Least squares with a parabola.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parabola(Window);

impl Parabola {
    pub(super) const fn over(minutes: usize) -> Self {
        Self(Window::over(minutes))
    }

    pub(super) fn note(&mut self, at: f64, value: f64) {
        self.0.note(at, value);
    }

    /// With 1, t and t² made orthogonal on the window, each has a coefficient of its own.
    pub(super) fn at(&self, at: f64) -> f64 {
        let window = &self.0;
        let (time, value) = (window.mean(|at, _| at), window.mean(|_, value| value));
        let square = window.mean(|at, _| (at - time).powi(2));
        let skew = window.mean(|at, _| (at - time).powi(3));
        if square == 0.0 {
            return value;
        }
        let linear = |at: f64| at - time;
        let curved = |at: f64| (at - time).powi(2) - square - skew / square * (at - time);
        let slope = window.mean(|at, it| linear(at) * it) / square;
        let spread = window.mean(|at, _| curved(at).powi(2));
        // Two values have no curve.
        let curve =
            if spread < 1e-9 { 0.0 } else { window.mean(|at, it| curved(at) * it) / spread };
        value + slope * linear(at) + curve * curved(at)
    }
}

/// Holt's double exponential smoothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Smoothing {
    level: Option<f64>,
    trend: f64,
}

impl Smoothing {
    const LEVEL: f64 = 0.5;
    const TREND: f64 = 0.1;

    fn note(&mut self, value: f64) {
        let before = self.level.unwrap_or(value);
        let expected = before + self.trend;
        let level = expected + Self::LEVEL * (value - expected);
        self.trend += Self::TREND * (level - before - self.trend);
        self.level = Some(level);
    }
}

/// Autoregression of first order around the mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Autoregression(Window);

impl Autoregression {
    pub(super) const fn over(minutes: usize) -> Self {
        Self(Window::over(minutes))
    }

    fn ahead(&self, minutes: f64) -> f64 {
        let values = &self.0.values;
        let mean = self.0.mean(|_, value| value);
        let spread: f64 = values.iter().map(|(_, value)| (value - mean).powi(2)).sum();
        let pairs = values.iter().zip(values.iter().skip(1));
        let shared: f64 = pairs.map(|((_, a), (_, b))| (a - mean) * (b - mean)).sum();
        let kept = if spread == 0.0 { 0.0 } else { (shared / spread).clamp(0.0, 1.0) };
        let last = values.back().map_or(mean, |&(_, value)| value);
        mean + kept.powf(minutes) * (last - mean)
    }
}

/// One of the models.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Model {
    Line(Line),
    Parabola(Parabola),
    Smoothing(Smoothing),
    Autoregression(Autoregression),
}

impl Model {
    /// A value of the series.
    pub(super) fn note(&mut self, at: f64, value: f64) {
        match self {
            Self::Line(Line(window)) | Self::Autoregression(Autoregression(window)) => {
                window.note(at, value);
            }
            Self::Parabola(parabola) => parabola.note(at, value),
            Self::Smoothing(smoothing) => smoothing.note(value),
        }
    }

    /// The value so many minutes after now, the time of the last one.
    pub(super) fn ahead(&self, now: f64, minutes: f64) -> f64 {
        match self {
            Self::Line(line) => line.at(now + minutes),
            Self::Parabola(parabola) => parabola.at(now + minutes),
            Self::Smoothing(Smoothing { level, trend }) => level.unwrap_or(0.0) + trend * minutes,
            Self::Autoregression(series) => series.ahead(minutes),
        }
    }
}
