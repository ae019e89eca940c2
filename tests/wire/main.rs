//! The adapters against servers on loopback, and against files: their requests, what they store,
//! and how they read answers.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on may panic")]

mod adapters;
mod choices;
mod events;
mod rounds;
mod secrets;
mod security;
mod state_file;
