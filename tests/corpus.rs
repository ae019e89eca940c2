//! Every input that the fuzzer found worth keeping, through the entry that it found it with.
#![allow(clippy::unwrap_used)]

#[path = "../fuzz/src/lib.rs"]
mod entry;

use std::fs;
use std::path::Path;

/// Runs each file of a corpus.
fn replay(target: &str, enter: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 7, "{target} has a corpus");
    for file in files {
        println!("{}", file.display());
        enter(&fs::read(file).unwrap());
    }
}

#[test]
fn any_event_is_a_tick_near_the_clock() {
    replay("event", entry::event);
}

#[test]
fn no_environment_breaks_the_bounds_or_tells_the_token() {
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
fn no_answer_of_elasticsearch_is_told_at_length() {
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
