//! The two names of one app, as Heroku reports them with each formation.
//!
//! Must not know what is kept under them.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AppNames {
    /// Never changes.
    pub id: String,
    /// Shown to users, who may change it.
    pub name: String,
}

impl AppNames {
    /// The other name of the app, if `app` is one of the two.
    #[must_use]
    pub fn other_than(&self, app: &str) -> Option<&str> {
        match app {
            _ if app == self.name => Some(&self.id),
            _ if app.eq_ignore_ascii_case(&self.id) => Some(&self.name),
            _ => None,
        }
    }
}

/// The app in an entry of a formation. An app in an unexpected form has no other name here.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum EntryApp {
    Names(AppNames),
    Other(serde::de::IgnoredAny),
}

impl EntryApp {
    pub(super) fn names(&self) -> Option<&AppNames> {
        match self {
            Self::Names(names) => Some(names),
            Self::Other(_) => None,
        }
    }
}

/// The names as far as they are known. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownNames(Arc<OnceLock<AppNames>>);

impl KnownNames {
    /// An app that is renamed meanwhile has its new name with the next instance.
    pub(super) fn learn(&self, names: Option<&AppNames>) {
        if let Some(names) = names {
            self.0.get_or_init(|| names.clone());
        }
    }

    pub(super) fn other_than(&self, app: &str) -> Option<&str> {
        self.0.get()?.other_than(app)
    }
}
