//! What holds for every policy, state and world.

use dynoscaler::policy::{
    Backlog, BacklogIncludes, Bounds, Change, Counters, Cycle, Decision, DynoLimit, InstanceId,
    Intent, IntentFate, Observation, Origin, Pause, Policy, Reason, Rule, Standing, State, Tick,
    decide,
};
use jiff::Timestamp;
use proptest::prelude::*;

const INSTANCES: [&str; 2] = ["this", "another"];

#[derive(Debug, Clone)]
struct World {
    policy: Policy,
    state: State,
    seen: Observation,
    cycle: Cycle,
}

impl World {
    fn decide(&self) -> Decision {
        decide(&self.policy, &self.state, &self.seen, &self.cycle)
    }

    /// The policy's, as far as Heroku allows them.
    fn bounds(&self) -> Bounds {
        self.state.limited(&self.policy, &self.seen, self.cycle.now).bounds
    }
}

/// What a cycle holds for, counters and all.
const HELD: [Reason; 5] = [
    Reason::StoppedByHand,
    Reason::ChangedByHand,
    Reason::Paused,
    Reason::ChangeInFlight,
    Reason::DuplicateTick,
];

fn time() -> impl Strategy<Value = Timestamp> {
    (0_i64..200).prop_map(|second| Timestamp::constant(1_764_000_000 + second, 0))
}

fn policy() -> impl Strategy<Value = Policy> {
    (0_u32..8, 0_u32..8, 1_u32..6, 1_u32..6, 0.01_f64..500.0, 0_u32..3).prop_map(
        |(min, more, up_cycles, down_cycles, backlog_threshold, manual_hold_minutes)| {
            let bounds = Bounds { min, max: (min + more).max(1) };
            Policy {
                bounds,
                up_cycles,
                down_cycles,
                backlog_threshold,
                rule: Rule::Step,
                backlog_includes: BacklogIncludes::default(),
                max_step_up: None,
                max_step_down: None,
                in_flight_per_dyno: None,
                manual_hold_minutes,
            }
        },
    )
}

fn intent() -> impl Strategy<Value = Intent> {
    (0_u32..12, 0_u32..12, time(), prop::sample::select(&INSTANCES[..])).prop_map(
        |(from, to, at, by)| Intent { change: Change { from, to }, at, by: InstanceId::new(by) },
    )
}

fn state() -> impl Strategy<Value = State> {
    let counters = (0_u32..8, 0_u32..8).prop_map(|(up, down)| Counters { up, down });
    let known = (prop::option::of(time()), prop::option::of(intent()));
    let standing = (0_u32..14, prop::option::of(time()))
        .prop_map(|(quantity, by_hand_since)| Standing { quantity, by_hand_since });
    let pause = (time(), prop::option::of(time())).prop_map(|(since, until)| Pause {
        since,
        until,
        by: None,
        reason: None,
    });
    let limit = (0_u32..14, time()).prop_map(|(dynos, until)| DynoLimit { dynos, until });
    let held = (
        prop::option::of(standing),
        prop::option::weighted(0.2, pause),
        prop::option::weighted(0.3, limit),
    );
    (counters, known, held).prop_map(|(counters, (last_tick, intent), (standing, pause, limit))| {
        State { counters, last_tick, intent, standing, pause, limit, rate: None }
    })
}

fn world() -> impl Strategy<Value = World> {
    let messages = prop_oneof![Just(0), 0_u64..3000, any::<u64>()];
    let origin = prop_oneof![Just(Origin::Schedule), Just(Origin::Person)];
    (policy(), state(), messages, 0_u32..14, time(), time(), origin).prop_map(
        |(policy, state, visible, active, at, clock, origin)| World {
            policy,
            state,
            seen: Observation { backlog: Backlog { visible, in_flight: 0, delayed: 0 }, active },
            cycle: Cycle::new(Tick { at, origin }, clock, InstanceId::new(INSTANCES[0])),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_change_never_leads_out_of_bounds(world in world()) {
        if let Some(change) = world.decide().change {
            prop_assert!(world.bounds().contains(change.to));
            prop_assert_eq!(change.from, world.seen.active);
            prop_assert_ne!(change.from, change.to);
        }
    }

    #[test]
    fn within_bounds_one_dyno_at_a_time_unless_repeating(world in world()) {
        let decision = world.decide();
        if world.bounds().contains(world.seen.active)
            && decision.reason != Reason::LostChangeRepeated
        {
            prop_assert!(decision.required.abs_diff(world.seen.active) <= 1);
        }
    }

    #[test]
    fn out_of_bounds_is_mended_at_once_unless_stopped_pending_or_duplicate(world in world()) {
        let decision = world.decide();
        prop_assert!(
            world.bounds().contains(decision.required) || HELD.contains(&decision.reason)
        );
    }

    #[test]
    fn above_never_removes_and_below_never_adds_within_bounds(world in world()) {
        let decision = world.decide();
        let each = world.policy.backlog_per_instance(&world.seen);
        if world.bounds().contains(world.seen.active) {
            if each.is_some_and(|each| each > world.policy.backlog_threshold) {
                prop_assert!(decision.required >= world.seen.active);
            }
            if each.is_some_and(|each| each < world.policy.backlog_threshold) {
                prop_assert!(decision.required <= world.seen.active);
            }
        }
    }

    #[test]
    fn a_counted_cycle_leaves_the_counters_within_their_limits(world in world()) {
        let decision = world.decide();
        if HELD.contains(&decision.reason) {
            prop_assert_eq!(decision.next.counters, world.state.counters);
            prop_assert_eq!(decision.change, None);
        } else {
            prop_assert!(decision.next.counters.up <= world.policy.up_cycles);
            prop_assert!(decision.next.counters.down <= world.policy.down_cycles);
        }
    }

    #[test]
    fn a_change_and_only_a_change_leaves_an_intent_of_its_own(world in world()) {
        let decision = world.decide();
        let kept = decision.next.intent.as_ref().filter(|_| decision.reason != Reason::DuplicateTick
            && decision.reason != Reason::ChangeInFlight);
        prop_assert_eq!(kept.map(|intent| intent.change), decision.change);
        if decision.change.is_some() {
            prop_assert_eq!(decision.next.counters, Counters::default());
        }
    }

    #[test]
    fn the_watermark_never_moves_back_and_only_the_schedule_moves_it(world in world()) {
        let next = world.decide().next.last_tick;
        prop_assert!(next >= world.state.last_tick);
        if world.cycle.tick.origin == Origin::Person {
            prop_assert_eq!(next, world.state.last_tick);
        }
    }

    #[test]
    fn the_duplicate_of_a_tick_that_was_stored_changes_nothing(world in world()) {
        let first = world.decide();
        let again = World { state: first.next.clone(), ..world.clone() };
        let stored = first.change.is_some() || first.next.differs_from(&world.state);
        if world.cycle.tick.origin == Origin::Schedule && stored {
            let second = again.decide();
            prop_assert_eq!(second.reason, Reason::DuplicateTick);
            prop_assert_eq!(second.change, None);
            prop_assert_eq!(second.next, first.next);
        }
    }

    #[test]
    fn more_messages_never_mean_fewer_dynos(world in world(), more in 0_u64..10_000) {
        let mut busier = world.clone();
        busier.seen.backlog.visible = world.seen.backlog.visible.saturating_add(more);
        prop_assert!(busier.decide().required >= world.decide().required);
    }

    #[test]
    fn a_limit_of_herokus_never_costs_a_dyno(world in world()) {
        let unlimited = State { limit: None, ..world.state.clone() };
        let free = World { state: unlimited, ..world.clone() };
        let kept = world.seen.active.min(free.decide().required);
        prop_assert!(kept <= world.decide().required);
    }

    #[test]
    fn what_a_person_set_is_known_until_a_change_of_ours_arrives(world in world()) {
        let decision = world.decide();
        let counted = ![Reason::ChangeInFlight, Reason::DuplicateTick].contains(&decision.reason);
        if let Some(standing) = decision.next.standing.filter(|_| counted) {
            prop_assert_eq!(standing.quantity, world.seen.active);
            let known = world.state.standing.is_some_and(|it| it.quantity == world.seen.active);
            let reached = decision.fate == Some(IntentFate::Reached);
            prop_assert!(known || reached || standing.by_hand_since == Some(world.cycle.now));
        }
    }

    #[test]
    fn deciding_twice_is_deciding_once(world in world()) {
        prop_assert_eq!(world.decide(), world.decide());
    }
}
