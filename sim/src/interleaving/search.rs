//! Every run of a scenario, by trying each step that may come next, depth first.
//!
//! A cycle cannot be copied, so that a run continues with the first step that may come next, and is
//! repeated from its beginning for each of the others. Two runs in the same state continue in the
//! same way: the second is not followed.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::law::Violation;
use super::run::Run;
use super::scenario::Scenario;
use super::step::Step;

/// The extent of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Explored {
    /// Different states of runs.
    pub states: u64,
    /// Steps from one state to another.
    pub steps: u64,
    /// States in which a run is over, each of which was then left to settle.
    pub ends: u64,
}

/// A run that broke a law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// That led to the violation.
    pub steps: Vec<Step>,
    pub violation: Violation,
}

/// Takes every run, and reports its extent to `progress` now and then.
///
/// # Errors
/// The first run that breaks a law.
pub fn explore(
    scenario: &Scenario,
    progress: &mut dyn FnMut(&Explored),
) -> Result<Explored, Box<Finding>> {
    let mut explored = Explored::default();
    // 64 bits: among 10^7 states two different ones collide with a probability of 3 in a million.
    let (hasher, mut visited) = (RandomState::new(), HashSet::new());
    let mut open: Vec<Vec<Step>> = vec![Vec::new()];
    while let Some(mut path) = open.pop() {
        let mut run = repeated(scenario, &path)?;
        while visited.insert(hasher.hash_one(run.fingerprint())) {
            let next = run.steps();
            explored.states += 1;
            explored.steps += next.len() as u64;
            if explored.states.is_multiple_of(1024) {
                progress(&explored);
            }
            let Some((first, others)) = next.split_first() else {
                explored.ends += 1;
                run.settle(scenario.settles_within_minutes())
                    .map_err(|violation| found(&path, violation))?;
                break;
            };
            open.extend(others.iter().rev().map(|step| [&path[..], &[*step]].concat()));
            path.push(*first);
            run.take(*first).map_err(|violation| found(&path, violation))?;
        }
    }
    Ok(explored)
}

fn repeated<'a>(scenario: &'a Scenario, path: &[Step]) -> Result<Run<'a>, Box<Finding>> {
    let mut run = Run::new(scenario);
    for (index, step) in path.iter().enumerate() {
        run.take(*step).map_err(|violation| found(&path[..=index], violation))?;
    }
    Ok(run)
}

fn found(path: &[Step], violation: Violation) -> Box<Finding> {
    Box::new(Finding { steps: path.to_vec(), violation })
}
