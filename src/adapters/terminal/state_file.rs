//! Keeps the state in an embedded database file, under the same condition as `DynamoDB`.
//!
//! The items have `DynamoDB`'s shape. The file is open only while it is read or written: several
//! processes may share it, and the version check in one write transaction lets one of them win.
//! Must not know what the counters mean.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use redb::backends::FileBackend;
use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, TableDefinition,
    TableError,
};

use super::super::state_item::{self, Item, Unreadable, is_unchanged, is_written_by};
use super::super::state_json;
use super::Disk;
use crate::ports::{
    COMMIT_BUDGET, Cause, CommitError, OBSERVE_BUDGET, StateError, StateStore, Stored, Write,
    WriteOutcome,
};
use crate::visible::visible;

/// Target -> its item, as JSON in `DynamoDB`'s notation.
const ITEMS: TableDefinition<'_, &str, &str> = TableDefinition::new("items");

/// Between two checks whether another process has closed the file.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Whatever the process's mask: a state shows what an app does, and decides what is done to it.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

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

    /// The same for a dry run, which reads the live cycles' item as well.
    #[must_use]
    pub fn beside(self, live_key: Option<String>) -> Self {
        Self { live_key, ..self }
    }

    /// Waits for other processes, at most until the budget of the stage is used up.
    fn open(&self, within: Duration) -> Result<Database, DatabaseError> {
        let deadline = Instant::now() + within;
        loop {
            let file = FileBackend::new(self.file().map_err(StorageError::from)?)?;
            let mut builder = Database::builder();
            match builder.set_check_integrity_on_open(true).create_with_backend(file) {
                Err(DatabaseError::DatabaseAlreadyOpen) if Instant::now() < deadline => {
                    thread::sleep(LOCK_PAUSE);
                }
                outcome => return outcome,
            }
        }
    }

    /// The file, or a new one that its owner alone may read. A new file is never created behind a
    /// link.
    fn file(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).mode(FILE_MODE);
        match options.clone().create_new(true).open(&self.path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => options.open(&self.path),
            outcome => outcome,
        }
    }

    /// Whether there is a file. A link to a missing one is an error: the state would be stored
    /// behind it.
    fn exists(&self) -> io::Result<bool> {
        let is_missing = |error: &io::Error| error.kind() == ErrorKind::NotFound;
        match (fs::metadata(&self.path), fs::symlink_metadata(&self.path)) {
            (Ok(_), _) => Ok(true),
            (Err(error), Ok(_)) if is_missing(&error) => {
                Err(io::Error::new(error.kind(), "it is a link to a file that does not exist"))
            }
            (Err(error), Err(_)) if is_missing(&error) => Ok(false),
            (Err(error), _) => Err(error),
        }
    }

    fn fetch(&self, key: &str) -> Result<Option<Item>, Cause> {
        if !self.exists()? {
            return Ok(None);
        }
        let database = self.open(OBSERVE_BUDGET)?;
        match database.begin_read()?.open_table(ITEMS) {
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
            Ok(table) => held(&table, key),
        }
    }

    fn store(&self, write: &Write) -> Result<WriteOutcome, Cause> {
        if let (false, Some(folder)) = (self.exists()?, self.path.parent()) {
            DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
        }
        let database = self.open(COMMIT_BUDGET)?;
        let transaction = database.begin_write()?;
        let outcome = {
            let mut items = transaction.open_table(ITEMS)?;
            let held = held(&items, &self.key)?;
            if is_unchanged(held.as_ref(), write) {
                let item = state_json::text(&written(held.unwrap_or_default(), write))?;
                items.insert(self.key.as_str(), item.as_str())?;
                WriteOutcome::Won
            } else if held.is_some_and(|item| is_written_by(&item, write)) {
                WriteOutcome::Won
            } else {
                WriteOutcome::Lost
            }
        };
        transaction.commit()?;
        Ok(outcome)
    }

    pub(in crate::adapters) async fn own_item(&self) -> Result<Option<Item>, StateError> {
        self.item(&self.key).await
    }

    async fn item(&self, key: &str) -> Result<Option<Item>, StateError> {
        let (file, sought) = (self.clone(), key.to_owned());
        apart(move || file.fetch(&sought)).await.map_err(|cause| {
            let (place, key) = (self.place(), key.to_owned());
            StateError::Unavailable { place, key, cause }
        })
    }

    async fn stored(&self, key: &str) -> Result<Stored, StateError> {
        let Some(item) = self.item(key).await? else { return Ok(Stored::default()) };
        state_item::read(&item).map_err(|Unreadable(attribute)| {
            let (place, key) = (self.place(), key.to_owned());
            StateError::Unreadable { place, key, attribute }
        })
    }

    fn place(&self) -> String {
        format!("file {}", self.shown())
    }

    /// What happens to its disk at a restart.
    #[must_use]
    pub fn disk(&self) -> Disk {
        Disk::of(&self.path)
    }

    /// Its path, as it is shown.
    #[must_use]
    pub fn shown(&self) -> String {
        visible(&self.path.display().to_string()).into_owned()
    }
}

fn held(
    items: &impl ReadableTable<&'static str, &'static str>,
    key: &str,
) -> Result<Option<Item>, Cause> {
    let found: Result<_, StorageError> = items.get(key);
    found?.map(|text| state_json::item(text.value())).transpose()
}

/// Absent attributes are removed; those that other programs added stay.
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

    async fn commit(&self, write: &Write) -> Result<WriteOutcome, CommitError> {
        let (file, sent) = (self.clone(), write.clone());
        apart(move || file.store(&sent)).await.map_err(|cause| CommitError {
            place: self.place(),
            key: self.key.clone(),
            cause,
        })
    }
}
