//! The readings of a target as JSON, under the names of a cycle's record.
//!
//! An unknown value is null, and listed with its cause. Must not know how it was read.

use serde_json::{Value, json};

use super::forecast::{Edge, Forecast};
use super::observed::Observed;
use super::overview::{Overview, Row};
use super::view::View;
use dynoscaler::config::FaultyTarget;
use dynoscaler::policy::{Backlog, BoundsChange, Intent, Pause, Reason};
use dynoscaler::report::QueueReport;
use dynoscaler::target::Mode;

pub(super) fn line(view: &View) -> serde_json::Result<String> {
    let mut object = object(&view.observed);
    object["drift"] = json!(view.drift());
    object["unknown"] = json!(view.unknown());
    Ok(serde_json::to_string(&object)? + "\n")
}

/// All targets, the worst first.
pub(super) fn fleet(overview: &Overview) -> serde_json::Result<String> {
    let targets: Vec<Value> = overview.rows().map(row).collect();
    Ok(serde_json::to_string(&json!({ "timestamp": overview.now, "targets": targets }))? + "\n")
}

fn row(row: &Row) -> Value {
    match row {
        Row::Observed(observed) => {
            let mut object = object(observed);
            object["unknown"] = json!(observed.unknown());
            object
        }
        Row::Faulty(FaultyTarget { id, error }) => json!({
            "app": id.app, "process": id.process, "unknown": [error.to_string()],
        }),
    }
}

fn object(view: &Observed) -> Value {
    let (target, policy) = (&view.target, &view.target.policy);
    let backlog = view.seen.backlog.as_ref().ok().map(Backlog::total);
    let stored = view.seen.state.as_ref().ok();
    let state = stored.map(|stored| &stored.state);
    let bounds = view.bounds();
    let present = view.present();
    let observation = view.observation();
    let mut object = json!({
        "timestamp": view.now,
        "app": target.id.app,
        "process": target.id.process,
        "queue": target.queues.to_string(),
        "policy": policy.name(),
        "dry_run": target.mode == Mode::DryRun,
        "sqs_messages": backlog.map(|backlog| backlog.visible),
        "in_flight": backlog.map(|backlog| backlog.in_flight),
        "delayed": backlog.map(|backlog| backlog.delayed),
        "active_dynos": view.seen.formation.as_ref().ok().map(|reading| reading.quantity),
        "min_dynos": bounds.min,
        "max_dynos": bounds.max,
        "bounds_change": view.bounds_change().map(bounds_change),
        "backlog_per_instance": observation.and_then(|seen| policy.backlog_per_instance(&seen)),
        "backlog_threshold": policy.backlog_threshold,
        "scale_up_cnt": state.map(|state| state.counters.up),
        "up_cycles": policy.up_cycles,
        "scale_down_cnt": state.map(|state| state.counters.down),
        "down_cycles": policy.down_cycles,
        "last_tick": state.map(|state| state.last_tick),
        "intent": state.and_then(|state| state.intent.as_ref()).map(open),
        "pause": state.and_then(|state| state.pause_at(view.now)).map(pause),
        "by_hand_since": state.and_then(|state| state.last_known?.by_hand_since),
        "heroku_limit": state.and_then(|state| state.limit_at(view.now)).map(|limit| limit.dynos),
        "version": stored.and_then(|stored| stored.version),
        "next": present.as_ref().map(|present| forecast(present.next())),
        "to_add": present.as_ref().map(|present| edge(present.adding())),
        "to_remove": present.as_ref().map(|present| edge(present.removing())),
    });
    if let Some(queues) = several(view) {
        object["queues"] = json!(queues);
    }
    object
}

/// Each queue, if there are several.
fn several(view: &Observed) -> Option<Vec<QueueReport>> {
    let queues = view.seen.backlog.as_ref().ok()?;
    QueueReport::of_several(&view.target.queues, queues)
}

fn bounds_change(BoundsChange { at, bounds }: BoundsChange) -> Value {
    json!({ "at": at, "min_dynos": bounds.min, "max_dynos": bounds.max })
}

fn open(Intent { change, at, by, .. }: &Intent) -> Value {
    json!({ "from": change.from, "to": change.to, "at": at, "by": by.to_string() })
}

fn pause(Pause { since, until, by, reason }: &Pause) -> Value {
    json!({ "since": since, "until": until, "by": by, "reason": reason })
}

/// A forecast without a change has no number of cycles.
fn forecast(forecast: Forecast) -> Value {
    match forecast {
        Forecast::Change { cycles, reason, change } => json!({
            "reason": reason.label(), "cycles": cycles, "from": change.from, "to": change.to,
        }),
        Forecast::Steady { reason, until } => {
            json!({ "reason": reason.label(), "hold_until": until })
        }
        Forecast::Beyond { cycles, reason } => beyond(cycles, reason),
    }
}

fn beyond(cycles: u64, reason: Reason) -> Value {
    json!({ "reason": reason.label(), "beyond_cycles": cycles })
}

fn edge(edge: Edge) -> Value {
    match edge {
        Edge::At { visible, forecast: then } => {
            json!({ "sqs_messages": visible, "then": forecast(then) })
        }
        Edge::Nowhere { reason } => json!({ "reason": reason.label() }),
        Edge::Beyond { cycles, reason } => beyond(cycles, reason),
    }
}
