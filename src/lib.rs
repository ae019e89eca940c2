//! Scales Heroku worker dynos so that the backlog of an Amazon SQS queue per dyno stays near a
//! target.
//!
//! One cycle flows one way, with one type for each stage:
//!
//! ```text
//! event -> tick -> observe -> decide -> commit -> act -> report
//! ```

pub mod policy;
pub mod secret;
pub mod config;
pub mod report;
pub mod ports;
pub mod tick;
pub mod cycle;
pub mod adapters;
