//! Exactly one effect per decision: every order of several instances' cycles, every place where
//! one may fail, and random long runs. `make proof` goes further.

use dynoscaler::policy::{Policy, Rule};
use dynoscaler_sim::interleaving::{
    Course, Defect, End, Explored, Finding, Law, Leak, Pair, PairRun, PairStep, Run, Scenario,
    Side, Step, explore, pair, scenario, walk, walk_pair, wander,
};

/// Few enough for every change.
fn explored(scenario: &Scenario) -> Result<Explored, Box<Finding<Step>>> {
    explore(|| Run::new(scenario))
}

fn holds(scenario: &Scenario) {
    match explored(scenario) {
        Ok(explored) => assert!(explored.ends > 0, "{}: no run came to its end", scenario.name),
        Err(finding) => panic!("{}: {}\n{:#?}", scenario.name, finding.violation, finding.steps),
    }
}

#[test]
fn two_instances_with_a_duplicate_tick_and_a_fault_break_no_law() {
    holds(&Scenario::new("more, then less", &[900, 900, 0], &[0, 0, 1]));
    holds(&Scenario::new("less, then more", &[0, 900], &[0, 1, 1]));
}

#[test]
fn cycles_that_begin_seconds_after_each_other_break_no_law() {
    let late = Scenario::new("late ticks", &[900, 0], &[0, 0]);
    holds(&late.clone().at_seconds(&[0, 8, 13, 14, 21]));
    holds(&late.clone().at_seconds(&[0, 22, 23]).by_hand(&[1]));
    holds(&Scenario::new("late ticks", &[900, 0], &[0, 1]).at_seconds(&[0, 23, 46]));
}

// case B7
#[test]
fn late_ticks_among_the_others_count_nothing() {
    holds(&Scenario::new("late", &[900, 0], &[0, 1]).with_late_ticks(&[16, 16, 60]));
}

#[test]
fn ticks_between_two_of_the_rule_count_once_and_in_their_order() {
    let looks = Scenario::new("delayed", &[900, 0], &[0]).at_seconds(&[0, 30]);
    holds(&looks.clone().with_delayed_ticks(&[30]));
    holds(&looks.clone().with_delayed_ticks(&[30, 30]).with(2, 0));
    holds(&looks.at_seconds(&[0]).with_delayed_ticks(&[15, 45]).with(2, 0));
}

// case B3
#[test]
fn the_last_dyno_is_never_stopped_while_a_message_is_in_flight() {
    let scenario = Scenario::new("busy", &[0], &[0, 1]).in_flight(0, &[1, 1, 0]);
    holds(&scenario.by_hand(&[1]));
}

#[test]
fn an_operators_change_between_any_two_steps_is_never_undone_by_an_old_intent() {
    holds(&Scenario::new("by hand", &[900, 900, 900], &[0, 1]).by_hand(&[0, 1, 4, 7]));
}

#[test]
fn two_faults_in_one_run_break_no_law() {
    holds(&Scenario::new("two faults", &[900, 0], &[0, 1]).with(2, 2));
}

#[test]
fn a_limit_of_herokus_is_met_once_and_the_run_ends_where_it_allows() {
    holds(&Scenario::new("limit", &[900, 900], &[0, 0, 1]).limited_to(2));
    let greedy = |scenario: Scenario| {
        let rule = Rule::Target { tolerance: 0.0 };
        Scenario { policy: Policy { rule, ..scenario.policy }, ..scenario }
    };
    let limited = Scenario::new("limit", &[900, 0], &[0, 1]).limited_to(3);
    holds(&greedy(limited.clone()));
    holds(&greedy(limited.clone().with(2, 2)));
    holds(&greedy(limited.clone().by_hand(&[0, 1])));
    holds(&greedy(limited.clone().with_one_off_dynos(1)));
    holds(&greedy(Scenario { ticks: vec![0, 0], ..limited }).at_seconds(&[0, 13, 14, 22, 23]));
}

#[test]
fn three_instances_at_once_break_no_law() {
    holds(&Scenario::new("three at once", &[900], &[0, 0, 0]).with(3, 0));
}

#[test]
fn a_planted_mistake_is_caught() {
    for (defect, laws) in [
        (Defect::ActBeforeCommit, &[Law::NeverWithoutCommit][..]),
        (Defect::IntentNotStored, &[Law::NeverForgotten]),
        (Defect::WatermarkNotChecked, &[Law::TickOnce]),
        (Defect::VersionNotChecked, &[Law::TickOnce, Law::NeverForgotten]),
        (Defect::RelativeQuantity, &[Law::WithinBounds]),
        (Defect::WindowASecondShort, &[Law::NeverOld]),
        (Defect::SentASecondLate, &[Law::NeverOld]),
        (Defect::OwnChangeForgotten, &[Law::NeverOld]),
        (Defect::LateTickCounted, &[Law::TickOnce]),
        (Defect::DelayIgnored, &[Law::TickOnce]),
        (Defect::BusyDynoStopped, &[Law::WithinBounds]),
    ] {
        let found = explored(&Scenario::planted(defect)).expect_err("a mistake that no law sees");
        assert!(laws.contains(&found.violation.law), "{defect:?}: {}", found.violation);
    }
}

#[test]
fn a_planted_mistake_is_found_at_random_and_cut_down() {
    for defect in [
        Defect::ActBeforeCommit,
        Defect::IntentNotStored,
        Defect::WatermarkNotChecked,
        Defect::VersionNotChecked,
        Defect::RelativeQuantity,
        Defect::SentASecondLate,
        Defect::LateTickCounted,
        Defect::DelayIgnored,
    ] {
        let planted = |seed| scenario(seed).with_defect(defect);
        let lapse =
            wander(0..100, planted, walk, &mut |_| {}).expect_err("a mistake that no law sees");
        // 0 is what happens usually.
        let unusual = lapse.choices.iter().filter(|choice| **choice != 0).count();
        assert!(unusual <= 10, "{defect:?} {lapse}");
    }
}

/// The runs that are kept: a seed and choices.
fn kept() -> Vec<(u64, Vec<u8>)> {
    let lines = include_str!("regressions.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (seed, choices) = line.split_once(':').expect("a seed and choices");
            let choices = choices.split_whitespace().map(|choice| choice.parse().expect("a byte"));
            (seed.parse().expect("a seed"), choices.collect())
        })
        .collect()
}

#[test]
fn a_run_that_once_broke_a_law_breaks_none() {
    for (seed, choices) in kept() {
        assert_eq!(walk(&scenario(seed), &choices).err(), None, "{seed}: {choices:?}");
    }
}

#[test]
fn each_planted_mistake_breaks_a_law_in_a_run_that_is_kept() {
    // Only the search of every order hits the very second of the window.
    for defect in Defect::ALL.into_iter().filter(|it| *it != Defect::WindowASecondShort) {
        let is_caught = |(seed, choices): &(u64, Vec<u8>)| {
            walk(&scenario(*seed).with_defect(defect), choices).is_err()
        };
        assert!(kept().iter().any(is_caught), "{defect:?}");
    }
}

#[test]
fn random_runs_of_every_policy_break_no_law_and_end_like_an_undisturbed_twin() {
    match wander(0..1200, scenario, walk, &mut |_| {}) {
        Ok(wandered) => assert!(wandered.cycles > 10_000, "{wandered:?}"),
        Err(lapse) => panic!("a line for sim/tests/worlds/regressions.txt:\n{lapse}"),
    }
}

#[test]
fn the_same_seed_and_choices_are_the_same_run() {
    let choices: Vec<u8> = (0..240_u16).map(|it| (it * 7 % 251) as u8).collect();
    for seed in 0..20 {
        let run = || walk(&scenario(seed), &choices);
        assert_eq!(run(), run());
    }
}

fn isolated(pair: &Pair) {
    match explore(|| PairRun::new(pair)) {
        Ok(explored) => assert!(explored.ends > 0, "{}: no run came to its end", pair.watched.name),
        Err(finding) => panic!("{}\n{:#?}", finding.violation, finding.steps),
    }
}

#[test]
fn of_two_targets_of_an_app_one_does_only_what_it_could_do_alone() {
    let pair = |ticks: &[u32], faults| {
        let of = |load: &[u64]| Scenario::new("two targets", load, ticks).with(1, faults);
        Pair::new(of(&[900, 0]), of(&[0, 900]))
    };
    isolated(&pair(&[0, 1], 0));
    isolated(&pair(&[0], 1));
    isolated(&pair(&[0], 1).with_first(Side::Watched));
}

#[test]
fn it_makes_a_difference_which_cycles_are_one_round() {
    let of = |load: &[u64]| Scenario::new("two rounds", load, &[0, 0]).with(2, 0);
    let pair = Pair::new(of(&[900]), of(&[0]));
    let reached = |places: [usize; 2]| {
        let mut run = PairRun::new(&pair);
        for place in [0, 1] {
            let starts =
                |it: &PairStep| matches!(it, PairStep::Start { slot, .. } if *slot == place);
            let start = run.steps().into_iter().find(starts).expect("a tick for each place");
            run.take(start).expect("no law is broken");
        }
        for (side, place) in [Side::Other, Side::Watched].into_iter().zip(places) {
            let step = Step::Land { slot: place, call: 1, end: End::Answered };
            run.take(PairStep::Of { side, step }).expect("no law is broken");
        }
        run.fingerprint()
    };
    assert_eq!(reached([0, 0]), reached([1, 1]));
    assert_ne!(reached([0, 0]), reached([0, 1]));
}

#[test]
fn what_leaks_from_one_target_to_another_is_caught() {
    for leak in Leak::ALL {
        let planted = Pair::planted(leak);
        let found = explore(|| PairRun::new(&planted));
        let found = found.expect_err("a leak that the law does not see");
        assert_eq!(found.violation.law, Law::Isolated, "{leak:?}: {}", found.violation);
        let planted = |seed| pair(seed).with_leak(leak);
        let lapse = wander(0..100, planted, walk_pair, &mut |_| {});
        let lapse = lapse.expect_err("a leak that no random run shows");
        assert_eq!(lapse.violation.law, Law::Isolated, "{leak:?}: {lapse}");
    }
}

#[test]
fn in_random_runs_of_two_targets_each_does_only_what_it_could_do_alone() {
    match wander(0..300, pair, walk_pair, &mut |_| {}) {
        Ok(wandered) => assert!(wandered.cycles > 2_000, "{wandered:?}"),
        Err(lapse) => panic!("{lapse}"),
    }
}

#[test]
fn a_change_that_arrives_after_the_window_is_old_and_no_other_law_is_broken() {
    let late = Scenario::new("after the window", &[900, 0], &[0, 1]).arriving_within_secs(82);
    let found = explored(&late).expect_err("a change that is too old");
    assert_eq!(found.violation.law, Law::NeverOld);
    holds(&late.without(&[Law::NeverOld]));
}
