//! The only place that reads the system's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

use crate::ports::Clock;

/// In milliseconds, as fine as a log line needs.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
    }
}
