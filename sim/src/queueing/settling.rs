//! How a run settles after a step of its load: DS2's figures.
//!
//! From "Three steps is all you need: fast, accurate, automatic scaling decisions for distributed
//! streaming dataflows", OSDI 2018, by which three changes are enough.

use super::{Supply, secs_of_us};

/// What followed one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settling {
    /// Changes of the quantity.
    pub changes: u32,
    /// From the step to the last change; 0 without a change.
    pub secs: f64,
}

/// The changes from a step of the load until the next, both in microseconds.
#[must_use]
pub fn settling(course: &[Supply], step_us: u64, until_us: u64) -> Settling {
    let next = course.partition_point(|supply| supply.at_us < step_us);
    let mut quantity = next.checked_sub(1).map_or(0, |before| course[before].quantity);
    let mut settling = Settling { changes: 0, secs: 0.0 };
    for supply in course[next..].iter().take_while(|supply| supply.at_us < until_us) {
        if supply.quantity != quantity {
            quantity = supply.quantity;
            settling.changes += 1;
            settling.secs = secs_of_us(supply.at_us - step_us);
        }
    }
    settling
}
