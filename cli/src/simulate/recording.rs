//! A policy in a simulated world, with the records that its cycles would have left.
//!
//! Must not know what the records are for.

use crate::records::{Found, Record};
use crate::replay::{Changes, Memory, Recorded};
use dynoscaler::report::{Action, CycleReport};
use dynoscaler::target::TargetId;
use dynoscaler_sim::queueing::{Contender, Controller, Method, Progress, Seen, World, run};

/// The app that has the simulated process types.
const APP: &str = "simulated";

const PERIOD_SECS: u32 = 60;

/// The records of a contender; none if it is no policy of the project.
pub(super) fn records(world: &World, contender: &Contender) -> serde_json::Result<Vec<Record>> {
    let Method::Policy { policy, schedule } = &contender.method else { return Ok(Vec::new()) };
    let mut recording = Recording {
        world,
        memory: Memory::new(*policy, schedule.clone(), Changes::Made),
        target: TargetId { app: APP.to_owned(), process: contender.name.to_owned() },
        records: Vec::new(),
    };
    // The records are needed, not the score.
    let _ = run(world, &mut recording, &Progress::default());
    let lines = recording.records.iter().map(serde_json::to_string);
    Ok(Found::among(lines.collect::<serde_json::Result<Vec<_>>>()?).records)
}

struct Recording<'a> {
    world: &'a World,
    memory: Memory,
    target: TargetId,
    records: Vec<CycleReport>,
}

impl Controller for Recording<'_> {
    fn period_secs(&self) -> u32 {
        PERIOD_SECS
    }

    fn required(&mut self, seen: &Seen) -> u32 {
        let at = self.world.load.instant(seen.now_us);
        let cycle = Recorded::of(self.target.clone(), at, seen.backlog, seen.quantity);
        let report = self.memory.answer(&cycle);
        let changed = report.required_dynos.filter(|_| report.action != Action::None);
        self.records.push(report);
        changed.unwrap_or(seen.quantity)
    }
}
