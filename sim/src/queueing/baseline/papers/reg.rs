//! Reg: Iqbal, Dailey, Carrera, Janecek, "Adaptive Resource Provisioning for Read Intensive
//! Multi-tier Applications in the Cloud", 2011.
//!
//! Up by what is there: to the load that exceeds the capacity. Down by a regression of second order
//! over the history of the load, while the capacity exceeds the load.

use super::forecast::Parabola;
use super::{Look, Planner, minutes};

#[derive(Debug, Clone, PartialEq)]
pub struct Reg {
    /// The share of its capacity that a dyno is planned to work.
    pub utilization: f64,
    history: Parabola,
}

impl Reg {
    /// Regression over the load of the last so many minutes.
    #[must_use]
    pub const fn new(utilization: f64, window_minutes: usize) -> Self {
        Self { utilization, history: Parabola::over(window_minutes) }
    }
}

impl Default for Reg {
    fn default() -> Self {
        Self::new(1.0, 60)
    }
}

impl Planner for Reg {
    fn planned(&mut self, look: &Look) -> f64 {
        let (now, dynos) = (minutes(look.now_us), f64::from(look.dynos));
        self.history.note(now, look.load());
        let needed = look.load() / self.utilization;
        if dynos < needed {
            return needed;
        }
        let forecast = self.history.at(now + 1.0) / self.utilization;
        forecast.max(needed).min(dynos)
    }
}
