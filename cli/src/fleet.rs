//! Which targets a command is about: that of the variables, all of a targets file, or one of them.
//!
//! Must not know what a command does with them.

use std::sync::Arc;

use super::connection::{NoClient, Unconfigured, Variables, http};
use super::deploy::Place;
use dynoscaler::adapters::{ParameterStore, SystemClock, TargetsError, read_targets};
use dynoscaler::config::{
    self, AtTerminal, ConfigError, DynamoDbConfig, Environment, FileConfig, ProcessConfig, Targets,
    TargetsFile, TargetsSource, nearest_of, variable,
};
use dynoscaler::target::Mode;

/// A file on a disk needs no region.
const ANY_REGION: &str = "us-east-1";

const PARAMETER: &str = "ssm:";

pub(super) type Member = config::Member<Option<DynamoDbConfig>>;

/// The flags that name targets.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct FleetArgs {
    /// The targets are those of this file, or of ssm:/NAME [env: DYNOSCALER_TARGETS]
    #[arg(long, value_name = "FILE")]
    targets: Option<String>,

    /// Only this one of several targets, such as shop/worker
    #[arg(long, value_name = "APP/PROCESS")]
    target: Option<String>,
}

/// What a command is about.
pub(super) enum Chosen {
    /// The target of the variables, or the one that was named.
    One(Box<AtTerminal>),
    /// All of a file.
    All(Fleet),
}

/// The targets of a file.
pub(super) struct Fleet {
    /// As an operator knows it.
    pub(super) file: String,
    /// In the order of the file.
    pub(super) members: Vec<Member>,
    pub(super) process: Arc<ProcessConfig<Option<DynamoDbConfig>>>,
}

/// It is not known which targets a command is about.
#[derive(Debug, thiserror::Error)]
pub(super) enum FleetError {
    #[error(transparent)]
    Unconfigured(Unconfigured),
    #[error(transparent)]
    Deployed(ConfigError),
    #[error(transparent)]
    NoClient(#[from] NoClient),
    #[error(transparent)]
    Targets(Box<TargetsError>),
    #[error(
        "the targets of function {function} are in {path}, in its package, which cannot be read \
         from here: give the same file with --targets"
    )]
    Packed { function: String, path: String },
    #[error("there is no target {name}; the nearest is {nearest}, of {all}")]
    Unknown { name: String, nearest: String, all: String },
    #[error("{file} has several targets: choose one with --target, of {all}")]
    Several { file: String, all: String },
    #[error(transparent)]
    Faulty(ConfigError),
}

impl FleetError {
    /// The settings that are not valid, if it is these.
    pub(super) const fn faults(&self) -> Option<&ConfigError> {
        match self {
            Self::Unconfigured(unconfigured) => Some(unconfigured.error()),
            Self::Deployed(error) | Self::Faulty(error) => Some(error),
            Self::NoClient(_)
            | Self::Targets(_)
            | Self::Packed { .. }
            | Self::Unknown { .. }
            | Self::Several { .. } => None,
        }
    }

    /// What the operator can do about it.
    pub(super) const fn remedy(&self) -> &'static str {
        match self {
            Self::Unconfigured(_) | Self::Deployed(_) | Self::Faulty(_) => {
                "Set it as docs/CONFIGURATION.md says."
            }
            Self::NoClient(_) => "Set HTTPS_PROXY to the proxy's URL, or to nothing.",
            Self::Targets(_) => {
                "Check its name; of a parameter the region, and that the caller (aws sts \
                 get-caller-identity) has ssm:GetParameter. `dynoscaler targets check` lists every \
                 fault of a file."
            }
            Self::Packed { .. } => "Give the file that was deployed: --targets FILE.",
            Self::Unknown { .. } | Self::Several { .. } => "Name one of them with --target.",
        }
    }

    /// What is better said in several lines.
    pub(super) fn lines(&self) -> Option<Vec<String>> {
        match self {
            Self::Unconfigured(unconfigured) => unconfigured.lines(),
            Self::Deployed(_)
            | Self::NoClient(_)
            | Self::Targets(_)
            | Self::Packed { .. }
            | Self::Unknown { .. }
            | Self::Several { .. }
            | Self::Faulty(_) => None,
        }
    }
}

impl FleetArgs {
    /// The variables with the file that was named.
    pub(super) fn applied(&self, variables: Variables) -> Variables {
        match &self.targets {
            Some(file) => variables.with(variable::TARGETS, file.as_str()),
            None => variables,
        }
    }

    /// What is driven: a file is read again while it is.
    pub(super) async fn driven(
        &self,
        variables: &Variables,
    ) -> Result<Targets<Option<DynamoDbConfig>>, FleetError> {
        if self.target.is_none() {
            return self.readable(variables);
        }
        match self.chosen(variables).await? {
            Chosen::One(config) => Ok(Targets::One(config)),
            Chosen::All(fleet) => fleet.only().map(Targets::One),
        }
    }

    /// The name of the one that was chosen.
    pub(super) fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The settings of the one chosen target, of a file; without one those of this shell. With
    /// them where they are deployed.
    pub(super) async fn settings(&self) -> Result<(Environment, Place), FleetError> {
        let variables = self.applied(Variables::of_shell(None).await);
        let of_shell = variables.environment().clone();
        match file_of(variables).await? {
            None => Ok((of_shell, Place::Stack)),
            Some((name, file)) => {
                let (target, settings) = self.settings_in(&name, &file)?;
                Ok((settings, Place::File { name, target }))
            }
        }
    }

    fn settings_in(
        &self,
        file: &str,
        targets: &TargetsFile,
    ) -> Result<(String, Environment), FleetError> {
        let all: Vec<_> = targets.settings().map(|(id, it)| (id.to_string(), it)).collect();
        let names: Vec<_> = all.iter().map(|(name, _)| name.clone()).collect();
        // A record's target may be a dry run.
        let named = self.target.as_deref().map(Mode::without_mark);
        let mut chosen = all.into_iter().filter(|(name, _)| named.is_none_or(|it| it == name));
        match (chosen.next(), chosen.next(), named) {
            (Some((name, settings)), None, _) => Ok((name, settings.clone())),
            (None, _, Some(name)) => Err(unknown(name, &names)),
            _ => Err(FleetError::Several { file: file.to_owned(), all: names.join(", ") }),
        }
    }

    pub(super) async fn chosen(&self, variables: &Variables) -> Result<Chosen, FleetError> {
        let targets = match self.readable(variables)? {
            Targets::One(config) => Chosen::One(config),
            Targets::File(file) => Chosen::All(Fleet::read(file, variables).await?),
        };
        match &self.target {
            Some(name) => targets.named(name).map(Chosen::One),
            None => Ok(targets),
        }
    }

    /// The targets, unless their file is where it cannot be read.
    fn readable(
        &self,
        variables: &Variables,
    ) -> Result<Targets<Option<DynamoDbConfig>>, FleetError> {
        let targets = targets_of(variables)?;
        let packed = match (&targets, &variables.deployment, &self.targets) {
            (Targets::File(FileConfig { source, .. }), Some(deployment), None) => match source {
                TargetsSource::File(path) => Some((deployment.name.clone(), path)),
                TargetsSource::Parameter(_) => None,
            },
            _ => None,
        };
        match packed {
            Some((function, path)) => {
                Err(FleetError::Packed { function, path: path.display().to_string() })
            }
            None => Ok(targets),
        }
    }
}

impl Chosen {
    fn named(self, name: &str) -> Result<Box<AtTerminal>, FleetError> {
        match self {
            Self::One(config) if config.target.id.to_string() == name => Ok(config),
            Self::One(config) => Err(unknown(name, &[config.target.id.to_string()])),
            Self::All(fleet) => fleet.named(name),
        }
    }
}

impl Fleet {
    async fn read(
        file: FileConfig<Option<DynamoDbConfig>>,
        variables: &Variables,
    ) -> Result<Self, FleetError> {
        let (name, targets) = parsed(&file, variables).await?;
        let members = targets.members(&file.process);
        Ok(Self { file: name, members, process: file.process })
    }

    /// The only target.
    pub(super) fn only(self) -> Result<Box<AtTerminal>, FleetError> {
        let all = self.names().join(", ");
        match <[Member; 1]>::try_from(self.members) {
            Ok([member]) => valid(member),
            Err(_) => Err(FleetError::Several { file: self.file, all }),
        }
    }

    fn named(self, name: &str) -> Result<Box<AtTerminal>, FleetError> {
        let names = self.names();
        let member = self.members.into_iter().find(|member| member.id().to_string() == name);
        member.map_or_else(|| Err(unknown(name, &names)), valid)
    }

    fn names(&self) -> Vec<String> {
        self.members.iter().map(|member| member.id().to_string()).collect()
    }
}

fn targets_of(variables: &Variables) -> Result<Targets<Option<DynamoDbConfig>>, FleetError> {
    variables.targets().map_err(|error| match variables.deployment {
        Some(_) => FleetError::Deployed(error),
        None if variables.environment().is_set(variable::TARGETS) => {
            FleetError::Unconfigured(Unconfigured::Process(error))
        }
        None => FleetError::Unconfigured(Unconfigured::Target(error)),
    })
}

/// The name and content of the file that the variables name, if they name one.
pub(super) async fn file_of(
    variables: Variables,
) -> Result<Option<(String, TargetsFile)>, FleetError> {
    let variables = match variables.environment().get(variable::TARGETS) {
        None => return Ok(None),
        Some(file) if file.starts_with(PARAMETER) => variables,
        Some(_) => variables.above([(variable::REGION, ANY_REGION.to_owned())].into_iter()),
    };
    match targets_of(&variables)? {
        Targets::One(_) => Ok(None),
        Targets::File(file) => parsed(&file, &variables).await.map(Some),
    }
}

/// A file's name and content.
async fn parsed(
    FileConfig { source, process }: &FileConfig<Option<DynamoDbConfig>>,
    variables: &Variables,
) -> Result<(String, TargetsFile), FleetError> {
    let store = ParameterStore::new(&process.parameter_store, &http()?, SystemClock);
    let text = read_targets(source, &store).await.map_err(unread)?;
    let name = source.to_string();
    let targets = TargetsFile::parse(&name, &text, variables.environment());
    Ok((name, targets.map_err(|error| unread(error.into()))?))
}

pub(super) fn valid(member: Member) -> Result<Box<AtTerminal>, FleetError> {
    match member {
        Member::Valid(config) => Ok(config),
        Member::Faulty(target) => Err(FleetError::Faulty(target.error)),
    }
}

fn unread(error: TargetsError) -> FleetError {
    FleetError::Targets(Box::new(error))
}

fn unknown(name: &str, names: &[String]) -> FleetError {
    let nearest = nearest_of(name, names.iter().cloned()).unwrap_or_default();
    FleetError::Unknown { name: name.to_owned(), nearest, all: names.join(", ") }
}
