//! The result of a replay: the log as it was, the decisions on it, and the closed loop.
//!
//! Must not know how any of them was computed.

use jiff::Timestamp;

use super::plant::{Source, Throughput, minutes};
use crate::price::Price;
use crate::text::{aligned, fixed, grouped, mean, percent, plural, short};
use dynoscaler::policy::Policy;
use dynoscaler::report::{Action, CycleReport};

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Course {
    /// The requested dynos, and since when.
    pub(super) quantities: Vec<(Timestamp, u32)>,
    /// Whether more than the threshold waited, for each observation with a known backlog.
    pub(super) above: Vec<bool>,
}

#[derive(Debug)]
pub(super) struct Summary<'a> {
    pub(super) target: String,
    pub(super) span: (Timestamp, Timestamp),
    pub(super) recorded: Course,
    pub(super) open: &'a [CycleReport],
    pub(super) closed: Option<(Throughput, Course)>,
    pub(super) price: &'a Price,
}

impl Course {
    /// Of the reports of cycles; in the closed loop each leaves the dynos that it requires.
    pub(super) fn of(reports: &[CycleReport], quantities: Vec<(Timestamp, u32)>) -> Self {
        let above = reports.iter().filter_map(|report| Some(report.starved? == 1));
        Self { quantities, above: above.collect() }
    }

    /// The mean over time; with one observation its value.
    pub(super) fn dynos(&self) -> Option<f64> {
        let spans = self.quantities.windows(2);
        let (sum, all) = spans.fold((0.0, 0.0), |(sum, all), pair| {
            let minutes = minutes(pair[0].0, pair[1].0);
            (f64::from(pair[0].1).mul_add(minutes, sum), all + minutes)
        });
        match &self.quantities[..] {
            [] => None,
            [(_, only)] => Some(f64::from(*only)),
            [(_, first), ..] if all == 0.0 => Some(f64::from(*first)),
            _ => Some(sum / all),
        }
    }

    fn row(&self, name: &str, price: &Price) -> [String; 6] {
        let dynos = self.dynos();
        let most = self.quantities.iter().map(|(_, dynos)| *dynos).max();
        let changes = self.quantities.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
        let share = mean(self.above.iter().map(|is_above| f64::from(u8::from(*is_above))));
        [
            name.to_owned(),
            dynos.map_or_else(unknown, |dynos| fixed(dynos, 2)),
            most.map_or_else(unknown, |most| grouped(most.into())),
            grouped(changes as u64),
            share.map_or_else(unknown, percent),
            dynos.map_or_else(unknown, |dynos| price.a_month(dynos)),
        ]
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

impl Summary<'_> {
    pub(super) fn text(&self, policy: &Policy) -> String {
        let heads = ["", "dynos", "at most", "changes", "above", "a month"].map(str::to_owned);
        let mut rows = vec![heads, self.recorded.row("in the log", self.price)];
        rows.extend(self.closed.iter().map(|(_, course)| course.row("closed loop", self.price)));
        let (from, to) = self.span;
        format!(
            "{}: {} from {from:.0} to {to:.0}, {}\n\n{}\n{}{}",
            self.target,
            plural(self.open.len() as u64, "cycle"),
            policy.name(),
            aligned(&rows),
            self.open_loop(),
            self.model(),
        )
    }

    fn open_loop(&self) -> String {
        let changes = self.open.iter().filter(|report| report.action != Action::None).count();
        let failed = self.open.iter().filter(|report| report.error_type.is_some()).count();
        format!(
            "open loop: on the counts and dynos of the log, {} of {} would have changed the dynos; \
             {} lacked a reading to decide.\n",
            grouped(changes as u64),
            plural(self.open.len() as u64, "cycle"),
            grouped(failed as u64),
        )
    }

    fn model(&self) -> String {
        let Some((throughput, _)) = &self.closed else {
            return "closed loop: unknown, since no two cycles of the log had a complete reading.\n"
                .to_owned();
        };
        let source = match throughput.source {
            Source::Given => "as given",
            Source::Learnt => "learnt from the counts; --messages-per-dyno-minute sets it",
        };
        format!(
            "closed loop: its changes take effect. Arrivals are the growth of the log's queue and the \
             messages that its dynos finished, {} messages per dyno and minute ({source}).\n\
             above: share of the cycles with more messages waiting per dyno than the threshold.\n\
             a month: {}.\n",
            short(throughput.messages_per_minute),
            self.price.source(),
        )
    }
}
