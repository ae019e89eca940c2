//! The course of the dynos of a run.

/// The dynos from a time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supply {
    /// In microseconds.
    pub at_us: u64,
    /// Requested dynos.
    pub quantity: u32,
    /// Dynos that have booted.
    pub running: u32,
}
