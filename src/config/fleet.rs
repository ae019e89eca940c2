//! The configuration of all targets of a process.
//!
//! Must not know how a targets file is read, nor how a target is scaled.

use std::sync::Arc;

use super::keys::role;
use super::reader::Reader;
use super::reading::{ReadRole, ReadStore, dynamodb};
use super::targets_file::{Described, TargetsFile, key_of};
use super::targets_source::TargetsSource;
use super::{Config, ConfigError, DynamoDbConfig, Environment, ProcessConfig, settings};
use crate::target::TargetId;

/// What a process scales.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets<S = DynamoDbConfig> {
    /// The target of the environment.
    One(Box<Config<S>>),
    /// Those of a file.
    File(FileConfig<S>),
}

/// What a process knows before it reads its targets file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileConfig<S = DynamoDbConfig> {
    pub source: TargetsSource,
    pub process: Arc<ProcessConfig<S>>,
}

/// A target of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Member<S = DynamoDbConfig> {
    Valid(Box<Config<S>>),
    Faulty(FaultyTarget),
}

/// A target whose settings are not valid. The others do not suffer from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultyTarget {
    /// As it is written.
    pub id: TargetId,
    /// Every fault that is not one of the file.
    pub error: ConfigError,
}

impl<S> Member<S> {
    /// Which target it is.
    #[must_use]
    pub const fn id(&self) -> &TargetId {
        match self {
            Self::Valid(config) => &config.target.id,
            Self::Faulty(target) => &target.id,
        }
    }

    /// Its configuration, if that is valid.
    #[must_use]
    pub fn valid(&self) -> Option<&Config<S>> {
        match self {
            Self::Valid(config) => Some(config),
            Self::Faulty(_) => None,
        }
    }
}

impl Targets {
    /// Reads the function's environment.
    ///
    /// # Errors
    /// Every fault found, each naming its variable, value and bound.
    pub fn in_function(environment: &Environment) -> Result<Self, ConfigError> {
        Self::read(environment, role, dynamodb)
    }
}

impl<S> Targets<S> {
    pub(super) fn read(
        environment: &Environment,
        role: ReadRole,
        store: ReadStore<S>,
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(environment);
        let Some(source) = reader.value(&settings::TARGETS) else { return reader.finish(|| None) };
        let Some(source) = source else {
            return Config::read(environment, role, store).map(|one| Self::One(Box::new(one)));
        };
        reader.check_names();
        let (region, role) = (reader.region(), role(&mut reader));
        let process = ProcessConfig::read(&mut reader, region, role, store);
        let source = source.located(environment);
        reader.finish(|| Some(Self::File(FileConfig { source, process: Arc::new(process?) })))
    }

    /// What the targets share.
    #[must_use]
    pub fn process(&self) -> &Arc<ProcessConfig<S>> {
        match self {
            Self::One(one) => &one.process,
            Self::File(file) => &file.process,
        }
    }
}

impl TargetsFile {
    /// The targets in the order of the file.
    pub fn members<S>(&self, process: &Arc<ProcessConfig<S>>) -> Vec<Member<S>> {
        self.targets.iter().map(|target| self.member(target, process)).collect()
    }

    /// The settings of each target, by their variables.
    #[cfg(feature = "terminal")]
    pub fn settings(&self) -> impl Iterator<Item = (&TargetId, &Environment)> {
        self.targets.iter().map(|target| (&target.id, &target.environment))
    }

    fn member<S>(&self, target: &Described, process: &Arc<ProcessConfig<S>>) -> Member<S> {
        let Described { id, account, environment, line, given, refused } = target;
        match Config::of_member(environment, account.as_ref(), process) {
            Ok(config) => Member::Valid(Box::new(config)),
            Err(error) => {
                let line_of = |name: &str| {
                    let given = given.iter().rfind(|given| given.name == name);
                    // What is missing is missing in the file.
                    let missing = || (!environment.is_set(name)).then_some(*line);
                    given.map(|given| given.line).or_else(missing)
                };
                let named = |name: &str| Some((key_of(name), line_of(name)?));
                let error = error.without_unset(refused);
                let error = error.in_file(format!("{}, {id}", self.name), named);
                Member::Faulty(FaultyTarget { id: id.clone(), error })
            }
        }
    }
}
