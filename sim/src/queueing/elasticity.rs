//! SPEC's figures of elasticity: how closely the dynos that run follow those that the load needs.
//!
//! From "Ready for Rain? A View from SPEC Research on the Future of Cloud Metrics", 2016. The demand
//! is, for each minute, the fewest dynos that keep up with the load, within the bounds; the supply
//! is the dynos that have booted.

use serde::Serialize;

use super::{SECOND_US, Supply, World, secs_of_us};
use dynoscaler::policy::Bounds;

const MINUTE_US: u64 = 60 * SECOND_US;

/// Each is better the smaller it is. Shares are of the time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Elasticity {
    /// Dynos missing, relative to those that are needed, on average.
    pub under_accuracy: f64,
    /// Dynos too many, relative to those that are needed, on average.
    pub over_accuracy: f64,
    /// Share of the time with too few.
    pub under_timeshare: f64,
    /// Share of the time with too many.
    pub over_timeshare: f64,
    /// Share of the minutes in which supply and demand do not change in the same direction.
    pub instability: f64,
    /// Changes of the quantity beyond those of the demand, an hour; negative if there are fewer.
    pub jitter_per_hour: f64,
}

/// The figures of a run.
#[must_use]
pub fn elasticity(world: &World, bounds: Bounds, course: &[Supply]) -> Elasticity {
    let minutes = world.load.duration_us() / MINUTE_US;
    let mut sums = Sums::default();
    let mut course = course.iter().peekable();
    let (mut running, mut quantity, mut before) = (0, 0, None);
    for minute in 0..minutes {
        let from_us = minute * MINUTE_US;
        while let Some(supply) = course.next_if(|supply| supply.at_us <= from_us) {
            sums.supply_changes += u64::from(supply.quantity != quantity && 0 < supply.at_us);
            (running, quantity) = (supply.running, supply.quantity);
        }
        let demand = demand(world, bounds, from_us);
        sums.note(demand, running, before.replace((demand, running)));
    }
    sums.figures(secs_of_us(world.load.duration_us()) / 3600.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and bounds follow"
)]
fn demand(world: &World, bounds: Bounds, from_us: u64) -> u32 {
    let needed = world.needed_between(from_us, from_us + MINUTE_US).ceil() as u32;
    needed.clamp(bounds.min.max(1), bounds.max)
}

#[derive(Debug, Default)]
struct Sums {
    minutes: f64,
    under: f64,
    over: f64,
    under_minutes: f64,
    over_minutes: f64,
    apart_minutes: f64,
    supply_changes: u64,
    demand_changes: u64,
}

impl Sums {
    fn note(&mut self, demand: u32, supply: u32, before: Option<(u32, u32)>) {
        let share = |dynos: u32| f64::from(dynos) / f64::from(demand);
        self.minutes += 1.0;
        self.under += share(demand.saturating_sub(supply));
        self.over += share(supply.saturating_sub(demand));
        self.under_minutes += f64::from(u8::from(supply < demand));
        self.over_minutes += f64::from(u8::from(demand < supply));
        if let Some((demand_before, supply_before)) = before {
            let is_apart = demand.cmp(&demand_before) != supply.cmp(&supply_before);
            self.apart_minutes += f64::from(u8::from(is_apart));
            self.demand_changes += u64::from(demand != demand_before);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 changes")]
    fn figures(&self, hours: f64) -> Elasticity {
        let share = |sum: f64| sum / self.minutes.max(1.0);
        Elasticity {
            under_accuracy: share(self.under),
            over_accuracy: share(self.over),
            under_timeshare: share(self.under_minutes),
            over_timeshare: share(self.over_minutes),
            instability: share(self.apart_minutes),
            jitter_per_hour: (self.supply_changes as f64 - self.demand_changes as f64) / hours,
        }
    }
}
