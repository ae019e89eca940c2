//! An oracle that knows the load: the law of `rate` with the true arrivals of a minute and the true
//! throughput.
//!
//! The difference to `rate` is the price of having to estimate. The oracle gets the same late
//! counts as all others, and needs no cycles of evidence before it adds dynos.

use std::collections::VecDeque;

use crate::queueing::{Controller, SECOND_US, Seen, World, secs_of_us};
use dynoscaler::policy::rate::{Dynos, Headroom, Load, Outlook, Passage, needed_by};
use dynoscaler::policy::{Observation, Policy, RateSettings, Schedule};

const MINUTE_US: u64 = 60 * SECOND_US;

/// Which arrivals an oracle knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Those to come: what no method can know.
    NextMinute,
    /// Those that just were: the most that an estimate can find out.
    PastMinute,
}

#[derive(Debug)]
pub struct Oracle {
    world: World,
    knows: Known,
    policy: Policy,
    settings: RateSettings,
    schedule: Schedule,
    /// Learnt as by `rate`: the jumps to come are the one thing that it does not know.
    headroom: Headroom,
    last: Option<Observation>,
    /// The needs of the last cycles, newest last.
    needs: VecDeque<u32>,
}

impl Oracle {
    /// Knows its part of `world`, and has no earlier needs.
    #[must_use]
    pub fn new(world: World, knows: Known, policy: Policy, settings: RateSettings) -> Self {
        let (schedule, needs) = (Schedule::default(), VecDeque::new());
        let headroom = Headroom::begun(world.needed_between(0, MINUTE_US));
        Self { world, knows, policy, settings, schedule, headroom, last: None, needs }
    }

    /// The same with other bounds at certain times.
    #[must_use]
    pub fn within(self, schedule: Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// The arrivals of the known minute, and the current throughput of a dyno.
    fn truth(&self, now_us: u64) -> Load {
        let load = &self.world.load;
        let from_us = match self.knows {
            Known::NextMinute => now_us,
            Known::PastMinute => now_us.saturating_sub(MINUTE_US),
        };
        let share = secs_of_us(now_us) / secs_of_us(load.duration_us());
        let per_second = load.mean_per_second_between(from_us, from_us + MINUTE_US);

        Load {
            arrivals_per_minute: per_second * 60.0,
            messages_per_dyno_minute: 60.0 * self.world.messages_per_dyno_second(share),
        }
    }

    /// Up at once; down only as far as the highest need of the last cycles allows.
    fn stabilised(&mut self, need: u32, quantity: u32) -> u32 {
        self.needs.push_back(need);
        if self.policy.down_cycles < u32::try_from(self.needs.len()).unwrap_or(u32::MAX) {
            self.needs.pop_front();
        }
        let highest = self.needs.iter().copied().max().unwrap_or(need);
        if quantity < need { need } else { quantity.min(highest) }
    }
}

impl Controller for Oracle {
    fn period_secs(&self) -> u32 {
        self.world.cycle_secs
    }

    fn required(&mut self, seen: &Seen) -> u32 {
        let observation = Observation::new(seen.backlog, seen.quantity);
        let look_minutes = f64::from(self.world.cycle_secs) / 60.0;
        let load = self.truth(seen.now_us);
        let busy = load.arrivals_per_minute / load.messages_per_dyno_minute;
        let dynos = Dynos {
            working: seen.quantity.into(),
            busy,
            messages_per_minute: load.messages_per_dyno_minute,
        };
        let last = self.last.replace(observation).unwrap_or(observation);
        let outlook = Outlook { load, headroom: self.headroom, look_minutes };
        let passage = Passage {
            last: &last,
            seen: &observation,
            dynos,
            minutes: look_minutes,
            busy_at_max: outlook.busy_at_max(&self.policy),
        };
        self.headroom = self.headroom.after(&self.policy, &self.settings, &passage);
        let outlook = Outlook { headroom: self.headroom, ..outlook };
        let need = needed_by(&outlook, &self.policy, &observation);
        let now = self.world.load.instant(seen.now_us);
        let bounds = self.schedule.in_force(self.policy.bounds, now);
        self.stabilised(need, seen.quantity).clamp(bounds.min, bounds.max)
    }
}
