//! Keeps the state in an embedded database file, under the same condition as `DynamoDB`.
//!
//! The items have `DynamoDB`'s shape. The file is open only while it is read or written: several
//! processes may share it, and the version check in one write transaction lets one of them win.
//! Must not know what the counters mean.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, thread};

use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, TableDefinition,
    TableError,
};

use super::super::state_item::{self, Item, Unreadable, is_written_by, stands};
use super::super::state_json;
use super::Disk;
use crate::ports::{
    COMMIT_BUDGET, Cause, CommitError, OBSERVE_BUDGET, Race, StateError, StateStore, Stored, Write,
};

/// Target -> its item, as JSON in `DynamoDB`'s notation.
const ITEMS: TableDefinition<'_, &str, &str> = TableDefinition::new("items");

/// Between two looks whether another process has closed the file.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// One item of a file.
#[derive(Debug, Clone)]
pub struct StateFile {
    path: PathBuf,
    key: String,
    live_key: Option<String>,
}

impl StateFile {
    /// The item `key` of the file at `path`, which the first write makes.
    #[must_use]
    pub fn new(path: &Path, key: String) -> Self {
        Self { path: path.to_owned(), key, live_key: None }
    }

    /// The same for a dry run beside the item of the live cycles.
    #[must_use]
    pub fn beside(self, live_key: Option<String>) -> Self {
        Self { live_key, ..self }
    }

    /// Waits for other processes, at most until the budget of the stage is used up.
    fn open(&self, within: Duration) -> Result<Database, DatabaseError> {
        let deadline = Instant::now() + within;
        loop {
            let mut builder = Database::builder();
            match builder.set_check_integrity_on_open(true).create(&self.path) {
                Err(DatabaseError::DatabaseAlreadyOpen) if Instant::now() < deadline => {
                    thread::sleep(LOCK_PAUSE);
                }
                outcome => return outcome,
            }
        }
    }

    fn fetch(&self, key: &str) -> Result<Option<Item>, Cause> {
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            known => known?,
        };
        let database = self.open(OBSERVE_BUDGET)?;
        match database.begin_read()?.open_table(ITEMS) {
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
            Ok(table) => held(&table, key),
        }
    }

    fn store(&self, write: &Write) -> Result<Race, Cause> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let database = self.open(COMMIT_BUDGET)?;
        let transaction = database.begin_write()?;
        let race = {
            let mut items = transaction.open_table(ITEMS)?;
            let held = held(&items, &self.key)?;
            if stands(held.as_ref(), write) {
                let item = state_json::text(&written(held.unwrap_or_default(), write))?;
                items.insert(self.key.as_str(), item.as_str())?;
                Race::Won
            } else if held.is_some_and(|item| is_written_by(&item, write)) {
                Race::Won
            } else {
                Race::Lost
            }
        };
        transaction.commit()?;
        Ok(race)
    }

    pub(in crate::adapters) async fn own_item(&self) -> Result<Option<Item>, StateError> {
        self.item(&self.key).await
    }

    async fn item(&self, key: &str) -> Result<Option<Item>, StateError> {
        let (file, sought) = (self.clone(), key.to_owned());
        apart(move || file.fetch(&sought)).await.map_err(|cause| {
            let (table, key) = (self.shown(), key.to_owned());
            StateError::Unavailable { table, key, cause }
        })
    }

    async fn stored(&self, key: &str) -> Result<Stored, StateError> {
        let Some(item) = self.item(key).await? else { return Ok(Stored::default()) };
        state_item::read(&item).map_err(|Unreadable(attribute)| {
            let (table, key) = (self.shown(), key.to_owned());
            StateError::Unreadable { table, key, attribute }
        })
    }

    /// What becomes of the disk that it is on.
    #[must_use]
    pub fn disk(&self) -> Disk {
        Disk::of(&self.path)
    }

    /// Its path, as it is told.
    #[must_use]
    pub fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

fn held(
    items: &impl ReadableTable<&'static str, &'static str>,
    key: &str,
) -> Result<Option<Item>, Cause> {
    let found: Result<_, StorageError> = items.get(key);
    found?.map(|text| state_json::item(text.value())).transpose()
}

/// What is absent is removed; what others added stays.
fn written(mut item: Item, write: &Write) -> Item {
    let (set, removed) = state_item::attributes(write);
    item.extend(set.into_iter().map(|(name, value)| (name.to_owned(), value)));
    item.retain(|name, _| !removed.contains(&name.as_str()));
    item
}

/// Files block, and a broken one may panic: both happen on another thread.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Cause> + Send + 'static,
) -> Result<T, Cause> {
    tokio::task::spawn_blocking(work).await?
}

impl StateStore for StateFile {
    async fn load(&self) -> Result<Stored, StateError> {
        let own = self.stored(&self.key).await?;
        match &self.live_key {
            None => Ok(own),
            Some(live_key) => Ok(own.beside(self.stored(live_key).await?.state)),
        }
    }

    async fn commit(&self, write: &Write) -> Result<Race, CommitError> {
        let (file, sent) = (self.clone(), write.clone());
        apart(move || file.store(&sent)).await.map_err(|cause| CommitError {
            table: self.shown(),
            key: self.key.clone(),
            cause,
        })
    }
}
