//! `ConPaaS`: Fernandez, Pierre, Kielmann, "Autoscaling Web Applications in Heterogeneous Cloud
//! Infrastructures", 2014.
//!
//! Every ten minutes forecasts the load of the next ten with several models of time series, and
//! trusts the one that was least wrong lately.

use super::forecast::{Autoregression, Line, Model, Parabola, Smoothing};
use super::{Look, Planner, minutes};

#[derive(Debug, Clone, PartialEq)]
pub struct Conpaas {
    /// The share of its capacity that a dyno is planned to work.
    pub utilization: f64,
    /// The time between two plans, and how far they look ahead.
    pub interval_minutes: u32,
    models: Vec<Rated>,
    looks: u32,
    planned: f64,
}

/// A model, its last forecast, and how wrong its forecasts were.
#[derive(Debug, Clone, PartialEq)]
struct Rated {
    model: Model,
    forecast: Option<f64>,
    error: f64,
}

/// The weight of the newest error.
const ERROR_SMOOTHING: f64 = 0.3;
/// Minutes of load that a model remembers.
const WINDOW_MINUTES: usize = 60;

impl Conpaas {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(utilization: f64, interval_minutes: u32) -> Self {
        let models = [
            Model::Line(Line::over(WINDOW_MINUTES)),
            Model::Parabola(Parabola::over(WINDOW_MINUTES)),
            Model::Smoothing(Smoothing::default()),
            Model::Autoregression(Autoregression::over(WINDOW_MINUTES)),
        ];
        let models = models.map(|model| Rated { model, forecast: None, error: 0.0 }).into();
        Self { utilization, interval_minutes, models, looks: 0, planned: 0.0 }
    }

    fn plan(&mut self, now: f64, load: f64) -> f64 {
        let ahead = f64::from(self.interval_minutes);
        for rated in &mut self.models {
            if let Some(forecast) = rated.forecast {
                rated.error += ERROR_SMOOTHING * ((forecast - load).abs() - rated.error);
            }
            rated.forecast = Some(rated.model.ahead(now, ahead));
        }
        let best = self.models.iter().min_by(|a, b| a.error.total_cmp(&b.error));
        best.and_then(|rated| rated.forecast).unwrap_or(load).max(0.0)
    }
}

impl Default for Conpaas {
    fn default() -> Self {
        Self::new(0.75, 10)
    }
}

impl Planner for Conpaas {
    fn planned(&mut self, look: &Look) -> f64 {
        let now = minutes(look.now_us);
        for rated in &mut self.models {
            rated.model.note(now, look.load());
        }
        if self.looks.is_multiple_of(self.interval_minutes) {
            self.planned = self.plan(now, look.load()) / self.utilization;
        }
        self.looks += 1;
        self.planned
    }
}
