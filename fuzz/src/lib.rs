//! What is fuzzed: untrusted bytes into the function's own code, and what must hold of the outcome.
//! The targets, and the test that replays the corpora on stable, both enter here.
//!
//! Answers of services go over loopback through the real adapters. Their first byte chooses the
//! status.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)]

mod exchange;

use std::collections::HashMap;

use dynoscaler::config::{Config, Environment};
use dynoscaler::policy::{
    Backlog, Bounds, Cycle, InstanceId, Observation, Origin, Policy, Rule, RuleName, State, Tick,
    decide,
};
use dynoscaler::ports::Write;
use dynoscaler::report::error_chain;
use dynoscaler::tick;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use exchange::with_answer;

const CLOCK: Timestamp = Timestamp::constant(1_764_000_000, 0);

/// A record has a handful of errors of this length, and still fits into one line of a log.
const ERROR_CHARS_MAX: usize = 2_100;

/// Any JSON is a tick, and a schedule's is near the clock.
pub fn event(data: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(data) else { return };
    let tick = tick::read(&event, CLOCK);
    match tick.origin {
        Origin::Operator | Origin::Undated => assert_eq!(tick.at, CLOCK),
        Origin::Late => assert!(SignedDuration::from_mins(15) < CLOCK.duration_since(tick.at)),
        Origin::Schedule => {
            let age = CLOCK.duration_since(tick.at);
            assert!(age <= SignedDuration::from_mins(15) && -age <= SignedDuration::from_mins(5));
        }
    }
}

/// Lines of `NAME=value`. For any input, bounds are in order and the token is not shown.
pub fn environment(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let variables: HashMap<&str, &str> =
        text.lines().filter_map(|line| line.split_once('=')).collect();
    let environment: Environment = variables.iter().map(|(name, text)| (*name, *text)).collect();
    let config = Config::in_function(&environment);
    if let Ok(config) = &config {
        let Bounds { min, max } = config.target.policy.bounds;
        assert!(min <= max && max >= 1);
        assert!(
            config.target.schedule.windows.iter().all(|rule| rule.bounds.min <= rule.bounds.max)
        );
        let _ = config.target.schedule.in_force(config.target.policy.bounds, CLOCK);
        assert!(config.target.policy.backlog_threshold.is_finite());
        assert!(config.target.policy.backlog_threshold > 0.0);
        assert!(!config.target.id.app.contains(['/', '.', '?', '#', '%']));
    }
    let text = match &config {
        Ok(config) => format!("{config:?}"),
        Err(error) => error_chain(error),
    };
    let token = variables.get("MY_HEROKU_AUTH_TOKEN").filter(|token| token.len() >= 16);
    // Where a token is kept is no secret.
    let token = token.filter(|token| !token.starts_with("ssm:"));
    let elsewhere = token.is_some_and(|token| text.matches(token).count() > 1);
    assert!(elsewhere || token.is_none_or(|token| !text.contains(token)), "the token is shown");
}

/// A quantity is one that the answer has for this process type; a confirmed change likewise.
pub fn heroku(data: &[u8]) {
    with_answer(data, |exchange, body| {
        let read = exchange.wait(exchange.formation_quantity());
        // Unused members are skipped, even if they are no UTF-8.
        let text = String::from_utf8_lossy(body);
        let answer = serde_json::from_str::<Value>(&text).unwrap_or_default();
        match read {
            Ok(quantity) => {
                let entries = answer.as_array().expect("a list");
                let is_it = |entry: &&Value| entry["type"] == "worker";
                assert!(entries.iter().filter(is_it).any(|it| it["quantity"] == quantity));
            }
            Err(error) => assert_short(&error),
        }
        match exchange.wait(exchange.formation_change(3)) {
            Ok(()) => assert_eq!(answer["quantity"], 3),
            Err(error) => assert_short(&error),
        }
    });
}

/// Every policy can decide on a state that can be read, and its decision can be stored.
pub fn state(data: &[u8]) {
    with_answer(data, |exchange, _| match exchange.wait(exchange.load()) {
        Ok(stored) => {
            for rule in RuleName::ALL.map(Rule::from) {
                for active in [0, 1, 3, u32::MAX] {
                    let next = decided(&stored.state, rule, active);
                    let write = Write {
                        expected: stored.version,
                        state: next,
                        at: CLOCK,
                        by: "fuzz".into(),
                    };
                    let _ = exchange.wait(exchange.commit(&write));
                }
            }
        }
        Err(error) => assert_short(&error),
    });
}

/// Of any answer of Elasticsearch, an error shows little.
pub fn elasticsearch(data: &[u8]) {
    with_answer(data, |exchange, _| {
        if let Err(error) = exchange.wait(exchange.deliver()) {
            assert_short(&error);
        }
    });
}

fn assert_short(error: &str) {
    assert!(error.chars().count() <= ERROR_CHARS_MAX, "{} characters", error.chars().count());
}

fn decided(state: &State, rule: Rule, active: u32) -> State {
    let bounds = Bounds { min: 1, max: 9 };
    let policy = Policy {
        rule,
        up_cycles: 2,
        down_cycles: 3,
        manual_hold_minutes: 5,
        ..Policy::new(bounds, 10.0)
    };
    let backlog = Backlog { visible: 100, in_flight: 5, delayed: 0 };
    let tick = Tick { at: CLOCK, origin: Origin::Schedule };
    let cycle = Cycle::new(tick, CLOCK, InstanceId::new("fuzz"));
    let decision = decide(&policy, state, &Observation::new(backlog, active), &cycle);
    if let Some(change) = decision.change {
        assert!(bounds.contains(change.to), "{change:?}");
        assert_eq!(change.from, active);
    }
    decision.next
}
