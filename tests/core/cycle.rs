//! The cycle over recording ports: the order of calls, each call failing in turn, and silence where
//! where silence is due.

use std::collections::HashSet;

use dynoscaler::policy::{
    Aggregation, Backlog, Bounds, BoundsWindow, Change, Counters, Days, Hours, IntentOutcome,
    LANDING_WINDOW, Pause, Policy, Reason, Rule, RuleName, Schedule,
};
use dynoscaler::ports::FormationErrorKind::{
    Busy, Forbidden, NotFound, RateLimited, Rejected, Unauthorized, Unavailable,
};
use dynoscaler::ports::{AppMode, COMMIT_BUDGET, CallPool, OBSERVE_BUDGET};
use dynoscaler::report::{Action, Level};
use dynoscaler::target::{Mode, QueueNames, Target};
use jiff::SignedDuration;
use jiff::civil::time;
use jiff::tz::TimeZone;
use nonempty::NonEmpty;
use serde_json::json;

use support::example::{RATE, START};
use support::fake::{Call, Fake, Fault, instance, next_minute, run_on, scheduled, target};

use crate::policy_table;

const READS: [&str; 3] = ["Backlog", "Quantity", "Load"];

fn with_reads(rest: &[&'static str]) -> Vec<&'static str> {
    READS.iter().chain(rest).copied().collect()
}

#[tokio::test]
async fn a_change_is_read_committed_made_logged_and_delivered_in_this_order() {
    let fake = Fake::new(2, 900);
    let report = next_minute(&fake, &target()).await;
    let calls = fake.taken_calls();
    assert_eq!(calls, with_reads(&["Commit", "SetQuantity", "Log", "Deliver"]));
    assert_eq!((report.reason, report.action), (Reason::ScaleUp, Action::ScaleUp));
    assert_eq!((report.active_dynos, report.required_dynos), (Some(2), Some(3)));
    assert_eq!(report.heroku_request_id.as_deref(), Some("changed"));
    assert_eq!(fake.world().quantity, 3);
}

#[tokio::test]
async fn a_cycle_that_counts_writes_and_leaves_heroku_alone() {
    let fake = Fake::new(2, 0);
    let report = next_minute(&fake, &target()).await;
    assert_eq!(fake.taken_calls(), with_reads(&["Commit", "Log", "Deliver"]));
    assert_eq!((report.reason, report.scale_down_cnt), (Reason::CountingDown, Some(1)));
}

#[tokio::test]
async fn a_cycle_that_changes_nothing_writes_nothing() {
    let fake = Fake::new(2, 200);
    let report = next_minute(&fake, &target()).await;
    assert_eq!(fake.taken_calls(), with_reads(&["Log", "Deliver"]));
    assert_eq!((report.reason, report.level), (Reason::AtTarget, Level::Info));
}

#[tokio::test]
async fn a_duplicate_tick_writes_nothing_and_is_no_second_document() {
    let fake = Fake::new(2, 0);
    next_minute(&fake, &target()).await;
    fake.taken_calls();
    let tick = scheduled(START + SignedDuration::from_mins(1));
    let report = run_on(&fake, &target(), tick, &instance("another")).await;
    assert_eq!(fake.taken_calls(), with_reads(&["Log"]));
    assert_eq!((report.reason, report.error_type), (Reason::DuplicateTick, None));
    assert_eq!(report.scale_down_cnt, Some(1));
}

#[tokio::test]
async fn a_lost_commit_race_never_patches() {
    let fake = Fake::new(2, 900).failing("Commit", 1, Fault::Race);
    let report = next_minute(&fake, &target()).await;
    assert_eq!(fake.taken_calls(), with_reads(&["Commit", "Log"]));
    assert_eq!((report.reason, report.error_type), (Reason::LostRace, None));
    assert_eq!((report.action, report.required_dynos), (Action::None, Some(2)));
}

#[tokio::test]
async fn a_failed_reading_changes_nothing() {
    for (kind, fault, reason) in [
        ("Backlog", Fault::Lost, Reason::BacklogUnavailable),
        ("Backlog", Fault::Unreadable, Reason::BacklogUnavailable),
        ("Load", Fault::Lost, Reason::StateUnavailable),
        ("Load", Fault::Unreadable, Reason::StateUnreadable),
        ("Quantity", Fault::Lost, Reason::FormationUnavailable),
        ("Quantity", Fault::Unreadable, Reason::FormationUnavailable),
        ("Quantity", Fault::Answered(Unavailable), Reason::FormationUnavailable),
        ("Quantity", Fault::Answered(Unauthorized), Reason::HerokuUnauthorized),
        ("Quantity", Fault::Answered(Forbidden), Reason::HerokuForbidden),
        ("Quantity", Fault::Answered(NotFound), Reason::HerokuNotFound),
        ("Quantity", Fault::Race, Reason::HerokuNotFound),
        ("Quantity", Fault::Answered(Rejected), Reason::HerokuRejected),
        ("Quantity", Fault::Answered(RateLimited), Reason::HerokuRateLimited),
    ] {
        let fake = Fake::new(2, 900).failing(kind, 1, fault);
        let report = next_minute(&fake, &target()).await;
        assert_eq!(fake.taken_calls(), with_reads(&["Log", "Deliver"]), "{reason}");
        assert_eq!((report.reason, report.error_type), (reason, Some(reason)));
        assert_eq!((report.level, report.action), (Level::Error, Action::None), "{reason}");
        assert!(fake.world().stored.version.is_none(), "{reason}");
    }
}

#[tokio::test]
async fn a_record_has_what_is_known_although_a_reading_failed() {
    let fake = Fake::new(2, 900).failing("Quantity", 1, Fault::Answered(Unauthorized)).failing(
        "Load",
        1,
        Fault::Lost,
    );
    let report = next_minute(&fake, &target()).await;
    assert_eq!((report.sqs_messages, report.active_dynos), (Some(900), None));
    assert_eq!((report.required_dynos, report.scale_up_cnt), (None, None));
    assert_eq!(report.heroku_request_id.as_deref(), Some("failed"));
    assert_eq!(
        report.error.as_deref(),
        Some("Heroku: Unauthorized; cannot read item my-app/worker of table state: reset")
    );
}

#[tokio::test]
async fn an_unknown_commit_never_patches() {
    for fault in [Fault::Lost, Fault::AnswerLost] {
        let fake = Fake::new(2, 900).failing("Commit", 1, fault);
        let report = next_minute(&fake, &target()).await;
        assert_eq!(fake.taken_calls(), with_reads(&["Commit", "Log", "Deliver"]));
        assert_eq!(report.error_type, Some(Reason::CommitUnavailable));
    }
}

#[tokio::test]
async fn a_refused_change_keeps_herokus_reason() {
    for (fault, reason) in [
        (Fault::Answered(Unauthorized), Reason::HerokuUnauthorized),
        (Fault::Answered(Forbidden), Reason::HerokuForbidden),
        (Fault::Answered(NotFound), Reason::HerokuNotFound),
        (Fault::Answered(Rejected), Reason::HerokuRejected),
        (Fault::Answered(RateLimited), Reason::HerokuRateLimited),
        (Fault::Answered(Unavailable), Reason::ChangeUnconfirmed),
        (Fault::Lost, Reason::ChangeUnconfirmed),
    ] {
        let fake = Fake::new(2, 900).failing("SetQuantity", 1, fault);
        let report = next_minute(&fake, &target()).await;
        assert_eq!(report.error_type, Some(reason));
        assert_eq!((report.action, report.required_dynos), (Action::None, Some(3)), "{reason}");
        let answered = fault != Fault::Lost;
        assert_eq!(report.heroku_request_id.as_deref() == Some("failed"), answered, "{reason}");
        assert_eq!(fake.world().quantity, 2, "{reason}");
    }
}

#[tokio::test]
async fn a_lost_change_is_repaired_by_the_next_cycle_once() {
    let fake = Fake::new(2, 900).failing("SetQuantity", 1, Fault::Lost);
    next_minute(&fake, &target()).await;
    let report = next_minute(&fake, &target()).await;
    assert_eq!(
        (report.reason, report.intent),
        (Reason::LostChangeRepeated, Some(IntentOutcome::Lost))
    );
    assert_eq!((report.action, fake.world().quantity), (Action::ScaleUp, 3));
    fake.world().backlog.visible = 300;
    let report = next_minute(&fake, &target()).await;
    assert_eq!((report.reason, report.intent), (Reason::AtTarget, Some(IntentOutcome::Reached)));
    assert!(fake.world().stored.state.intent.is_none());
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_not_made_twice() {
    let fake = Fake::new(2, 900).failing("SetQuantity", 1, Fault::AnswerLost);
    let report = next_minute(&fake, &target()).await;
    assert_eq!(report.error_type, Some(Reason::ChangeUnconfirmed));
    fake.world().backlog.visible = 300;
    let report = next_minute(&fake, &target()).await;
    assert_eq!((report.reason, report.intent), (Reason::AtTarget, Some(IntentOutcome::Reached)));
    let changes = fake.world().calls.iter().filter(|c| c.kind() == "SetQuantity").count();
    assert_eq!(changes, 1);
}

#[tokio::test]
async fn an_instance_that_was_suspended_after_its_commit_sends_nothing() {
    let fake = Fake::new(2, 900);
    fake.world().commit_takes = SignedDuration::from_hours(3);
    let report = next_minute(&fake, &target()).await;
    assert_eq!(fake.taken_calls(), with_reads(&["Commit", "Log", "Deliver"]));
    assert_eq!(report.error_type, Some(Reason::ChangeTooLate));
}

#[tokio::test]
async fn a_change_is_sent_to_the_last_moment_at_which_it_may_be() {
    let within = SignedDuration::try_from(OBSERVE_BUDGET + COMMIT_BUDGET).unwrap();
    for (taken, reason) in [
        (within, Reason::ScaleUp),
        (within + SignedDuration::from_millis(1), Reason::ChangeTooLate),
    ] {
        let fake = Fake::new(2, 900);
        fake.world().commit_takes = taken;
        assert_eq!(next_minute(&fake, &target()).await.reason, reason, "{taken}");
    }
}

#[tokio::test]
async fn an_intent_is_as_old_as_the_first_reading_of_its_cycle() {
    let fake = Fake::new(2, 900);
    fake.world().backlog_takes = SignedDuration::from_secs(4);
    next_minute(&fake, &target()).await;
    let world = fake.world();
    let intent = world.stored.state.intent.as_ref().unwrap();
    assert_eq!(intent.at, START + SignedDuration::from_mins(1));
}

#[tokio::test]
async fn a_record_says_in_one_sentence_what_was_done_and_why() {
    let dry = Target { mode: Mode::DryRun, ..target() };
    let mute = || Fake::new(2, 900).failing("Quantity", 1, Fault::Lost);
    for (fake, target, message) in [
        (Fake::new(2, 900), target(), "my-app/worker: scale-up from 2 to 3 dynos, ScaleUp"),
        (Fake::new(7, 900), target(), "my-app/worker: scale-down from 7 to 5 dynos, AboveMax"),
        (Fake::new(2, 200), target(), "my-app/worker: AtTarget at 2 dynos"),
        (Fake::new(2, 200), dry.clone(), "my-app/worker: AtTarget at 2 dynos (dry run)"),
        (Fake::new(2, 900), dry, "my-app/worker: scale-up from 2 to 3 dynos, ScaleUp (dry run)"),
        (mute(), target(), "my-app/worker: FormationUnavailable"),
    ] {
        assert_eq!(next_minute(&fake, &target).await.message, message);
    }
}

#[tokio::test]
async fn a_record_names_its_policy() {
    for (rule, name) in [
        (Rule::Step, "step"),
        (Rule::Target { tolerance: 0.1 }, "target"),
        (Rule::Rate(RATE), "rate"),
    ] {
        let target = Target { policy: Policy { rule, ..target().policy }, ..target() };
        assert_eq!(
            next_minute(&Fake::new(2, 200), &target).await.policy.map(RuleName::label),
            Some(name)
        );
    }
}

#[tokio::test]
async fn at_0_dynos_there_is_no_backlog_per_instance() {
    for (dynos, per_instance) in [(0, None), (2, Some(450.0))] {
        let report = next_minute(&Fake::new(dynos, 900), &target()).await;
        assert_eq!(report.backlog_per_instance, per_instance);
    }
}

#[tokio::test]
async fn of_several_queues_a_record_has_the_sums_and_the_counts_of_each() {
    let others = [(30, 4, 1), (0, 2, 0)];
    let backlog = |(visible, in_flight, delayed)| Backlog { visible, in_flight, delayed };
    for (aggregation, per_instance) in [(Aggregation::Sum, 465.0), (Aggregation::Max, 450.0)] {
        let names = ["jobs", "mailers", "slow"].map(str::to_owned);
        let target = Target {
            queues: QueueNames(NonEmpty::from_slice(&names).unwrap()),
            policy: Policy { queues: aggregation, ..target().policy },
            ..target()
        };
        let fake = Fake::new(2, 900);
        fake.world().other_queues = others.map(backlog).to_vec();
        let report = next_minute(&fake, &target).await;
        assert_eq!(report.backlog_per_instance, Some(per_instance), "{aggregation:?}");
        let shown = serde_json::to_value(&report).unwrap();
        assert_eq!(shown["queue"], "jobs,mailers,slow");
        let total = ["sqs_messages", "in_flight", "delayed"].map(|field| shown[field].clone());
        assert_eq!(total, [930, 6, 1]);
        let mailers =
            json!({ "name": "mailers", "sqs_messages": 30, "in_flight": 4, "delayed": 1 });
        assert_eq!((shown["queues"].as_array().unwrap().len(), &shown["queues"][1]), (3, &mailers));
    }
}

#[tokio::test]
async fn the_record_of_one_queue_has_no_parts() {
    let report = next_minute(&Fake::new(2, 900), &target()).await;
    let shown = serde_json::to_value(&report).unwrap();
    assert_eq!((&shown["queue"], shown.get("queues")), (&json!("jobs"), None));
}

#[tokio::test]
async fn a_record_shows_what_the_load_needs_whatever_the_limits() {
    for (dynos, messages, required, at_max) in [
        (5, 900, 9, 1), // 900 / 100 = 9, and 5 = max
        (5, 500, 5, 0), // as full as it should be
        (4, 900, 9, 0), // one more is allowed
        (6, 900, 9, 1), // above the maximum, on the way back
        (2, 101, 2, 0), // 1.01 rounds up
        (5, 0, 0, 0),
    ] {
        let report = next_minute(&Fake::new(dynos, messages), &target()).await;
        assert_eq!((report.asked_dynos, report.at_max), (Some(required), Some(at_max)), "{dynos}");
        assert_eq!((report.min_dynos, report.max_dynos), (Some(1), Some(5)));
    }
    let fake = Fake::new(2, 900).failing("Quantity", 1, Fault::Lost);
    let report = next_minute(&fake, &target()).await;
    assert_eq!((report.asked_dynos, report.at_max, report.cycle_failed), (None, None, 1));
}

#[tokio::test]
async fn a_target_is_pinned_by_its_own_threshold() {
    for (dynos, messages, pinned) in [
        (5, 501, Some(1)), // 501 / 5 > 100, and 5 = max
        (6, 590, Some(0)), // needs no more than run
        (4, 900, Some(0)), // one more is allowed
    ] {
        let report = next_minute(&Fake::new(dynos, messages), &target()).await;
        assert_eq!(report.pinned, pinned, "{dynos} {messages}");
    }
    let unread = Fake::new(5, 900).failing("Backlog", 1, Fault::Lost);
    assert_eq!(next_minute(&unread, &target()).await.pinned, None);
}

#[tokio::test]
async fn a_record_carries_the_id_of_its_trace_and_of_its_request() {
    let report = next_minute(&Fake::new(2, 200), &target()).await;
    assert_eq!(
        (report.trace_id.as_deref(), report.request_id.as_str()),
        (Some("trace"), "request")
    );
}

#[tokio::test]
async fn another_instance_waits_for_a_change_that_may_be_in_flight() {
    let fake = Fake::new(2, 900).failing("SetQuantity", 1, Fault::Lost);
    next_minute(&fake, &target()).await;
    fake.taken_calls();
    let report = run_on(&fake, &target(), json!({}), &instance("another")).await;
    assert_eq!((report.reason, report.error_type), (Reason::ChangeInFlight, None));
    assert_eq!(fake.taken_calls(), with_reads(&["Log", "Deliver"]));
}

#[tokio::test]
async fn an_instance_waits_for_a_change_of_its_own_that_heroku_left_unanswered() {
    let fake = Fake::new(2, 900).failing("SetQuantity", 1, Fault::Lost);
    let this = instance("this");
    let report = run_on(&fake, &target(), json!({}), &this).await;
    assert_eq!(report.error_type, Some(Reason::ChangeUnconfirmed));
    fake.taken_calls();
    let report = run_on(&fake, &target(), json!({}), &this).await;
    assert_eq!(
        (report.reason, report.intent),
        (Reason::ChangeInFlight, Some(IntentOutcome::InFlight))
    );
    assert_eq!(fake.taken_calls(), with_reads(&["Log", "Deliver"]));
    fake.world().now += LANDING_WINDOW;
    let report = run_on(&fake, &target(), json!({}), &this).await;
    assert_eq!(
        (report.reason, report.intent),
        (Reason::LostChangeRepeated, Some(IntentOutcome::Lost))
    );
}

#[tokio::test]
async fn a_change_of_its_own_that_heroku_refused_is_sent_again_at_once() {
    let fake = Fake::new(2, 900).failing("SetQuantity", 1, Fault::Answered(Rejected));
    let this = instance("this");
    let report = run_on(&fake, &target(), json!({}), &this).await;
    assert_eq!(report.error_type, Some(Reason::HerokuRejected));
    let report = run_on(&fake, &target(), json!({}), &this).await;
    assert_eq!(
        (report.reason, report.intent),
        (Reason::LostChangeRepeated, Some(IntentOutcome::Lost))
    );
}

#[tokio::test]
async fn a_dry_run_counts_and_records_and_never_patches() {
    let fake = Fake::new(2, 900);
    let target = Target { mode: Mode::DryRun, ..target() };
    for _ in 0..3 {
        let report = next_minute(&fake, &target).await;
        assert_eq!((report.reason, report.action), (Reason::ScaleUp, Action::ScaleUp));
        assert_eq!((report.required_dynos, report.dry_run), (Some(3), true));
        assert!(!fake.taken_calls().contains(&"SetQuantity"));
        assert!(fake.world().stored.state.intent.is_none());
    }
    assert_eq!(fake.world().quantity, 2);
}

#[tokio::test]
async fn a_failed_delivery_leaves_the_cycle_as_successful_as_it_was() {
    let fake = Fake::new(2, 900).failing("Deliver", 1, Fault::Lost);
    let report = next_minute(&fake, &target()).await;
    assert_eq!((report.reason, report.error_type), (Reason::ScaleUp, None));
    assert_eq!(fake.world().quantity, 3);
}

#[tokio::test]
async fn a_first_cycle_finds_no_item_and_makes_version_1() {
    let fake = Fake::new(2, 900);
    next_minute(&fake, &target()).await;
    let world = fake.world();
    assert_eq!(world.stored.version, Some(1));
    assert_eq!(world.stored.state.last_tick, Some(START + SignedDuration::from_mins(1)));
    let intent = world.stored.state.intent.as_ref().unwrap();
    assert_eq!(intent.change, Change { from: 2, to: 3 });
}

#[tokio::test]
async fn a_write_is_signed_by_its_instance_and_its_request() {
    let fake = Fake::new(2, 900);
    next_minute(&fake, &target()).await;
    let world = fake.world();
    let signed = world.calls.iter().find_map(|call| {
        let Call::Commit(write) = call else { return None };
        Some(write.by.as_str())
    });
    assert_eq!(signed, Some("this/request"));
}

/// Needs as many dynos as the backlog requires, of at most 20.
fn greedy() -> Target {
    let bounds = Bounds { min: 1, max: 20 };
    let rule = Rule::Target { tolerance: 0.1 };
    Target { policy: Policy { bounds, rule, ..target().policy }, ..target() }
}

fn limited(limit: u32, others: u32) -> Fake {
    let fake = Fake::new(2, 1_500);
    fake.world().limit = Some(limit);
    fake.world().others = others;
    fake
}

#[tokio::test]
async fn a_change_above_herokus_limit_goes_to_the_limit_in_the_same_cycle() {
    let fake = limited(10, 0);
    let report = next_minute(&fake, &greedy()).await;
    let calls = ["Commit", "SetQuantity", "Commit", "SetQuantity", "Log", "Deliver"];
    assert_eq!(fake.taken_calls(), with_reads(&calls));
    assert_eq!((report.reason, report.error_type), (Reason::HerokuLimit, None));
    assert_eq!((report.action, report.required_dynos), (Action::ScaleUp, Some(10)));
    assert_eq!((report.heroku_limit, fake.world().quantity), (Some(10), 10));
    assert_eq!(report.hold_until, Some(fake.world().now + SignedDuration::from_hours(1)));
}

#[tokio::test]
async fn more_than_herokus_limit_is_not_requested_again_within_an_hour() {
    let fake = limited(10, 0);
    next_minute(&fake, &greedy()).await;
    fake.taken_calls();
    for minute in 1..60 {
        let report = next_minute(&fake, &greedy()).await;
        assert_eq!((report.reason, report.action), (Reason::HerokuLimit, Action::None), "{minute}");
        assert_eq!((report.at_max, report.heroku_limit), (Some(1), Some(10)), "{minute}");
        assert!(!fake.taken_calls().contains(&"SetQuantity"), "{minute}");
    }
    fake.world().limit = Some(100);
    let report = next_minute(&fake, &greedy()).await;
    assert_eq!((report.reason, report.required_dynos), (Reason::ScaleUp, Some(15)));
    assert_eq!((report.heroku_limit, report.hold_until), (None, None));
}

#[tokio::test]
async fn a_limit_of_the_app_leaves_what_the_others_have_left() {
    // 15 are requested: refused, and so are 10. 10 refused at a limit of 10 can only mean the app.
    let fake = limited(10, 4);
    let report = next_minute(&fake, &greedy()).await;
    let calls = ["Commit", "SetQuantity", "Commit", "SetQuantity", "Commit", "Log", "Deliver"];
    assert_eq!(fake.taken_calls(), with_reads(&calls));
    assert_eq!((report.reason, report.error_type), (Reason::HerokuLimit, None));
    assert_eq!((report.action, report.required_dynos), (Action::None, Some(2)));
    assert_eq!((report.heroku_limit, fake.world().quantity), (Some(6), 2));
    let report = next_minute(&fake, &greedy()).await;
    assert_eq!((report.reason, report.error_type), (Reason::HerokuLimit, None));
    assert_eq!((report.required_dynos, fake.world().quantity), (Some(6), 6));
}

// case B1
#[tokio::test]
async fn a_limit_that_counts_hidden_dynos_is_reached_within_a_few_cycles() {
    let fake = Fake::new(5, 3_000);
    {
        let mut world = fake.world();
        (world.limit, world.others, world.one_off) = (Some(20), 2, 1);
    }
    let target = Target {
        policy: Policy { bounds: Bounds { min: 1, max: 40 }, ..greedy().policy },
        ..target()
    };
    let mut refused = Vec::new();
    for minute in 0..59 {
        let report = next_minute(&fake, &target).await;
        assert_eq!((report.reason, report.error_type), (Reason::HerokuLimit, None), "{minute}");
        let calls = std::mem::take(&mut fake.world().calls);
        let requested = calls.iter().filter_map(|call| match call {
            Call::SetQuantity(quantity) => Some(*quantity),
            Call::Backlog
            | Call::Quantity
            | Call::Load
            | Call::Commit(_)
            | Call::Log
            | Call::Deliver => None,
        });
        refused.extend(requested.filter(|quantity| *quantity > 17));
        assert_eq!(fake.world().quantity, if minute == 0 { 5 } else { 17 }, "{minute}");
    }
    assert_eq!(refused, [30, 20, 18]);
}

#[tokio::test]
async fn where_herokus_limit_leaves_nothing_nothing_is_sent_for_an_hour() {
    let fake = limited(2, 0);
    let report = next_minute(&fake, &greedy()).await;
    let calls = with_reads(&["Commit", "SetQuantity", "Commit", "Log", "Deliver"]);
    assert_eq!(fake.taken_calls(), calls);
    assert_eq!((report.reason, report.action), (Reason::HerokuLimit, Action::None));
    assert_eq!((report.required_dynos, report.at_max), (Some(2), Some(1)));
    assert_eq!(report.heroku_request_id.as_deref(), Some("failed"));
    assert_eq!(fake.world().stored.state.intent, None);
    next_minute(&fake, &greedy()).await;
    assert!(!fake.taken_calls().contains(&"SetQuantity"));
}

#[tokio::test]
async fn whichever_call_of_a_retreat_fails_the_next_cycles_end_at_the_limit() {
    let faults = [Fault::Lost, Fault::AnswerLost, Fault::Race, Fault::Answered(Unavailable)];
    for (kind, fault) in ["Commit", "SetQuantity"].into_iter().flat_map(|k| faults.map(|f| (k, f)))
    {
        let fake = limited(10, 0).failing(kind, 2, fault);
        next_minute(&fake, &greedy()).await;
        let patches =
            |fake: &Fake| fake.taken_calls().iter().filter(|c| **c == "SetQuantity").count();
        let expected = if kind == "Commit" { 1 } else { 2 };
        assert_eq!(patches(&fake), expected, "no change without a commit: {kind} {fault:?}");
        for _ in 0..3 {
            next_minute(&fake, &greedy()).await;
        }
        let world = fake.world();
        assert_eq!((world.quantity, world.stored.state.intent.as_ref()), (10, None), "{kind}");
    }
}

#[tokio::test]
async fn a_retreat_that_comes_too_late_stores_and_sends_nothing() {
    let fake = limited(10, 0);
    fake.world().commit_takes = SignedDuration::try_from(OBSERVE_BUDGET).unwrap();
    let report = next_minute(&fake, &greedy()).await;
    assert_eq!(report.error_type, Some(Reason::ChangeTooLate));
    fake.world().commit_takes = SignedDuration::ZERO;
    next_minute(&fake, &greedy()).await;
    assert_eq!(fake.world().quantity, 10);
}

#[tokio::test]
async fn a_change_that_heroku_has_no_time_for_is_sent_again_and_is_no_error() {
    let fake = Fake::new(2, 900).failing("SetQuantity", 1, Fault::Answered(Busy));
    let report = next_minute(&fake, &target()).await;
    assert_eq!((report.reason, report.error_type), (Reason::HerokuBusy, None));
    assert_eq!((report.action, report.required_dynos), (Action::None, Some(3)));
    let report = next_minute(&fake, &target()).await;
    assert_eq!((report.reason, fake.world().quantity), (Reason::LostChangeRepeated, 3));
}

// case G5
#[tokio::test]
async fn a_change_that_heroku_has_refused_for_a_quarter_of_an_hour_fails_the_cycle() {
    let fake = Fake::new(2, 900);
    for k in 1..=20 {
        fake.world().faults.push(("SetQuantity", k, Fault::Answered(Busy)));
    }
    for minute in 0..20 {
        let report = next_minute(&fake, &target()).await;
        assert_eq!(report.reason, Reason::HerokuBusy, "{minute}");
        let expected = (minute >= 15).then_some(Reason::HerokuBusy);
        assert_eq!(report.error_type, expected, "{minute}");
    }
    let report = next_minute(&fake, &target()).await;
    assert_eq!((report.reason, report.error_type), (Reason::LostChangeRepeated, None));
}

// case B7
#[tokio::test]
async fn a_burst_of_late_ticks_is_recorded_and_calls_nothing() {
    let fake = Fake::new(2, 900);
    for minute in 16..=60 {
        let tick = scheduled(START - SignedDuration::from_mins(minute));
        let report = run_on(&fake, &target(), tick, &instance("this")).await;
        assert_eq!(fake.taken_calls(), ["Log", "Deliver"]);
        assert_eq!((report.reason, report.error_type), (Reason::LateTick, None));
        assert_eq!((report.active_dynos, report.starved), (None, None));
    }
    assert_eq!(fake.world().stored.version, None);
}

#[tokio::test]
async fn a_message_of_a_queue_that_is_no_tick_is_recorded_and_calls_nothing() {
    let fake = Fake::new(2, 900);
    for body in ["", "{}", "Hello from SQS!", r#"{"time":"1970-01-01T00:00:00Z"}"#] {
        let event = json!({ "Records": [{ "eventSource": "aws:sqs", "body": body }] });
        let report = run_on(&fake, &target(), event, &instance("this")).await;
        assert_eq!(fake.taken_calls(), ["Log", "Deliver"]);
        assert_eq!((report.reason, report.error_type), (Reason::UndatedTick, None), "{body}");
    }
    assert_eq!(fake.world().stored.version, None);
}

/// A queue may deliver again and late, and its messages may overtake each other.
#[tokio::test]
async fn each_look_within_a_minute_counts_once_and_in_its_order() {
    let fake = Fake::new(2, 900);
    let policy = Policy { up_cycles: 9, ..target().policy };
    let target = Target { policy, ..target() };
    for (delay_seconds, counted) in [(0, 1), (15, 2), (15, 2), (45, 3), (30, 3), (0, 3), (45, 3)] {
        let body = json!({ "time": START, "delay_seconds": delay_seconds }).to_string();
        let event = json!({ "Records": [{ "eventSource": "aws:sqs", "body": body }] });
        let report = run_on(&fake, &target, event, &instance("this")).await;
        assert_eq!(report.tick, START + SignedDuration::from_secs(delay_seconds));
        assert_eq!(fake.world().stored.state.counters.up, counted, "after {delay_seconds} s");
    }
}

// case G2
#[tokio::test]
async fn the_time_of_an_event_ends_no_pause_and_chooses_no_bounds() {
    let fake = Fake::new(2, 900);
    let until = Some(START + SignedDuration::from_mins(30));
    let pause = Pause { since: START, until, by: None, reason: None };
    fake.world().stored.state.pause = Some(pause.clone());
    let later = BoundsWindow {
        days: Days::ALL,
        hours: Some(Hours { from: time(16, 4, 0, 0), to: time(17, 0, 0, 0) }),
        zone: TimeZone::UTC,
        bounds: Bounds { min: 9, max: 9 },
    };
    let target = Target { schedule: Schedule { windows: vec![later] }, ..target() };
    for minutes in [4, 5, 6, 40, 59, 9_999] {
        let tick = scheduled(START + SignedDuration::from_mins(minutes));
        let report = run_on(&fake, &target, tick, &instance("this")).await;
        assert_eq!((report.reason, report.max_dynos), (Reason::Paused, Some(5)), "{minutes}");
        assert_eq!(fake.world().stored.state.pause, Some(pause.clone()), "{minutes}");
    }
}

// case B8
#[tokio::test]
async fn a_record_says_whether_messages_wait_for_dynos_whatever_the_reason() {
    for (dynos, messages, reason, starved) in [
        (2, 200, Reason::AtTarget, 0),
        (2, 201, Reason::ScaleUp, 1),
        (5, 501, Reason::AtMax, 1),
        (0, 1, Reason::StoppedByHand, 1),
        (0, 0, Reason::StoppedByHand, 0),
    ] {
        let report = next_minute(&Fake::new(dynos, messages), &target()).await;
        assert_eq!((report.reason, report.starved), (reason, Some(starved)), "{dynos} {messages}");
    }
    let unread = Fake::new(2, 900).failing("Backlog", 1, Fault::Lost);
    assert_eq!(next_minute(&unread, &target()).await.starved, None);
}

// case 12h
#[tokio::test]
async fn twelve_hours_without_heroku_hold_and_end_with_the_operators_changes() {
    let fake = Fake::new(2, 200);
    assert_eq!(next_minute(&fake, &target()).await.reason, Reason::AtTarget);
    let before = fake.world().stored.clone();
    let first = fake.world().calls.iter().filter(|call| call.kind() == "Quantity").count() + 1;
    for k in 0..720 {
        fake.world().faults.push(("Quantity", first + k, Fault::Answered(Unavailable)));
    }
    for minute in 0..720 {
        fake.world().backlog.visible += 60;
        let report = next_minute(&fake, &target()).await;
        assert_eq!(report.error_type, Some(Reason::FormationUnavailable), "{minute}");
        assert_eq!(report.sqs_messages, Some(fake.world().backlog.visible), "{minute}");
    }
    assert_eq!(fake.world().stored, before, "nothing is written while the formation is unknown");
    // An operator scaled by hand, on Heroku's website, say.
    fake.world().quantity = 3;
    let mut reasons = Vec::new();
    for _ in 0..4 {
        reasons.push(next_minute(&fake, &target()).await.reason);
    }
    assert_eq!(reasons, [Reason::ScaleUp, Reason::ScaleUp, Reason::AtMax, Reason::AtMax]);
    fake.world().quantity = 0;
    assert_eq!(next_minute(&fake, &target()).await.reason, Reason::StoppedByHand);
}

#[tokio::test]
async fn an_app_in_maintenance_is_left_alone_and_nothing_is_counted() {
    let fake = Fake::new(2, 900);
    fake.world().app = AppMode::Maintenance;
    let report = next_minute(&fake, &target()).await;
    assert_eq!(fake.taken_calls(), with_reads(&["Log", "Deliver"]));
    assert_eq!((report.reason, report.error_type), (Reason::HerokuMaintenance, None));
    assert_eq!((report.active_dynos, report.scale_up_cnt), (Some(2), Some(0)));
}

#[tokio::test]
async fn a_record_shows_the_calls_that_the_account_has_left() {
    let fake = Fake::new(2, 200);
    fake.world().calls_left = Some(CallPool { remaining: 4_498, size: 4_500 });
    assert_eq!(next_minute(&fake, &target()).await.heroku_calls_left, Some(4_498));
    assert_eq!(next_minute(&Fake::new(2, 200), &target()).await.heroku_calls_left, None);
}

#[test]
fn calls_are_scarce_below_a_tenth_of_the_pool() {
    for (remaining, is_scarce) in [(4_500, false), (450, false), (449, true), (0, true)] {
        assert_eq!(CallPool { remaining, size: 4_500 }.is_scarce(), is_scarce, "{remaining}");
    }
}

#[tokio::test]
async fn a_pause_is_in_every_record_and_survives_every_write() {
    let fake = Fake::new(2, 900);
    let until = START + SignedDuration::from_mins(4);
    let pause = Pause { since: START, until: Some(until), by: None, reason: None };
    next_minute(&fake, &target()).await;
    fake.world().stored.state.pause = Some(pause.clone());
    for _ in 0..2 {
        let report = next_minute(&fake, &target()).await;
        assert_eq!((report.reason, report.hold_until), (Reason::Paused, Some(until)));
        assert_eq!((report.error_type, fake.world().quantity), (None, 3));
        assert_eq!(fake.world().stored.state.pause.as_ref(), Some(&pause));
    }
    let report = next_minute(&fake, &target()).await;
    assert_eq!((report.reason, fake.world().quantity), (Reason::ScaleUp, 4));
    assert_eq!(fake.world().stored.state.pause, None);
}

#[tokio::test]
async fn the_bounds_of_the_hour_are_those_of_the_schedule() {
    let zone = TimeZone::UTC;
    let window = |from, to, min, max| BoundsWindow {
        days: Days::ALL,
        hours: Some(Hours { from, to }),
        zone: zone.clone(),
        bounds: Bounds { min, max },
    };
    // START is 16:00:00 UTC.
    let windows = vec![window(time(16, 2, 0, 0), time(16, 3, 0, 0), 4, 9)];
    let target = Target { schedule: Schedule { windows }, ..target() };
    let fake = Fake::new(2, 200);
    let report = next_minute(&fake, &target).await;
    assert_eq!(
        (report.reason, report.min_dynos, report.max_dynos),
        (Reason::AtTarget, Some(1), Some(5))
    );
    let report = next_minute(&fake, &target).await;
    assert_eq!(
        (report.reason, report.min_dynos, report.max_dynos),
        (Reason::BelowMin, Some(4), Some(9))
    );
    assert_eq!(fake.world().quantity, 4);
}

/// Ten minutes of a queue that is full and then empty.
async fn ten_minutes(fake: &Fake) {
    for minute in 0..10 {
        fake.world().backlog.visible = if minute < 5 { 900 } else { 0 };
        next_minute(fake, &target()).await;
    }
}

fn checked(fake: &Fake) {
    let world = fake.world();
    let mut won = None;
    for call in &world.calls {
        match call {
            Call::Commit(write) => won = write.state.intent.clone(),
            Call::SetQuantity(quantity) => {
                let intent = won.take().expect("every PATCH follows a commit of its own");
                assert_eq!(*quantity, intent.change.to, "what was committed is what is sent");
                assert!((1..=5).contains(quantity), "never out of bounds");
            }
            Call::Backlog | Call::Quantity | Call::Load | Call::Log | Call::Deliver => {}
        }
    }
}

#[tokio::test]
async fn whichever_call_fails_the_laws_hold_and_an_idle_queue_ends_at_min() {
    let faults = [Fault::Lost, Fault::AnswerLost, Fault::Answered(Unavailable), Fault::Race];
    for kind in Call::KINDS {
        for (k, fault) in (1..=10).flat_map(|k| faults.map(|fault| (k, fault))) {
            let fake = Fake::new(1, 0).failing(kind, k, fault);
            ten_minutes(&fake).await;
            checked(&fake);
            assert_eq!(fake.world().reports.len(), 10, "one record a cycle");
            for _ in 0..8 {
                next_minute(&fake, &target()).await;
            }
            let world = fake.world();
            assert_eq!(world.quantity, 1, "{kind} {k} {fault:?}");
            assert_eq!(world.stored.state.counters, Counters { up: 0, down: 2 }, "{kind} {k}");
            assert_eq!(world.stored.state.intent, None, "{kind} {k}");
        }
    }
}

#[tokio::test]
async fn every_reason_has_a_row_of_the_policys_table_or_is_reported_by_a_cycle() {
    let mut found: HashSet<_> = policy_table::reasons();
    let faults = [
        Fault::Lost,
        Fault::Unreadable,
        Fault::Race,
        Fault::Answered(Unauthorized),
        Fault::Answered(Forbidden),
        Fault::Answered(NotFound),
        Fault::Answered(Busy),
        Fault::Answered(Rejected),
        Fault::Answered(RateLimited),
    ];
    for (kind, fault) in Call::KINDS.iter().flat_map(|kind| faults.map(|fault| (*kind, fault))) {
        let fake = Fake::new(2, 900).failing(kind, 1, fault);
        found.insert(next_minute(&fake, &target()).await.reason);
    }
    let closed = Fake::new(2, 900);
    closed.world().app = AppMode::Maintenance;
    found.insert(next_minute(&closed, &target()).await.reason);
    let slow = Fake::new(2, 900);
    slow.world().commit_takes = SignedDuration::from_hours(3);
    found.insert(next_minute(&slow, &target()).await.reason);
    let late = scheduled(START - SignedDuration::from_mins(16));
    found.insert(run_on(&Fake::new(2, 900), &target(), late, &instance("this")).await.reason);
    // A round reports these: no cycle comes to them.
    found.extend([Reason::InvalidConfiguration, Reason::Panicked]);
    // However many dynos there are, two work.
    let stuck = Fake::new(2, 900);
    stuck.world().backlog.in_flight = 2;
    let bounds = Bounds { min: 1, max: 20 };
    let policy = Policy { rule: Rule::Rate(RATE), bounds, ..target().policy };
    let rate = Target { policy, ..target() };
    for _ in 0..60 {
        stuck.world().backlog.visible += 20;
        found.insert(next_minute(&stuck, &rate).await.reason);
    }
    for reason in Reason::ALL {
        assert!(found.contains(reason), "{reason:?}");
    }
}
