//! The adapters against servers on loopback, and against files: what they send, store and make of
//! answers.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on may panic")]

mod adapters;
mod secrets;
mod security;
mod state_file;
