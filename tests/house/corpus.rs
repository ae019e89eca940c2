//! Every input of the fuzzer's corpora, and seeded mutations of them, through the fuzzer's entries.

#[path = "../../fuzz/src/lib.rs"]
mod entry;

use std::fs;
use std::path::Path;

const MUTATIONS: u64 = 2_000;

/// A xorshift generator: the same mutations on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 32).unwrap() % end.max(1)
    }
}

/// One to eight bytes flipped, removed or repeated, or a piece of another input put in.
fn mutated(inputs: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = inputs[dice.below(inputs.len())].clone();
    for _ in 0..=dice.below(8) {
        let at = dice.below(bytes.len());
        match dice.below(4) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 => {
                let other = &inputs[dice.below(inputs.len())];
                let from = dice.below(other.len());
                let to = (from + dice.below(24)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            _ => bytes.insert(at, b"0-9\"{}[],:e.\xff"[dice.below(13)]),
        }
    }
    bytes
}

/// Runs each file of a corpus, then its mutations.
fn replay(target: &str, enter: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 7, "{target} has a corpus");
    let inputs: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    for (file, input) in files.iter().zip(&inputs) {
        println!("{}", file.display());
        enter(input);
    }
    for seed in 1..=MUTATIONS {
        println!("{target}, mutation {seed}");
        enter(&mutated(&inputs, &mut Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))));
    }
}

#[test]
fn any_event_is_a_tick_near_the_clock() {
    replay("event", entry::event);
}

#[test]
fn no_environment_breaks_the_bounds_or_shows_the_token() {
    replay("environment", entry::environment);
}

#[test]
fn no_answer_of_heroku_makes_a_quantity_that_it_does_not_have() {
    replay("heroku", entry::heroku);
}

#[test]
fn no_state_item_breaks_a_decision() {
    replay("state", entry::state);
}

#[test]
fn no_answer_of_elasticsearch_is_shown_at_length() {
    replay("elasticsearch", entry::elasticsearch);
}

#[test]
fn every_target_has_its_entry_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let targets = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut names: Vec<_> =
        targets.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["elasticsearch", "environment", "event", "heroku", "state"]);
}
