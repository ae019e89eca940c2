//! What the programs of the proof share. Must not know what is proven.

pub mod page;
