//! Every run of a scenario, by trying each step that may come next, depth first.
//!
//! A cycle cannot be copied, so that a run continues with the first step that may come next, and is
//! repeated from its beginning for each of the others. Two runs in the same state continue in the
//! same way: the second is not followed.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::law::Violation;

/// A run, step by step. The same steps are the same run.
pub trait Course {
    type Step: Copy;

    /// What may happen next, the least harmful first; nothing once the run is over.
    fn steps(&self) -> Vec<Self::Step>;

    /// Takes a step and checks the laws.
    ///
    /// # Errors
    /// The law that the step broke.
    fn take(&mut self, step: Self::Step) -> Result<(), Violation>;

    /// Lets minutes pass without a fault or an operator, until nothing can change any more, and
    /// checks the laws of the complete run.
    ///
    /// # Errors
    /// The law that was broken.
    fn settle(&mut self) -> Result<(), Violation>;

    /// All that the rest of the run depends on, laws included.
    fn fingerprint(&self) -> String;

    /// Whether a step is neither a fault nor an operator's.
    fn is_harmless(step: Self::Step) -> bool;
}

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
pub struct Finding<S> {
    /// That led to the violation.
    pub steps: Vec<S>,
    pub violation: Violation,
}

/// Takes every run from a beginning.
///
/// # Errors
/// The first run that breaks a law.
pub fn explore<C: Course>(begin: impl Fn() -> C) -> Result<Explored, Box<Finding<C::Step>>> {
    let mut explored = Explored::default();
    // 64 bits: among 10^7 states two different ones collide with a probability of 3 in a million.
    let (hasher, mut visited) = (RandomState::new(), HashSet::new());
    let mut open: Vec<Vec<C::Step>> = vec![Vec::new()];
    while let Some(mut path) = open.pop() {
        let mut run = repeated(begin(), &path)?;
        while visited.insert(hasher.hash_one(run.fingerprint())) {
            let next = run.steps();
            explored.states += 1;
            explored.steps += next.len() as u64;
            let Some((first, others)) = next.split_first() else {
                explored.ends += 1;
                run.settle().map_err(|violation| found(&path, violation))?;
                break;
            };
            open.extend(others.iter().rev().map(|step| [&path[..], &[*step]].concat()));
            path.push(*first);
            run.take(*first).map_err(|violation| found(&path, violation))?;
        }
    }
    Ok(explored)
}

fn repeated<C: Course>(mut run: C, path: &[C::Step]) -> Result<C, Box<Finding<C::Step>>> {
    for (index, step) in path.iter().enumerate() {
        run.take(*step).map_err(|violation| found(&path[..=index], violation))?;
    }
    Ok(run)
}

fn found<S: Copy>(path: &[S], violation: Violation) -> Box<Finding<S>> {
    Box::new(Finding { steps: path.to_vec(), violation })
}
