//! React: Chieu, Mohindra, Karve, Segal, "Dynamic Scaling of Web Applications in a Virtualized
//! Cloud Computing Environment", 2009.
//!
//! One server more while all are loaded beyond an upper share of their capacity; one less while
//! they are loaded below a lower share. The paper leaves both shares to its user.

use super::{Look, Planner};

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct React {
    /// The load of a dyno beyond which one is added.
    pub upper: f64,
    /// The load of a dyno below which one is removed.
    pub lower: f64,
}

impl Default for React {
    fn default() -> Self {
        Self { upper: 0.8, lower: 0.6 }
    }
}

impl Planner for React {
    fn planned(&mut self, look: &Look) -> f64 {
        let dynos = f64::from(look.dynos);
        if self.upper * dynos < look.load() {
            dynos + 1.0
        } else if look.load() < self.lower * dynos {
            dynos - 1.0
        } else {
            dynos
        }
    }
}
