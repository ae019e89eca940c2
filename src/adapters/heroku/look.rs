//! One read of an app, which serves all of its process types.
//!
//! Must not know which process type needs it.

use serde::Deserialize;
use tokio::sync::OnceCell;

use crate::adapters::app_names::EntryApp;
use crate::ports::{AppMode, CallPool, FormationError, RequestId};

/// What a round sees of an app. The first that needs a part of it makes the call; the others wait
/// for its answer, and a failure is the failure of all.
#[derive(Debug, Default)]
pub(in crate::adapters) struct Look {
    pub(super) formation: OnceCell<Result<Snapshot, FormationError>>,
    /// Read only if it matters: each call uses up one of the account's.
    pub(super) mode: OnceCell<Result<AppMode, FormationError>>,
}

/// A formation as Heroku reported it.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) entries: Vec<Entry>,
    pub(super) calls: Option<CallPool>,
    pub(super) request_id: RequestId,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Entry {
    pub(super) r#type: String,
    pub(super) app: Option<EntryApp>,
    pub(super) quantity: u32,
}
