//! All targets of a process, round by round: which apps are due, and their cycles.
//!
//! Must not know how a cycle runs, nor where the targets come from.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;

use super::account::Account;
use super::app::App;
use super::deadline::leaves_time;
use super::isolation::{Faulty, cycle};
use super::outcome::Round;
use super::turns::{is_due, period};
use crate::cycle::{Invocation, deliver};
use crate::policy::{Origin, Tick};
use crate::ports::Shared;
use crate::report::CycleReport;
use crate::tick;

/// The apps whose cycles run at the same time.
pub const APPS_AT_ONCE: usize = 16;

/// All targets of one process.
#[derive(Debug)]
pub struct Fleet<A> {
    apps: Vec<Placed<A>>,
    faulty: Vec<Faulty>,
    /// The places of the apps that the last round deferred.
    deferred: Mutex<Vec<usize>>,
}

/// An app, and its place among those of its account.
#[derive(Debug)]
struct Placed<A> {
    app: A,
    place: usize,
    /// The calls that one look at every app of the account takes.
    calls: u32,
}

/// What a round may use.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// When the process is stopped, if it is.
    pub ends_at: Option<Timestamp>,
    /// The rounds of a minute.
    pub a_minute: u32,
}

impl<A: App> Fleet<A> {
    #[must_use]
    pub fn new(apps: Vec<A>, faulty: Vec<Faulty>) -> Self {
        let of_account = |app: &A| {
            let same = |other: &&A| Arc::ptr_eq(other.account(), app.account());
            let calls = apps.iter().filter(same).map(App::calls).sum();
            let before = apps.iter().take_while(|other| !std::ptr::eq(*other, app));
            (before.filter(same).count(), calls)
        };
        let places: Vec<_> = apps.iter().map(of_account).collect();
        let placed = |(app, (place, calls))| Placed { app, place, calls };
        let apps = apps.into_iter().zip(places).map(placed).collect();
        Self { apps, faulty, deferred: Mutex::default() }
    }

    /// Runs the cycles of one tick. Each writes its own record; all are delivered at once.
    pub async fn round(
        &self,
        shared: &impl Shared,
        invocation: &Invocation,
        terms: Terms,
    ) -> Round {
        let began = shared.now();
        let faulty = self.faulty.iter().map(|faulty| faulty.report(shared, invocation));
        let mut records: Vec<_> = faulty.collect();
        let due = self.due(tick::read(&invocation.event, began), terms);
        let looks = stream::iter(&due).map(|place| async move {
            (*place, self.apps[*place].cycles(shared, invocation, terms).await)
        });
        let mut looked: Vec<_> = looks.buffer_unordered(APPS_AT_ONCE).collect().await;
        looked.sort_by_key(|(place, _)| *place);
        let mut late = Vec::new();
        for (place, cycles) in looked {
            match cycles {
                Some(cycles) => records.extend(cycles),
                None => late.push(place),
            }
        }
        self.warn_of_few_calls(&due);
        deliver(shared.sink(), &records).await;
        let deferred = late.iter().map(|place| self.apps[*place].app.members().len()).sum();
        *self.deferred() = late;
        Round { began, ended: shared.now(), records, deferred }
    }

    /// The places of the apps to look at: first those that were deferred, then those whose turn it
    /// is. An operator's tick is everyone's turn.
    fn due(&self, tick: Tick, terms: Terms) -> Vec<usize> {
        let deferred = std::mem::take(&mut *self.deferred());
        let minute = tick.at.as_second().div_euclid(60);
        let is_due = |placed: &Placed<A>| {
            let calls = placed.calls.saturating_mul(terms.a_minute);
            let period = period(calls, placed.app.account().pool());
            tick.origin == Origin::Operator || is_due(placed.place, period, minute)
        };
        let due = self.apps.iter().enumerate().filter(|(_, placed)| is_due(placed));
        let due = due.map(|(place, _)| place).filter(|place| !deferred.contains(place));
        deferred.iter().copied().chain(due).collect()
    }

    /// Warns before other programs' calls leave none for us: once for each account.
    fn warn_of_few_calls(&self, places: &[usize]) {
        let mut warned: Vec<&Arc<Account>> = Vec::new();
        for account in places.iter().map(|place| self.apps[*place].app.account()) {
            if !warned.iter().any(|it| Arc::ptr_eq(it, account)) {
                account.warn_of_few_calls();
                warned.push(account);
            }
        }
    }

    fn deferred(&self) -> MutexGuard<'_, Vec<usize>> {
        self.deferred.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A: App> Placed<A> {
    /// The records of the app's cycles, which run at the same time; none if there is not enough
    /// time left for them.
    async fn cycles(
        &self,
        shared: &impl Shared,
        invocation: &Invocation,
        terms: Terms,
    ) -> Option<Vec<CycleReport>> {
        let began = shared.now();
        if !leaves_time(began, terms.ends_at) {
            return None;
        }
        let ports = self.app.ports();
        let members = self.app.members().iter().zip(&ports);
        let cycles = members.map(|(member, ports)| cycle(ports, member, invocation, began));
        Some(join_all(cycles).await)
    }
}
