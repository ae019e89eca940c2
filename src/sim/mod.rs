//! Worlds to try a policy in.
//!
//! Must not know: AWS, Heroku's API, the environment, the clock.

pub mod queueing;
