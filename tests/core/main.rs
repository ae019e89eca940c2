//! What decides: configuration, policies and cycles, over worlds in memory. No socket, no process.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on may panic")]

mod baselines;
mod config;
mod cycle;
mod interleavings;
mod load;
mod metrics;
mod policy_laws;
mod policy_table;
mod queueing;
mod rate_course;
mod rules;
mod schedule;
