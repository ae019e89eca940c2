//! The deciding code: configuration, policies and cycles, over ports in memory. No socket, no
//! process.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on may panic")]

mod baselines;
mod config;
mod cycle;
mod interleavings;
mod load;
mod metrics;
mod policy_laws;
mod policy_table;
mod queueing;
mod rate_course;
mod record;
mod rules;
mod schedule;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::FileFailurePersistence;

/// So many random cases. The seed of one that fails is kept in `tests/regressions`, to be committed
/// and tried first from then on.
fn cases(cases: u32) -> ProptestConfig {
    let kept = FileFailurePersistence::SourceParallel("regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}
