//! What the tests share: ports in memory, servers on loopback, and initial values.
//!
//! A crate of its own, so that each test binary takes what it needs and none compiles it again.

pub mod example;
pub mod fake;
pub mod server;
pub mod services;
pub mod sockets;
pub mod store;
