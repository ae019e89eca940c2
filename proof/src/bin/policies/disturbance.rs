//! What makes a world harder than the usual one.

use dynoscaler_sim::queueing::{CountErrors, Course, World};

/// A change of the usual world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Disturbance {
    pub(crate) what: &'static str,
    pub(crate) change: fn(&mut World),
}

impl Disturbance {
    pub(crate) fn of(self, mut world: World) -> World {
        (self.change)(&mut world);
        world
    }
}

pub(crate) const NONE: Disturbance = Disturbance { what: "the usual world", change: |_| {} };

pub(crate) const TEN_THREADS: Disturbance = Disturbance {
    what: "dynos work with ten threads",
    change: |world| {
        world.dynos.threads = 10;
        world.service.mean_secs *= 10.0;
    },
};

pub(crate) const PREFETCHING: Disturbance =
    Disturbance { what: "workers hold ten messages", change: |world| world.dynos.batch = 10 };

pub(crate) const SLOW_BOOTS: Disturbance =
    Disturbance { what: "boots take 60 to 120 s", change: |world| boots(world, 60.0, 120.0) };

pub(crate) const BOOTS_OF_TWO_MINUTES: Disturbance =
    Disturbance { what: "boots take 120 s", change: |world| boots(world, 120.0, 120.0) };

pub(crate) const SLOWEST_BOOTS: Disturbance =
    Disturbance { what: "boots take 120 to 180 s", change: |world| boots(world, 120.0, 180.0) };

pub(crate) const MINUTE: Disturbance = Disturbance {
    what: "the minute world: a dyno works two minutes after its request, counts are 3 % off and \
           not late",
    change: |world| {
        world.counts = CountErrors { lag_max_secs: 0, noise: 0.03 };
        boots(world, 120.0, 120.0);
    },
};

pub(crate) const LATE: Disturbance = Disturbance {
    what: "counts are up to 180 s late",
    change: |world| world.counts.lag_max_secs = 180,
};

pub(crate) const NOISY: Disturbance =
    Disturbance { what: "counts are 20 % off", change: |world| world.counts.noise = 0.2 };

pub(crate) const MISSED: Disturbance = Disturbance {
    what: "every fifth cycle is missed",
    change: |world| world.missed_ticks_share = 0.2,
};

pub(crate) const DRIFT: Disturbance = Disturbance {
    what: "messages take twice the time by the end",
    change: |world| world.service.course = Course::Drift { ratio: 2.0 },
};

pub(crate) const JUMP: Disturbance = Disturbance {
    what: "messages take twice the time from the middle on",
    change: |world| world.service.course = Course::Jump { at_share: 0.5, ratio: 2.0 },
};

pub(crate) const DATABASE: Disturbance = Disturbance {
    what: "the database bears six dynos",
    change: |world| world.dynos.database_dynos = Some(6.0),
};

const fn boots(world: &mut World, min_secs: f64, max_secs: f64) {
    (world.dynos.boot_min_secs, world.dynos.boot_max_secs) = (min_secs, max_secs);
}
