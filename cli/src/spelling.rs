//! An app's name and its UUID name one app: its state is kept under the spelling with which it was
//! first written, and a command with the other spelling finds it there.
//!
//! Must not know what a state says.

use anyhow::bail;

use super::connection::{Connection, ConnectionArgs};
use dynoscaler::adapters::HerokuFacts;
use dynoscaler::config::AtTerminal;
use dynoscaler::ports::{FormationError, FormationErrorKind, StateStore, Stored};
use dynoscaler::report::error_chain;
use dynoscaler::target::{Mode, Target, TargetId};

/// What is known of a target.
#[derive(Debug)]
pub(super) enum Known {
    /// A state is stored for it.
    Stored,
    /// Nothing is stored yet, and Heroku has it.
    New,
    /// Nothing is stored, and Heroku has no such target; with its message.
    Absent(String),
    /// Nothing is stored, and Heroku does not say; with the error.
    Unknown(String),
}

/// A connected target, with the app as it is spelled where the state is kept.
pub(super) async fn as_stored(
    config: AtTerminal,
    args: &ConnectionArgs,
) -> anyhow::Result<(AtTerminal, Connection, Known)> {
    let connection = Connection::new(&config, args)?;
    if is_stored(&config, args).await? {
        return Ok((config, connection, Known::Stored));
    }
    let facts = connection.ports.formation.inspect().await;
    if let Some(renamed) = facts.as_ref().ok().and_then(|facts| renamed(&config, facts))
        && is_stored(&renamed, args).await?
    {
        let connection = Connection::new(&renamed, args)?;
        return Ok((renamed, connection, Known::Stored));
    }
    let known = known(facts, &config.target.id);
    Ok((config, connection, known))
}

/// Whether live cycles or dry runs have stored a state. An unreadable state is no reason to search
/// for another.
async fn is_stored(config: &AtTerminal, args: &ConnectionArgs) -> anyhow::Result<bool> {
    for mode in [Mode::Live, Mode::DryRun] {
        let target = Target { mode, ..config.target.clone() };
        let connection = Connection::new(&AtTerminal { target, ..config.clone() }, args)?;
        if !matches!(connection.ports.state.load().await, Ok(Stored { version: None, .. })) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn renamed(config: &AtTerminal, facts: &HerokuFacts) -> Option<AtTerminal> {
    let app = facts.app.as_ref()?.other_than(&config.target.id.app)?.to_owned();
    let process = config.target.id.process.clone();
    let target = Target { id: TargetId { app, process }, ..config.target.clone() };
    Some(AtTerminal { target, ..config.clone() })
}

fn known(facts: Result<HerokuFacts, FormationError>, target: &TargetId) -> Known {
    match facts {
        Ok(facts) if facts.process_types.iter().any(|entry| entry.name == target.process) => {
            Known::New
        }
        Ok(facts) => {
            let names: Vec<&str> =
                facts.process_types.iter().map(|entry| entry.name.as_str()).collect();
            Known::Absent(format!("app {} has {}", target.app, names.join(", ")))
        }
        Err(error) if error.kind == FormationErrorKind::NotFound => {
            Known::Absent(error_chain(&error))
        }
        Err(error) => Known::Unknown(error_chain(&error)),
    }
}

impl Known {
    /// Refuses a target that does not exist, and gives a warning about an uncertain one.
    pub(super) fn caution(self, target: &TargetId) -> anyhow::Result<Option<String>> {
        let TargetId { app, process } = target;
        match self {
            Self::Stored | Self::New => Ok(None),
            Self::Absent(message) => bail!(
                "Heroku has no {app}/{process}, and no cycle ever wrote its state: check both \
                 names ({message})"
            ),
            Self::Unknown(message) => Ok(Some(format!(
                "no cycle ever wrote the state of {app}/{process}, and whether Heroku has it is \
                 not known: {message}"
            ))),
        }
    }
}
