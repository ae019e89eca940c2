//! What is lost with the disk of a state file, as a warning.
//!
//! Must not know how the state is kept. A lost state cannot be guessed: a quantity of 0 may be an
//! operator's stop.

use crate::connection::ConnectionArgs;
use dynoscaler::adapters::{Disk, StateFile};
use dynoscaler::config::{DynamoDbConfig, Targets, process_variable};
use dynoscaler::target::Target;

/// Heroku sets it for each of its dynos.
const DYNO: &str = "DYNO";

/// Warns the operator who starts a clock process of a disk that loses the state.
pub(super) fn warning(
    targets: &Targets<Option<DynamoDbConfig>>,
    args: &ConnectionArgs,
) -> anyhow::Result<Option<String>> {
    if targets.process().dynamodb.is_some() {
        return Ok(None);
    }
    let file = StateFile::new(&args.path()?, String::new());
    let stops = match targets {
        Targets::One(config) => stops_and_starts(&config.target),
        // Its targets may change.
        Targets::File(_) => true,
    };
    Ok(lost(&file, if stops { STOPPED } else { "" }))
}

fn lost(file: &StateFile, stop: &str) -> Option<String> {
    let dyno = process_variable(DYNO);
    let disk = match (dyno, file.disk()) {
        (Some(_), _) => {
            "this dyno's disk, which Heroku empties whenever the dyno restarts, at least once a day"
        }
        (None, Disk::OfContainer) => "a disk that is lost with its container",
        (None, Disk::OfMemory) => "a disk in memory, which is lost when the machine restarts",
        (None, Disk::Kept) => return None,
    };
    Some(format!(
        "the state is in {} on {disk}. With the disk are lost: the counters, which begin again, a \
         pause, how long a quantity set by hand is kept, a limit of Heroku's, and what rate has learnt{stop}. Set \
         DYNOSCALER_TABLE to a DynamoDB table, which keeps all of it",
        file.shown()
    ))
}

const STOPPED: &str = ". Also lost is whether a quantity of 0 is DynoScaler's own: the process \
    type may be at 0 when the disk is emptied, and is then left there as StoppedByHand, although \
    DYNOSCALER_SCHEDULE has a minimum above 0 for later";

/// Whether some hours allow no dyno and others require one.
fn stops_and_starts(target: &Target) -> bool {
    let windows = target.schedule.windows.iter().map(|window| window.bounds);
    let minima: Vec<u32> = windows.chain([target.policy.bounds]).map(|bounds| bounds.min).collect();
    minima.contains(&0) && minima.iter().any(|min| 0 < *min)
}
