//! A world that tests change.

use dynoscaler_sim::queueing::{
    CountErrors, Course, DynoSpec, Load, OnStop, ServiceShape, ServiceTime, World,
};

/// One message a second keeps one dyno busy.
pub(crate) fn world(load: Load) -> World {
    World {
        load,
        service: ServiceTime {
            mean_secs: 1.0,
            shape: ServiceShape::Exponential,
            course: Course::CONSTANT,
        },
        dynos: DynoSpec {
            boot_min_secs: 10.0,
            boot_max_secs: 60.0,
            threads: 1,
            batch: 1,
            on_stop: OnStop::Return,
            visibility_timeout_secs: 30.0,
            database_dynos: None,
        },
        initial_dynos: 1,
        backlog_threshold: 60.0,
        counts: CountErrors { lag_max_secs: 60, noise: 0.05 },
        cycle_secs: 60,
        missed_ticks_share: 0.0,
        by_hand: Vec::new(),
        seed: 1,
    }
}
