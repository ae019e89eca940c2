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
use proptest::test_runner::FileFailurePersistence;

/// So many random cases. The seed of one that fails is kept in `regressions` beside
/// the tests, to be committed and tried first from then on.
#[must_use]
pub fn cases(cases: u32) -> ProptestConfig {
    let kept = FileFailurePersistence::SourceParallel("regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}
