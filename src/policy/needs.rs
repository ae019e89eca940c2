//! The dynos that the load needed in the cycles that the down counter counts.
//!
//! A removal goes no further than the highest of them, so that one sample with nothing waiting does
//! not override all the others. Must not know: how a need is found.

/// The most needs that are remembered, however long `down_cycles` is: an item stays small.
pub const NEEDS_MAX: usize = 120;

/// One need for each cycle that counts, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs(Vec<u32>);

/// More needs than any cycle writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {NEEDS_MAX} needs")]
pub struct TooMany;

impl Needs {
    /// Reads what [`Self::as_slice`] gave.
    ///
    /// # Errors
    /// More than [`NEEDS_MAX`] of them.
    pub fn restored(needs: Vec<u32>) -> Result<Self, TooMany> {
        if needs.len() <= NEEDS_MAX { Ok(Self(needs)) } else { Err(TooMany) }
    }

    /// The needs, the oldest first.
    #[must_use]
    pub fn as_slice(&self) -> &[u32] {
        &self.0
    }

    /// With one more; as many are kept as `cycles` count.
    pub(super) fn with(&self, need: u32, cycles: u32) -> Self {
        let kept = (cycles as usize).clamp(1, NEEDS_MAX) - 1;
        let skipped = self.0.len().saturating_sub(kept);
        Self(self.0.iter().skip(skipped).copied().chain([need]).collect())
    }

    /// Without the oldest.
    pub(super) fn without_oldest(&self) -> Self {
        Self(self.0.iter().skip(1).copied().collect())
    }

    /// The most dynos that any of them needed.
    pub(super) fn highest(&self) -> u32 {
        self.0.iter().copied().max().unwrap_or(0)
    }
}
