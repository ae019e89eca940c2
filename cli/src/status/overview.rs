//! Several targets in a table, the worst first.
//!
//! Must not know how they were read, nor how a policy decides.

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;

use super::forecast::Forecast;
use super::observed::Observed;
use crate::text::{aligned, grouped, plural, short};
use dynoscaler::config::FaultyTarget;
use dynoscaler::policy::{Backlog, Reason, ReasonKind};
use dynoscaler::target::TargetId;

const TITLE: Style = Style::new().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const NEXT: Style = AnsiColor::Cyan.on_default().bold();
const QUIET: Style = Style::new();

const HEADS: [&str; 5] = ["target", "dynos", "waiting", "per dyno", "next"];

/// A target as it was read, or why it was not.
pub(super) enum Row {
    Observed(Box<Observed>),
    Faulty(FaultyTarget),
}

/// How much a target needs an operator, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Concern {
    /// Its cycles hold, since something of it is unknown.
    Unknown,
    /// It is above its threshold, and no change comes by itself.
    Stuck,
    /// It is above its threshold, and a change comes.
    Above,
    /// An operator, or a limit of Heroku's, holds it.
    Held,
    None,
}

struct Judged {
    row: Row,
    next: Option<Forecast>,
    concern: Concern,
    /// The backlog per instance ÷ the threshold.
    load: f64,
}

pub(super) struct Overview {
    file: String,
    pub(super) now: Timestamp,
    /// The worst first.
    judged: Vec<Judged>,
}

impl Overview {
    pub(super) fn new(file: String, now: Timestamp, rows: impl Iterator<Item = Row>) -> Self {
        let mut judged: Vec<_> = rows.map(Judged::of).collect();
        judged.sort_by(|one, other| {
            let by_load = || other.load.total_cmp(&one.load);
            let by_name = || one.row.name().cmp(&other.row.name());
            one.concern.cmp(&other.concern).then_with(by_load).then_with(by_name)
        });
        Self { file, now, judged }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.judged.iter().map(|judged| &judged.row)
    }

    /// Whether all that was requested could be read.
    pub(super) fn is_complete(&self) -> bool {
        self.count(&[Concern::Unknown]) == 0
    }

    pub(super) fn text(&self) -> String {
        let heads = [HEADS.map(str::to_owned)];
        let rows: Vec<_> = heads.into_iter().chain(self.judged.iter().map(Judged::cells)).collect();
        let notes: String = self.judged.iter().filter_map(Judged::note).collect();
        let gap = if notes.is_empty() { "" } else { "\n" };
        format!("{}\n\n{}{gap}{notes}", self.title(), aligned(&rows))
    }

    fn title(&self) -> String {
        let targets = plural(self.judged.len() as u64, "target");
        let counts = [
            (self.count(&[Concern::Unknown]), "unknown"),
            (self.count(&[Concern::Stuck, Concern::Above]), "above threshold"),
            (self.count(&[Concern::Held]), "held"),
        ];
        let counts = counts.iter().filter(|(count, _)| 0 < *count);
        let counts: String = counts.map(|(count, what)| format!(", {count} {what}")).collect();
        format!("{TITLE}{}{TITLE:#}: {targets}{counts}, at {:.0}", self.file, self.now)
    }

    fn count(&self, concerns: &[Concern]) -> usize {
        self.judged.iter().filter(|judged| concerns.contains(&judged.concern)).count()
    }
}

impl Row {
    fn id(&self) -> &TargetId {
        match self {
            Self::Observed(observed) => &observed.target.id,
            Self::Faulty(target) => &target.id,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Observed(observed) => format!("{}{}", self.id(), observed.target.mode.mark()),
            Self::Faulty(_) => self.id().to_string(),
        }
    }
}

impl Judged {
    fn of(row: Row) -> Self {
        let observed = match &row {
            Row::Observed(observed) => observed,
            Row::Faulty(_) => {
                return Self { row, next: None, concern: Concern::Unknown, load: 0.0 };
            }
        };
        let next = observed.present().map(|present| present.next());
        let policy = &observed.target.policy;
        let seen = observed.observation();
        let is_above = seen.is_some_and(|seen| policy.is_starved(&seen));
        let load = match seen.and_then(|seen| policy.backlog_per_instance(&seen)) {
            Some(each) => each / policy.backlog_threshold,
            None if is_above => f64::INFINITY,
            None => 0.0,
        };
        let concern = next.map_or(Concern::Unknown, |next| concern(next, is_above));
        Self { next, concern, load, row }
    }

    fn cells(&self) -> [String; 5] {
        let style = match self.concern {
            Concern::Unknown | Concern::Stuck => BAD,
            Concern::Above => NEXT,
            Concern::Held | Concern::None => QUIET,
        };
        let [dynos, waiting, each, next] = match &self.row {
            Row::Observed(observed) => readings(observed, self.next),
            Row::Faulty(_) => {
                let unknown = || "?".to_owned();
                let reason = Reason::InvalidConfiguration.label().to_owned();
                [unknown(), unknown(), unknown(), reason]
            }
        };
        [self.row.name(), dynos, waiting, each, format!("{style}{next}{style:#}")]
    }

    /// What is unknown, or what to do.
    fn note(&self) -> Option<String> {
        let text = match &self.row {
            Row::Observed(observed) => match self.next {
                None => observed.unknown().join("; "),
                Some(next) if self.concern < Concern::None => next.reason().remedy()?.to_owned(),
                Some(_) => return None,
            },
            Row::Faulty(FaultyTarget { error, .. }) => {
                let faults: Vec<_> = error.faults().iter().map(ToString::to_string).collect();
                faults.join("; ")
            }
        };
        Some(format!("{}: {text}\n", self.row.id()))
    }
}

fn concern(next: Forecast, is_above: bool) -> Concern {
    let is_held = matches!(next.reason().kind(), ReasonKind::Hold | ReasonKind::Limit);
    match (is_above, next) {
        (true, Forecast::Change { .. }) => Concern::Above,
        (true, Forecast::Steady { .. } | Forecast::Beyond { .. }) => Concern::Stuck,
        (false, _) if is_held => Concern::Held,
        (false, _) => Concern::None,
    }
}

/// The dynos, the messages, the messages per dyno, and what comes next.
fn readings(observed: &Observed, next: Option<Forecast>) -> [String; 4] {
    let unknown = || "?".to_owned();
    let of = |part: String, whole: String| format!("{part} of {whole}");
    let dynos = observed.seen.formation.as_ref().ok().map(|reading| reading.quantity.to_string());
    let backlog = observed.seen.backlog.as_ref().ok().map(Backlog::total);
    let policy = &observed.target.policy;
    let each = observed
        .observation()
        .map(|seen| policy.backlog_per_instance(&seen).map_or_else(|| "-".to_owned(), short));
    [
        of(dynos.unwrap_or_else(unknown), observed.bounds().max.to_string()),
        backlog.map_or_else(unknown, |backlog| grouped(backlog.visible)),
        of(each.unwrap_or_else(unknown), short(policy.backlog_threshold)),
        next.map_or_else(|| reasons(observed), |next| foreseen(observed, next)),
    ]
}

fn reasons(observed: &Observed) -> String {
    observed.seen.reasons().map(Reason::label).collect::<Vec<_>>().join(", ")
}

fn foreseen(observed: &Observed, next: Forecast) -> String {
    match next {
        Forecast::Change { cycles, reason, change } => {
            format!("{} to {} in {}", reason.label(), change.to, plural(cycles, "cycle"))
        }
        Forecast::Steady { .. } => observed.then(next),
        Forecast::Beyond { reason, .. } => reason.label().to_owned(),
    }
}
