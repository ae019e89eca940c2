//! The readings of a target as text and bars.
//!
//! Must not know how it was read, nor how a policy decides.

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use nonempty::NonEmpty;

use super::forecast::{Edge, Forecast};
use super::learnt;
use super::observed::{Observed, ends};
use crate::records::{Found, HEADS, Record};
use crate::text::{age, aligned, grouped, plural, short};
use crate::{bounds, clocks, drift, pause};
use dynoscaler::adapters::LastWrite;
use dynoscaler::policy::{
    Backlog, DynoLimit, Intent, IntentOutcome, LastKnownQuantity, Reason, State,
};
use dynoscaler::ports::{StateError, Stored};
use dynoscaler::report::error_chain;
use dynoscaler::target::{Mode, Target};

const BAR_CELLS: u32 = 24;
const TITLE: Style = Style::new().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const NEXT: Style = AnsiColor::Cyan.on_default().bold();

#[derive(Debug)]
pub(super) struct View {
    pub(super) observed: Observed,
    pub(super) last_write: Result<Option<LastWrite>, StateError>,
    /// The last cycles, if a log was named.
    pub(super) past: Option<Past>,
}

/// The last cycles of a log.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) group: String,
    pub(super) since: Timestamp,
    pub(super) found: anyhow::Result<Found>,
}

impl View {
    /// Whether all that was requested could be read.
    pub(super) fn is_complete(&self) -> bool {
        self.unknown().is_empty()
    }

    /// The failed readings, with their causes.
    pub(super) fn unknown(&self) -> Vec<String> {
        // A failed reading of the state fails this one too, which is of the same item.
        let is_read = self.observed.seen.state.is_ok();
        let written = self.last_write.as_ref().err().filter(|_| is_read);
        let written = written.map(|error| error_chain(error));
        let past = self.past.iter().filter_map(Past::unknown);
        self.observed.unknown().into_iter().chain(written).chain(past).collect()
    }

    /// Where the current settings are not those of the last cycle.
    pub(super) fn drift(&self) -> Vec<String> {
        let found = self.past.as_ref().and_then(|past| past.found.as_ref().ok());
        let last = found.and_then(|found| found.records.last());
        last.map_or_else(Vec::new, |last| drift::between(&self.observed.target, last))
    }

    pub(super) fn text(&self) -> String {
        let lines =
            [self.title(), self.drifted(), self.load(), self.memory(), self.next(), self.past()];
        lines.concat()
    }

    fn title(&self) -> String {
        let Target { id, queues, policy, mode, .. } = &self.observed.target;
        let shown = if *mode == Mode::DryRun { ", dry run" } else { "" };
        let name = policy.name();
        let title = format!("{TITLE}{id}{TITLE:#}, queue {queues}, policy {name}{shown}");
        format!("{title}, at {:.0}\n\n", self.observed.now)
    }

    fn drifted(&self) -> String {
        let drift = self.drift();
        if drift.is_empty() {
            return String::new();
        }
        let shown =
            format!("{BAD}other settings than the last cycle's{BAD:#}: {}", drift.join(", "));
        line("drift", &shown)
    }

    fn load(&self) -> String {
        let policy = &self.observed.target.policy;
        let mut text = match &self.observed.seen.backlog {
            Err(error) => line("backlog", &unknown(&error_chain(error))),
            Ok(queues) => line("backlog", &counts(Backlog::total(queues))) + &self.each(queues),
        };
        if let Some(each) =
            self.observed.observation().and_then(|seen| policy.backlog_per_instance(&seen))
        {
            let threshold = policy.backlog_threshold;
            let shown = format!("{} messages, threshold {}", short(each), short(threshold));
            text += &line("per dyno", &bar(each / threshold, &shown));
        }
        text + &match &self.observed.seen.formation {
            Err(error) => line("dynos", &unknown(&error_chain(error))),
            Ok(reading) => {
                let (dynos, bounds) = (reading.quantity, self.observed.bounds());
                let shown = format!("{dynos}, of {} to {}", bounds.min, bounds.max);
                line("dynos", &bar(share(dynos, bounds.max), &shown))
            }
        } + &self.learnt().unwrap_or_default()
            + &self.scheduled()
    }

    /// What the policy has learnt of the load, if it learns.
    fn learnt(&self) -> Option<String> {
        let memory = &self.observed.seen.state.as_ref().ok()?.state.memory;
        let shown =
            learnt::described(&self.observed.target.policy, &self.observed.observation()?, memory)?;
        Some(line("learnt", &shown))
    }

    /// Each of several queues.
    fn each(&self, queues: &NonEmpty<Backlog>) -> String {
        let named = self.observed.target.queues.0.iter().zip(queues);
        let shown = named.map(|(name, queue)| line("", &format!("{name}: {}", counts(*queue))));
        if queues.tail.is_empty() { String::new() } else { shown.collect() }
    }

    /// The bounds, where a schedule sets them.
    fn scheduled(&self) -> String {
        if self.observed.target.schedule.windows.is_empty() {
            return String::new();
        }
        line("bounds", &bounds::described(self.observed.bounds(), self.observed.bounds_change()))
    }

    fn memory(&self) -> String {
        match &self.observed.seen.state {
            Err(error) => line("state", &unknown(&error_chain(error))),
            Ok(Stored { state, version }) => {
                let (counters, policy) = (state.counters, &self.observed.target.policy);
                line("up", &counter(counters.up, policy.up_cycles))
                    + &line("down", &counter(counters.down, policy.down_cycles))
                    + &self.holding(&state.plausible_at(self.observed.now))
                    + &self.doubts(state)
                    + &line("state", &self.stored(*version))
            }
        }
    }

    /// The parts of the state that are shown only while they last.
    fn holding(&self, state: &State) -> String {
        let intent = state.intent.as_ref().map(|intent| line("intent", &self.open(intent)));
        let pause =
            state.pause_at(self.observed.now).map(|pause| line("pause", &pause::described(pause)));
        let by_hand = state.last_known.and_then(|LastKnownQuantity { quantity, by_hand_since }| {
            let dynos = plural(quantity.into(), "dyno");
            Some(line("by hand", &format!("{dynos}, seen since {:.0}", by_hand_since?)))
        });
        let limit = state.limit_at(self.observed.now).map(|DynoLimit { dynos, until, .. }| {
            let dynos = plural(dynos.into(), "dyno");
            line("limit", &format!("{dynos}, says Heroku; no more is requested {}", ends(until)))
        });
        [intent, pause, by_hand, limit].into_iter().flatten().collect()
    }

    /// The parts of the state that disagree with the clock.
    fn doubts(&self, state: &State) -> String {
        let ahead =
            clocks::ahead(state, self.observed.now).map(|ahead| line("clock", &self.late(&ahead)));
        let implausible = clocks::implausible(state, self.observed.now);
        let implausible =
            implausible.map(|implausible| line("doubt", &format!("{BAD}{implausible}{BAD:#}")));
        ahead.into_iter().chain(implausible).collect()
    }

    /// A watermark that the clock has not reached.
    fn late(&self, ahead: &str) -> String {
        let is_counted = self.observed.present().is_some_and(|present| present.is_counted());
        let until_then = if is_counted { "; ticks until then are DuplicateTick" } else { "" };
        format!("{BAD}{ahead}{until_then}{BAD:#}")
    }

    fn open(&self, Intent { change, at, by, .. }: &Intent) -> String {
        let age = age(self.observed.now.duration_since(*at));
        let outcome =
            self.observed.present().and_then(|present| present.outcome()).map(IntentOutcome::label);
        let outcome = outcome.map(|outcome| format!(": {outcome}")).unwrap_or_default();
        let to = plural(change.to.into(), "dyno");
        format!("from {} to {to}, committed {age} ago by {by}{outcome}", change.from)
    }

    fn stored(&self, version: Option<u64>) -> String {
        let Some(version) = version else { return "nothing stored yet".to_owned() };
        let written = match &self.last_write {
            Ok(None) => String::new(),
            Ok(Some(LastWrite { at, by })) => {
                format!(", written {} ago by {by}", age(self.observed.now.duration_since(*at)))
            }
            Err(error) => format!(", written when is {}", unknown(&error_chain(error))),
        };
        format!("version {version}{written}")
    }

    fn next(&self) -> String {
        let Some(present) = self.observed.present() else {
            return "\n".to_owned()
                + &line("next", "the cycle holds: an unknown value is not zero")
                + &self.observed.seen.reasons().map(to_do).collect::<String>();
        };
        let forecast = present.next();
        let next = match forecast {
            Forecast::Steady { .. } => {
                format!("no change while it stays so: {}", self.observed.then(forecast))
            }
            Forecast::Change { .. } | Forecast::Beyond { .. } => {
                format!("like this, {}", self.observed.then(forecast))
            }
        };
        "\n".to_owned()
            + &line("next", &format!("{NEXT}{next}{NEXT:#}"))
            + &to_do(forecast.reason())
            + &line("to add", &self.edge("at least", present.adding()))
            + &line("to remove", &self.edge("at most", present.removing()))
    }

    fn edge(&self, side: &str, edge: Edge) -> String {
        match edge {
            Edge::Nowhere { reason } => format!("no load suffices: {}", reason.label()),
            Edge::Beyond { cycles, reason } => self.observed.beyond(cycles, reason),
            Edge::At { visible, forecast } => {
                let seen = self.observed.present().map(|present| present.with(visible));
                let each =
                    seen.and_then(|seen| self.observed.target.policy.backlog_per_instance(&seen));
                let each = each.map(|each| format!(" ({} per dyno)", short(each)));
                let each = each.unwrap_or_default();
                format!(
                    "{side} {} waiting{each}, {}",
                    grouped(visible),
                    self.observed.then(forecast)
                )
            }
        }
    }

    fn past(&self) -> String {
        let shown = self.past.as_ref().map(Past::text);
        shown.unwrap_or_else(|| "\nThe last cycles: name the log with --log-group.\n".to_owned())
    }
}

impl Past {
    fn unknown(&self) -> Option<String> {
        match &self.found {
            Err(error) => Some(format!("{error:#}")),
            Ok(found) => found.unreadable(),
        }
    }

    fn text(&self) -> String {
        let rows = self.found.as_ref().map_or_else(|_| String::new(), |found| self.rows(found));
        let unknown = self.unknown().map(|shown| unknown(&shown) + "\n");
        format!("\n{rows}{}", unknown.unwrap_or_default())
    }

    fn rows(&self, found: &Found) -> String {
        if found.records.is_empty() {
            return format!("no cycle in log group {} since {:.0}\n", self.group, self.since);
        }
        let heads = [HEADS.map(str::to_owned)];
        let rows: Vec<_> = heads.into_iter().chain(found.records.iter().map(Record::row)).collect();
        aligned(&rows)
    }
}

fn counts(Backlog { visible, in_flight, delayed }: Backlog) -> String {
    let [visible, in_flight, delayed] = [visible, in_flight, delayed].map(grouped);
    format!("{visible} waiting, {in_flight} in flight, {delayed} delayed")
}

/// What an operator can do about a reason, if there is something to do.
fn to_do(reason: Reason) -> String {
    reason.remedy().map_or_else(String::new, |remedy| line("to do", remedy))
}

fn line(name: &str, shown: &str) -> String {
    format!("{name:<10}{shown}\n")
}

fn unknown(shown: &str) -> String {
    format!("{BAD}unknown: {shown}{BAD:#}")
}

fn counter(count: u32, limit: u32) -> String {
    bar(share(count, limit), &format!("{count} of {}", plural(limit.into(), "cycle")))
}

fn share(part: u32, total: u32) -> f64 {
    f64::from(part) / f64::from(total.max(1))
}

/// As full as the share, rounded, but only full if it is reached and only empty if it is 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the cells")]
fn bar(share: f64, shown: &str) -> String {
    let cells = f64::from(BAR_CELLS);
    let full = match share {
        share if share >= 1.0 => cells,
        share if share <= 0.0 => 0.0,
        share => (share * cells).round().clamp(1.0, cells - 1.0),
    } as u32;
    let (full, empty) = (full as usize, (BAR_CELLS - full) as usize);
    format!("{}{}  {shown}", "█".repeat(full), "░".repeat(empty))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_when_its_limit_is_reached() {
        let full = |share| bar(share, "").chars().filter(|cell| *cell == '█').count();
        for (share, cells) in
            [(0.0, 0), (0.001, 1), (0.5, 12), (0.999, 23), (1.0, 24), (7.0, 24), (-1.0, 0)]
        {
            assert_eq!(full(share), cells, "{share}");
        }
    }
}
