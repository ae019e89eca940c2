//! The targets that a process scales now: those of its environment, or of a file that may change.
//!
//! Must not know where the file is, nor what is in it.

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::app::App;
use super::outcome::Round;
use super::rounds::{Fleet, Terms};
use crate::cycle::Invocation;
use crate::ports::{RoundLog, Shared};
use crate::report::error_chain;

/// A targets file.
pub trait TargetsFile: Sync {
    type App: App;
    type Error: std::error::Error + 'static;

    /// Reads its text.
    fn read(&self) -> impl Future<Output = Result<String, Self::Error>>;

    /// The targets of a text.
    ///
    /// # Errors
    /// If it is not valid as a whole.
    fn fleet(&self, text: &str) -> Result<Fleet<Self::App>, Self::Error>;
}

/// Runs the rounds of a process.
#[derive(Debug)]
pub enum Scaler<F: TargetsFile> {
    /// The target of the environment: its record says all that there is to say of a round.
    One(Fleet<F::App>),
    /// The targets of a file.
    File(LastGood<F>),
}

/// A file, and what was last read of it and is valid.
#[derive(Debug)]
pub struct LastGood<F: TargetsFile> {
    file: F,
    held: Mutex<Option<Held<F::App>>>,
}

/// The last valid file.
#[derive(Debug)]
struct Held<A> {
    text: String,
    fleet: Arc<Fleet<A>>,
    /// Why the file has not been read, or is not valid, since.
    fault: Option<String>,
    read_at: Timestamp,
}

impl<F: TargetsFile> Scaler<F> {
    /// The targets of a file, which is not read yet.
    pub fn of_file(file: F) -> Self {
        Self::File(LastGood { file, held: Mutex::new(None) })
    }

    /// Runs the cycles of one tick.
    ///
    /// # Errors
    /// If it is not known which targets there are: no file was ever valid.
    pub async fn round(
        &self,
        shared: &(impl Shared + RoundLog),
        invocation: &Invocation,
        terms: Terms,
    ) -> Result<Round, F::Error> {
        match self {
            Self::One(fleet) => Ok(fleet.round(shared, invocation, terms).await),
            Self::File(last_good) => {
                let (fleet, fault) = last_good.current(shared.now()).await?;
                if let Some(error) = &fault {
                    warn(error, invocation);
                }
                let round = fleet.round(shared, invocation, terms).await;
                shared.write_round(&round.report(invocation, fault));
                Ok(round)
            }
        }
    }
}

impl<F: TargetsFile> LastGood<F> {
    /// The fleet, and the fault of the file if the fleet is that of an earlier one.
    async fn current(
        &self,
        now: Timestamp,
    ) -> Result<(Arc<Fleet<F::App>>, Option<String>), F::Error> {
        let mut held = self.held.lock().await;
        let next = match held.as_ref() {
            Some(held) if minute(held.read_at) == minute(now) => held.clone(),
            last => self.read(last, now).await?,
        };
        let Held { fleet, fault, .. } = held.insert(next);
        Ok((Arc::clone(fleet), fault.clone()))
    }

    async fn read(
        &self,
        last: Option<&Held<F::App>>,
        now: Timestamp,
    ) -> Result<Held<F::App>, F::Error> {
        let fleet = |text: String| match last.filter(|last| last.text == text) {
            Some(last) => Ok((Arc::clone(&last.fleet), text)),
            None => Ok((Arc::new(self.file.fleet(&text)?), text)),
        };
        match (self.file.read().await.and_then(fleet), last) {
            (Ok((fleet, text)), _) => Ok(Held { text, fleet, fault: None, read_at: now }),
            (Err(error), Some(last)) => {
                Ok(Held { fault: Some(error_chain(&error)), read_at: now, ..last.clone() })
            }
            (Err(error), None) => Err(error),
        }
    }
}

impl<A> Clone for Held<A> {
    fn clone(&self) -> Self {
        let Self { text, fleet, fault, read_at } = self;
        let (text, fleet, fault) = (text.clone(), Arc::clone(fleet), fault.clone());
        Self { text, fleet, fault, read_at: *read_at }
    }
}

/// The file is read at most once in each.
fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

fn warn(error: &str, invocation: &Invocation) {
    tracing::error!(
        error_type = "TargetsFileFault",
        error = error,
        request_id = invocation.request_id,
        "the targets are those of the last valid file",
    );
}
