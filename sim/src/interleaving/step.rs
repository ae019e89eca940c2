//! What may happen next in a run.
//!
//! Must not know: whether it may happen now.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A tick is delivered to an instance, which reads the queue at once.
    Start {
        /// The place of the instance.
        slot: usize,
        /// The second at which the tick was due; before the start it is negative.
        tick: i64,
        /// How the reading of the queue ends.
        queue: End,
    },
    /// A call of a cycle ends.
    Land {
        /// The place of the instance.
        slot: usize,
        /// Which of its calls.
        call: usize,
        end: End,
    },
    /// A change whose caller has given up arrives at Heroku.
    Arrive {
        /// Index among the changes on their way.
        change: usize,
    },
    /// A suspended instance continues.
    Wake {
        /// Its place.
        slot: usize,
    },
    /// An instance ends, and another takes its place.
    Kill {
        /// Its place.
        slot: usize,
    },
    /// An operator sets the quantity.
    ByHand { quantity: u32 },
    /// Time passes to the next instant at which something may happen.
    Wait,
}

impl Step {
    /// Whether it happens without a fault and without an operator.
    pub(super) fn is_harmless(self) -> bool {
        match self {
            Self::Start { queue: end, .. } | Self::Land { end, .. } => end == End::Answered,
            Self::Arrive { .. } | Self::Wake { .. } | Self::Wait => true,
            Self::Kill { .. } | Self::ByHand { .. } => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The call succeeds.
    Answered,
    /// The call never arrives.
    Lost,
    /// The call arrives; its answer does not.
    AnswerLost,
    /// The caller gives up; the call arrives later.
    TimedOut,
    /// The call succeeds, but the instance is suspended before it reads the answer.
    Suspended,
}
