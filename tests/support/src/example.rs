//! Values to begin with: what a test does not say otherwise is as here.

use dynoscaler::config::{AwsKeys, KeySource};
use dynoscaler::policy::{Cycle, InstanceId, Origin, RateSettings, Tick};
use dynoscaler::secret::Secret;
use jiff::Timestamp;

pub const START: Timestamp = Timestamp::constant(1_764_000_000, 0);

/// The settings of the rule `rate` that the configuration has by default.
pub const RATE: RateSettings = RateSettings { service_level: 0.99 };

/// A cycle of one instance, in time, for an event of the schedule.
pub fn scheduled_cycle(at: Timestamp) -> Cycle {
    Cycle::new(Tick { at, origin: Origin::Schedule }, at, InstanceId::new("this instance"))
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

pub fn keys() -> KeySource {
    KeySource::Given(AwsKeys {
        access_key_id: secret("AKIDEXAMPLE"),
        secret_access_key: secret("very-secret"),
        session_token: None,
    })
}
