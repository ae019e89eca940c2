//! The services of an operator's terminal, or of a clock process anywhere.
//!
//! The same services as the function's. Credentials come from AWS's chain of providers, and the
//! state may be in a file. Must not know which command runs.

mod disk;
mod record_log;
mod state_file;
mod store;

use std::path::Path;

pub use self::disk::Disk;
pub use self::record_log::TerminalLog;
pub use self::state_file::StateFile;
pub use self::store::Store;
use super::{
    Connected, Elasticsearch, Heroku, Http, ParameterStore, Process, Queues, StdoutLog, SystemClock,
};
use crate::adapters::app_names::KnownNames;
use crate::config::{self, Metrics};

/// The ports of a cycle that an operator or a clock process runs.
pub type AtTerminal = Connected<Store, TerminalLog>;

/// Connects a configuration to its services. Without a table the state is in `state_file`.
/// Nothing is called yet.
#[must_use]
pub fn at_terminal(config: &config::AtTerminal, state_file: &Path, http: &Http) -> AtTerminal {
    let secrets = ParameterStore::new(&config.parameter_store, http, SystemClock);
    let sink = config.elasticsearch.clone();
    let names = KnownNames::default();
    Connected {
        backlog: Queues::new(&config.sqs, &secrets, http),
        formation: Heroku::new(&config.heroku, &config.target.id, &secrets, http.clone())
            .sharing(&names),
        state: Store::new(config, state_file, http, &names),
        process: Process {
            // CloudWatch finds metrics in its own logs alone.
            log: TerminalLog::new(StdoutLog::new(Metrics::Off)),
            sink: sink.map(|settings| Elasticsearch::new(settings, &secrets, http.clone())),
        },
    }
}

/// The region of AWS's profile. Uses no network.
pub async fn profile_region() -> Option<String> {
    use aws_config::meta::region::ProvideRegion;
    use aws_config::profile::ProfileFileRegionProvider;
    Some(ProfileFileRegionProvider::new().region().await?.to_string())
}
