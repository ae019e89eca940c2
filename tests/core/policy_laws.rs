//! The laws of every policy, state and observation. A law of some policies alone names them.

use dynoscaler::policy::rate::RateRecord;
use dynoscaler::policy::{
    Aggregation, Backlog, BacklogIncludes, Bounds, Change, Counters, Cycle, Decision, DynoLimit,
    InstanceId, Intent, IntentOutcome, LastKnownQuantity, NEEDS_MAX, Needs, Observation, Origin,
    Part, Pause, Policy, RateMemory, RateSettings, Reason, Rule, RuleMemory, State, Still, Tick,
    decide,
};
use jiff::{SignedDuration, Timestamp};
use nonempty::NonEmpty;
use proptest::prelude::*;
use support::example::START;

use support::cases;

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

    /// The policy's own bounds, as far as Heroku allows them.
    fn bounds(&self) -> Bounds {
        self.state.limited(self.policy.bounds, &self.seen, self.cycle.now)
    }

    /// `rate` also reads how the backlog moved, so that more messages may be evidence of faster
    /// dynos.
    /// Its law on an estimate is in `rules.rs`.
    const fn reads_the_backlog_alone(&self) -> bool {
        !matches!(self.policy.rule, Rule::Rate(_))
    }

    /// The needs that the policy remembers. A memory from the future is none.
    fn needs(&self) -> Vec<u32> {
        let learned = self.state.memory.rate().map(RateMemory::record);
        match self.policy.rule {
            Rule::Step => Vec::new(),
            Rule::Target { .. } => self.state.needs.as_slice().to_vec(),
            Rule::Rate(_) => learned
                .filter(|memory| memory.at <= self.cycle.now)
                .map_or_else(Vec::new, |memory| memory.needs),
        }
    }
}

/// What a cycle holds for; its counters stay as they are.
const HELD: [Reason; 7] = [
    Reason::StoppedByHand,
    Reason::ChangedByHand,
    Reason::Paused,
    Reason::ChangeInFlight,
    Reason::DuplicateTick,
    Reason::LateTick,
    Reason::UndatedTick,
];

/// What leaves all of the state as it is.
const SILENT: [Reason; 4] =
    [Reason::ChangeInFlight, Reason::DuplicateTick, Reason::LateTick, Reason::UndatedTick];

fn time() -> impl Strategy<Value = Timestamp> {
    (0_i64..200).prop_map(|second| START + SignedDuration::from_secs(second))
}

fn rule() -> impl Strategy<Value = Rule> {
    let rate =
        (0.501_f64..0.999).prop_map(|service_level| Rule::Rate(RateSettings { service_level }));
    let target = (0.0_f64..0.99).prop_map(|tolerance| Rule::Target { tolerance });
    prop_oneof![Just(Rule::Step), target, rate]
}

fn backlog_includes() -> impl Strategy<Value = BacklogIncludes> {
    let part = || prop::sample::select(vec![Part::Counted, Part::Ignored]);
    (part(), part()).prop_map(|(in_flight, delayed)| BacklogIncludes { in_flight, delayed })
}

/// Every setting is generated: one that is left out here does not compile.
fn policy() -> impl Strategy<Value = Policy> {
    let bounds =
        (0_u32..8, 0_u32..8).prop_map(|(min, more)| Bounds { min, max: (min + more).max(1) });
    let queues = prop::sample::select(Aggregation::ALL.to_vec());
    let counted = (1_u32..6, 1_u32..6, 0.01_f64..500.0, backlog_includes(), queues);
    let steps = (prop::option::of(1_u32..4), prop::option::of(1_u32..4));
    let kept = (prop::option::of(0.5_f64..9.0), 1_u32..3, 0_u32..3);
    (rule(), bounds, counted, steps, kept).prop_map(|(rule, bounds, counted, steps, kept)| {
        let (up_cycles, down_cycles, backlog_threshold, backlog_includes, queues) = counted;
        let (max_step_up, max_step_down) = steps;
        let (in_flight_per_dyno, busy_minutes, manual_hold_minutes) = kept;
        Policy {
            rule,
            bounds,
            up_cycles,
            down_cycles,
            backlog_threshold,
            backlog_includes,
            queues,
            max_step_up,
            max_step_down,
            in_flight_per_dyno,
            busy_minutes,
            manual_hold_minutes,
        }
    })
}

fn observation() -> impl Strategy<Value = Observation> {
    let messages = prop_oneof![Just(0), 0_u64..3000, any::<u64>()];
    (messages, 0_u64..20, 0_u64..20, 0_u32..14).prop_map(|(visible, in_flight, delayed, active)| {
        Observation::new(Backlog { visible, in_flight, delayed }, active)
    })
}

/// Of one queue or of several.
fn queues() -> impl Strategy<Value = NonEmpty<Backlog>> {
    let backlog = || observation().prop_map(|seen| seen.backlog);
    (backlog(), prop::collection::vec(backlog(), 0..3)).prop_map(NonEmpty::from)
}

fn needs() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0_u32..14, 0..6)
}

/// A covariance is the product of a triangle with itself.
fn rate_memory() -> impl Strategy<Value = RateMemory> {
    let means = (0.0_f64..20.0, 0.1_f64..500.0, 0.0_f64..4.0).prop_map(<[f64; 3]>::from);
    let triangle = prop::array::uniform6(-2.0_f64..2.0);
    (time(), observation(), means, triangle, 0.5_f64..=20.0, needs()).prop_map(
        |(at, seen, means, [a, b, c, d, e, f], headroom, needs)| {
            let covariance =
                [a * a, a * b, b * b + c * c, a * d, b * d + c * e, d * d + e * e + f * f];
            let begun = RateRecord::of_estimate(at, seen, means, covariance, needs);
            RateMemory::restored(RateRecord { headroom, ..begun }).unwrap()
        },
    )
}

fn intent() -> impl Strategy<Value = Intent> {
    (0_u32..12, 0_u32..12, time(), prop::sample::select(&INSTANCES[..])).prop_map(
        |(from, to, at, by)| {
            let by = InstanceId::new(by);
            Intent { change: Change { from, to }, at, since: at, by }
        },
    )
}

fn state() -> impl Strategy<Value = State> {
    let counters = (0_u32..8, 0_u32..8).prop_map(|(up, down)| Counters { up, down });
    let known = (prop::option::of(time()), prop::option::of(intent()));
    let standing = (0_u32..14, prop::option::of(time()))
        .prop_map(|(quantity, by_hand_since)| LastKnownQuantity { quantity, by_hand_since });
    let pause = (time(), prop::option::of(time())).prop_map(|(since, until)| Pause {
        since,
        until,
        by: None,
        reason: None,
    });
    let limit = (0_u32..14, time(), 0_u32..6).prop_map(|(dynos, until, refusals)| DynoLimit {
        dynos,
        until,
        refusals,
    });
    let still = (0_u64..20, 0_u32..14, time()).prop_map(|(in_flight, active, since)| Still {
        in_flight,
        active,
        since,
    });
    let remembered = (prop::option::of(still), needs(), prop::option::of(rate_memory()));
    let held = (
        prop::option::of(standing),
        prop::option::weighted(0.2, pause),
        prop::option::weighted(0.3, limit),
    );
    (counters, known, held, remembered).prop_map(
        |(counters, (last_tick, intent), (last_known, pause, limit), (still, needs, rate))| {
            let needs = Needs::restored(needs).unwrap();
            let memory = rate.map_or(RuleMemory::Empty, RuleMemory::Rate);
            State { counters, needs, last_tick, intent, last_known, pause, limit, still, memory }
        },
    )
}

fn world() -> impl Strategy<Value = World> {
    let origins =
        [Origin::Schedule, Origin::Schedule, Origin::Operator, Origin::Late, Origin::Undated];
    let origin = prop::sample::select(origins.to_vec());
    (policy(), state(), (queues(), 0_u32..14), time(), time(), origin).prop_map(
        |(policy, state, (queues, active), at, clock, origin)| World {
            policy,
            state,
            seen: policy.observed(&queues, active),
            cycle: Cycle::new(Tick { at, origin }, clock, InstanceId::new(INSTANCES[0])),
        },
    )
}

proptest! {
    #![proptest_config(cases(4096))]

    #[test]
    fn a_change_never_leads_out_of_bounds(world in world()) {
        if let Some(change) = world.decide().change {
            let max = world.bounds().max;
            let returns = max <= change.to && change.to < world.seen.active;
            prop_assert!(world.bounds().contains(change.to) || returns);
            prop_assert_eq!(change.from, world.seen.active);
            prop_assert_ne!(change.from, change.to);
        }
    }

    #[test]
    fn within_bounds_no_change_is_longer_than_a_step_unless_repeating(world in world()) {
        let decision = world.decide();
        let Policy { rule, max_step_up, max_step_down, .. } = world.policy;
        let by_default = if rule == Rule::Step { 1 } else { u32::MAX };
        if world.bounds().contains(world.seen.active)
            && decision.reason != Reason::LostChangeRepeated
        {
            let removed = world.seen.active.saturating_sub(decision.required);
            let added = decision.required.saturating_sub(world.seen.active);
            prop_assert!(removed <= max_step_down.unwrap_or(by_default));
            prop_assert!(added <= max_step_up.unwrap_or(by_default));
        }
    }

    #[test]
    fn out_of_bounds_is_corrected_unless_held_or_busy_or_a_step_away(world in world()) {
        let decision = world.decide();
        let is_held = HELD.contains(&decision.reason) || decision.reason == Reason::BusyDynosKept;
        let is_on_its_way = decision.reason == Reason::AboveMax;
        prop_assert!(
            world.bounds().contains(decision.required) || is_held || is_on_its_way
        );
    }

    // case B2, B3, B4
    #[test]
    fn no_change_stops_a_dyno_that_holds_a_message(world in world()) {
        let decision = world.decide();
        let World { policy, state, seen, cycle } = &world;
        let (in_flight, active) = (seen.backlog.in_flight, seen.active);
        let holding = match policy.in_flight_per_dyno {
            Some(each) => (in_flight as f64 / each).ceil() as u32,
            None => u32::from(in_flight > 0),
        };
        let for_so_long = |still: Still| {
            let is_same = still.in_flight == in_flight && active <= still.active;
            let minutes = cycle.now.duration_since(still.since).as_mins();
            is_same && seen.backlog.visible == 0 && minutes >= i64::from(policy.busy_minutes)
        };
        if decision.required < active && !state.still.is_some_and(for_so_long) {
            prop_assert!(decision.required >= holding.min(active), "{decision:?}");
        }
    }

    // case B6
    #[test]
    fn target_and_rate_remove_to_no_fewer_than_a_cycle_that_counted_needed(world in world()) {
        let decision = world.decide();
        let Policy { rule, bounds, down_cycles, .. } = world.policy;
        let needs = world.needs();
        let counted = needs.iter().rev().take(down_cycles as usize - 1);
        let highest = counted.copied().max().unwrap_or(0).min(bounds.max);
        if rule != Rule::Step && decision.reason == Reason::ScaleDown {
            prop_assert!(highest <= decision.required);
        }
        prop_assert!(decision.next.needs.as_slice().len() <= NEEDS_MAX);
    }

    #[test]
    fn step_and_target_never_remove_above_the_threshold_nor_add_below_it(world in world()) {
        let decision = world.decide();
        let each = world.policy.backlog_per_instance(&world.seen);
        if world.reads_the_backlog_alone() && world.bounds().contains(world.seen.active) {
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
        let is_above = world.bounds().max < world.seen.active;
        let is_busy = is_above && decision.reason == Reason::BusyDynosKept;
        if HELD.contains(&decision.reason) || is_busy {
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
        let kept = decision.next.intent.as_ref().filter(|_| !SILENT.contains(&decision.reason));
        prop_assert_eq!(kept.map(|intent| intent.change), decision.change);
        if decision.change.is_some() {
            prop_assert_eq!(decision.next.counters, Counters::default());
        }
    }

    #[test]
    fn the_watermark_never_moves_back_and_only_the_schedule_moves_it(world in world()) {
        let next = world.decide().next.last_tick;
        prop_assert!(next >= world.state.last_tick);
        if world.cycle.tick.origin != Origin::Schedule {
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
    fn more_messages_never_mean_fewer_dynos_for_step_and_target(
        world in world(), more in 0_u64..10_000,
    ) {
        let mut busier = world.clone();
        busier.seen.backlog.visible = world.seen.backlog.visible.saturating_add(more);
        if world.reads_the_backlog_alone() {
            prop_assert!(busier.decide().required >= world.decide().required);
        }
    }

    #[test]
    fn a_limit_of_herokus_never_costs_a_dyno(world in world()) {
        let unlimited = State { limit: None, ..world.state.clone() };
        let free = World { state: unlimited, ..world.clone() };
        let kept = world.seen.active.min(free.decide().required);
        prop_assert!(kept <= world.decide().required);
    }

    #[test]
    fn an_operators_quantity_is_known_until_a_change_of_ours_arrives(world in world()) {
        let decision = world.decide();
        let counted = !SILENT.contains(&decision.reason);
        if let Some(last) = decision.next.last_known.filter(|_| counted) {
            prop_assert_eq!(last.quantity, world.seen.active);
            let known = world.state.last_known.is_some_and(|it| it.quantity == world.seen.active);
            let reached = decision.outcome == Some(IntentOutcome::Reached);
            prop_assert!(known || reached || last.by_hand_since == Some(world.cycle.now));
        }
    }

    #[test]
    fn a_second_decision_on_the_same_input_is_the_same(world in world()) {
        prop_assert_eq!(world.decide(), world.decide());
    }
}
