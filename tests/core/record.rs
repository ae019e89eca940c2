//! The record as a function of what the stages found, and its labels, which are read back.

use std::fmt::Debug;

use dynoscaler::cycle::{
    Effect, Failure, Header, Judged, Outcome, Readings, Settled, Subject, record,
};
use dynoscaler::policy::{
    Backlog, Bounds, Change, Counters, Demand, IntentOutcome, Policy, Reason, RuleName,
};
use dynoscaler::report::{Action, CycleReport, Level};
use dynoscaler::target::{Mode, QueueNames, TargetId};
use jiff::SignedDuration;
use nonempty::NonEmpty;
use serde::Serialize;
use serde::de::DeserializeOwned;

use support::example::START;

fn reads_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, label: &str) {
    let json = serde_json::to_value(&value).unwrap();
    assert_eq!(json, label);
    assert_eq!(serde_json::from_value::<T>(json).unwrap(), value);
}

#[test]
fn every_label_of_a_record_is_read_back_as_what_was_written() {
    for reason in Reason::ALL {
        reads_back(*reason, reason.label());
    }
    for name in RuleName::ALL {
        reads_back(name, name.label());
    }
    for action in [Action::ScaleUp, Action::ScaleDown, Action::None] {
        reads_back(action, action.label());
    }
    for outcome in [
        IntentOutcome::Reached,
        IntentOutcome::InFlight,
        IntentOutcome::Lost,
        IntentOutcome::Superseded,
        IntentOutcome::ChangedByHand,
    ] {
        reads_back(outcome, outcome.label());
    }
}

fn recorded(mode: Mode, outcome: Outcome) -> CycleReport {
    let target = TargetId { app: "shop".to_owned(), process: "worker".to_owned() };
    let header = Header {
        subject: Subject { target: &target, queues: Some(&QueueNames::from("jobs")), mode },
        tick: START,
        began: START,
        ended: START + SignedDuration::from_millis(80),
        request_id: "request",
        trace_id: None,
        cold_start: false,
    };
    record(&header, outcome)
}

/// Two dynos, 900 messages, and the decision to have three.
fn three_wanted(effect: Effect) -> Outcome {
    let policy = Policy::new(Bounds { min: 1, max: 5 }, 100.0);
    let readings = Readings {
        backlog: Some(NonEmpty::new(Backlog { visible: 900, in_flight: 0, delayed: 0 })),
        active: Some(2),
        counters: Some(Counters { up: 1, down: 0 }),
        request_id: Some("read".to_owned()),
        ..Readings::default()
    };
    let demand = Demand { dynos: 9, drain_minutes_at_max: None, learnt: None };
    let judged = Some(Judged { intent: Some(IntentOutcome::Reached), demand });
    Outcome { policy: Some(policy), readings, judged, effect }
}

const CHANGE: Change = Change { from: 2, to: 3 };

const STORED: Settled = Settled {
    required: 3,
    change: Some(CHANGE),
    counters: Counters { up: 0, down: 0 },
    limit: None,
    until: None,
};

#[test]
fn only_a_confirmed_change_is_an_action_and_in_a_dry_run_the_one_that_would_be_made() {
    for (mode, made, action) in [
        (Mode::Live, Some(CHANGE), Action::ScaleUp),
        (Mode::Live, None, Action::None),
        (Mode::DryRun, None, Action::ScaleUp),
    ] {
        let effect =
            Effect { stored: Some(STORED), made, request_id: None, end: Ok(Reason::ScaleUp) };
        let report = recorded(mode, three_wanted(effect));
        assert_eq!((report.action, report.required_dynos), (action, Some(3)), "{mode:?} {made:?}");
    }
}

#[test]
fn a_lost_race_reports_what_was_read_and_nothing_that_was_judged_of_it() {
    let report = recorded(Mode::Live, three_wanted(Effect::none(Ok(Reason::LostRace))));
    assert_eq!((report.active_dynos, report.required_dynos), (Some(2), Some(2)));
    assert_eq!((report.scale_up_cnt, report.starved), (Some(1), Some(1)));
    assert_eq!((report.asked_dynos, report.at_max, report.intent), (None, None, None));
}

#[test]
fn an_unknown_commit_reports_what_became_of_the_change_before_and_no_decision() {
    let failure = Failure { reason: Reason::CommitUnavailable, error: "reset".to_owned() };
    let report = recorded(Mode::Live, three_wanted(Effect::none(Err(failure))));
    assert_eq!((report.intent, report.asked_dynos), (Some(IntentOutcome::Reached), Some(9)));
    assert_eq!((report.required_dynos, report.scale_up_cnt), (Some(2), Some(1)));
    let failed = (report.level, report.error_type, report.cycle_failed, report.error.as_deref());
    let expected = (Level::Error, Some(Reason::CommitUnavailable), 1, Some("reset"));
    assert_eq!(failed, expected);
}

#[test]
fn the_id_is_that_of_the_last_call_that_heroku_answered() {
    for (request_id, expected) in [(Some("changed"), "changed"), (None, "read")] {
        let request_id = request_id.map(str::to_owned);
        let end = Ok(Reason::ScaleUp);
        let effect = Effect { stored: Some(STORED), made: Some(CHANGE), request_id, end };
        let report = recorded(Mode::Live, three_wanted(effect));
        assert_eq!(report.heroku_request_id.as_deref(), Some(expected));
        assert_eq!(report.duration_ms, 80);
    }
}
