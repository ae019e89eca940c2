//! What the commands that call services share: the variables, of a deployment or of this shell, the
//! place of the state, the ports, and the runtime that drives them.
//!
//! Must not know what a command does with them.

use std::future::Future;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;

use super::deployment::{Deployment, DeploymentArgs, DeploymentError};
use super::fleet::FleetArgs;
use super::text::plural;
use super::{spelling, summary};
use dynoscaler::adapters::{
    self, AtTerminal, ConnectedFile, Http, HttpError, Process, Store, TargetsError, TerminalLog,
};
use dynoscaler::config::{
    self, ConfigError, DynamoDbConfig, Environment, Fault, Proxy, Targets, process_variable,
    variable,
};
use dynoscaler::cycle::Invocation;
use dynoscaler::fleet::{Instances, Round, Scaler, Terms};
use dynoscaler::policy::Policy;
use dynoscaler::ports::Clock as _;
use dynoscaler::target::Target;

/// The default of `XDG_STATE_HOME`, below the home folder.
const STATE_HOME: &str = ".local/state";

/// Where the variables come from, and where the state is without a table.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ConnectionArgs {
    #[command(flatten)]
    deployment: DeploymentArgs,

    #[command(flatten)]
    fleet: FleetArgs,

    /// Where the state is kept if DYNOSCALER_TABLE is not set; by default
    /// dynoscaler/state.redb below $XDG_STATE_HOME or ~/.local/state
    #[arg(long, value_name = "PATH", conflicts_with_all = ["function", "stack"])]
    state_file: Option<PathBuf>,
}

impl ConnectionArgs {
    /// The variables of the deployment that was named, or of this shell. Warns of a deployment that
    /// is not ready.
    pub(super) async fn variables(&self) -> Result<Variables, DeploymentError> {
        let variables = self.read().await?;
        if let Some(caution) = variables.deployment.as_ref().and_then(Deployment::caution) {
            // A closed terminal is no reason to stop.
            let _ = writeln!(io::stderr(), "warning: {caution}");
        }
        Ok(variables)
    }

    /// The variables of this shell alone, in the region of the deployment.
    pub(super) async fn shell(&self) -> Variables {
        Variables::of_shell(self.deployment.region()).await
    }

    /// Whether a deployment was named.
    pub(super) const fn names_deployment(&self) -> bool {
        self.deployment.is_named()
    }

    /// The same without a warning.
    pub(super) async fn read(&self) -> Result<Variables, DeploymentError> {
        Ok(self.fleet.applied(Variables::read(&self.deployment).await?))
    }

    /// The flags that name targets.
    pub(super) const fn fleet(&self) -> &FleetArgs {
        &self.fleet
    }

    /// Whether the operator named the file.
    pub(super) const fn is_named(&self) -> bool {
        self.state_file.is_some()
    }

    /// The file, which is needed only without a table.
    pub(super) fn file(&self, table: Option<&DynamoDbConfig>) -> anyhow::Result<PathBuf> {
        if table.is_some() { Ok(PathBuf::new()) } else { self.path() }
    }

    /// The same for every working directory: two processes must not count apart by accident.
    pub(super) fn path(&self) -> anyhow::Result<PathBuf> {
        let home = || Some(PathBuf::from(process_variable("HOME")?).join(STATE_HOME));
        // The standard says to ignore a path that is not absolute.
        let set = || process_variable("XDG_STATE_HOME").map(PathBuf::from);
        let state_home = || set().filter(|path| path.is_absolute()).or_else(home);
        let default = || Some(state_home()?.join("dynoscaler/state.redb"));
        self.state_file.clone().or_else(default).context(
            "neither HOME nor XDG_STATE_HOME is set: give --state-file, or set DYNOSCALER_TABLE",
        )
    }
}

/// The variables of a deployment or of the environment; flags come before them, and AWS's profile
/// after them.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    pub(super) deployment: Option<Deployment>,
    environment: Environment,
}

impl Variables {
    pub(super) async fn read(named: &DeploymentArgs) -> Result<Self, DeploymentError> {
        let shell = shell(named.region()).await;
        match named.read(&shell).await? {
            None => Ok(Self { deployment: None, environment: shell }),
            Some(deployment) => {
                let environment = deployment.environment(&shell);
                Ok(Self { deployment: Some(deployment), environment })
            }
        }
    }

    /// Those of this shell, with this region for AWS if one is given.
    pub(super) async fn of_shell(region: Option<String>) -> Self {
        Self { deployment: None, environment: shell(region).await }
    }

    /// A flag that comes before its variable.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.fix(name, value);
        self
    }

    /// The same above these defaults.
    pub(super) fn above(mut self, defaults: impl Iterator<Item = (&'static str, String)>) -> Self {
        defaults.for_each(|(name, value)| self.environment.set_default(name, value));
        self
    }

    /// The target of the variables, or those of their file.
    ///
    /// Every fault found.
    pub(super) fn targets(&self) -> Result<Targets<Option<DynamoDbConfig>>, ConfigError> {
        match self.deployment {
            Some(_) => Targets::of_function(&self.environment),
            None => Targets::at_terminal(&self.environment),
        }
    }

    pub(super) const fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The log group that was named, or the deployment's.
    pub(super) fn log_group(&self, named: Option<&str>) -> Option<String> {
        let deployed = || self.deployment.as_ref()?.log_group();
        named.map(ToOwned::to_owned).or_else(deployed)
    }
}

/// The variables of this shell are not valid.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unconfigured {
    /// Those of its target.
    #[error(transparent)]
    Target(ConfigError),
    /// What the targets of a file share.
    #[error(transparent)]
    Process(ConfigError),
}

/// The remedy for a missing region, which no deployment or file gives.
pub(super) const SET_REGION: &str =
    "Set AWS_REGION, or AWS_PROFILE to a profile that has a region.";

/// Where else a command may get the variables.
const DEPLOYED: &str = "A deployed function has them: --stack NAME, or --function NAME.";
const IN_FILE: &str = "The targets of a file have most of them: --targets FILE.";
const EXPLAINED: &str = "docs/CONFIGURATION.md explains each.";

impl Unconfigured {
    /// The faults and the ways out, each on a line, if one variable is missing or several are not
    /// valid.
    pub(super) fn lines(&self) -> Option<Vec<String>> {
        let faults = match self.error().faults() {
            [only] if !only.is_unset() => return None,
            faults => faults,
        };
        let count = plural(faults.len() as u64, "environment variable");
        let verb = if faults.len() == 1 { "is" } else { "are" };
        let lines = [format!("{count} {verb} not valid:")].into_iter();
        let faults = faults.iter().map(|fault| format!("  {fault}"));
        Some(lines.chain(faults).chain(self.ways().map(str::to_owned)).collect())
    }

    pub(super) const fn error(&self) -> &ConfigError {
        match self {
            Self::Target(error) | Self::Process(error) => error,
        }
    }

    fn ways(&self) -> impl Iterator<Item = &'static str> {
        let is_region = |fault: &Fault| fault.variable() == variable::REGION;
        let faults = self.error().faults();
        let region = faults.iter().any(is_region).then_some(SET_REGION);
        let others = !faults.iter().all(is_region);
        let deployed = others.then_some(DEPLOYED);
        let in_file = (others && matches!(self, Self::Target(_))).then_some(IN_FILE);
        [region, deployed, in_file, Some(EXPLAINED)].into_iter().flatten()
    }
}

/// This process's variables. AWS's region is the queue's unless another one is set.
async fn shell(region: Option<String>) -> Environment {
    let mut shell = Environment::of_process();
    let names = [variable::REGION, variable::DEFAULT_REGION];
    if let Some(region) = region {
        shell.set(variable::REGION, region);
    } else if !names.into_iter().any(|name| shell.is_set(name)) {
        let of_queue = || shell.get(variable::SQS_REGION).map(ToOwned::to_owned);
        if let Some(region) = adapters::profile_region().await.or_else(of_queue) {
            shell.set(variable::REGION, region);
        }
    }
    shell
}

/// A target whose services can be called.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) target: Target,
    pub(super) ports: AtTerminal,
}

impl Connection {
    /// Connects a configuration with the app as it is spelled where the state is kept.
    pub(super) async fn as_stored(
        config: config::AtTerminal,
        args: &ConnectionArgs,
    ) -> anyhow::Result<Self> {
        let (_, connection, _) = spelling::as_stored(config, args).await?;
        Ok(connection)
    }

    /// Connects a configuration as it is. Nothing is called yet.
    pub(super) fn new(config: &config::AtTerminal, state: &ConnectionArgs) -> anyhow::Result<Self> {
        let file = state.file(config.process.dynamodb.as_ref())?;
        let ports = adapters::at_terminal(config, &file, &http()?);
        Ok(Self { target: config.target.clone(), ports })
    }
}

/// All targets of the variables, connected.
pub(super) struct Driver {
    scaler: Scaler<ConnectedFile<Option<DynamoDbConfig>, Store, TerminalLog>>,
    pub(super) process: Arc<Process<TerminalLog>>,
    /// Of the one target, if there is no targets file.
    policy: Option<Policy>,
}

impl Driver {
    /// Connects them. Nothing is called yet.
    pub(super) fn new(
        variables: &Variables,
        targets: Targets<Option<DynamoDbConfig>>,
        state: &ConnectionArgs,
    ) -> anyhow::Result<Self> {
        let file = state.file(targets.process().dynamodb.as_ref())?;
        let services = adapters::terminal_services(targets.process(), &file, &http()?);
        let process = Arc::clone(&services.process);
        let policy = match &targets {
            Targets::One(config) => Some(config.target.policy),
            Targets::File(_) => None,
        };
        let instances = Instances::named(process_name(process.now()));
        let environment = variables.environment().clone();
        let scaler = adapters::scaler(environment, targets, services, instances);
        Ok(Self { scaler, process, policy })
    }

    /// Runs the cycles of one tick, and prints them for an operator who watches.
    pub(super) async fn round(
        &self,
        invocation: &Invocation,
        terms: Terms,
    ) -> Result<Round, TargetsError> {
        let round = self.scaler.round(&*self.process, invocation, terms).await?;
        round.records.iter().for_each(|report| summary::print(report, self.policy.as_ref()));
        Ok(round)
    }
}

/// The client of a terminal, through the proxy of its variables.
pub(super) fn http() -> Result<Http, NoClient> {
    Ok(Http::through(proxy()?.as_ref())?)
}

/// The proxy of this machine, if it has one.
pub(super) fn proxy() -> Result<Option<Proxy>, ConfigError> {
    Proxy::read(&Environment::of_process())
}

/// Why no service can be called.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoClient {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// This process, distinguished from all others by its number and its start.
pub(super) fn process_name(began: Timestamp) -> String {
    format!("terminal-{}-{}", std::process::id(), began.as_millisecond())
}

/// The user and the machine, as far as either is known.
pub(super) fn operator() -> Option<String> {
    let user = ["USER", "LOGNAME"].into_iter().find_map(process_variable);
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let parts: Vec<String> =
        user.into_iter().chain([machine]).filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("@"))
}

/// Runs a command to its end, on this thread.
pub(super) fn block_on<T>(command: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start")?.block_on(command)
}
