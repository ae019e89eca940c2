//! Reproducible randomness: one seed, and a separate stream for each random quantity, so that a
//! policy which draws more of one never changes another.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// The generator: fast, and its values never change between versions.
pub(super) type Random = Pcg64Mcg;

/// The random quantities.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    /// When messages come, and how long each takes.
    Traffic = 1,
    /// How long dynos boot.
    Boots,
    /// How late and how wrong the counts are.
    Counts,
    /// Which ticks are missed.
    Ticks,
    /// The course of a drawn load.
    Load,
}

/// The stream of a seed.
pub(super) fn stream(seed: u64, stream: Stream) -> Random {
    // An odd multiplier sends neighbouring seeds and streams far apart.
    let mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (stream as u64);
    Random::seed_from_u64(mixed)
}

/// A number from 0, included, to 1, excluded.
pub(super) fn fraction(random: &mut Random) -> f64 {
    const STEPS: f64 = (1_u64 << 53) as f64;
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a f64 holds")]
    let step = (random.next_u64() >> 11) as f64;
    step / STEPS
}
