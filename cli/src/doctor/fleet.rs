//! All targets of a file: what they share first, then each, the worst first.
//!
//! Must not know how anything is checked.

use std::collections::BTreeMap;
use std::io::Write as _;

use anstyle::Style;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use super::accounts::Accounts;
use super::finding::{Finding, Findings, Listing, Severity, text};
use super::last_cycle::Log;
use super::reach::Reach;
use super::{Examined, TARGETS, VARIABLES};
use super::{connected, endpoints, events, last_cycle, of_target, settings, sink};
use crate::connection::http;
use crate::fleet::{Fleet, Member};
use crate::records::Found;
use crate::text::plural;
use dynoscaler::adapters::{SystemClock, terminal_services};
use dynoscaler::config::AtTerminal;
use dynoscaler::ports::Clock as _;

const TITLE: Style = Style::new().bold();

/// The targets that are examined at the same time.
const AT_ONCE: usize = 8;

pub(super) async fn check(
    examined: Examined<'_>,
    fleet: Fleet,
    all: &mut Findings,
) -> anyhow::Result<()> {
    let valid: Vec<_> = fleet.members.iter().filter_map(Member::valid).collect();
    let found = vec![
        Finding::ok(VARIABLES, "those that the targets share are valid"),
        Finding::ok(TARGETS, format!("{} has {}", fleet.file, count(fleet.members.len()))),
    ];
    let accounts = Accounts::of(&valid, examined.pace(fleet.process.cycle_seconds));
    all.add(examined.listing.shown([found, accounts.findings()].concat())?);
    all.add(shared(examined, &fleet, &valid).await?);
    let log = Log::of_many(examined.variables, examined.log_group(), examined.every);
    let ids: Vec<_> = valid.iter().map(|config| &config.target.id).collect();
    let records = match last_cycle::of_each(&log, &ids, SystemClock.now()).await {
        Ok(records) => Some(records),
        Err(finding) => {
            all.add(examined.listing.shown(vec![finding])?);
            None
        }
    };
    let each = Each { examined, accounts, log, records, now: SystemClock.now() };
    let mut targets = each.target_by_target(&fleet).await?;
    targets.sort_by_key(|target| (target.worst(), target.name.clone()));
    if examined.listing == Listing::AsTheyCome {
        anstream::stdout().write_all(sections(&targets).as_bytes())?;
    }
    all.add(targets.into_iter().flat_map(Checked::findings));
    Ok(())
}

fn count(targets: usize) -> String {
    plural(targets as u64, "target")
}

/// What is the same for all targets.
async fn shared(
    examined: Examined<'_>,
    fleet: &Fleet,
    valid: &[&AtTerminal],
) -> anyhow::Result<Vec<Finding>> {
    let Some(first) = valid.first() else { return Ok(Vec::new()) };
    let endpoints = examined.listing.shown(endpoints::check(first))?;
    let reach = Reach::of(examined, first);
    let file = examined.args.connection.file(fleet.process.dynamodb.as_ref())?;
    let services = terminal_services(&fleet.process, &file, &http()?);
    let sink = sink::check(services.process.sink.as_ref());
    let events = events::check(examined, fleet.process.event_bus.as_ref(), SystemClock.now());
    let (sink, events) = tokio::try_join!(
        reach.sink.then(examined.listing, "elastic", sink),
        reach.log.then(examined.listing, "events", events),
    )?;
    let uncalled = examined.listing.shown(reach.uncalled())?;
    Ok([endpoints, sink, events, uncalled].concat())
}

/// What the checks of the targets need.
struct Each<'a> {
    examined: Examined<'a>,
    accounts: Accounts,
    log: Log<'a>,
    /// By target, if there is a log.
    records: Option<BTreeMap<String, Found>>,
    now: Timestamp,
}

impl Each<'_> {
    async fn target_by_target(&self, fleet: &Fleet) -> anyhow::Result<Vec<Checked>> {
        let checked = stream::iter(&fleet.members).map(|member| self.checked(member));
        checked.buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn checked(&self, member: &Member) -> anyhow::Result<Checked> {
        let findings = match member {
            Member::Faulty(target) => settings(&target.error).collect(),
            Member::Valid(config) => self.of_valid(config).await?,
        };
        Ok(Checked { name: member.id().to_string(), findings })
    }

    async fn of_valid(&self, config: &AtTerminal) -> anyhow::Result<Vec<Finding>> {
        let examined = Examined { listing: Listing::AtTheEnd, ..self.examined };
        let reach = Reach::of(examined, config);
        let connection = connected(examined, reach, config).await?;
        let own = of_target(examined, reach, &connection, None).await?;
        Ok([own, self.last_cycle(config)].concat())
    }

    fn last_cycle(&self, config: &AtTerminal) -> Vec<Finding> {
        let Some(records) = &self.records else { return Vec::new() };
        let none = Found::default();
        let found = records.get(&config.target.id.to_string()).unwrap_or(&none);
        let log = self.log.due_every(self.accounts.every(config));
        last_cycle::of_target(found, &log, &config.target, self.now)
    }
}

/// A target, and what was found of it.
struct Checked {
    name: String,
    findings: Vec<Finding>,
}

impl Checked {
    /// Of the worst finding; the worst comes first.
    fn worst(&self) -> std::cmp::Reverse<Severity> {
        let severities = self.findings.iter().map(Finding::severity);
        std::cmp::Reverse(severities.max().unwrap_or(Severity::Ok))
    }

    /// What is not as it should be.
    fn shown(&self) -> Vec<Finding> {
        let is_shown = |finding: &&Finding| finding.severity() != Severity::Ok;
        self.findings.iter().filter(is_shown).cloned().collect()
    }

    fn findings(self) -> impl Iterator<Item = Finding> {
        let Self { name, findings } = self;
        findings.into_iter().map(move |finding| finding.of(&name))
    }
}

/// Targets with the same findings, which a fault of their account gives them, share a section.
fn sections(targets: &[Checked]) -> String {
    let mut sections: Vec<(Vec<Finding>, Vec<&str>)> = Vec::new();
    for target in targets {
        let shown = target.shown();
        match sections.iter_mut().find(|(findings, _)| *findings == shown) {
            Some((_, names)) => names.push(&target.name),
            None => sections.push((shown, vec![&target.name])),
        }
    }
    let section = |(findings, names): &(Vec<Finding>, Vec<&str>)| {
        let names = names.join(", ");
        match findings.is_empty() {
            true => format!("\n{TITLE}{names}{TITLE:#}: nothing to correct\n"),
            false => format!("\n{TITLE}{names}{TITLE:#}\n{}", text(findings)),
        }
    };
    sections.iter().map(section).collect()
}
