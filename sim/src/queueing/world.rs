//! The world of a run, and its outcome.

use super::{CountErrors, DynoSpec, Load, Score, Series, ServiceTime, Supply, secs_of_us};

/// The input of a run, except its controller.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    pub load: Load,
    /// The work on one message.
    pub service: ServiceTime,
    pub dynos: DynoSpec,
    pub initial_dynos: u32,
    /// The messages per running dyno beyond which time counts as above the threshold.
    pub backlog_threshold: f64,
    /// The errors of SQS's counts.
    pub counts: CountErrors,
    /// The time between two cycles of the project's own policies.
    pub cycle_secs: u32,
    /// The share of the controller's ticks that are missed.
    pub missed_ticks_share: f64,
    /// An operator's changes.
    pub by_hand: Vec<Intervention>,
    /// Of all chance.
    pub seed: u64,
}

impl World {
    /// Messages that a dyno finishes in a second once `share` of the run has passed, if the
    /// database bears it.
    #[must_use]
    pub fn messages_per_dyno_second(&self, share: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let threads = self.dynos.threads as f64;
        threads / self.service.mean_secs_at(share)
    }

    /// The dynos that the load keeps busy: on average, and in its busiest segment.
    #[must_use]
    pub fn dynos_needed(&self) -> (f64, f64) {
        let horizon_secs = secs_of_us(self.load.duration_us());
        let segments = self.load.segments().iter();
        let needs = segments.map(|segment| {
            let secs = secs_of_us(segment.to_us - segment.from_us);
            let share = secs_of_us(segment.from_us) / horizon_secs;
            (secs, segment.per_second / self.messages_per_dyno_second(share))
        });
        let (sum, most) = needs.fold((0.0, 0.0_f64), |(sum, most), (secs, need)| {
            (secs.mul_add(need, sum), most.max(need))
        });
        (sum / horizon_secs, most)
    }

    /// The dynos that the load keeps busy between two times.
    #[must_use]
    pub fn needed_between(&self, from_us: u64, to_us: u64) -> f64 {
        let share = secs_of_us(from_us) / secs_of_us(self.load.duration_us());
        self.load.mean_per_second_between(from_us, to_us) / self.messages_per_dyno_second(share)
    }
}

/// An operator sets the quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intervention {
    /// In microseconds.
    pub at_us: u64,
    pub quantity: u32,
}

/// The outcome of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub score: Score,
    pub series: Series,
    /// The dynos over time: an entry for each change.
    pub supply: Vec<Supply>,
}
