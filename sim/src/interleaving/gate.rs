//! A call that waits until the run decides how it ends.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use super::world::{Call, Pending, Sleep, Verdict, World};

/// The world, as every port of every instance sees it. One thread runs them all.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(super) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// A world is consistent after each statement: a panic of another holder leaves it usable.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wait for a verdict on one call.
pub(super) struct Gate {
    pub(super) shared: Shared,
    pub(super) slot: usize,
    pub(super) call: Call,
}

impl Future for Gate {
    type Output = Verdict;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Verdict> {
        let mut world = self.shared.world();
        let since_secs = world.now_secs;
        let Some(cycle) = world.slots[self.slot].cycle.as_mut() else { return Poll::Pending };
        cycle.waker.clone_from(context.waker());
        if cycle.sleep == Sleep::Suspended {
            return Poll::Pending;
        }
        let verdict = cycle.verdicts.iter().position(|(kind, _)| *kind == self.call.kind());
        match verdict {
            Some(at) => Poll::Ready(cycle.verdicts.remove(at).1),
            None => {
                if cycle.pending.iter().all(|it| it.call != self.call) {
                    cycle.pending.push(Pending { call: self.call.clone(), since_secs });
                }
                Poll::Pending
            }
        }
    }
}
