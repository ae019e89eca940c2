//! All targets of a file, read as a round reads them: one read of a formation serves its app.
//!
//! Must not know how they are shown.

use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use jiff::SignedDuration;

use super::Args;
use super::observed::Observed;
use super::overview::{Overview, Row};
use crate::connection::http;
use crate::fleet::Fleet;
use dynoscaler::adapters::{App, Store, SystemClock, TerminalLog, terminal_services};
use dynoscaler::config::{FaultyTarget, Member};
use dynoscaler::cycle::observe;
use dynoscaler::fleet::{APPS_AT_ONCE, App as _, Instances};
use dynoscaler::ports::Clock;

/// Of the 75 calls of an account that come back in a minute, those that a round leaves to operators
/// are 15: one each 4 seconds.
const CALL_SECS: i64 = 4;

pub(super) struct ConnectedFleet {
    file: String,
    apps: Vec<App<Store, TerminalLog>>,
    faulty: Vec<FaultyTarget>,
    every: SignedDuration,
}

impl ConnectedFleet {
    /// Nothing is called yet.
    pub(super) fn new(fleet: Fleet, args: &Args) -> anyhow::Result<Self> {
        let file = args.connection.file(fleet.process.dynamodb.as_ref())?;
        let services = terminal_services(&fleet.process, &file, &http()?);
        let (mut valid, mut faulty) = (Vec::new(), Vec::new());
        for member in fleet.members {
            match member {
                Member::Valid(config) => valid.push(*config),
                Member::Faulty(target) => faulty.push(target),
            }
        }
        let apps = services.apps(&valid, &Instances::named("status"));
        Ok(Self { file: fleet.file, apps, faulty, every: args.every })
    }

    /// The shortest pause between two readings that leaves the cycles their calls.
    pub(super) fn pause_min(&self) -> SignedDuration {
        let of_account = |app: &App<_, _>| {
            let same = self.apps.iter().filter(|it| Arc::ptr_eq(it.account(), app.account()));
            same.map(|app| i64::from(app.calls())).sum::<i64>()
        };
        let calls = self.apps.iter().map(of_account).max().unwrap_or_default();
        SignedDuration::from_secs(calls.saturating_mul(CALL_SECS))
    }

    pub(super) async fn read(&self) -> Overview {
        let looks = stream::iter(&self.apps).map(|app| self.observed(app));
        let looks: Vec<Vec<Row>> = looks.buffer_unordered(APPS_AT_ONCE).collect().await;
        let faulty = self.faulty.iter().cloned().map(Row::Faulty);
        let rows = looks.into_iter().flatten().chain(faulty);
        Overview::new(self.file.clone(), SystemClock.now(), rows)
    }

    /// The targets of one app.
    async fn observed(&self, app: &App<Store, TerminalLog>) -> Vec<Row> {
        let ports = app.ports();
        let members = app.members().iter().zip(&ports).map(|(member, ports)| async {
            let (target, every) = (member.target.clone(), self.every);
            let seen = observe(ports).await;
            Row::Observed(Box::new(Observed { target, every, now: SystemClock.now(), seen }))
        });
        join_all(members).await
    }
}
