//! What may happen next in a run.
//!
//! Must not know: whether it may happen now.

/// What may happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A tick is delivered to an instance, which reads the queue at once.
    Start {
        /// The place of the instance.
        slot: usize,
        /// The minute of the tick; before the start it is negative.
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
        /// How it ends.
        end: End,
    },
    /// A change whose caller has given up arrives at Heroku.
    Arrive {
        /// Which of those on their way.
        change: usize,
    },
    /// An instance that was suspended goes on.
    Wake {
        /// Its place.
        slot: usize,
    },
    /// An instance is gone, and another takes its place.
    Kill {
        /// Its place.
        slot: usize,
    },
    /// A person sets the quantity.
    ByHand {
        /// To this.
        quantity: u32,
    },
    /// Time goes on to the next instant at which something may happen.
    Wait,
}

impl Step {
    /// Whether it happens without a fault and without a person.
    pub(super) fn is_harmless(self) -> bool {
        match self {
            Self::Start { queue: end, .. } | Self::Land { end, .. } => end == End::Answered,
            Self::Arrive { .. } | Self::Wake { .. } | Self::Wait => true,
            Self::Kill { .. } | Self::ByHand { .. } => false,
        }
    }
}

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Answered,
    /// It never arrives.
    Lost,
    /// It arrives; its answer does not.
    AnswerLost,
    /// The caller gives up; what was sent arrives later.
    TimedOut,
    /// As it should, but the instance is suspended before it looks at the answer.
    Suspended,
}
