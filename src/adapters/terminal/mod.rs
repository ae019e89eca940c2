//! The services of an operator's terminal, or of a clock process anywhere.
//!
//! The same services as the function's. Credentials come from AWS's chain of providers, and the
//! state may be in a file. Must not know which command runs.

mod disk;
mod kept_secret;
mod record_log;
mod state_file;
mod store;

use std::path::Path;

pub use self::disk::Disk;
pub use self::record_log::TerminalLog;
pub use self::state_file::StateFile;
use self::store::Place;
pub use self::store::Store;
use super::{Connected, Http, Services, StdoutLog};
use crate::config::{self, DynamoDbConfig, Metrics, ProcessConfig};

/// The services of an operator or a clock process.
pub type TerminalServices = Services<Option<DynamoDbConfig>, Store, TerminalLog>;

/// The ports of a cycle that an operator or a clock process runs.
pub type AtTerminal = Connected<Store, TerminalLog>;

/// Connects a configuration to its services. Without a table the state is in `state_file`.
/// Nothing is called yet.
#[must_use]
pub fn at_terminal(config: &config::AtTerminal, state_file: &Path, http: &Http) -> AtTerminal {
    terminal_services(&config.process, state_file, http).connect(config)
}

/// The services of all targets. Without a table their states are in `state_file`. Nothing is
/// called yet.
#[must_use]
pub fn terminal_services(
    process: &ProcessConfig<Option<DynamoDbConfig>>,
    state_file: &Path,
    http: &Http,
) -> TerminalServices {
    let place = Place::new(process.dynamodb.as_ref(), state_file, http);
    // CloudWatch finds metrics in its own logs alone.
    let log = TerminalLog::new(StdoutLog::new(Metrics::Off, None));
    Services::new(process, log, http.clone(), move |config: &config::AtTerminal, names| {
        place.state_of(&config.target, names)
    })
}

/// The region of AWS's profile. Uses no network.
pub async fn profile_region() -> Option<String> {
    use aws_config::meta::region::ProvideRegion;
    use aws_config::profile::ProfileFileRegionProvider;
    Some(ProfileFileRegionProvider::new().region().await?.to_string())
}
