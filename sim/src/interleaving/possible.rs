//! Which steps may come next in a run.
//!
//! Must not know: what a step does.

use std::time::Duration;

use super::scenario::Scenario;
use super::step::{End, Step};
use super::world::{Cycle, Kind, Sent, Sleep, World};
use dynoscaler::ports::{ACT_BUDGET, OBSERVE_BUDGET};

const QUEUE_ENDS: [End; 2] = [End::Answered, End::Lost];

const READ_ENDS: [End; 2] = [End::Answered, End::Lost];

const COMMIT_ENDS: [End; 4] = [End::Answered, End::Lost, End::AnswerLost, End::Suspended];

const CHANGE_ENDS: [End; 4] = [End::Answered, End::Lost, End::AnswerLost, End::TimedOut];

/// What the next steps depend on besides the world.
pub(super) struct Possible<'a> {
    pub(super) scenario: &'a Scenario,
    /// The seconds of the ticks that were not delivered yet.
    pub(super) ticks: &'a [i64],
    pub(super) faults: u32,
    pub(super) hands: u32,
}

impl Possible<'_> {
    /// What may happen next, the least harmful first. Nothing, once all ticks are delivered and
    /// all cycles have ended.
    pub(super) fn steps(&self, world: &World) -> Vec<Step> {
        let arrivals = 0..world.on_their_way.len();
        let mut steps: Vec<Step> = arrivals.map(|change| Step::Arrive { change }).collect();
        for (slot, place) in world.slots.iter().enumerate() {
            match &place.cycle {
                None => steps.extend(self.deliveries(world, slot)),
                Some(cycle) => steps.extend(self.endings(slot, cycle)),
            }
        }
        let is_over = self.ticks.is_empty() && world.cycles().next().is_none();
        if is_over {
            return steps;
        }
        if self.may_wait(world) {
            steps.push(Step::Wait);
        }
        if self.hands > 0 {
            let others = self.scenario.by_hand.iter().filter(|it| **it != world.quantity);
            steps.extend(others.map(|&quantity| Step::ByHand { quantity }));
        }
        steps
    }

    /// Each tick that is due, once, whatever its duplicates.
    fn deliveries(&self, world: &World, slot: usize) -> Vec<Step> {
        let due = self.ticks.iter().copied().filter(|tick| *tick <= world.now_secs.into());
        let mut due: Vec<i64> = due.collect();
        due.sort_unstable();
        due.dedup();
        let ends: &[End] = if self.faults == 0 { &[End::Answered] } else { &QUEUE_ENDS };
        ends.iter()
            .flat_map(|&queue| due.iter().map(move |&tick| Step::Start { slot, tick, queue }))
            .collect()
    }

    fn endings(&self, slot: usize, cycle: &Cycle) -> Vec<Step> {
        let mut steps = Vec::new();
        if cycle.sleep == Sleep::Suspended {
            steps.push(Step::Wake { slot });
        }
        for (index, pending) in cycle.pending.iter().enumerate() {
            let ends: &[End] = match pending.call.kind() {
                _ if self.faults == 0 => &[End::Answered],
                Kind::Quantity | Kind::Load => &READ_ENDS,
                Kind::SetQuantity => &CHANGE_ENDS,
                Kind::Commit => &COMMIT_ENDS,
            };
            steps.extend(ends.iter().map(|&end| Step::Land { slot, call: index, end }));
        }
        if self.faults > 0 {
            steps.push(Step::Kill { slot });
        }
        steps
    }

    /// Time passes unless a call would then be older than its time-out, or a sent change older than
    /// it can be; and to no more than a minute after the last tick, since a sleeper can only wake
    /// too late once.
    pub(super) fn may_wait(&self, world: &World) -> bool {
        let next = self.scenario.next_secs(world.now_secs);
        let is_in_time = |cycle: &Cycle| {
            cycle.pending.iter().all(|pending| match pending.call.kind() {
                Kind::Quantity | Kind::Load => is_within(OBSERVE_BUDGET, pending.since_secs, next),
                Kind::SetQuantity => is_within(ACT_BUDGET, pending.since_secs, next),
                Kind::Commit => true,
            })
        };
        let arrives_later =
            |sent: &Sent| i64::from(next - sent.began_secs) <= self.scenario.arrives_within_secs;
        let last = self.scenario.due_secs().into_iter().max().unwrap_or(0);
        i64::from(next) <= last + 60
            && world.cycles().all(is_in_time)
            && world.on_their_way.iter().all(arrives_later)
    }
}

/// Whether a call from `since_secs` is still within its time-out at `next_secs`.
const fn is_within(budget: Duration, since_secs: u32, next_secs: u32) -> bool {
    (next_secs - since_secs) as u64 <= budget.as_secs()
}
