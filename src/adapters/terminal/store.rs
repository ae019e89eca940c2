//! The state of a target: in its table, or in a file where there is no table.
//!
//! Must not know what the state says.

use std::path::Path;

use super::StateFile;
use crate::adapters::app_names::KnownNames;
use crate::adapters::state_item::{LastWrite, last_write};
use crate::adapters::{DynamoDb, Http};
use crate::config::AtTerminal;
use crate::ports::{CommitError, StateError, StateStore, Stored, Write, WriteOutcome};

#[derive(Debug)]
pub enum Store {
    /// The table that the function may use as well.
    Table(Box<DynamoDb>),
    /// A file of this machine.
    File(StateFile),
}

impl Store {
    pub(super) fn new(config: &AtTerminal, file: &Path, http: &Http, names: &KnownNames) -> Self {
        let key = config.target.state_key();
        match &config.dynamodb {
            Some(table) => {
                let table = DynamoDb::new(table, key, http).beside(config.target.live_key());
                Self::Table(Box::new(table.spelled(&config.target.id.app, names)))
            }
            None => Self::File(StateFile::new(file, key).beside(config.target.live_key())),
        }
    }
}

impl Store {
    /// When and by which run the item was last written, if there is one. A cycle that has nothing
    /// to remember writes nothing.
    ///
    /// # Errors
    /// If the item cannot be read.
    pub async fn last_write(&self) -> Result<Option<LastWrite>, StateError> {
        let item = match self {
            Self::Table(table) => table.item(&table.key).await?,
            Self::File(file) => file.own_item().await?,
        };
        Ok(item.as_ref().and_then(last_write))
    }
}

impl StateStore for Store {
    async fn load(&self) -> Result<Stored, StateError> {
        match self {
            Self::Table(table) => table.load().await,
            Self::File(file) => file.load().await,
        }
    }

    async fn commit(&self, write: &Write) -> Result<WriteOutcome, CommitError> {
        match self {
            Self::Table(table) => table.commit(write).await,
            Self::File(file) => file.commit(write).await,
        }
    }
}
