//! The deciding code: configuration, policies and cycles, over ports in memory. No socket, no
//! process.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on may panic")]

mod config;
mod cycle;
mod fleet;
mod metrics;
mod news;
mod policy_laws;
mod policy_table;
mod rate_course;
mod record;
mod rules;
mod schedule;
mod targets;
