//! Simulated worlds that drive the deciding code.
//!
//! Must not know: the adapters, the clock of the machine.

pub mod interleaving;
pub mod queueing;
