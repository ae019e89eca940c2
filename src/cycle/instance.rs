//! The name of a running copy of the program, as one target's cycles have it.
//!
//! Must not know what its cycles decide.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::policy::InstanceId;

/// One running copy of the program, which runs the cycles of one target one after the other.
///
/// It takes another name after a change that Heroku left unanswered: our time-out ends our wait and
/// not the change, so that it must wait for its own as for another's. A change of another target is no reason to wait.
#[derive(Debug)]
pub struct Instance {
    name: String,
    unanswered: AtomicU32,
}

impl Instance {
    /// A name that no other running instance has.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), unanswered: AtomicU32::new(0) }
    }

    /// The current name.
    #[must_use]
    pub fn id(&self) -> InstanceId {
        match self.unanswered.load(Ordering::Relaxed) {
            0 => InstanceId::new(self.name.as_str()),
            unanswered => InstanceId::new(format!("{}+{unanswered}", self.name)),
        }
    }

    pub(crate) fn leaves_unanswered(&self) {
        self.unanswered.fetch_add(1, Ordering::Relaxed);
    }
}
