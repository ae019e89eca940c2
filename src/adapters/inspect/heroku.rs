//! What Heroku reports besides a quantity: the token's scope, and the sizes of all process types.
//!
//! Must not know what is right.

use serde::Deserialize;

use crate::adapters::answer::Answer;
use crate::adapters::app_names::EntryApp;
use crate::adapters::heroku::body;
use crate::adapters::{AppNames, Heroku};
use crate::ports::FormationError;

/// What one reading of the formation reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HerokuFacts {
    /// If Heroku reported them.
    pub scopes: Option<Vec<String>>,
    /// If Heroku reported them.
    pub app: Option<AppNames>,
    /// All process types of the app.
    pub process_types: Vec<ProcessType>,
}

/// One entry of the formation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessType {
    /// As in the Procfile.
    pub name: String,
    /// The dynos that Heroku was requested to keep running.
    pub quantity: u32,
    /// If Heroku reported it.
    pub size: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    r#type: String,
    app: Option<EntryApp>,
    quantity: u32,
    dyno_size: Option<DynoSize>,
    /// The older member, which Heroku still answers.
    size: Option<String>,
}

#[derive(Deserialize)]
struct DynoSize {
    name: String,
}

impl From<Entry> for ProcessType {
    fn from(entry: Entry) -> Self {
        let size = entry.dyno_size.map(|size| size.name).or(entry.size);
        Self { name: entry.r#type, quantity: entry.quantity, size }
    }
}

impl Heroku {
    /// Reads the full formation, with the call that a cycle makes.
    ///
    /// # Errors
    /// If Heroku does not answer with one.
    pub async fn inspect(&self) -> Result<HerokuFacts, FormationError> {
        facts(&self.read().await?)
    }
}

/// What a formation in an answer reports.
pub(super) fn facts(answer: &Answer) -> Result<HerokuFacts, FormationError> {
    let entries: Vec<Entry> = body(answer)?;
    Ok(HerokuFacts {
        app: entries.iter().find_map(|entry| entry.app.as_ref()?.names().cloned()),
        scopes: scopes(answer),
        process_types: entries.into_iter().map(ProcessType::from).collect(),
    })
}

/// The scopes of the token that was sent.
pub(super) fn scopes(answer: &Answer) -> Option<Vec<String>> {
    let scopes = answer.headers.get("oauth-scope")?.to_str().ok()?;
    Some(scopes.split([' ', ',']).map(str::to_owned).collect())
}
