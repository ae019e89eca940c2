//! The state of a run: two runs in the same state continue in the same way.
//!
//! It leaves out what makes no difference: the place of an instance, the numbers of cycles and
//! versions, the order in which a cycle got its answers.
//!
//! Must not know: which steps there are.

use std::fmt::Write;

use super::ledger::{Event, Ledger};
use super::world::{Call, Cycle, Pending, Slot, Verdict, World};
use dynoscaler::policy::State;

/// All of the world that the rest of a run depends on, laws included.
pub(super) fn point(world: &World) -> String {
    points([world])
}

/// The same of several worlds with the same instances: it makes a difference which cycles share a
/// place, but not which place.
pub(super) fn points<const N: usize>(worlds: [&World; N]) -> String {
    let number = worlds.first().map_or(0, |world| world.slots.len());
    let texts = |place: usize| worlds.map(|world| answers_of(world, &world.slots[place]));
    let cycle = |slot: &Slot| slot.cycle.as_ref().map(|it| it.number);
    let cycles = |place: usize| worlds.map(|world| cycle(&world.slots[place]));
    let mut places: Vec<_> = (0..number).map(|place| (texts(place), cycles(place))).collect();
    places.sort();
    let of_world = |which: usize| {
        let slots = places.iter().map(|(texts, cycles)| (&*texts[which], cycles[which]));
        point_of(worlds[which], &slots.collect::<Vec<_>>())
    };
    (0..N).map(of_world).collect::<Vec<_>>().join("&")
}

/// The state of a world with what is in its places, in an order that all worlds share.
fn point_of(world: &World, places: &[(&str, Option<u32>)]) -> String {
    let mut names: Vec<u32> = places.iter().filter_map(|(_, cycle)| *cycle).collect();
    let mut on_their_way = world.on_their_way.clone();
    on_their_way.sort_by_key(|sent| (sent.began_secs, sent.requested, sent.from));
    let mut text = format!("{} {};", world.now_secs, world.quantity);
    write_state(&mut text, &world.stored.state);
    for (place, _) in places {
        let _ = write!(text, "|{place}");
    }
    for sent in on_their_way {
        let name = name(&mut names, sent.cycle);
        let _ = write!(text, "~{name} {} {} {}", sent.began_secs, sent.from, sent.requested);
    }
    write_ledger(&mut text, &mut names, &world.ledger);
    text
}

/// Cycles are named by the order in which they appear.
fn name(names: &mut Vec<u32>, cycle: u32) -> usize {
    let known = names.iter().position(|it| *it == cycle);
    known.unwrap_or_else(|| {
        names.push(cycle);
        names.len() - 1
    })
}

fn answers_of(world: &World, slot: &Slot) -> String {
    let me = slot.instance.id();
    let is_mine = |state: &State| state.intent.as_ref().is_some_and(|intent| intent.by == me);
    let mut text = format!("{}", u8::from(is_mine(&world.stored.state)));
    if let Some(cycle) = &slot.cycle {
        write_cycle(&mut text, world, cycle, &is_mine);
    }
    text
}

fn write_cycle(text: &mut String, world: &World, cycle: &Cycle, is_mine: &dyn Fn(&State) -> bool) {
    let Cycle { tick, began_secs, backlog, sleep, .. } = cycle;
    let _ = write!(
        text,
        "{tick} {began_secs} {:?} {sleep:?}",
        backlog.map(|it| (it.visible, it.in_flight))
    );
    let mut answers: Vec<_> = cycle.answers.iter().collect();
    answers.sort_by_key(|(kind, _)| *kind);
    for (kind, verdict) in answers {
        match verdict {
            Verdict::Loaded(stored) => {
                let is_newest = stored.version == world.stored.version;
                let _ = write!(text, "+{is_newest} {}", is_mine(&stored.state));
                write_state(text, &stored.state);
            }
            Verdict::Failed
            | Verdict::Quantity(_)
            | Verdict::Raced(_)
            | Verdict::Set
            | Verdict::AboveLimit(_)
            | Verdict::Panic => {
                let _ = write!(text, "+{kind:?}{verdict:?}");
            }
        }
    }
    for Pending { call, since_secs } in &cycle.pending {
        match call {
            Call::Quantity | Call::Load => {
                let _ = write!(text, "?{call:?}");
            }
            Call::SetQuantity(quantity) => {
                let _ = write!(text, "?{quantity} {since_secs}");
            }
            Call::Commit(write) => {
                text.push('?');
                write_state(text, &write.state);
            }
        }
    }
}

fn write_state(text: &mut String, state: &State) {
    let State { counters, needs, last_tick, intent, last_known, pause, limit, still, memory } =
        state;
    let last_tick = last_tick.map(jiff::Timestamp::as_second);
    let _ = write!(text, "({} {} {last_tick:?}", counters.up, counters.down);
    if let Some(intent) = intent {
        let (change, at) = (intent.change, intent.at.as_second());
        let _ = write!(text, " {}>{} {at}", change.from, change.to);
    }
    let by_hand_since = last_known.and_then(|it| it.by_hand_since).map(jiff::Timestamp::as_second);
    let limit = limit.map(|limit| (limit.dynos, limit.until.as_second(), limit.refusals));
    let still = still.map(|still| (still.in_flight, still.active, still.since.as_second()));
    let _ = write!(text, " {:?} {by_hand_since:?} {limit:?}", last_known.map(|it| it.quantity));
    let _ = write!(text, " {:?} {still:?}", needs.as_slice());
    debug_assert!(pause.is_none(), "no run has a pause");
    if let Some(rate) = memory.rate() {
        let _ = write!(text, " {rate:?}");
    }
    text.push(')');
}

/// A cycle's input and its age were judged when it decided.
fn write_ledger(text: &mut String, names: &mut Vec<u32>, ledger: &Ledger) {
    for event in ledger.events() {
        let _ = match event {
            Event::Observed { cycle } => write!(text, "l{}", name(names, *cycle)),
            Event::Committed(commit) => {
                let (name, change) = (name(names, commit.cycle), commit.change);
                let change = change.map(|change| (change.from, change.to));
                write!(text, "c{name} {} {change:?}", commit.tick)
            }
            Event::Landed(landing) => {
                write!(text, "a{} {}", name(names, landing.cycle), landing.quantity)
            }
            Event::ByHand { quantity } => write!(text, "h{quantity}"),
            Event::Recorded { cycle, .. } => write!(text, "t{}", name(names, *cycle)),
        };
    }
}
