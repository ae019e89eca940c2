//! The repository: where its sources may point, what its documents say, and what fuzzing may enter.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod architecture;
mod corpus;
mod documents;
mod pages;
