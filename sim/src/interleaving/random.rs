//! Random long runs of random scenarios, and the shortest run that still breaks a law.
//!
//! A run is a seed, which determines its scenario, and a list of choices: which of the possible
//! steps comes next.

use std::collections::HashSet;
use std::fmt;

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

use super::law::{Law, Violation};
use super::pair::{Pair, Side};
use super::pair_run::PairRun;
use super::run::Run;
use super::scenario::Scenario;
use super::search::Course;
use dynoscaler::policy::{Bounds, Counters, Policy, Rule, RuleName};

/// The minutes of a random run: an older tick would be late.
const MINUTES: u32 = 15;
/// Choices of a random run: enough that all its ticks are delivered.
const CHOICES: usize = 400;
/// Failures in a random run, at most.
const FAULTS_MAX: u32 = 12;

/// A choice from here on may be a fault or an operator; below, only if nothing else may happen.
const HARMFUL: u8 = 208;

/// The seconds of a minute at which something happens: around the time-outs and the window.
const INSTANTS: [&[u32]; 5] =
    [&[0], &[0, 10, 20, 30], &[0, 13, 14, 22, 23], &[0, 23, 46], &[0, 8, 21, 31]];

/// Of the seeds, the share whose runs have delayed ticks: a kept run stays what it was.
const DELAYED_EVERY: u64 = 6;
/// Makes a seed another one.
const OTHER_SEED: u64 = 0x5eed_5eed;
/// The delays of ticks between two of the event rule.
const DELAYS_SECS: [u32; 5] = [15, 20, 30, 40, 45];

/// The extent of a random search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wandered {
    /// Runs, each of a scenario of its own.
    pub runs: u64,
    /// Cycles in them before they were left to settle.
    pub cycles: u64,
}

/// A run that broke a law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lapse {
    /// Of its scenario.
    pub seed: u64,
    pub choices: Vec<u8>,
    pub violation: Violation,
}

impl fmt::Display for Lapse {
    /// The line that keeps the run for a regression test, and the reason.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let choices: Vec<String> = self.choices.iter().map(u8::to_string).collect();
        write!(f, "{}: {}\n{}", self.seed, choices.join(" "), self.violation)
    }
}

/// Walks the scenario of each seed once.
///
/// # Errors
/// The first run that breaks a law, as short as it could be made.
pub fn wander<S>(
    seeds: impl IntoIterator<Item = u64>,
    scenario: impl Fn(u64) -> S,
    walk: fn(&S, &[u8]) -> Result<u32, Violation>,
    progress: &mut dyn FnMut(&Wandered),
) -> Result<Wandered, Box<Lapse>> {
    let mut wandered = Wandered::default();
    for seed in seeds {
        let (scenario, mut random) = (scenario(seed), Pcg64Mcg::seed_from_u64(!seed));
        let choices: Vec<u8> = (0..CHOICES).map(|_| random.next_u32().to_le_bytes()[0]).collect();
        let walk = |choices: &[u8]| walk(&scenario, choices);
        let cycles = walk(&choices).map_err(|violation| {
            let (choices, violation) = shrunk(&walk, &choices, violation);
            Box::new(Lapse { seed, choices, violation })
        })?;
        wandered.runs += 1;
        wandered.cycles += u64::from(cycles);
        progress(&wandered);
    }
    Ok(wandered)
}

/// Takes the chosen steps, lets the run settle within its bound, and compares it with an
/// undisturbed twin; returns how many cycles were disturbed.
///
/// # Errors
/// The law that was broken.
pub fn walk(scenario: &Scenario, choices: &[u8]) -> Result<u32, Violation> {
    let mut run = Run::new(scenario);
    take_chosen(&mut run, choices)?;
    run.calm()?;
    let disturbed = run.cycles();
    // From this minute on the load is constant.
    run.pass_until(MINUTES);
    run.settle()?;
    let its = rest_of_twin(scenario)?;
    // An operator's stop is respected, so that nothing continues from there.
    if run.rest() == its || run.is_stopped() {
        return Ok(disturbed);
    }
    let found = format!("{:?}, undisturbed {its:?}", run.rest());
    Err(Violation { law: Law::Settles, found })
}

/// Takes the chosen steps, and lets what was started end; returns the number of cycles of each
/// target.
///
/// # Errors
/// The law that was broken.
pub fn walk_pair(pair: &Pair, choices: &[u8]) -> Result<u32, Violation> {
    let mut run = PairRun::new(pair);
    take_chosen(&mut run, choices)?;
    run.calm()?;
    Ok(run.rounds())
}

fn take_chosen<C: Course>(run: &mut C, choices: &[u8]) -> Result<(), Violation> {
    for choice in choices {
        let Some(step) = chosen::<C>(&run.steps(), *choice) else { break };
        run.take(step)?;
    }
    Ok(())
}

/// If faults were as likely as other steps, the first cycles would use them up.
fn chosen<C: Course>(steps: &[C::Step], choice: u8) -> Option<C::Step> {
    let harmless = steps.iter().copied().filter(|step| choice < HARMFUL && C::is_harmless(*step));
    let harmless: Vec<C::Step> = harmless.collect();
    let steps = if harmless.is_empty() { steps } else { &harmless };
    steps.get(usize::from(choice) % steps.len().max(1)).copied()
}

/// The end of a run without a stop and without a fault.
fn rest_of_twin(scenario: &Scenario) -> Result<(u32, Option<Counters>), Violation> {
    let quantity = scenario.quantity.max(scenario.policy.bounds.min);
    let (ticks, delayed, late) = (Vec::new(), Vec::new(), Vec::new());
    let quiet = Scenario { quantity, ticks, delayed, late, defect: None, ..scenario.clone() };
    let mut twin = Run::new(&quiet);
    twin.pass(MINUTES)?;
    twin.settle()?;
    Ok(twin.rest())
}

/// A run by its choices: whether it breaks a law.
type Walk<'a> = dyn Fn(&[u8]) -> Result<u32, Violation> + 'a;

/// A run that breaks a law, while it is made shorter.
struct Shrinking<'a> {
    walk: &'a Walk<'a>,
    best: (Vec<u8>, Violation),
    /// What was walked.
    known: HashSet<Vec<u8>>,
}

/// Replaces choices by the most harmless one, and leaves out others, as long as the same law is
/// broken: first long stretches of them, then shorter ones.
fn shrunk(walk: &Walk<'_>, choices: &[u8], violation: Violation) -> (Vec<u8>, Violation) {
    let best = (choices.to_vec(), violation);
    let mut shrinking = Shrinking { walk, known: HashSet::from([best.0.clone()]), best };
    let longest = choices.len().next_power_of_two();
    let halves = std::iter::successors(Some(longest), |it| Some(it / 2));
    let halves = halves.take_while(|stretch| 0 < *stretch);
    loop {
        let before = shrinking.best.0.clone();
        halves.clone().for_each(|stretch| shrinking.calm(stretch));
        halves.clone().for_each(|stretch| shrinking.leave_out(stretch));
        if shrinking.best.0 == before {
            return shrinking.best;
        }
    }
}

impl Shrinking<'_> {
    /// Takes the first of the possible steps, which harms the least, in stretches of choices.
    fn calm(&mut self, stretch: usize) {
        for from in (0..self.best.0.len()).step_by(stretch) {
            let mut calmer = self.best.0.clone();
            calmer[from..].iter_mut().take(stretch).for_each(|choice| *choice = 0);
            self.is_better(calmer);
        }
    }

    /// Leaves out stretches of choices.
    fn leave_out(&mut self, stretch: usize) {
        let mut from = 0;
        while from < self.best.0.len() {
            let mut shorter = self.best.0.clone();
            shorter.drain(from..(from + stretch).min(shorter.len()));
            if !self.is_better(shorter) {
                from += stretch;
            }
        }
    }

    /// Whether other choices break the same law: then they are the best.
    fn is_better(&mut self, choices: Vec<u8>) -> bool {
        if !self.known.insert(choices.clone()) {
            return false;
        }
        match (self.walk)(&choices) {
            Err(same) if same.law == self.best.1.law => self.best = (choices, same),
            Ok(_) | Err(_) => return false,
        }
        true
    }
}

/// The scenario of a seed: a policy, a load, ticks that are missed, doubled, delayed and late, and
/// an operator.
#[must_use]
pub fn scenario(seed: u64) -> Scenario {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut below = |limit: u32| random.next_u32() % limit;
    let min = below(3);
    let max = (min + below(6)).max(1);
    let others = RuleName::ALL.into_iter().map(Rule::from);
    let rules: Vec<Rule> = [Rule::Step].into_iter().chain(others).collect();
    let mut load: Vec<u64> =
        (0..MINUTES).map(|_| [0, 1, 100, 200, 350, 2000][below(6) as usize]).collect();
    load.push([0, 1_000_000][below(2) as usize]);
    let mut ticks: Vec<u32> = (0..MINUTES).filter(|_| below(8) > 0).collect();
    ticks.extend((0..MINUTES).filter(|_| below(5) == 0).collect::<Vec<_>>());
    let usual = Scenario::new("random", &load, &ticks);
    let policy = Policy {
        rule: rules[below(rules.len() as u32) as usize],
        bounds: Bounds { min, max },
        up_cycles: 1 + below(3),
        down_cycles: 1 + below(3),
        ..usual.policy
    };
    let mut by_hand: Vec<u32> = (0..below(3)).map(|_| below(max + 3)).collect();
    let (quantity, instances) = (below(max + 2), 1 + below(3) as usize);
    let faults = below(FAULTS_MAX + 1);
    let instants = INSTANTS[below(5) as usize].to_vec();
    let limit = [None, None, None, Some(min.max(1) + below(max))][below(4) as usize];
    let most = limit.unwrap_or(u32::MAX);
    let quantity = quantity.min(most);
    by_hand.retain(|quantity| *quantity <= most);
    let usual = Scenario { policy, quantity, instants, instances, faults, by_hand, limit, ..usual };
    let usual = with_hidden_causes(usual, &mut below);
    if seed.is_multiple_of(DELAYED_EVERY) { with_delayed_ticks(usual, &mut below) } else { usual }
}

/// The pair of a seed: the targets have loads, policies and operators of their own, and either is
/// the first of the app.
#[must_use]
pub fn pair(seed: u64) -> Pair {
    let first = if seed.is_multiple_of(2) { Side::Other } else { Side::Watched };
    Pair::new(scenario(seed), scenario(seed ^ OTHER_SEED)).with_first(first)
}

/// Ticks between two of the rule, some of them doubled.
fn with_delayed_ticks(usual: Scenario, below: &mut dyn FnMut(u32) -> u32) -> Scenario {
    let number = 1 + below(20);
    let delayed = (0..number).map(|_| below(MINUTES) * 60 + DELAYS_SECS[below(5) as usize]);
    Scenario { delayed: delayed.collect(), ..usual }
}

/// A burst of late ticks, messages in flight, and dynos that no formation shows.
fn with_hidden_causes(usual: Scenario, below: &mut dyn FnMut(u32) -> u32) -> Scenario {
    let burst = below(4) * below(12);
    let late = (0..burst).map(|_| 16 + i64::from(below(45))).collect();
    let mut in_flight: Vec<u64> = (0..MINUTES).map(|_| [0, 0, 1, 7][below(4) as usize]).collect();
    in_flight.push(0);
    let in_flight_per_dyno = [None, None, Some(2.0)][below(3) as usize];
    let policy = Policy { in_flight_per_dyno, ..usual.policy };
    let one_off = below(3);
    let limit = usual.limit.map(|limit| limit + one_off);
    Scenario { policy, late, in_flight, one_off, limit, ..usual }
}
