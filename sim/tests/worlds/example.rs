//! A world that tests change.

use dynoscaler_sim::queueing::{
    CountErrors, Course, DynoSpec, Load, ServiceShape, ServiceTime, World,
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
        dynos: DynoSpec::USUAL,
        initial_dynos: 1,
        backlog_threshold: 60.0,
        counts: CountErrors::USUAL,
        cycle_secs: 60,
        missed_ticks_share: 0.0,
        by_hand: Vec::new(),
        seed: 1,
    }
}
