//! What the programs of the proof share.

pub mod page;
