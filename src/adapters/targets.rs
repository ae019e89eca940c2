//! The targets file, in the function's package, on a disk, or in a parameter; and its targets,
//! connected.
//!
//! Must not know when it is read, nor which fleet goes on if it cannot be.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::app::App;
use super::parameter_store::{ParameterStore, SecretError};
use super::services::Services;
use crate::config::{
    self, Environment, FileConfig, Member, Targets, TargetsFileError, TargetsSource,
};
use crate::fleet::{Faulty, Fleet, Instances, Scaler, TargetsFile};
use crate::ports::{RecordLog, RoundLog, StateStore};
use crate::report::error_chain;

/// A targets file, and the services that its targets are reached over.
#[derive(Debug)]
pub struct ConnectedFile<C, S, L> {
    environment: Environment,
    file: FileConfig<C>,
    services: Services<C, S, L>,
    instances: Instances,
}

/// It is not known which targets there are.
#[derive(Debug, thiserror::Error)]
pub enum TargetsError {
    #[error("cannot read the targets file {}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("cannot read the targets file")]
    Parameter(#[source] SecretError),
    #[error(transparent)]
    Invalid(#[from] TargetsFileError),
}

/// Reads the text of a targets file; a parameter is in `store`.
///
/// # Errors
/// If it cannot be read.
pub async fn read_targets(
    source: &TargetsSource,
    store: &ParameterStore,
) -> Result<String, TargetsError> {
    match source {
        TargetsSource::File(path) => std::fs::read_to_string(path)
            .map_err(|cause| TargetsError::Unreadable { path: path.clone(), cause }),
        TargetsSource::Parameter(parameter) => {
            let text = store.read(parameter).await;
            Ok(text.map_err(TargetsError::Parameter)?.expose().to_owned())
        }
    }
}

/// Connects the targets of a process. No service is called yet, and no file is read.
pub fn scaler<C, S, L>(
    environment: Environment,
    targets: Targets<C>,
    services: Services<C, S, L>,
    instances: Instances,
) -> Scaler<ConnectedFile<C, S, L>>
where
    C: Send + Sync,
    S: StateStore + Send,
    L: RecordLog + RoundLog + Send,
{
    match targets {
        Targets::One(config) => {
            Scaler::One(Fleet::new(services.apps(&[*config], &instances), Vec::new()))
        }
        Targets::File(file) => {
            Scaler::of_file(ConnectedFile { environment, file, services, instances })
        }
    }
}

impl<C, S, L> TargetsFile for ConnectedFile<C, S, L>
where
    C: Send + Sync,
    S: StateStore + Send,
    L: RecordLog + RoundLog + Send,
{
    type App = App<S, L>;
    type Error = TargetsError;

    async fn read(&self) -> Result<String, TargetsError> {
        read_targets(&self.file.source, self.services.secrets()).await
    }

    fn fleet(&self, text: &str) -> Result<Fleet<App<S, L>>, TargetsError> {
        let FileConfig { source, process } = &self.file;
        let file = config::TargetsFile::parse(&source.to_string(), text, &self.environment)?;
        let (mut valid, mut faulty) = (Vec::new(), Vec::new());
        for member in file.members(&Arc::clone(process)) {
            match member {
                Member::Valid(config) => valid.push(*config),
                Member::Faulty(target) => {
                    let error = error_chain(&target.error);
                    faulty.push(Faulty { id: target.id, error });
                }
            }
        }
        Ok(Fleet::new(self.services.apps(&valid, &self.instances), faulty))
    }
}
