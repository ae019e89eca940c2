//! The apps that a token of Heroku reaches, and the process types of each.
//!
//! Must not know which of them is scaled.

use reqwest::StatusCode;
use serde::Deserialize;

use super::heroku::{HerokuFacts, facts, scopes};
use crate::adapters::answer::Answer;
use crate::adapters::heroku::{Authorization, body};
use crate::adapters::{Http, ParameterStore};
use crate::config::HerokuConfig;
use crate::ports::FormationError;

/// Heroku, as one token sees it.
#[derive(Debug)]
pub struct Apps {
    authorization: Authorization,
}

/// The apps that a token reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppList {
    /// In Heroku's order.
    pub names: Vec<String>,
    /// Those of the token, if Heroku reported them.
    pub scopes: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
}

impl Apps {
    /// Heroku, reached over `http`. A token that is only referred to is in `store`.
    #[must_use]
    pub fn new(config: &HerokuConfig, store: &ParameterStore, http: Http) -> Self {
        Self { authorization: Authorization::new(config, store, http) }
    }

    /// Every app, page by page.
    ///
    /// # Errors
    /// If Heroku does not answer with them.
    pub async fn list(&self) -> Result<AppList, FormationError> {
        let url = self.authorization.url(&["apps"])?;
        let (mut names, mut part) = (Vec::new(), None);
        loop {
            let answer = self.authorization.get_part(url.clone(), part.as_deref()).await?;
            let listed: Vec<Listed> = body(&answer)?;
            names.extend(listed.into_iter().map(|app| app.name));
            match next_part(&answer) {
                Some(next) if part.as_ref() != Some(&next) => part = Some(next),
                _ => return Ok(AppList { names, scopes: scopes(&answer) }),
            }
        }
    }

    /// The formation of an app, by name or UUID.
    ///
    /// # Errors
    /// If Heroku does not answer with one.
    pub async fn formation(&self, app: &str) -> Result<HerokuFacts, FormationError> {
        let url = self.authorization.url(&["apps", app, "formation"])?;
        facts(&self.authorization.get_part(url, None).await?)
    }
}

/// A list that is cut says how to request the rest.
fn next_part(answer: &Answer) -> Option<String> {
    let next = answer.headers.get("next-range")?.to_str().ok()?;
    (answer.status == StatusCode::PARTIAL_CONTENT).then(|| next.to_owned())
}
