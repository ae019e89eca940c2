//! Scales Heroku worker dynos so that the backlog of an Amazon SQS queue per dyno stays near a
//! target.
//!
//! One cycle flows one way, with one type for each stage:
//!
//! ```text
//! event -> tick -> observe -> decide -> commit -> act -> report
//! ```
//!
//! The modules are in the order of the floors, ground floor first, and import only downwards:
//! [`policy`] decides and is pure; [`config`] reads the environment; [`ports`] declares what a
//! cycle needs from outside; [`cycle`] runs it; [`fleet`] runs those of all targets; [`adapters`]
//! implement the ports.
//! `docs/ARCHITECTURE.md` shows all of it on one page.

pub mod policy;
pub mod secret;
pub mod visible;

pub mod target;

pub mod config;

pub mod report;

pub mod ports;

pub mod tick;

pub mod cycle;

pub mod fleet;

pub mod adapters;
