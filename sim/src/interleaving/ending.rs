//! How a call of a cycle ends, and what the cycle reads.
//!
//! Must not know: which ends are possible.

use super::ledger::Event;
use super::step::End;
use super::world::{Call, Kind, Sleep, Verdict, World};

impl World {
    /// Lets a call end, and its cycle read the answer.
    pub(super) fn land(&mut self, slot: usize, call: usize, end: End) {
        let Some(cycle) = self.slots[slot].cycle.as_mut() else { return };
        let call = cycle.pending.remove(call).call;
        if end == End::Suspended {
            cycle.sleep = Sleep::Suspended;
        }
        let verdict = self.verdict(slot, &call, end);
        self.answer(slot, call.kind(), verdict);
    }

    fn verdict(&mut self, slot: usize, call: &Call, end: End) -> Verdict {
        if end == End::Lost {
            return Verdict::Failed;
        }
        let verdict = match call {
            Call::Quantity => self.quantity_for(slot),
            Call::Load => Verdict::Loaded(Box::new(self.load())),
            Call::Commit(write) => Verdict::Raced(self.commit(slot, write)),
            Call::SetQuantity(quantity) => {
                let sent = self.sent(slot, *quantity);
                match (sent, end) {
                    (None, _) => Verdict::Failed,
                    (Some(sent), End::TimedOut) => {
                        self.on_their_way.push(sent);
                        Verdict::Failed
                    }
                    (Some(sent), End::Answered | End::Lost | End::AnswerLost | End::Suspended) => {
                        self.arrives(sent)
                    }
                }
            }
        };
        match end {
            End::Lost | End::AnswerLost | End::TimedOut => Verdict::Failed,
            End::Answered | End::Suspended => verdict,
        }
    }

    /// Heroku reports the quantity.
    fn quantity_for(&mut self, slot: usize) -> Verdict {
        let reader = self.slots[slot].cycle.as_ref().map(|cycle| cycle.number);
        if let Some(cycle) = reader {
            self.ledger.note(Event::Observed { cycle });
        }
        Verdict::Quantity(self.quantity)
    }

    /// Lets a cycle read a verdict.
    pub(super) fn answer(&mut self, slot: usize, kind: Kind, verdict: Verdict) {
        if let Some(cycle) = self.slots[slot].cycle.as_mut() {
            cycle.answers.push((kind, verdict.clone()));
            cycle.verdicts.push((kind, verdict));
            cycle.waker.wake_by_ref();
        }
    }

    /// Lets a suspended cycle go on.
    pub(super) fn wake(&mut self, slot: usize) {
        if let Some(cycle) = self.slots[slot].cycle.as_mut() {
            cycle.sleep = Sleep::Awake;
            cycle.waker.wake_by_ref();
        }
    }
}
