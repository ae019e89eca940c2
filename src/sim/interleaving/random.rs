//! Random long runs of random scenarios, and the shortest run that still breaks a law.
//!
//! A run is a seed, from which its scenario follows, and a list of choices: which of the possible
//! steps comes next.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

use super::laws::{Law, Violation};
use super::run::Run;
use super::scenario::Scenario;
use crate::policy::{Bounds, Policy, RateSettings, Rule};

/// The minutes of a random run: an older tick would be a person's.
const MINUTES: u32 = 15;
/// Choices of a random run: enough that all its ticks are delivered.
const CHOICES: usize = 400;
/// Failures in a random run, at most.
const FAULTS_MAX: u32 = 12;

/// The seconds of a minute at which something happens: around the time-outs and the window.
const INSTANTS: [&[u32]; 5] =
    [&[0], &[0, 10, 20, 30], &[0, 13, 14, 22, 23], &[0, 23, 46], &[0, 8, 21, 31]];

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wandered {
    /// Runs, each of a scenario of its own.
    pub runs: u64,
    /// Cycles in them.
    pub cycles: u64,
}

/// A run that broke a law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lapse {
    /// The seed of its scenario.
    pub seed: u64,
    /// Its choices.
    pub choices: Vec<u8>,
    /// The law, and what was found.
    pub violation: Violation,
}

/// Runs the scenario of each seed once.
///
/// # Errors
/// The first run that breaks a law, as short as it could be made.
pub fn wander(
    seeds: impl IntoIterator<Item = u64>,
    progress: &mut dyn FnMut(&Wandered),
) -> Result<Wandered, Box<Lapse>> {
    let mut wandered = Wandered::default();
    for seed in seeds {
        let mut random = Pcg64Mcg::seed_from_u64(!seed);
        let choices: Vec<u8> = (0..CHOICES).map(|_| random.next_u32().to_le_bytes()[0]).collect();
        let cycles = walk(&scenario(seed), &choices).map_err(|violation| {
            let (choices, violation) = shrunk(&scenario(seed), &choices, violation);
            Box::new(Lapse { seed, choices, violation })
        })?;
        wandered.runs += 1;
        wandered.cycles += u64::from(cycles);
        progress(&wandered);
    }
    Ok(wandered)
}

/// Takes the steps that are chosen, lets the run settle beside a twin that nothing disturbed, and
/// tells how many cycles that were.
///
/// # Errors
/// The law that was broken.
pub fn walk(scenario: &Scenario, choices: &[u8]) -> Result<u32, Violation> {
    let mut run = Run::new(scenario);
    for choice in choices {
        let steps = run.steps();
        let Some(step) = steps.get(usize::from(*choice) % steps.len().max(1)) else { break };
        run.take(*step)?;
    }
    run.calm()?;
    // The load stays from the last of its minutes on; the run rests so many cycles later.
    let minutes = MINUTES + scenario.settles_within_minutes();
    run.settle(minutes)?;
    // Nobody has stopped it.
    let quantity = scenario.quantity.max(scenario.policy.bounds.min);
    let quiet = Scenario { quantity, ticks: Vec::new(), ..scenario.clone() };
    let mut twin = Run::new(&quiet);
    twin.settle(minutes)?;
    let (ours, its) = (run.rest(), twin.rest());
    // A person's stop is respected, so that nothing goes on from there.
    if ours == its || run.is_stopped() {
        return Ok(run.cycles() + twin.cycles());
    }
    Err(Violation { law: Law::Settles, found: format!("{ours:?}, undisturbed {its:?}") })
}

/// Leaves out choices, and takes more harmless ones, as long as the same law is broken.
#[must_use]
pub fn shrunk(scenario: &Scenario, choices: &[u8], violation: Violation) -> (Vec<u8>, Violation) {
    let (mut best, mut worst) = (choices.to_vec(), violation);
    let mut length = best.len().next_power_of_two();
    while length > 0 {
        let mut from = 0;
        while from < best.len() {
            let mut shorter = best.clone();
            shorter.drain(from..(from + length).min(best.len()));
            match walk(scenario, &shorter) {
                Err(same) if same.law == worst.law => (best, worst) = (shorter, same),
                Ok(_) | Err(_) => from += length,
            }
        }
        length /= 2;
    }
    (best, worst)
}

/// The scenario of a seed: a policy, a load, ticks that are missed, doubled and late, and a person.
#[must_use]
pub fn scenario(seed: u64) -> Scenario {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut below = |limit: u32| random.next_u32() % limit;
    let min = below(3);
    let max = (min + below(6)).max(1);
    let rules = [
        Rule::Step,
        Rule::Step,
        Rule::Target { tolerance: 0.1 },
        Rule::Rate(RateSettings {
            drain_minutes: 5.0,
            utilization: 0.9,
            messages_per_dyno_minute: None,
        }),
    ];
    let mut load: Vec<u64> =
        (0..MINUTES).map(|_| [0, 1, 100, 200, 350, 2000][below(6) as usize]).collect();
    load.push([0, 1_000_000][below(2) as usize]);
    let mut ticks: Vec<u32> = (0..MINUTES).filter(|_| below(8) > 0).collect();
    ticks.extend((0..MINUTES).filter(|_| below(5) == 0).collect::<Vec<_>>());
    let usual = Scenario::new("random", &load, &ticks);
    let policy = Policy {
        rule: rules[below(4) as usize],
        bounds: Bounds { min, max },
        up_cycles: 1 + below(3),
        down_cycles: 1 + below(3),
        ..usual.policy
    };
    let by_hand = (0..below(3)).map(|_| below(max + 3)).collect();
    let (quantity, instances) = (below(max + 2), 1 + below(3) as usize);
    let faults = below(FAULTS_MAX + 1);
    let instants = INSTANTS[below(5) as usize].to_vec();
    Scenario { policy, quantity, instants, instances, faults, by_hand, ..usual }
}
