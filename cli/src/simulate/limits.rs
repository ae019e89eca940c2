//! The limits of a simulation: a larger one is refused before it begins, instead of taking hours or
//! memory.
//!
//! Must not know how a simulation runs.

use crate::text::grouped;
use dynoscaler_sim::queueing::{World, secs_of_us};

/// One message is one event: some minutes for each contender.
const MESSAGES_MAX: u64 = 300_000_000;

/// Messages that wait are kept in memory.
const WAITING_MAX: u64 = 20_000_000;

/// Seconds and messages of all contenders: some hours.
const EVENTS_MAX: u64 = 20_000_000_000;

/// Far more than Heroku runs of one process type.
const DYNOS_MAX: u32 = 10_000;

/// A larger simulation than the limits allow.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TooMuch {
    #[error("{name} = {dynos} must be at most {} in a simulation", grouped(DYNOS_MAX.into()))]
    Dynos { name: &'static str, dynos: u32 },
    #[error(
        "the load has more than {} messages: take fewer days of it, or a lower rate \
         (--days, --messages-per-second, --mean-dynos, a part of --arrivals)",
        grouped(MESSAGES_MAX)
    )]
    Messages,
    #[error(
        "{dynos} dynos, the most that are allowed, leave more than {} messages waiting: take fewer \
         days of the load or a lower rate, raise --max-dynos, or lower --seconds-per-message",
        grouped(WAITING_MAX)
    )]
    Waiting { dynos: u32 },
    #[error(
        "{contenders} contenders for so long are more than {} events: take fewer --policies, or \
         fewer days of the load",
        grouped(EVENTS_MAX)
    )]
    Events { contenders: usize },
}

/// Whether so many dynos can be simulated; `name` is the setting that requires them.
pub(super) const fn dynos(name: &'static str, dynos: u32) -> Result<(), TooMuch> {
    if DYNOS_MAX < dynos { Err(TooMuch::Dynos { name, dynos }) } else { Ok(()) }
}

/// Whether so many contenders can be simulated in a world in which at most `max` dynos run.
#[expect(clippy::cast_precision_loss, reason = "bounds, not counts")]
pub(super) fn events(world: &World, contenders: usize, max: u32) -> Result<(), TooMuch> {
    let messages = world.load.messages();
    let events = (messages + secs_of_us(world.load.duration_us())) * contenders as f64;
    if messages.is_nan() || MESSAGES_MAX as f64 <= messages {
        Err(TooMuch::Messages)
    } else if WAITING_MAX as f64 <= waiting(world, max) {
        Err(TooMuch::Waiting { dynos: max })
    } else if EVENTS_MAX as f64 <= events {
        Err(TooMuch::Events { contenders })
    } else {
        Ok(())
    }
}

/// The most messages that wait at once, if so many dynos work on the load without chance.
fn waiting(world: &World, dynos: u32) -> f64 {
    let end_us = world.load.duration_us();
    let bearable = world.dynos.database_dynos.unwrap_or(f64::MAX);
    let dynos = f64::from(dynos).min(bearable);
    let (mut waiting, mut most, mut until_us) = (0.0_f64, 0.0_f64, 0);
    for segment in world.load.segments() {
        let share = secs_of_us(segment.from_us) / secs_of_us(end_us);
        let per_second = dynos * world.messages_per_dyno_second(share);
        let silent = secs_of_us(segment.from_us - until_us);
        waiting = per_second.mul_add(-silent, waiting).max(0.0);
        let secs = secs_of_us(segment.to_us - segment.from_us);
        waiting = (segment.per_second - per_second).mul_add(secs, waiting).max(0.0);
        most = most.max(waiting);
        until_us = segment.to_us;
    }
    most
}
