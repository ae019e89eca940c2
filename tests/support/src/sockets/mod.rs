//! Faults of real sockets, shared by the test that judges them and the command that reports them.

pub mod call;
pub mod documented;
pub mod fault;
pub mod memory;
pub mod server;
pub mod table;
pub mod tls;
pub mod traces;
pub mod world;
