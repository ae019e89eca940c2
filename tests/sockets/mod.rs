//! Faults of real sockets, shared by the test that judges them and the command that tells of them.
#![allow(dead_code, clippy::unwrap_used, unreachable_pub, missing_docs)]

pub mod call;
pub mod documented;
pub mod fault;
pub mod memory;
pub mod server;
pub mod table;
pub mod tls;
pub mod traces;
pub mod world;
