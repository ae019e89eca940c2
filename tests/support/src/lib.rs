//! What the tests share: ports in memory, servers on loopback, and initial values.
//!
//! A crate of its own, so that each test binary takes what it needs and none compiles it again.

pub mod example;
pub mod fake;
pub mod server;
pub mod services;
pub mod sockets;
pub mod store;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::{FileFailurePersistence, RngSeed};

/// So many cases, the same at each run: what a change breaks fails with that change. `make
/// properties` tries others, by proptest's own `PROPTEST_CASES` and `PROPTEST_RNG_SEED`.
///
/// The seed of a case that fails is kept in `regressions` beside the tests, to be committed and
/// tried first from then on.
#[must_use]
pub fn cases(cases: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    let cases = std::env::var_os("PROPTEST_CASES").map_or(cases, |_| given.cases);
    let rng_seed = match given.rng_seed {
        RngSeed::Random => RngSeed::Fixed(0),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    let kept = FileFailurePersistence::SourceParallel("regressions");
    ProptestConfig { cases, rng_seed, failure_persistence: Some(Box::new(kept)), ..given }
}
