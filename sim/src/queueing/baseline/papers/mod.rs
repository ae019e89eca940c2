//! The five methods of the field's comparisons, each from its paper.
//!
//! They were written for web servers and plan from the rate of requests and the known capacity of a
//! server. Here each gets what it needs and no policy of the project has: the messages sent since
//! its last look, exactly, and the true throughput of a dyno. Messages that wait are load too, or
//! none of them would ever empty a queue.

mod adapt;
mod conpaas;
mod forecast;
mod hist;
mod react;
mod reg;

pub use adapt::Adapt;
pub use conpaas::Conpaas;
pub use hist::Hist;
pub use react::React;
pub use reg::Reg;

use crate::queueing::{Controller, SECOND_US, Seen, World, secs_of_us};
use dynoscaler::policy::Bounds;

/// What one of the methods knows at one of its looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Simulated time, in microseconds.
    pub now_us: u64,
    /// The requested dynos.
    pub dynos: u32,
    /// The dynos that the arrivals since the last look keep busy.
    pub arriving: f64,
    /// The dynos that work off what waits within a minute.
    pub waiting: f64,
}

impl Look {
    /// The dynos that all of the load keeps busy for the next minute.
    #[must_use]
    pub const fn load(&self) -> f64 {
        self.arriving + self.waiting
    }
}

/// One of the methods: the dynos that it plans, before they are rounded up and bounded.
pub trait Planner {
    fn planned(&mut self, look: &Look) -> f64;
}

/// One of the methods with its settings.
#[derive(Debug, Clone, PartialEq)]
pub enum Paper {
    React(React),
    Adapt(Adapt),
    Hist(Hist),
    Reg(Reg),
    Conpaas(Conpaas),
}

impl Planner for Paper {
    fn planned(&mut self, look: &Look) -> f64 {
        match self {
            Self::React(it) => it.planned(look),
            Self::Adapt(it) => it.planned(look),
            Self::Hist(it) => it.planned(look),
            Self::Reg(it) => it.planned(look),
            Self::Conpaas(it) => it.planned(look),
        }
    }
}

/// Drives one of the methods, with a look a minute.
#[derive(Debug)]
pub struct Planned {
    paper: Paper,
    bounds: Bounds,
    world: World,
    sent: u64,
}

const PERIOD_SECS: u32 = 60;

impl Planned {
    /// Has not looked yet.
    #[must_use]
    pub const fn new(paper: Paper, bounds: Bounds, world: World) -> Self {
        Self { paper, bounds, world, sent: 0 }
    }

    fn look(&mut self, seen: &Seen) -> Look {
        let share = secs_of_us(seen.now_us) / secs_of_us(self.world.load.duration_us());
        let per_dyno = self.world.messages_per_dyno_second(share) * f64::from(PERIOD_SECS);
        let sent = seen.sent - std::mem::replace(&mut self.sent, seen.sent);
        #[expect(clippy::cast_precision_loss, reason = "2^53 messages are beyond any queue")]
        let dynos_for = |messages: u64| messages as f64 / per_dyno;
        Look {
            now_us: seen.now_us,
            dynos: seen.quantity,
            arriving: dynos_for(sent),
            waiting: dynos_for(seen.backlog.visible),
        }
    }
}

impl Controller for Planned {
    fn period_secs(&self) -> u32 {
        PERIOD_SECS
    }

    fn required(&mut self, seen: &Seen) -> u32 {
        let look = self.look(seen);
        let planned = self.paper.planned(&look);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, and bounds follow"
        )]
        let dynos = planned.ceil() as u32;
        dynos.clamp(self.bounds.min, self.bounds.max)
    }
}

/// Minutes of a simulated time.
fn minutes(at_us: u64) -> f64 {
    secs_of_us(at_us) / 60.0
}

/// The hour since the start that a simulated time is in.
const fn hour(at_us: u64) -> u64 {
    at_us / (3600 * SECOND_US)
}
