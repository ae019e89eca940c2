//! Worlds that drive the deciding code: none of them is the real one.
//!
//! Must not know: the adapters, the clock of the machine.

pub mod interleaving;
pub mod queueing;
