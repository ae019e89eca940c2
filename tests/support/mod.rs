//! What several tests share. Each test binary uses its own part of it.
#![allow(dead_code, clippy::unwrap_used, unreachable_pub)]

pub mod fake;
pub mod server;
pub mod services;
pub mod store;
