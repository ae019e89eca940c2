//! The two names of one app, as Heroku tells them with each formation.
//!
//! Must not know what is kept under them.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;

/// The two names of one app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AppNames {
    /// The one that stays.
    pub id: String,
    /// The one that people use, and may change.
    pub name: String,
}

impl AppNames {
    /// The name that stands beside this one, if this is one of them.
    #[must_use]
    pub fn other_than(&self, app: &str) -> Option<&str> {
        match app {
            _ if app == self.name => Some(&self.id),
            _ if app.eq_ignore_ascii_case(&self.id) => Some(&self.name),
            _ => None,
        }
    }
}

/// What an entry of a formation has beside its quantity. An app that is told in another way has no
/// other name here.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum ToldApp {
    Names(AppNames),
    Other(serde::de::IgnoredAny),
}

impl ToldApp {
    pub(super) fn names(&self) -> Option<&AppNames> {
        match self {
            Self::Names(names) => Some(names),
            Self::Other(_) => None,
        }
    }
}

/// The names as far as they have been heard. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct HeardNames(Arc<OnceLock<AppNames>>);

impl HeardNames {
    /// An app that is renamed meanwhile has its new name with the next instance.
    pub(super) fn hear(&self, names: Option<&AppNames>) {
        if let Some(names) = names {
            self.0.get_or_init(|| names.clone());
        }
    }

    pub(super) fn other_than(&self, app: &str) -> Option<&str> {
        self.0.get()?.other_than(app)
    }
}
