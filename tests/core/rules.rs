//! The policies `target` and `rate`, the longest step, and the memory of `rate`.
//!
//! `policy_table.rs` and `policy_laws.rs` have what all policies share.

use std::iter;

use dynoscaler::policy::rate::{
    Dynos, Headroom, Hold, Load, Outlook, Passage, RateRecord, Trial, needed_by,
};
use dynoscaler::policy::{
    Aggregation, Backlog, BacklogIncludes, Bounds, Decision, Demand, NEEDS_MAX, Observation, Part,
    Policy, RateMemory, RateSettings, Reason, Rule, RuleMemory, State, decide,
};
use jiff::SignedDuration;
use nonempty::NonEmpty;
use proptest::prelude::*;
use support::example::{RATE, START, scheduled_cycle};

use support::cases;

/// A policy that acts in the first cycle.
fn eager(rule: Rule) -> Policy {
    Policy { rule, up_cycles: 1, down_cycles: 1, ..Policy::new(Bounds { min: 0, max: 50 }, 100.0) }
}

fn seen(active: u32, visible: u64, in_flight: u64) -> Observation {
    Observation::new(Backlog { visible, in_flight, delayed: 0 }, active)
}

fn decided(policy: &Policy, state: &State, seen: &Observation, after: SignedDuration) -> Decision {
    let at = START + after;
    decide(policy, state, seen, &scheduled_cycle(at))
}

fn once(policy: &Policy, seen: &Observation) -> u32 {
    decided(policy, &State::default(), seen, SignedDuration::ZERO).required
}

/// The memory of `rate` after one observation a minute.
fn learnt(observations: &[Observation]) -> State {
    let mut state = State::default();
    for (minute, seen) in (0..).zip(observations) {
        let decision =
            decided(&eager(Rule::Rate(RATE)), &state, seen, SignedDuration::from_mins(minute));
        state = State { intent: None, ..decision.next };
    }
    state
}

fn record(state: &State) -> RateRecord {
    state.memory.rate().unwrap().record()
}

#[test]
fn target_recommends_the_backlog_over_the_threshold_rounded_up() {
    // Threshold 100, tolerance 10 %.
    for (active, visible, required) in [
        (1, 1000, 10),  // 1000 ÷ 100
        (1, 1001, 11),  // rounded up
        (9, 1000, 10),  // 111 each: 11 % off
        (10, 1100, 10), // 110 each: within the tolerance
        (10, 900, 10),  // 90 each: within the tolerance
        (10, 899, 9),   // 89.9 each
        (10, 0, 0),
        (0, 1, 1),         // no dyno: one message suffices
        (1, u64::MAX, 50), // the bound
    ] {
        let policy = eager(Rule::Target { tolerance: 0.1 });
        assert_eq!(once(&policy, &seen(active, visible, 0)), required, "{active}, {visible}");
    }
}

#[test]
fn target_recommends_the_same_number_while_dynos_boot() {
    let policy = eager(Rule::Target { tolerance: 0.1 });
    // 1000 ÷ 100, however many were requested a minute ago.
    for active in [1, 5, 8] {
        assert_eq!(once(&policy, &seen(active, 1000, 0)), 10);
    }
}

#[test]
fn no_change_is_longer_than_the_longest_step() {
    let policy = Policy {
        max_step_up: Some(3),
        max_step_down: Some(2),
        ..eager(Rule::Target { tolerance: 0.0 })
    };
    assert_eq!(once(&policy, &seen(2, 5000, 0)), 5);
    assert_eq!(once(&policy, &seen(9, 0, 0)), 7);
}

#[test]
fn rate_learns_arrivals_and_throughput_from_a_queue_that_grows() {
    // 4 dynos finish 15 a minute each; 100 arrive: the queue grows by 40 a minute.
    let observations: Vec<_> = (0..20).map(|minute| seen(4, 200 + 40 * minute, 4)).collect();
    // Then 8 dynos: it shrinks by 20.
    let more: Vec<_> = (1..20).map(|minute| seen(8, 960 - 20 * minute, 8)).collect();
    let state = learnt(&[observations, more].concat());
    let estimate = state.memory.rate().unwrap().estimate();
    let (arrivals, throughput) =
        (estimate.arrivals_per_minute(), estimate.messages_per_dyno_minute());
    assert!((arrivals - 100.0).abs() < 10.0, "{arrivals}");
    assert!((throughput - 15.0).abs() < 1.5, "{throughput}");
}

#[test]
fn a_busy_dyno_holds_at_least_the_message_that_it_works_on() {
    let state = learnt(&vec![seen(6, 0, 1); 60]);
    let estimate = state.memory.rate().unwrap().estimate();
    assert!(1.0 <= estimate.in_flight_per_busy_dyno());
    assert!(estimate.busy_dynos() < 2.0, "one message in flight: one busy dyno");
}

#[test]
fn a_dyno_holds_after_a_queue_what_it_held_before_if_that_was_known() {
    let queue = record(&learnt(&[seen(6, 500, 60)]));
    for (deviation, least, most) in [(0.2, 9.9, 10.1), (1.2, 1.0, 5.0)] {
        let covariance = [1.0, 0.0, 400.0, 0.0, 0.0, f64::powi(deviation, 2)];
        let known = RateRecord { means: [3.0, 100.0, 10.0_f64.ln()], covariance, ..queue.clone() };
        let memory = RuleMemory::Rate(RateMemory::restored(known).unwrap());
        let state = State { memory, ..State::default() };
        let after = decided(
            &eager(Rule::Rate(RATE)),
            &state,
            &seen(6, 0, 30),
            SignedDuration::from_mins(1),
        );
        let held = after.next.memory.rate().unwrap().estimate().in_flight_per_busy_dyno();
        assert!((least..=most).contains(&held), "{held}");
    }
}

#[test]
fn before_anything_is_known_more_waiting_messages_never_need_fewer_dynos() {
    let policy = eager(Rule::Rate(RATE));
    for active in 1..6 {
        for in_flight in [0, 1, 4, 12, 100] {
            let need = |waiting| once(&policy, &seen(active, waiting, in_flight));
            let needs: Vec<u32> = (0..200).map(need).collect();
            assert!(needs.is_sorted(), "{active} dynos, {in_flight} in flight: {needs:?}");
        }
    }
}

#[test]
fn dynos_that_still_boot_are_not_taken_for_slow_ones() {
    // 4 dynos finish 20 a minute each, 100 arrive. At minute 10 8 more are requested, which work
    // three minutes later.
    let mut waiting = 300;
    let observations: Vec<_> = (0..16)
        .map(|minute| {
            let active = if minute < 10 { 4 } else { 12 };
            let working = if minute < 13 { 4_u32 } else { 12 };
            waiting += 100_i64 - 20 * i64::from(working);
            seen(active, waiting.unsigned_abs(), working.into())
        })
        .collect();
    let state = learnt(&observations);
    let throughput = state.memory.rate().unwrap().estimate().messages_per_dyno_minute();
    assert!((13.0..30.0).contains(&throughput), "{throughput}");
}

#[test]
fn looks_within_a_minute_are_used_and_learnt_once() {
    let policy = eager(Rule::Rate(RATE));
    let before = learnt(&[seen(4, 200, 4), seen(4, 240, 4)]);
    let soon = decided(&policy, &before, &seen(4, 2000, 4), SignedDuration::from_secs(75));
    assert!(soon.required > 4, "{soon:?}");
    assert_eq!(record(&soon.next).means, record(&before).means);
    let then = decided(&policy, &before, &seen(4, 280, 4), SignedDuration::from_secs(120));
    assert_ne!(record(&then.next).means, record(&before).means);
}

#[test]
fn a_gap_of_a_day_teaches_the_same_as_one_of_an_hour() {
    let before = learnt(&[seen(3, 500, 3), seen(3, 520, 3), seen(3, 541, 3)]);
    let after = |gap| {
        let decision = decided(&eager(Rule::Rate(RATE)), &before, &seen(5, 700, 5), gap);
        let record = record(&decision.next);
        (decision.required, record.means, record.covariance, record.needs)
    };
    assert_eq!(after(SignedDuration::from_hours(1)), after(SignedDuration::from_hours(24)));
}

#[test]
fn a_memory_that_no_cycle_can_have_written_is_refused() {
    let good = record(&learnt(&[seen(3, 500, 3)]));
    assert!(RateMemory::restored(good.clone()).is_ok());
    let full = RateRecord { needs: vec![1; NEEDS_MAX], ..good.clone() };
    assert!(RateMemory::restored(full).is_ok());
    let [busy, throughput, held] = good.means;
    for bad in [
        RateRecord { means: [f64::NAN, throughput, held], ..good.clone() },
        RateRecord { means: [-1.0, throughput, held], ..good.clone() },
        RateRecord { means: [busy, 0.0, held], ..good.clone() },
        RateRecord { means: [busy, throughput, -0.1], ..good.clone() },
        RateRecord { covariance: [f64::INFINITY; 6], ..good.clone() },
        // A correlation above 1.
        RateRecord { covariance: [1.0, 2.0, 1.0, 0.0, 0.0, 1.0], ..good.clone() },
        RateRecord { headroom: 0.4, ..good.clone() },
        RateRecord { headroom: 20.1, ..good.clone() },
        RateRecord { held: Some(0.5), ..good.clone() },
        RateRecord { look_minutes: f64::NAN, ..good.clone() },
        RateRecord { headroom: f64::NAN, ..good.clone() },
        RateRecord { usual_busy: -0.1, ..good.clone() },
        RateRecord { backlog_at_max: f64::INFINITY, ..good.clone() },
        RateRecord { overspent: 1.1, ..good.clone() },
        RateRecord { trial: Some(trial(f64::NAN, 10)), ..good.clone() },
        RateRecord { trial: Some(trial(2.0, 0)), ..good.clone() },
        RateRecord { needs: vec![1; NEEDS_MAX + 1], ..good.clone() },
    ] {
        assert!(RateMemory::restored(bad.clone()).is_err(), "{bad:?}");
    }
}

fn trial(holding: f64, minutes: u32) -> Trial {
    let hold = Some(Hold { since: START, minutes });
    Trial { dynos: 3, holding, hold }
}

/// A decision a minute, of 4 dynos at first. Of those that run `working` do 20 messages a minute.
fn looped(
    minutes: u32,
    arriving: impl Fn(u32) -> u32,
    working: impl Fn(u32) -> u32,
) -> Vec<(Observation, Decision)> {
    let policy = eager(Rule::Rate(RATE));
    let (mut waiting, mut active, mut state) = (200_u32, 4, State::default());
    let mut decisions = Vec::new();
    for minute in 0..minutes {
        let seen = seen(active, waiting.into(), working(active).into());
        let decision = decided(&policy, &state, &seen, SignedDuration::from_mins(minute.into()));
        waiting = (waiting + arriving(minute)).saturating_sub(20 * working(active));
        active = decision.required;
        state = decision.next.clone();
        decisions.push((seen, decision));
    }
    decisions
}

// case B10
#[test]
fn while_added_dynos_do_not_help_none_are_added_and_the_record_shows_both_throughputs() {
    // The first 4 dynos work, and every other one crashes.
    let decisions = looped(400, |_| 100, |active| active.min(4));
    let is_held =
        |(_, decision): &&(Observation, Decision)| decision.reason == Reason::MoreDynosDoNotHelp;
    let (seen, first) = decisions.iter().find(is_held).unwrap();
    assert_eq!((first.required, first.change), (seen.active, None));
    assert!(seen.active < 20, "{seen:?}");
    let learnt = Demand::of(&eager(Rule::Rate(RATE)), seen, &first.next.memory).learnt.unwrap();
    let before = learnt.messages_per_minute_before.unwrap();
    assert!(learnt.messages_per_minute < 1.2 * before, "{learnt:?}");
    let mut holds: Vec<_> = decisions.iter().filter_map(|(_, decision)| decision.until).collect();
    holds.dedup();
    assert!(1 < holds.len(), "more are tried again");
    let lasted = |pair: &[jiff::Timestamp]| pair[1].duration_since(pair[0]).as_mins();
    assert!(holds.windows(2).map(lasted).is_sorted(), "later each time: {holds:?}");
}

#[test]
fn a_load_that_grows_is_no_sign_that_more_dynos_do_not_help() {
    for more in [1, 2, 5, 10, 20, 50, 100] {
        let arriving = |minute: u32| (100 + more * minute).min(900);
        for (seen, decision) in looped(240, arriving, |active| active) {
            assert_ne!(decision.reason, Reason::MoreDynosDoNotHelp, "{more} a minute: {seen:?}");
        }
    }
}

fn any_seen() -> impl Strategy<Value = Observation> {
    let count = || prop_oneof![Just(0), 0_u64..200, 0_u64..100_000, any::<u64>()];
    (0_u32..60, count(), count())
        .prop_map(|(active, visible, in_flight)| seen(active, visible, in_flight))
}

fn any_observations() -> impl Strategy<Value = Vec<Observation>> {
    prop::collection::vec(any_seen(), 0..30)
}

fn load() -> impl Strategy<Value = Load> {
    (0.0..5000.0_f64, 0.1..500.0_f64).prop_map(|(arrivals_per_minute, messages_per_dyno_minute)| {
        Load { arrivals_per_minute, messages_per_dyno_minute }
    })
}

fn outlook(load: Load) -> Outlook {
    Outlook { load, headroom: Headroom::restored(1.5, 0.0, 0.0, 0.0).unwrap(), look_minutes: 1.0 }
}

#[test]
fn arrivals_that_are_fewer_than_usual_jump_as_far_as_the_usual_ones() {
    for (busy, usual, after) in [(4.0, 4.0, 6.0), (4.0, 1.0, 6.0), (1.0, 4.0, 3.0), (0.0, 4.0, 2.0)]
    {
        let headroom = Headroom::restored(1.5, usual, 0.0, 0.0).unwrap();
        assert_eq!(headroom.after_jump(busy), after, "{busy} of usually {usual}");
    }
}

/// Ten dynos at most and 100 messages each, of 6 dynos that finish 100 messages a minute each.
fn headroom_after(before: Headroom, last: u64, now: u64, service_level: f64) -> Headroom {
    let policy = Policy::new(Bounds { min: 1, max: 10 }, 100.0);
    let (last, seen) = (seen(6, last, 6), seen(6, now, 6));
    let dynos = Dynos { working: 6.0, busy: 5.0, messages_per_minute: 100.0 };
    let passage = Passage { last: &last, seen: &seen, dynos, minutes: 1.0, busy_at_max: 20.0 };
    before.after(&policy, &RateSettings { service_level }, &passage)
}

#[test]
fn a_look_above_raises_the_headroom_unless_the_maximum_could_not_have_prevented_it() {
    let begun = Headroom::begun(5.0);
    for (backlog_at_max, last, now, is_raised) in [
        (0.0, 500, 600, false),         // at the threshold
        (0.0, 500, 601, true),          // four dynos more, twice as fast, would have left none
        (0.0, 0, 1_801, false),         // ten leave 1,001
        (0.0, 0, 1_800, true),          // ten leave 1,000
        (2_000.0, 3_000, 3_000, false), // ten still have 1,200
        (1_000.0, 3_000, 3_000, true),  // ten have 200
    ] {
        let before = Headroom::restored(begun.factor(), 5.0, backlog_at_max, 0.0).unwrap();
        let after = headroom_after(before, last, now, 0.99);
        assert_eq!(before.factor() < after.factor(), is_raised, "{last} to {now}: {after:?}");
    }
}

#[test]
fn what_is_overspent_is_paid_back_before_the_headroom_falls() {
    let begun = Headroom::restored(2.0, 5.0, 0.0, 0.0).unwrap();
    let above = headroom_after(begun, 500, 601, 0.99);
    // 0.99 minutes of the 14.4 that a day leaves.
    assert!((above.overspent() - 0.06875).abs() < 1e-9, "{above:?}");
    let looks = iter::successors(Some(above), |it| Some(headroom_after(*it, 0, 0, 0.99)));
    let (owing, paid): (Vec<Headroom>, Vec<Headroom>) =
        looks.take(200).partition(|it| 0.0 < it.overspent());
    assert!(owing.iter().all(|it| it.factor() == above.factor()), "{owing:?}");
    assert!((98..=100).contains(&owing.len()), "{}", owing.len());
    assert!(paid.last().unwrap().factor() < above.factor(), "{paid:?}");
}

#[test]
fn a_look_above_raises_the_headroom_the_more_the_more_is_overspent() {
    let raised = |overspent| {
        let before = Headroom::restored(2.0, 5.0, 0.0, overspent).unwrap();
        headroom_after(before, 500, 601, 0.99).factor() / 2.0
    };
    let least = (0.05 * 0.99_f64).exp();
    for saved in [-1.0, -0.5, -0.1] {
        assert!((raised(saved) - least).abs() < 1e-9, "{saved}");
    }
    // A day's allowance and no more is remembered: eleven times as much.
    assert!((raised(1.0) - least.powi(11)).abs() < 1e-9, "{}", raised(1.0));
    assert!(raised(0.1) < raised(0.2));
}

#[test]
fn a_headroom_that_keeps_the_maximum_without_arrivals_rises_no_further() {
    // 20 busy dynos need the maximum: so do 2 x 10 more than none. What was learnt with another
    // maximum is not lost.
    for (before, after) in [(2.0, 3.0), (2.99, 3.0), (3.0, 3.0), (8.0, 8.0)] {
        let before = Headroom::restored(before, 10.0, 0.0, 1.0).unwrap();
        assert_near(headroom_after(before, 500, 601, 0.99).factor(), after);
    }
}

/// Within what a minute changes what is usual.
fn assert_near(one: f64, other: f64) {
    assert!((one - other).abs() < 0.02, "{one}, {other}");
}

#[test]
fn a_headroom_for_four_times_what_arrives_rises_no_further() {
    // 5 dynos are busy.
    for (usual, before, after) in
        [(5.0, 3.5, 4.0), (5.0, 4.0, 4.0), (5.0, 6.0, 6.0), (2.5, 7.5, 8.0), (8.0, 3.4, 3.5)]
    {
        let before = Headroom::restored(before, usual, 0.0, 1.0).unwrap();
        assert_near(headroom_after(before, 500, 601, 0.99).factor(), after);
    }
}

#[test]
fn a_lower_service_level_lets_a_queue_grow_further() {
    for (service_level, least) in [(0.999, 0.997), (0.99, 0.97), (0.9, 0.7), (0.5, 0.5)] {
        let mut headroom = Headroom::begun(5.0);
        for _ in 0..100_000 {
            headroom = headroom_after(headroom, 0, 0, service_level);
        }
        assert!((headroom.factor() - least).abs() < 1e-9, "{service_level}: {headroom:?}");
    }
}

#[test]
fn a_queue_without_messages_keeps_what_a_jump_needs_and_starts_none() {
    let policy = eager(Rule::Rate(RATE));
    let load = Load { arrivals_per_minute: 60.0, messages_per_dyno_minute: 20.0 };
    for (headroom, usual, expected) in [
        (1.5, 4.0, 0),  // 40 x 2.5 / 150 = 0.7: the first message starts it
        (6.0, 4.0, 7),  // 400 x 2.5 / 150 = 6.7
        (6.0, 0.1, 0),  // after days without a message
        (0.9, 40.0, 0), // a queue is let grow
    ] {
        let headroom = Headroom::restored(headroom, usual, 0.0, 0.0).unwrap();
        let outlook = Outlook { load, headroom, look_minutes: 1.0 };
        assert_eq!(needed_by(&outlook, &policy, &seen(9, 0, 0)), expected, "{outlook:?}");
    }
    let started =
        RateRecord { headroom: 6.0, usual_busy: 4.0, ..record(&learnt(&[seen(0, 0, 0)])) };
    let memory = RuleMemory::Rate(RateMemory::restored(started).unwrap());
    let state = State { memory, ..State::default() };
    let decision = decided(&policy, &state, &seen(0, 0, 0), SignedDuration::from_mins(1));
    assert_eq!((decision.reason, decision.required), (Reason::Idle, 0));
}

#[test]
fn that_a_service_level_needs_more_than_the_maximum_is_said_once() {
    let policy = eager(Rule::Rate(RATE));
    let begun = record(&learnt(&[seen(9, 0, 9)]));
    let jumping =
        RateRecord { means: [40.0, 100.0, 0.0], usual_busy: 40.0, headroom: 6.0, ..begun };
    let memory = RuleMemory::Rate(RateMemory::restored(jumping).unwrap());
    let mut state = State { memory, ..State::default() };
    let mut said = Vec::new();
    for minute in 1..4 {
        let seen = seen(50, 4, 40);
        let decision = decided(&policy, &state, &seen, SignedDuration::from_mins(minute));
        let learnt = Demand::of(&policy, &seen, &decision.next.memory).learnt.unwrap();
        assert!(policy.bounds.max < learnt.level_dynos, "{learnt:?}");
        said.push(learnt.is_newly_out_of_reach);
        state = State { intent: None, ..decision.next };
    }
    assert_eq!(said, [true, false, false]);
}

#[test]
fn a_known_load_needs_its_arrivals_and_what_drains_in_time() {
    let policy = eager(Rule::Rate(RATE));
    for (arrivals_per_minute, messages_per_dyno_minute, seen, expected) in [
        // (10 + 60 x 1.5 x 2.5) / (20 x 2.5 + 100) = 1.6
        (60.0, 20.0, seen(4, 10, 2), 2),
        // (1000 + 225) / 150 = 8.2; (1000 + 60 x 2.5 - 20 x 4 x 1.5) / (20 x 1 + 100) = 8.6
        (60.0, 20.0, seen(4, 1_000, 2), 9),
        // half as fast: (1000 + 225) / 125 = 9.8; (1000 + 150 - 60) / 110 = 9.9
        (60.0, 10.0, seen(4, 1_000, 2), 10),
        // one message needs a dyno, none needs none
        (0.0, 20.0, seen(4, 1, 0), 1),
        (0.0, 20.0, seen(4, 0, 0), 0),
    ] {
        let load = Load { arrivals_per_minute, messages_per_dyno_minute };
        assert_eq!(needed_by(&outlook(load), &policy, &seen), expected, "{seen:?}");
    }
}

proptest! {
    #![proptest_config(cases(1024))]

    #[test]
    fn more_arrivals_never_need_fewer_dynos(load in load(), more in 0.0..500.0_f64, seen in any_seen()) {
        let busier = Load { arrivals_per_minute: load.arrivals_per_minute + more, ..load };
        let policy = eager(Rule::Rate(RATE));
        prop_assert!(
            needed_by(&outlook(load), &policy, &seen) <= needed_by(&outlook(busier), &policy, &seen)
        );
    }

    #[test]
    fn a_larger_backlog_never_needs_fewer_dynos(load in load(), more in 0_u64..10_000, seen in any_seen()) {
        let mut fuller = seen;
        fuller.backlog.visible = seen.backlog.visible.saturating_add(more);
        let policy = eager(Rule::Rate(RATE));
        prop_assert!(
            needed_by(&outlook(load), &policy, &seen) <= needed_by(&outlook(load), &policy, &fuller)
        );
        let policy = eager(Rule::Target { tolerance: 0.1 });
        prop_assert!(once(&policy, &seen) <= once(&policy, &fuller));
    }

    #[test]
    fn after_any_observations_the_dynos_stay_in_bounds_and_the_memory_can_be_read_again(
        observations in any_observations(), last in any_seen(),
    ) {
        let policy = eager(Rule::Rate(RATE));
        let decision = decided(&policy, &learnt(&observations), &last, SignedDuration::from_mins(40));
        // Above the maximum dynos stay as long as they hold messages.
        prop_assert!(decision.required <= policy.bounds.max.max(last.active));
        let memory = decision.next.memory.rate().unwrap();
        prop_assert_eq!(&RateMemory::restored(memory.record()).unwrap(), memory);
    }

    #[test]
    fn a_tick_that_does_not_count_teaches_nothing(observations in any_observations(), last in any_seen()) {
        let state = State { last_tick: Some(START), ..learnt(&observations) };
        let decision = decided(&eager(Rule::Rate(RATE)), &state, &last, SignedDuration::ZERO);
        prop_assert_eq!(decision.next, state);
    }
}

#[test]
fn waiting_messages_count_and_others_when_named() {
    let backlog = Backlog { visible: 1, in_flight: 20, delayed: 300 };
    for (in_flight, delayed, counted) in [
        (Part::Ignored, Part::Ignored, 1),
        (Part::Counted, Part::Ignored, 21),
        (Part::Ignored, Part::Counted, 301),
        (Part::Counted, Part::Counted, 321),
    ] {
        let backlog_includes = BacklogIncludes { in_flight, delayed };
        let policy = Policy { backlog_includes, ..eager(Rule::Step) };
        assert_eq!(policy.backlog(&Observation::new(backlog, 1)), counted);
    }
}

#[test]
fn of_several_queues_the_sum_or_the_highest_is_compared_with_the_threshold() {
    let queue = |visible, in_flight| Backlog { visible, in_flight, delayed: 0 };
    let queues = NonEmpty::from((queue(150, 0), vec![queue(90, 80), queue(0, 9)]));
    let total = queue(240, 89);
    for (aggregation, in_flight, deciding) in [
        (Aggregation::Sum, Part::Ignored, total),
        (Aggregation::Sum, Part::Counted, total),
        (Aggregation::Max, Part::Ignored, queue(150, 0)),
        (Aggregation::Max, Part::Counted, queue(90, 80)),
    ] {
        let backlog_includes = BacklogIncludes { in_flight, ..BacklogIncludes::default() };
        let policy = Policy { backlog_includes, queues: aggregation, ..eager(Rule::Step) };
        let seen = policy.observed(&queues, 1);
        assert_eq!((seen.backlog, seen.deciding), (total, deciding), "{aggregation:?}");
    }
}

#[test]
fn a_dyno_that_holds_a_message_of_any_queue_is_busy() {
    let queue = |visible, in_flight| Backlog { visible, in_flight, delayed: 0 };
    let queues = NonEmpty::from((queue(3, 0), vec![queue(2, 4)]));
    for aggregation in Aggregation::ALL {
        let policy = Policy {
            in_flight_per_dyno: Some(1.0),
            down_cycles: 1,
            queues: aggregation,
            ..eager(Rule::Target { tolerance: 0.0 })
        };
        let seen = policy.observed(&queues, 9);
        let decision = decided(&policy, &State::default(), &seen, SignedDuration::ZERO);
        assert_eq!(decision.required, 4, "{aggregation:?}");
    }
}

#[test]
fn a_backlog_drains_at_max_only_if_more_is_finished_than_arrives() {
    let policy = eager(Rule::Rate(RATE));
    let memory = |busy_dynos| {
        let (means, covariance) = ([busy_dynos, 20.0, 0.0], [1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        let seen = seen(50, 600, 0);
        let record = RateRecord::of_estimate(START, seen, means, covariance, vec![50]);
        RateMemory::restored(record).unwrap()
    };
    let minutes = |busy| {
        Demand::of(&policy, &seen(50, 600, 0), &RuleMemory::Rate(memory(busy))).drain_minutes_at_max
    };
    // 50 dynos, of which 40 do the arriving work: 600 / (10 x 20)
    assert_eq!(minutes(40.0), Some(3.0));
    assert_eq!(minutes(50.0), None);
    assert_eq!(minutes(60.0), None);
    // Nothing is known of the throughput.
    assert_eq!(
        Demand::of(&policy, &seen(50, 600, 0), &RuleMemory::Empty).drain_minutes_at_max,
        None
    );
}
