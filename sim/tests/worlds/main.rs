//! The simulated worlds: what they prove of cycles, and that they are what they claim to be.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on may panic")]

mod baselines;
mod elasticity;
mod example;
mod interleavings;
mod papers;
mod queueing;
mod rate;
