//! The state of a target: in its table, or in a file where there is no table.
//!
//! Must not know what the state says.

use std::path::{Path, PathBuf};

use super::StateFile;
use crate::adapters::app_names::KnownNames;
use crate::adapters::dynamodb::Table;
use crate::adapters::state_item::{LastWrite, last_write};
use crate::adapters::{DynamoDb, Http};
use crate::config::DynamoDbConfig;
use crate::ports::{CommitError, StateError, StateStore, Stored, Write, WriteOutcome};
use crate::target::Target;

#[derive(Debug)]
pub enum Store {
    /// The table that the function may use as well.
    Table(Box<DynamoDb>),
    /// A file of this machine.
    File(StateFile),
}

/// Where the states of all targets are.
pub(super) enum Place {
    Table(Table),
    File(PathBuf),
}

impl Place {
    /// Without a table, `file`.
    pub(super) fn new(table: Option<&DynamoDbConfig>, file: &Path, http: &Http) -> Self {
        match table {
            Some(table) => Self::Table(Table::new(table, http)),
            None => Self::File(file.to_owned()),
        }
    }

    pub(super) fn state_of(&self, target: &Target, names: &KnownNames) -> Store {
        match self {
            Self::Table(table) => Store::Table(Box::new(table.item_of(target, names))),
            Self::File(file) => {
                let file = StateFile::new(file, target.state_key());
                Store::File(file.beside(target.live_key()))
            }
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
