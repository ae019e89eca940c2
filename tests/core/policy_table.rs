//! The rule table: policy, state, observation, expected decision, with the arithmetic beside it.
//!
//! Every row is one cycle. Every reason that `decide` can give has a row.

use std::collections::HashSet;

use dynoscaler::policy::{
    Backlog, Bounds, Change, Counters, Cycle, Decision, DynoLimit, InstanceId, Intent,
    IntentOutcome, LANDING_WINDOW, LIMIT_REMEMBERED, LastKnownQuantity, LimitReport, Needs,
    Observation, Origin, Pause, Policy, Reason, Rule, RuleMemory, State, Still, Tick, decide,
    limit_remembered, within_limit,
};
use jiff::{SignedDuration, Timestamp};
use support::example::{self, START, scheduled_cycle};

const TICK: Timestamp = START;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const MS: SignedDuration = SignedDuration::from_millis(1);

/// One row. All other fields are as in [`USUAL`].
#[derive(Clone, Copy)]
struct Row {
    name: &'static str,
    // policy
    min: u32,
    max: u32,
    up_cycles: u32,
    down_cycles: u32,
    threshold: f64,
    in_flight_per_dyno: Option<f64>,
    max_step_down: Option<u32>,
    manual_hold_minutes: u32,
    rule: Rule,
    // state
    minute_ago: Option<u64>,
    up: u32,
    down: u32,
    last_tick: Option<Timestamp>,
    intent: Option<(u32, u32)>,
    intent_age: SignedDuration,
    intent_by: &'static str,
    ours: Option<u32>,
    by_hand: Option<(u32, SignedDuration)>,
    paused: Option<Option<SignedDuration>>,
    limit: Option<(u32, SignedDuration)>,
    refusals: u32,
    needs: &'static [u32],
    /// Messages in flight, dynos, and for how long nothing about them has changed.
    still: Option<(u64, u32, SignedDuration)>,
    // observation
    origin: Origin,
    dynos: u32,
    messages: u64,
    in_flight: u64,
    // expected
    reason: Reason,
    change: Option<(u32, u32)>,
    counters: (u32, u32),
    outcome: Option<IntentOutcome>,
}

const USUAL: Row = Row {
    name: "",
    min: 1,
    max: 5,
    up_cycles: 3,
    down_cycles: 4,
    threshold: 100.0,
    in_flight_per_dyno: None,
    max_step_down: None,
    manual_hold_minutes: 0,
    rule: Rule::Step,
    minute_ago: None,
    up: 0,
    down: 0,
    last_tick: None,
    intent: None,
    intent_age: MINUTE,
    intent_by: "another instance",
    ours: None,
    by_hand: None,
    paused: None,
    limit: None,
    refusals: 0,
    needs: &[],
    still: None,
    origin: Origin::Schedule,
    dynos: 2,
    messages: 200,
    in_flight: 7,
    reason: Reason::AtTarget,
    change: None,
    counters: (0, 0),
    outcome: None,
};

const TARGET: Rule = Rule::Target { tolerance: 0.1 };
const RATE: Rule = Rule::Rate(example::RATE);

impl Row {
    fn decide(&self) -> Decision {
        let policy = Policy {
            up_cycles: self.up_cycles,
            down_cycles: self.down_cycles,
            rule: self.rule,
            in_flight_per_dyno: self.in_flight_per_dyno,
            max_step_down: self.max_step_down,
            manual_hold_minutes: self.manual_hold_minutes,
            ..Policy::new(Bounds { min: self.min, max: self.max }, self.threshold)
        };
        let intent = self.intent.map(|(from, to)| Intent {
            change: Change { from, to },
            at: TICK - self.intent_age,
            since: TICK - self.intent_age,
            by: InstanceId::new(self.intent_by),
        });
        let counters = Counters { up: self.up, down: self.down };
        let ours = self.ours.map(|quantity| LastKnownQuantity { quantity, by_hand_since: None });
        let by_hand = self
            .by_hand
            .map(|(quantity, age)| LastKnownQuantity { quantity, by_hand_since: Some(TICK - age) });
        let left = |left| TICK + left;
        let state = State {
            counters,
            last_tick: self.last_tick,
            intent,
            last_known: ours.or(by_hand),
            pause: self.paused.map(|left_of| Pause {
                since: TICK,
                until: left_of.map(left),
                by: None,
                reason: None,
            }),
            limit: self.limit.map(|(dynos, left_of)| DynoLimit {
                dynos,
                until: left(left_of),
                refusals: self.refusals,
            }),
            needs: Needs::restored(self.needs.to_vec()).unwrap(),
            still: self.still.map(|(in_flight, active, age)| Still {
                in_flight,
                active,
                since: TICK - age,
            }),
            memory: RuleMemory::Empty,
        };
        let cycle = |at, state: &State, visible, in_flight| {
            let backlog = Backlog { visible, in_flight, delayed: 9 };
            let seen = Observation::new(backlog, self.dynos);
            let tick = Tick { at, origin: self.origin };
            decide(&policy, state, &seen, &Cycle::new(tick, at, InstanceId::new("this instance")))
        };
        let learnt =
            |visible| cycle(TICK - MINUTE, &State::default(), visible, USUAL.in_flight).next.memory;
        let memory = self.minute_ago.map(learnt).unwrap_or_default();
        cycle(TICK, &State { memory, ..state }, self.messages, self.in_flight)
    }
}

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    use IntentOutcome::{ChangedByHand as ChangedByHand_, InFlight, Lost, Reached, Superseded};
    use Reason::*;
    let late = LANDING_WINDOW;
    let fresh = LANDING_WINDOW - SignedDuration::from_millis(1);
    vec![
        // 200 / 2 = 100 = T
        Row { name: "exactly at the threshold nothing moves", ..USUAL },
        Row { name: "at the threshold half-full counters stay", up: 2, down: 3, counters: (2, 3), ..USUAL },

        // 201 / 2 = 100.5 > 100: up 0 + 1, down 0 - 1 not under 0
        Row { name: "above counts up", messages: 201, reason: CountingUp, counters: (1, 0), ..USUAL },
        Row { name: "above takes one from the other counter", messages: 201, up: 1, down: 3, reason: CountingUp, counters: (2, 2), ..USUAL },
        // 2 + 1 = 3 = UP_CYCLES
        Row { name: "the cycle that fills the counter adds a dyno", messages: 201, up: 2, down: 2, reason: ScaleUp, change: Some((2, 3)), ..USUAL },
        Row { name: "with one cycle to wait the first adds a dyno", messages: 201, up_cycles: 1, reason: ScaleUp, change: Some((2, 3)), ..USUAL },
        Row { name: "however large the backlog, one dyno at a time", messages: u64::MAX, up: 2, reason: ScaleUp, change: Some((2, 3)), ..USUAL },
        Row { name: "a counter over a lowered limit acts at once", messages: 201, up: 9, reason: ScaleUp, change: Some((2, 3)), ..USUAL },
        Row { name: "a threshold below one message works", messages: 1, threshold: 0.25, up: 2, reason: ScaleUp, change: Some((2, 3)), ..USUAL },

        // 199 / 2 = 99.5 < 100: down 0 + 1, up 0 - 1 not under 0
        Row { name: "below counts down", messages: 199, reason: CountingDown, counters: (0, 1), ..USUAL },
        Row { name: "below takes one from the other counter", messages: 199, up: 2, down: 1, reason: CountingDown, counters: (1, 2), ..USUAL },
        // 3 + 1 = 4 = DOWN_CYCLES
        Row { name: "the cycle that fills the counter removes a dyno", messages: 199, up: 1, down: 3, reason: ScaleDown, change: Some((2, 1)), ..USUAL },
        Row { name: "the last dyno is removed if the minimum is 0", min: 0, dynos: 1, messages: 0, in_flight: 0, down: 3, reason: ScaleDown, change: Some((1, 0)), ..USUAL },

        // 7 in flight at 4 a dyno: 2 dynos hold them
        Row { name: "dynos that are busy are kept", in_flight_per_dyno: Some(4.0), messages: 199, down: 3, reason: BusyDynosKept, counters: (0, 4), ..USUAL },
        // 7 in flight at 3 a dyno: 3 dynos hold them
        Row { name: "every dyno that holds a message is kept", in_flight_per_dyno: Some(3.0), dynos: 3, messages: 299, down: 3, reason: BusyDynosKept, counters: (0, 4), ..USUAL },
        Row { name: "a lost removal down to the busy dynos is repeated", in_flight_per_dyno: Some(7.0), messages: 199, intent: Some((2, 1)), reason: LostChangeRepeated, change: Some((2, 1)), outcome: Some(Lost), ..USUAL },
        // 7 in flight at 7 a dyno: 1 dyno holds them
        Row { name: "a dyno that none of it needs may go", in_flight_per_dyno: Some(7.0), messages: 199, down: 3, reason: ScaleDown, change: Some((2, 1)), ..USUAL },
        Row { name: "a lost removal is off once it would stop busy dynos", in_flight_per_dyno: Some(4.0), messages: 199, intent: Some((2, 1)), reason: CountingDown, counters: (0, 1), outcome: Some(Superseded), ..USUAL },

        // case B3
        Row { name: "the last dyno stays while a message is in flight", min: 0, dynos: 1, messages: 0, in_flight: 1, down: 3, reason: BusyDynosKept, counters: (0, 4), ..USUAL },
        Row { name: "one dyno stays however many would go", rule: TARGET, min: 0, dynos: 5, messages: 0, in_flight: 1, down: 3, reason: ScaleDown, change: Some((5, 1)), ..USUAL },
        Row { name: "a lost removal of the last dyno is off once a message is in flight", min: 0, dynos: 1, messages: 0, in_flight: 1, intent: Some((1, 0)), reason: CountingDown, counters: (0, 1), outcome: Some(Superseded), ..USUAL },
        // case B4
        Row { name: "what is in flight and does not change keeps its dynos to the last moment", in_flight_per_dyno: Some(4.0), messages: 0, down: 3, still: Some((7, 2, MINUTE * 60 - MS)), reason: BusyDynosKept, counters: (0, 4), ..USUAL },
        Row { name: "and then no longer", in_flight_per_dyno: Some(4.0), messages: 0, down: 3, still: Some((7, 2, MINUTE * 60)), reason: ScaleDown, change: Some((2, 1)), ..USUAL },
        Row { name: "nor does it keep the last dyno", min: 0, dynos: 1, messages: 0, down: 3, still: Some((7, 1, MINUTE * 60)), reason: ScaleDown, change: Some((1, 0)), ..USUAL },
        Row { name: "with one message more or less it is work", in_flight_per_dyno: Some(4.0), messages: 0, down: 3, still: Some((8, 2, MINUTE * 99)), reason: BusyDynosKept, counters: (0, 4), ..USUAL },
        Row { name: "while something waits it is work", in_flight_per_dyno: Some(4.0), messages: 1, down: 3, still: Some((7, 2, MINUTE * 99)), reason: BusyDynosKept, counters: (0, 4), ..USUAL },
        Row { name: "after a dyno was added it is work", in_flight_per_dyno: Some(4.0), messages: 0, down: 3, still: Some((7, 1, MINUTE * 99)), reason: BusyDynosKept, counters: (0, 4), ..USUAL },

        // case B6: 0 / 100 = 0, and the cycles that counted needed up to 9
        Row { name: "one sample undoes no need that counted", rule: TARGET, max: 20, dynos: 10, messages: 0, in_flight: 0, down: 3, needs: &[9, 8, 9], reason: ScaleDown, change: Some((10, 9)), ..USUAL },
        Row { name: "needs from before the last that counted are forgotten", rule: TARGET, max: 20, dynos: 10, messages: 0, in_flight: 0, down: 4, needs: &[9, 2, 3, 2], reason: ScaleDown, change: Some((10, 3)), ..USUAL },
        Row { name: "fewer dynos by hand than lately needed are kept", rule: TARGET, max: 20, dynos: 5, messages: 0, in_flight: 0, down: 3, needs: &[9, 9, 9], reason: RecentNeed, counters: (0, 4), ..USUAL },

        Row { name: "what was needed lately is kept", rule: RATE, minute_ago: Some(900), dynos: 5, messages: 0, in_flight: 0, down: 3, reason: RecentNeed, counters: (0, 4), ..USUAL },

        // 600 / 5 = 120 > 100, and 5 = max
        Row { name: "at max the counter fills", dynos: 5, messages: 600, up: 1, reason: CountingUp, counters: (2, 0), ..USUAL },
        Row { name: "at max a full counter stays full", dynos: 5, messages: 600, up: 3, reason: AtMax, counters: (3, 0), ..USUAL },
        Row { name: "at max the other counter still leaks", dynos: 5, messages: 600, up: 3, down: 2, reason: AtMax, counters: (3, 1), ..USUAL },
        // 0 / 1 = 0 < 100, and 1 = min
        Row { name: "at min a full counter stays full", dynos: 1, messages: 0, down: 4, reason: AtMin, counters: (0, 4), ..USUAL },
        Row { name: "a fixed size is at max", min: 2, max: 2, messages: 201, up: 3, reason: AtMax, counters: (3, 0), ..USUAL },

        Row { name: "no dyno and no message: nothing to count", min: 0, dynos: 0, messages: 0, down: 1, reason: Idle, counters: (0, 1), ..USUAL },
        // case B5
        Row { name: "an empty queue at no dyno takes the counter back", min: 0, dynos: 0, messages: 0, up: 2, reason: Idle, counters: (1, 0), ..USUAL },
        Row { name: "no dyno and one message counts up", min: 0, dynos: 0, messages: 1, reason: CountingUp, counters: (1, 0), ..USUAL },
        Row { name: "the first dyno comes for one message", min: 0, dynos: 0, messages: 1, up: 2, reason: ScaleUp, change: Some((0, 1)), ..USUAL },

        Row { name: "0 dynos with a minimum is an operator's stop", dynos: 0, messages: 9000, up: 2, down: 1, reason: StoppedByHand, counters: (2, 1), ..USUAL },
        Row { name: "0 dynos that were reached by a change of ours are raised to a later minimum", ours: Some(0), dynos: 0, messages: 0, reason: BelowMin, change: Some((0, 1)), ..USUAL },
        Row { name: "0 dynos after another quantity of ours are an operator's stop", ours: Some(2), dynos: 0, reason: StoppedByHand, ..USUAL },
        Row { name: "0 dynos that an operator set are a stop, whatever was ours before", by_hand: Some((0, MINUTE)), dynos: 0, reason: StoppedByHand, ..USUAL },

        Row { name: "an operator's quantity is the load's to change at once if nothing is to be kept", ours: Some(4), messages: 201, reason: CountingUp, counters: (1, 0), ..USUAL },
        Row { name: "an operator's quantity is kept, the counters with it", manual_hold_minutes: 30, ours: Some(4), messages: 900, up: 2, down: 1, reason: ChangedByHand, counters: (2, 1), ..USUAL },
        Row { name: "kept outside of the bounds too", manual_hold_minutes: 30, ours: Some(4), dynos: 9, reason: ChangedByHand, ..USUAL },
        Row { name: "kept to its last moment", manual_hold_minutes: 30, by_hand: Some((2, MINUTE * 30 - MS)), messages: 201, reason: ChangedByHand, ..USUAL },
        Row { name: "and then no longer", manual_hold_minutes: 30, by_hand: Some((2, MINUTE * 30)), messages: 201, reason: CountingUp, counters: (1, 0), ..USUAL },
        Row { name: "another quantity is kept for as long again", manual_hold_minutes: 30, by_hand: Some((3, MINUTE * 99)), messages: 201, reason: ChangedByHand, ..USUAL },
        Row { name: "a change of ours is not an operator's", manual_hold_minutes: 30, ours: Some(2), messages: 201, reason: CountingUp, counters: (1, 0), ..USUAL },
        Row { name: "a change that arrived ends the hold", manual_hold_minutes: 30, by_hand: Some((1, MINUTE)), intent: Some((1, 2)), messages: 201, reason: CountingUp, counters: (1, 0), outcome: Some(Reached), ..USUAL },
        Row { name: "an operator's quantity in its place is kept", manual_hold_minutes: 30, ours: Some(3), intent: Some((3, 4)), reason: ChangedByHand, outcome: Some(ChangedByHand_), ..USUAL },
        Row { name: "before the first change of ours no operator's is noticed", manual_hold_minutes: 30, messages: 201, reason: CountingUp, counters: (1, 0), ..USUAL },

        Row { name: "a pause holds whatever the load", paused: Some(None), messages: 9000, up: 2, down: 1, reason: Paused, counters: (2, 1), ..USUAL },
        Row { name: "out of bounds too", paused: Some(None), dynos: 9, reason: Paused, ..USUAL },
        Row { name: "a stop is a pause while it lasts", paused: Some(None), dynos: 0, reason: Paused, ..USUAL },
        Row { name: "a pause holds to its last moment", paused: Some(Some(MS)), messages: 201, reason: Paused, ..USUAL },
        Row { name: "and then no longer", paused: Some(Some(SignedDuration::ZERO)), messages: 201, reason: CountingUp, counters: (1, 0), ..USUAL },
        Row { name: "a lost change is given up in a pause", paused: Some(None), intent: Some((2, 3)), messages: 900, reason: Paused, outcome: Some(Superseded), ..USUAL },
        Row { name: "one that arrived before it has arrived", paused: Some(None), intent: Some((1, 2)), reason: Paused, outcome: Some(Reached), ..USUAL },
        Row { name: "one that may be on its way is waited for", paused: Some(None), intent: Some((2, 3)), intent_age: fresh, reason: ChangeInFlight, outcome: Some(InFlight), ..USUAL },

        // 900 / 4 = 225 > 100, and Heroku allows 4 of 5
        Row { name: "at Heroku's limit the counter fills", dynos: 4, messages: 900, limit: Some((4, MINUTE)), reason: CountingUp, counters: (1, 0), ..USUAL },
        Row { name: "at Heroku's limit no more are requested", dynos: 4, messages: 900, up: 2, limit: Some((4, MS)), reason: HerokuLimit, counters: (3, 0), ..USUAL },
        Row { name: "until it is forgotten", dynos: 4, messages: 900, up: 2, limit: Some((4, SignedDuration::ZERO)), reason: ScaleUp, change: Some((4, 5)), ..USUAL },
        Row { name: "below it a dyno is added as ever", dynos: 3, messages: 900, up: 2, limit: Some((4, MINUTE)), reason: ScaleUp, change: Some((3, 4)), ..USUAL },
        Row { name: "above the maximum it says nothing", dynos: 5, messages: 900, up: 2, limit: Some((8, MINUTE)), reason: AtMax, counters: (3, 0), ..USUAL },
        Row { name: "dynos above it are not given up", dynos: 4, messages: 900, up: 2, limit: Some((1, MINUTE)), reason: HerokuLimit, counters: (3, 0), ..USUAL },
        Row { name: "and go by the load alone", dynos: 4, messages: 0, down: 3, limit: Some((1, MINUTE)), reason: ScaleDown, change: Some((4, 3)), ..USUAL },
        // case B1: 9 of 10 were refused, so that 8 may be allowed
        Row { name: "a search for a limit continues at once", rule: TARGET, max: 10, dynos: 3, messages: 1000, limit: Some((8, MINUTE)), refusals: 1, reason: HerokuLimit, change: Some((3, 8)), ..USUAL },
        // 3 + (8 - 3) / 2, rounded up
        Row { name: "after three refusals by half of what is left", rule: TARGET, max: 10, dynos: 3, messages: 1000, limit: Some((8, MINUTE)), refusals: 4, reason: HerokuLimit, change: Some((3, 6)), ..USUAL },
        Row { name: "a search ends at what was not refused", rule: TARGET, max: 10, dynos: 8, messages: 1000, up: 2, limit: Some((8, MINUTE)), refusals: 4, reason: HerokuLimit, counters: (3, 0), ..USUAL },
        Row { name: "a search requests no more than the load", rule: TARGET, max: 10, dynos: 3, messages: 401, limit: Some((8, MINUTE)), refusals: 1, reason: HerokuLimit, change: Some((3, 5)), ..USUAL },
        Row { name: "without a search what rises is counted", rule: TARGET, max: 10, dynos: 3, messages: 1000, limit: Some((8, MINUTE)), reason: CountingUp, counters: (1, 0), ..USUAL },
        Row { name: "below min the way up ends at it", min: 4, dynos: 1, limit: Some((3, MINUTE)), reason: BelowMin, change: Some((1, 3)), ..USUAL },
        Row { name: "a minimum that it forbids is not requested", min: 4, dynos: 3, messages: 300, limit: Some((3, MINUTE)), ..USUAL },
        Row { name: "a lost change beyond it is dropped", dynos: 3, messages: 900, intent: Some((3, 5)), limit: Some((4, MINUTE)), reason: CountingUp, counters: (1, 0), outcome: Some(Superseded), ..USUAL },

        Row { name: "below min returns to it at once, from 1 to 3", min: 3, dynos: 1, messages: 0, up: 1, down: 3, reason: BelowMin, change: Some((1, 3)), ..USUAL },
        Row { name: "above max returns to it at once, from 9 to 5", dynos: 9, messages: 9000, up: 2, reason: AboveMax, change: Some((9, 5)), ..USUAL },
        // case B2: 70 in flight at 7 a dyno keep 10, 62 keep 9
        Row { name: "above max no busy dyno is stopped", max: 3, dynos: 10, in_flight: 70, in_flight_per_dyno: Some(7.0), up: 2, reason: BusyDynosKept, counters: (2, 0), ..USUAL },
        Row { name: "above max the way down ends at the busy dynos", max: 3, dynos: 10, in_flight: 62, in_flight_per_dyno: Some(7.0), reason: AboveMax, change: Some((10, 9)), ..USUAL },
        Row { name: "above max one change removes no more than a step", max: 3, dynos: 10, in_flight: 0, max_step_down: Some(2), reason: AboveMax, change: Some((10, 8)), ..USUAL },
        Row { name: "a step on the way to max that was lost is decided again", max: 3, dynos: 10, in_flight: 0, max_step_down: Some(2), intent: Some((10, 8)), reason: AboveMax, change: Some((10, 8)), outcome: Some(Superseded), ..USUAL },
        Row { name: "above max busy dynos that do not change are let go", max: 3, dynos: 10, messages: 0, in_flight: 70, in_flight_per_dyno: Some(7.0), still: Some((70, 10, MINUTE * 60)), reason: AboveMax, change: Some((10, 3)), ..USUAL },
        Row { name: "a lost return to max is off once it would stop busy dynos", dynos: 9, in_flight: 63, in_flight_per_dyno: Some(7.0), intent: Some((9, 5)), reason: BusyDynosKept, outcome: Some(Superseded), ..USUAL },

        Row { name: "a duplicate changes nothing, whatever the world", last_tick: Some(TICK), dynos: 9, messages: 9000, up: 2, down: 1, reason: DuplicateTick, counters: (2, 1), ..USUAL },
        Row { name: "an overtaken tick changes nothing", last_tick: Some(TICK + MINUTE), messages: 201, up: 2, reason: DuplicateTick, counters: (2, 0), ..USUAL },
        // case B7
        Row { name: "a late tick changes nothing, whatever the world", origin: Origin::Late, dynos: 9, messages: 9000, up: 2, down: 1, reason: LateTick, counters: (2, 1), ..USUAL },
        Row { name: "a message without a time changes nothing, whatever the world", origin: Origin::Undated, dynos: 9, messages: 9000, up: 2, down: 1, reason: UndatedTick, counters: (2, 1), ..USUAL },
        Row { name: "a watermark that a schedule may have moved ahead counts", last_tick: Some(TICK + MINUTE * 6), messages: 201, reason: DuplicateTick, ..USUAL },
        Row { name: "one that none can have moved there does not", last_tick: Some(TICK + MINUTE * 6 + MS), messages: 201, reason: CountingUp, counters: (1, 0), ..USUAL },
        Row { name: "a later tick counts", last_tick: Some(TICK - MINUTE), messages: 201, reason: CountingUp, counters: (1, 0), ..USUAL },
        Row { name: "an operator's tick counts whenever it comes", last_tick: Some(TICK + MINUTE), origin: Origin::Operator, messages: 201, reason: CountingUp, counters: (1, 0), ..USUAL },

        Row { name: "a change that arrived is done, and the cycle counts", intent: Some((1, 2)), messages: 201, reason: CountingUp, counters: (1, 0), outcome: Some(Reached), ..USUAL },
        Row { name: "another instance's fresh change may yet arrive, whatever runs now", intent: Some((1, 2)), intent_age: fresh, reason: ChangeInFlight, outcome: Some(InFlight), ..USUAL },
        Row { name: "whatever runs now: an operator's quantity may be older than it", intent: Some((3, 4)), intent_age: fresh, reason: ChangeInFlight, outcome: Some(InFlight), ..USUAL },
        Row { name: "one's own change that arrived is done, however fresh", intent: Some((1, 2)), intent_age: fresh, intent_by: "this instance", reason: AtTarget, outcome: Some(Reached), ..USUAL },
        Row { name: "a lost change is repeated", intent: Some((2, 3)), messages: 201, reason: LostChangeRepeated, change: Some((2, 3)), outcome: Some(Lost), ..USUAL },
        Row { name: "a lost change is dropped at the threshold", intent: Some((2, 1)), reason: AtTarget, outcome: Some(Superseded), ..USUAL },
        Row { name: "a lost removal is dropped once the load needs some of it", rule: TARGET, dynos: 5, messages: 300, intent: Some((5, 1)), reason: CountingDown, counters: (0, 1), needs: &[], outcome: Some(Superseded), ..USUAL },
        Row { name: "a lost removal is dropped within the tolerance of the threshold", rule: TARGET, dynos: 5, messages: 501, intent: Some((5, 1)), reason: AtTarget, outcome: Some(Superseded), ..USUAL },
        Row { name: "a lost change to the first dyno survives one reading of 0", min: 0, dynos: 0, messages: 0, intent: Some((0, 1)), reason: LostChangeRepeated, change: Some((0, 1)), outcome: Some(Lost), ..USUAL },
        Row { name: "a lost change is dropped once the direction turned", intent: Some((2, 3)), messages: 199, reason: CountingDown, counters: (0, 1), outcome: Some(Superseded), ..USUAL },
        Row { name: "a lost change down is dropped once the direction turned", intent: Some((2, 1)), messages: 201, reason: CountingUp, counters: (1, 0), outcome: Some(Superseded), ..USUAL },
        Row { name: "a lost change that the bounds forbid now is dropped", max: 2, intent: Some((2, 3)), messages: 201, reason: CountingUp, counters: (1, 0), outcome: Some(Superseded), ..USUAL },
        Row { name: "an operator's other quantity is kept", intent: Some((3, 4)), reason: AtTarget, outcome: Some(ChangedByHand_), ..USUAL },
        Row { name: "an operator's stop drops the intent", intent: Some((2, 3)), dynos: 0, messages: 9000, reason: StoppedByHand, outcome: Some(ChangedByHand_), ..USUAL },
        Row { name: "a lost return to max is repeated, whatever the load", dynos: 9, intent: Some((9, 5)), messages: 9000, reason: LostChangeRepeated, change: Some((9, 5)), outcome: Some(Lost), ..USUAL },

        Row { name: "what another instance committed just now may be under way", intent: Some((2, 3)), intent_age: fresh, messages: 201, up: 2, reason: ChangeInFlight, counters: (2, 0), outcome: Some(InFlight), ..USUAL },
        Row { name: "by a clock ahead of ours as well", intent: Some((2, 3)), intent_age: -fresh, messages: 201, reason: ChangeInFlight, outcome: Some(InFlight), ..USUAL },
        Row { name: "an intent from further ahead than the window has a wrong time", intent: Some((2, 3)), intent_age: -late, messages: 201, reason: LostChangeRepeated, change: Some((2, 3)), outcome: Some(Lost), ..USUAL },
        Row { name: "after the landing window it is lost", intent: Some((2, 3)), intent_age: late, messages: 201, reason: LostChangeRepeated, change: Some((2, 3)), outcome: Some(Lost), ..USUAL },
        Row { name: "one's own earlier change is over, however fresh", intent: Some((2, 3)), intent_age: fresh, intent_by: "this instance", messages: 201, reason: LostChangeRepeated, change: Some((2, 3)), outcome: Some(Lost), ..USUAL },
    ]
}

#[test]
fn each_row_decides_as_expected() {
    for row in rows() {
        let decision = row.decide();
        let change = decision.change.map(|Change { from, to }| (from, to));
        let Counters { up, down } = decision.next.counters;
        let found = (decision.reason, change, (up, down), decision.outcome);
        assert_eq!(found, (row.reason, row.change, row.counters, row.outcome), "{}", row.name);
        let required = row.change.map_or(row.dynos, |(_, to)| to);
        assert_eq!(decision.required, required, "{}", row.name);
    }
}

#[test]
fn a_hold_that_ends_by_itself_has_its_end() {
    let ends = |row: Row| row.decide().until.map(|until| until.duration_since(TICK));
    let by_hand = Row { manual_hold_minutes: 30, by_hand: Some((2, MINUTE)), ..USUAL };
    let busy = Row { messages: 0, in_flight_per_dyno: Some(1.0), down: 3, ..USUAL };
    let at_limit = Row { dynos: 4, messages: 900, up: 2, limit: Some((4, MINUTE * 9)), ..USUAL };
    for (row, expected) in [
        (Row { paused: Some(Some(MINUTE * 7)), ..USUAL }, Some(MINUTE * 7)),
        (Row { paused: Some(None), ..USUAL }, None),
        (by_hand, Some(MINUTE * 29)),
        (at_limit, Some(MINUTE * 9)),
        (Row { max: 4, ..at_limit }, None),
        (Row { still: Some((7, 2, MINUTE * 10)), ..busy }, Some(MINUTE * 50)),
        (Row { max: 1, still: Some((7, 2, MINUTE * 10)), ..busy }, Some(MINUTE * 50)),
        (Row { messages: 1, ..busy }, None),
        (Row { dynos: 0, ..USUAL }, None),
        (USUAL, None),
    ] {
        assert_eq!(ends(row), expected);
    }
}

#[test]
fn a_change_that_a_limit_forbids_goes_as_far_as_the_limit() {
    let cycle = scheduled_cycle(TICK);
    let seen = |active| {
        let backlog = Backlog { visible: 900, in_flight: 0, delayed: 0 };
        Observation::new(backlog, active)
    };
    let state = State { counters: Counters { up: 1, down: 2 }, ..State::default() };
    let hour = Some(TICK + LIMIT_REMEMBERED);
    for (from, to, limit, others, expected) in [
        // refused above the limit: it may be of the process type
        (2, 12, 10, 4, Some(Some(10))),
        (2, 11, 10, 0, Some(Some(10))),
        // refused at the limit: it is of the app
        (2, 10, 10, 4, Some(Some(6))),
        (2, 3, 10, 8, Some(None)),
        (2, 3, 10, 20, Some(None)),
        (2, 3, 2, 0, Some(None)),
        (2, 3, 1, 0, Some(None)),
        // refused although the limit allows it: dynos count that no formation shows
        (2, 12, 20, 8, Some(Some(11))),
        (2, 3, 10, 7, Some(None)),
        (2, 3, 10, 0, Some(None)),
        // a removal is above no limit
        (9, 5, 4, 0, None),
        (9, 5, 5, 3, None),
    ] {
        let report = LimitReport { limit: Some(limit), others };
        let refused = Change { from, to };
        let decision = within_limit(refused, &state, report, &seen(from), &cycle);
        let changes = decision.as_ref().map(|it| it.change.map(|change| change.to));
        assert_eq!(changes, expected, "{from} to {to}, limit {limit}, others {others}");
        let Some(decision) = decision else { continue };
        assert_eq!((decision.reason, decision.until), (Reason::HerokuLimit, hour));
        assert_eq!(decision.next.limit.map(|limit| limit.until), hour);
        assert_eq!(decision.next.limit.map(|limit| limit.refusals), Some(1));
        assert_eq!(decision.next.intent.map(|intent| intent.change), decision.change);
        let remembered = limit_remembered(refused, &state, report, &seen(from), &cycle).unwrap();
        assert_eq!((remembered.change, remembered.next.intent), (None, None));
        assert_eq!(remembered.next.limit, decision.next.limit);
    }
}

// case B1
#[test]
fn a_search_for_a_limit_ends_at_the_highest_quantity_that_heroku_takes() {
    let policy = Policy { rule: TARGET, ..Policy::new(Bounds { min: 1, max: 60 }, 100.0) };
    let cases = [(20, 2, 1), (20, 0, 0), (20, 2, 0), (50, 3, 17), (20, 4, 11), (20, 15, 5)];
    let reports = [true, false].into_iter().flat_map(|is_named| cases.map(|case| (is_named, case)));
    for (is_named, (limit, others, hidden)) in reports {
        let allowed = (limit - others - hidden).max(5);
        let (mut state, mut active, mut refused, mut settled) =
            (State::default(), 5, Vec::new(), 0);
        for minute in 0..60 {
            let at = TICK + MINUTE * minute;
            let backlog = Backlog { visible: 3000, in_flight: 9, delayed: 0 };
            let cycle = scheduled_cycle(at);
            let seen = Observation::new(backlog, active);
            let mut decision = decide(&policy, &state, &seen, &cycle);
            for retreat in [within_limit, limit_remembered] {
                let Some(change) = decision.change.filter(|change| change.to > allowed) else {
                    break;
                };
                assert!(refused.iter().all(|it| change.to < *it), "{change:?} after {refused:?}");
                refused.push(change.to);
                let report = LimitReport { limit: Some(limit).filter(|_| is_named), others };
                decision = retreat(change, &decision.next, report, &seen, &cycle).unwrap();
            }
            active = decision.change.map_or(active, |change| change.to);
            settled = if decision.change.is_some() { minute } else { settled };
            state = decision.next;
        }
        assert_eq!(active, allowed, "limit {limit}, others {others}, hidden {hidden}");
        assert!(settled <= 10, "settled in minute {settled}, refused {refused:?}");
    }
}

// case G4
#[test]
fn a_state_that_no_cycle_can_have_written_is_forgotten() {
    let never: Timestamp = "9999-12-30T00:00:00Z".parse().unwrap();
    let by_hand = LastKnownQuantity { quantity: 2, by_hand_since: Some(never) };
    let limit = |dynos, until| Some(DynoLimit { dynos, until, refusals: 0 });
    let at_the_end = TICK + LIMIT_REMEMBERED + MINUTE;
    let intent = |at, since| {
        let (change, by) = (Change { from: 2, to: 3 }, InstanceId::new("another instance"));
        Some(Intent { change, at, since, by })
    };
    for (name, state) in [
        ("last_tick", State { last_tick: Some(TICK + MINUTE * 110), ..State::default() }),
        ("standing", State { last_known: Some(by_hand), ..State::default() }),
        ("heroku_limit", State { limit: limit(0, never), ..State::default() }),
        ("heroku_limit", State { limit: limit(9, at_the_end + MS), ..State::default() }),
        ("intent", State { intent: intent(never, TICK), ..State::default() }),
        ("intent", State { intent: intent(TICK, never), ..State::default() }),
        (
            "still",
            State {
                still: Some(Still { in_flight: 7, active: 2, since: never }),
                ..State::default()
            },
        ),
    ] {
        assert_eq!(state.implausible_at(TICK), [name]);
        assert_eq!(state.plausible_at(TICK), State::default());
    }
    let known = State {
        limit: limit(9, at_the_end),
        last_tick: Some(TICK + MINUTE * 6),
        ..State::default()
    };
    assert_eq!(known.plausible_at(TICK), known);
    assert_eq!(known.implausible_at(TICK), [""; 0]);
}

#[test]
fn a_watermark_from_beyond_any_schedule_is_replaced() {
    let row = Row { last_tick: Some(TICK + MINUTE * 9_999), messages: 201, ..USUAL };
    assert_eq!(row.decide().next.last_tick, Some(TICK));
}

#[test]
fn a_change_is_remembered_as_an_intent_of_this_instance() {
    for row in rows().iter().filter(|row| row.change.is_some()) {
        let decision = row.decide();
        let change = decision.change.unwrap();
        let is_repeated = row.intent == Some((change.from, change.to));
        let since = if is_repeated { TICK - row.intent_age } else { TICK };
        let intent = Intent { change, at: TICK, since, by: InstanceId::new("this instance") };
        assert_eq!(decision.next.intent, Some(intent), "{}", row.name);
    }
}

#[test]
fn an_intent_that_is_settled_is_forgotten() {
    for row in rows().iter().filter(|row| row.change.is_none() && row.intent.is_some()) {
        let forgotten = row.decide().next.intent.is_none();
        assert_eq!(forgotten, row.reason != Reason::ChangeInFlight, "{}", row.name);
    }
}

/// The reasons that the rows have.
pub(crate) fn reasons() -> HashSet<Reason> {
    rows().iter().map(|row| row.reason).collect()
}
