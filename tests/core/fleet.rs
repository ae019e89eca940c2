//! The round over ports in memory: a fault of one target is its own, turns, the deadline, and the
//! last valid file.

use std::sync::{Arc, Mutex};

use dynoscaler::cycle::Invocation;
use dynoscaler::fleet::{
    Account, App, Faulty, Fleet, Instances, Member, Round, Scaler, TargetsFile, Terms, ends_at,
    is_due, period, rounds_a_minute,
};
use dynoscaler::policy::Reason;
use dynoscaler::ports::{CallPool, Clock as _, FormationErrorKind};
use dynoscaler::report::Level;
use dynoscaler::target::{Target, TargetId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use support::example::START;
use support::fake::{Call, Fake, Fault, scheduled, target};

/// An app whose targets each have a world of their own.
struct InMemory {
    account: Arc<Account>,
    members: Vec<Member>,
    worlds: Vec<Fake>,
}

impl App for InMemory {
    type Ports = Fake;

    fn account(&self) -> &Arc<Account> {
        &self.account
    }

    fn calls(&self) -> u32 {
        1
    }

    fn members(&self) -> &[Member] {
        &self.members
    }

    fn ports(&self) -> Vec<Fake> {
        self.worlds.clone()
    }
}

fn named(app: &str, process: &str) -> Target {
    Target { id: TargetId { app: app.to_owned(), process: process.to_owned() }, ..target() }
}

/// An app with a target for each world.
fn app(name: &str, account: &Arc<Account>, worlds: &[&Fake]) -> InMemory {
    let instances = Instances::named("this");
    let targets = (0..worlds.len()).map(|number| named(name, &format!("worker{number}")));
    let member = |target: Target| Member { instance: instances.of(&target.state_key()), target };
    let worlds = worlds.iter().copied().cloned().collect();
    InMemory { account: Arc::clone(account), members: targets.map(member).collect(), worlds }
}

fn invocation(event: Value) -> Invocation {
    Invocation { event, request_id: "request".to_owned(), trace_id: None, cold_start: false }
}

const ALWAYS: Terms = Terms { ends_at: None, a_minute: 1 };

async fn round(fleet: &Fleet<InMemory>, clock: &Fake) -> Round {
    let event = scheduled(clock.world().now);
    fleet.round(clock, &invocation(event), ALWAYS).await
}

fn reasons(round: &Round) -> Vec<Reason> {
    round.records.iter().map(|record| record.reason).collect()
}

#[tokio::test]
async fn whatever_fails_for_one_target_the_others_run_as_without_it() {
    let refused = Fault::Answered(FormationErrorKind::Unauthorized);
    for (kind, fault, reason) in [
        ("Backlog", Fault::Panics, Reason::Panicked),
        ("Quantity", Fault::Panics, Reason::Panicked),
        ("Commit", Fault::Panics, Reason::Panicked),
        ("SetQuantity", Fault::Panics, Reason::Panicked),
        ("Quantity", refused, Reason::HerokuUnauthorized),
        ("Backlog", Fault::Lost, Reason::BacklogUnavailable),
        ("Load", Fault::Lost, Reason::StateUnavailable),
        ("SetQuantity", Fault::Lost, Reason::ChangeUnconfirmed),
    ] {
        let faulty = Fake::new(1, 900).failing(kind, 1, fault);
        let (beside, apart) = (Fake::new(1, 900), Fake::new(1, 900));
        let account = Arc::default();
        let apps =
            vec![app("shop", &account, &[&faulty, &beside]), app("bill", &account, &[&apart])];
        let fleet = Fleet::new(apps, Vec::new());
        let round = round(&fleet, &apart).await;
        assert_eq!(reasons(&round), [reason, Reason::ScaleUp, Reason::ScaleUp], "{kind} {fault:?}");
        let alone = Fake::new(1, 900);
        let own = Fleet::new(vec![app("bill", &account, &[&alone])], Vec::new());
        super::fleet::round(&own, &alone).await;
        let calls = |fake: &Fake| fake.world().calls.clone();
        assert_eq!(calls(&apart), calls(&alone), "{kind} {fault:?}");
        assert_eq!((round.failed(), round.succeeded().unwrap().len()), (1, 3));
    }
}

#[tokio::test]
async fn a_cycle_that_panics_has_a_record_that_says_so() {
    let fake = Fake::new(1, 900).failing("Backlog", 1, Fault::Panics);
    let fleet = Fleet::new(vec![app("shop", &Arc::default(), &[&fake])], Vec::new());
    let round = round(&fleet, &fake).await;
    let record = &fake.world().reports[0];
    assert_eq!(record.error.as_deref(), Some("the cycle panicked: a planted panic"));
    assert_eq!((record.level, record.max_dynos), (Level::Error, Some(5)));
    let error = round.succeeded().unwrap_err();
    assert_eq!((error.error_type, error.to_string()), ("Panicked", record.error.clone().unwrap()));
}

/// The change may have been on its way.
#[tokio::test]
async fn after_a_panic_the_target_waits_for_its_change_and_no_other_does() {
    let panicking = Fake::new(1, 900).failing("SetQuantity", 1, Fault::Panics);
    let beside = Fake::new(1, 900);
    let fleet = Fleet::new(vec![app("shop", &Arc::default(), &[&panicking, &beside])], Vec::new());
    round(&fleet, &panicking).await;
    for fake in [&panicking, &beside] {
        fake.world().now += SignedDuration::from_secs(10);
    }
    let event = json!({});
    let next = fleet.round(&panicking, &invocation(event), ALWAYS).await;
    assert_eq!(reasons(&next)[0], Reason::ChangeInFlight);
    assert_ne!(reasons(&next)[1], Reason::ChangeInFlight);
}

#[tokio::test]
async fn a_target_with_faulty_settings_has_a_record_each_round_and_nothing_is_called_for_it() {
    let fake = Fake::new(2, 200);
    let id = TargetId { app: "Shop".to_owned(), process: "worker".to_owned() };
    let faulty = Faulty { id, error: "max_dynos = 0".to_owned() };
    let fleet = Fleet::new(vec![app("shop", &Arc::default(), &[&fake])], vec![faulty.clone()]);
    for _ in 0..2 {
        let round = round(&fleet, &fake).await;
        assert_eq!(reasons(&round)[0], Reason::InvalidConfiguration);
        let record = &round.records[0];
        assert_eq!((record.app.as_str(), record.error.as_deref()), ("Shop", Some("max_dynos = 0")));
        assert_eq!(
            (record.max_dynos, record.backlog_threshold, &record.queue),
            (None, None, &None)
        );
        assert_eq!((round.failed(), round.records.len()), (1, 2));
    }
    let none = Fleet::<InMemory>::new(Vec::new(), vec![faulty]);
    let idle = Fake::new(2, 200);
    assert!(round(&none, &idle).await.succeeded().is_err());
    assert_eq!(idle.taken_calls(), ["Log", "Deliver"]);
}

#[tokio::test]
async fn no_cycle_starts_that_could_not_finish_and_the_deferred_are_first_next_time() {
    let fakes: Vec<Fake> = (0..3).map(|_| Fake::new(2, 200)).collect();
    let account = Arc::default();
    let names = ["ant", "bee", "cat"];
    let apps = names.iter().zip(&fakes).map(|(name, fake)| app(name, &account, &[fake]));
    let fleet = Fleet::new(apps.collect(), Vec::new());
    let clock = &fakes[0];
    let began = clock.now();
    for (left, cycles) in [(24, 3), (23, 0), (0, 0), (-60, 0)] {
        let terms = Terms { ends_at: Some(began + SignedDuration::from_secs(left)), ..ALWAYS };
        let round = fleet.round(clock, &invocation(scheduled(began)), terms).await;
        assert_eq!((round.records.len(), round.deferred), (cycles, 3 - cycles), "{left}");
        assert_eq!(round.succeeded().is_ok(), cycles > 0, "{left}");
    }
}

#[test]
fn an_end_that_no_time_out_reaches_is_another_clocks_and_the_shortest_time_out_is_left() {
    let began = START;
    for (written, left) in
        [(24, 24), (55, 55), (900, 900), (901, 30), (23, 30), (0, 30), (-3_600, 30), (90_000, 30)]
    {
        let ends = ends_at(began, began + SignedDuration::from_secs(written));
        assert_eq!(ends.duration_since(began).as_secs(), left, "{written}");
    }
}

#[test]
fn a_minute_has_as_many_rounds_as_begin_in_it() {
    for (every, rounds) in [(15, 4), (20, 3), (30, 2), (45, 2), (60, 1), (300, 1), (3_600, 1)] {
        assert_eq!(rounds_a_minute(SignedDuration::from_secs(every)), rounds, "{every}");
    }
}

/// Reading the queue takes time, and there is one clock: the first cycle leaves none for the rest.
#[tokio::test]
async fn what_one_round_defers_comes_before_what_it_did_not() {
    let clock = Fake::new(2, 200);
    clock.world().backlog_takes = SignedDuration::from_secs(2);
    let account = Arc::default();
    let names: Vec<String> = (0..40).map(|number| format!("app{number}")).collect();
    let apps = names.iter().map(|name| app(name, &account, &[&clock])).collect();
    let fleet = Fleet::new(apps, Vec::new());
    let mut seen = Vec::new();
    for _ in 0..2 {
        let now = clock.now();
        let terms = Terms { ends_at: Some(now + SignedDuration::from_secs(64)), ..ALWAYS };
        let round = fleet.round(&clock, &invocation(scheduled(now)), terms).await;
        assert!(0 < round.deferred && !round.records.is_empty());
        seen.push(round.records.into_iter().map(|record| record.app).collect::<Vec<_>>());
    }
    let first: Vec<&String> = names.iter().filter(|name| !seen[0].contains(name)).collect();
    let came = first.iter().filter(|name| seen[1].contains(name)).count();
    assert_eq!(came, seen[1].len().min(first.len()), "{seen:?}");
}

#[test]
fn turns_keep_an_accounts_apps_within_its_calls() {
    let pool = |remaining, size| Some(CallPool { remaining, size });
    for (calls, pool, minutes) in [
        (1, None, 1),
        (60, None, 1),
        (61, None, 2),
        (120, None, 2),
        (121, None, 3),
        (200, None, 4),
        (60, pool(4_400, 4_500), 1),
        (60, pool(449, 4_500), 2),
        (200, pool(449, 4_500), 8),
        (200, pool(8_000, 9_000), 2),
        (1, pool(0, 4_500), 1),
        (2, pool(0, 0), 2),
        (0, None, 1),
    ] {
        assert_eq!(period(calls, pool), minutes, "{calls} {pool:?}");
    }
}

#[test]
fn in_each_period_an_app_has_one_turn_and_a_minute_has_its_share_of_them() {
    for (apps, period) in [(1, 1), (7, 1), (61, 2), (200, 4), (200, 8)] {
        for start in [0, 29_400_000] {
            let minutes = || start..start + i64::from(period);
            for place in 0..apps {
                assert_eq!(minutes().filter(|minute| is_due(place, period, *minute)).count(), 1);
            }
            for minute in minutes() {
                let due = (0..apps).filter(|place| is_due(*place, period, minute)).count();
                assert!(due <= apps.div_ceil(period as usize), "{apps} {period}");
            }
        }
    }
}

#[tokio::test]
async fn apps_take_turns_and_an_operators_tick_is_everyones() {
    let clock = Fake::new(2, 200);
    let account = Arc::new(Account::default());
    let names: Vec<String> = (0..61).map(|number| format!("app{number}")).collect();
    let apps = names.iter().map(|name| app(name, &account, &[&clock])).collect();
    let fleet = Fleet::new(apps, Vec::new());
    let mut sizes = Vec::new();
    for minute in 0..2 {
        let at = START + SignedDuration::from_mins(minute);
        clock.world().now = at;
        sizes.push(round(&fleet, &clock).await.records.len());
    }
    sizes.sort_unstable();
    assert_eq!(sizes, [30, 31]);
    let all = fleet.round(&clock, &invocation(Value::Null), ALWAYS).await;
    assert_eq!(all.records.len(), 61);
    account.learn(Some(CallPool { remaining: 100, size: 4_500 }));
    let sizes = [round(&fleet, &clock).await, round(&fleet, &clock).await];
    assert!(sizes.iter().all(|round| round.records.len() <= 16), "a fourth of them");
}

#[tokio::test]
async fn the_line_of_a_round_counts_its_cycles_and_the_targets_that_wait_for_an_operator() {
    let worlds = [(5, 900), (5, 900), (5, 200), (0, 900)]
        .map(|(dynos, messages)| Fake::new(dynos, messages));
    let lost = Fake::new(2, 200).failing("Backlog", 1, Fault::Lost);
    let [pinned, pinned_too, at_target, stopped] = &worlds;
    let targets = [pinned, pinned_too, at_target, stopped, &lost];
    let fleet = Fleet::new(vec![app("shop", &Arc::default(), &targets)], Vec::new());
    let line = round(&fleet, pinned).await.report(&invocation(Value::Null), None);
    assert_eq!((line.targets, line.level), (5, Level::Error));
    let cycles = [line.succeeded_cycles, line.failed_cycles, line.deferred_cycles];
    assert_eq!((cycles, line.pinned_targets, line.stopped_targets), ([4, 1, 0], 2, 1));
}

/// The text of a file is the name of its only app.
struct File {
    texts: Mutex<Vec<Result<&'static str, Unread>>>,
    world: Fake,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the file")]
struct Unread;

impl TargetsFile for File {
    type App = InMemory;
    type Error = Unread;

    async fn read(&self) -> Result<String, Unread> {
        self.texts.lock().unwrap().remove(0).map(str::to_owned)
    }

    fn fleet(&self, text: &str) -> Result<Fleet<InMemory>, Unread> {
        if text == "invalid" {
            return Err(Unread);
        }
        Ok(Fleet::new(vec![app(text, &Arc::default(), &[&self.world])], Vec::new()))
    }
}

fn scaler(world: &Fake, texts: &[Result<&'static str, Unread>]) -> Scaler<File> {
    Scaler::of_file(File { texts: Mutex::new(texts.to_vec()), world: world.clone() })
}

async fn minute(scaler: &Scaler<File>, world: &Fake, at: Timestamp) -> Result<String, Unread> {
    world.world().now = at;
    let round = scaler.round(world, &invocation(scheduled(at)), ALWAYS).await?;
    Ok(round.records[0].app.clone())
}

#[tokio::test]
async fn the_last_valid_file_goes_on_and_its_round_says_so() {
    let world = Fake::new(2, 200);
    let texts = [Ok("old"), Err(Unread), Ok("invalid"), Ok("old"), Ok("new")];
    let scaler = scaler(&world, &texts);
    let expected = [("old", false), ("old", true), ("old", true), ("old", false), ("new", false)];
    for (minute, (app, is_stale)) in (0..).zip(expected) {
        let at = START + SignedDuration::from_mins(minute);
        assert_eq!(super::fleet::minute(&scaler, &world, at).await.unwrap(), app);
        let line = world.world().rounds.last().cloned().unwrap();
        assert_eq!(line.targets_error.is_some(), is_stale, "{minute}");
        assert_eq!(line.level == Level::Error, is_stale, "{minute}");
        let cycles = [line.succeeded_cycles, line.failed_cycles, line.deferred_cycles];
        assert_eq!((line.targets, cycles), (1, [1, 0, 0]));
    }
}

#[tokio::test]
async fn a_file_is_read_once_a_minute_at_most() {
    let world = Fake::new(2, 200);
    let scaler = scaler(&world, &[Ok("one"), Ok("two")]);
    for (secs, app) in [(0, "one"), (19, "one"), (39, "one"), (60, "two"), (70, "two")] {
        let at = START + SignedDuration::from_secs(secs);
        assert_eq!(minute(&scaler, &world, at).await.unwrap(), app, "{secs}");
    }
}

#[tokio::test]
async fn without_any_valid_file_there_is_no_round_and_the_next_one_tries_again() {
    let world = Fake::new(2, 200);
    let scaler = scaler(&world, &[Err(Unread), Ok("invalid"), Ok("good")]);
    for expected in [Err(Unread), Err(Unread), Ok("good".to_owned())] {
        assert_eq!(minute(&scaler, &world, START).await, expected);
    }
    assert_eq!(world.world().rounds.len(), 1);
}

#[tokio::test]
async fn the_target_of_the_environment_has_its_record_and_no_line_of_a_round() {
    let world = Fake::new(1, 900);
    let fleet = Fleet::new(vec![app("shop", &Arc::default(), &[&world])], Vec::new());
    let scaler: Scaler<File> = Scaler::One(fleet);
    minute(&scaler, &world, START).await.unwrap();
    let world = world.world();
    assert_eq!((world.rounds.len(), world.reports.len()), (0, 1));
    assert!(world.calls.contains(&Call::SetQuantity(2)));
}
