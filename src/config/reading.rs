//! The environment of one target, or of a process, part by part.
//!
//! All parts are read before the first is missed, so that one error lists every fault. Must not
//! know where the environment comes from.

use std::sync::Arc;

use nonempty::NonEmpty;

use super::keys::queue_keys;
use super::queue::{self, Region};
use super::reader::Reader;
use super::secret_source::parameter_store;
use super::targets_file::AccountName;
use super::{
    Config, ConfigError, DynamoDbConfig, ElasticsearchConfig, Environment, EventBusConfig, Events,
    HerokuConfig, KeySource, Metrics, ParameterStoreConfig, Privacy, ProcessConfig, QueueKeys,
    SqsConfig, Web, policy, settings, variable,
};
use crate::policy::{Policy, Schedule};
use crate::target::{Mode, QueueNames, Target, TargetId};

/// Reads where the state is kept.
pub(super) type ReadStore<S> = fn(&mut Reader<'_>, Option<String>, Option<KeySource>) -> Option<S>;

/// Reads the credentials for AWS.
pub(super) type ReadRole = fn(&mut Reader<'_>) -> Option<KeySource>;

impl<S> Config<S> {
    pub(super) fn read(
        environment: &Environment,
        role: ReadRole,
        store: ReadStore<S>,
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(environment);
        reader.check_names();
        let scaled = Scaled::read(&mut reader);
        let (region, role) = (reader.region(), role(&mut reader));
        let sqs = sqs(&mut reader, region.as_ref(), role.as_ref());
        let process = ProcessConfig::read(&mut reader, region, role, store);
        reader.finish(|| scaled.with(sqs?, Arc::new(process?)))
    }

    /// The same of a target whose process is known.
    pub(super) fn of_member(
        environment: &Environment,
        account: Option<&AccountName>,
        process: &Arc<ProcessConfig<S>>,
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(environment);
        let mut scaled = Scaled::read(&mut reader);
        let ParameterStoreConfig { region, keys, .. } = &process.parameter_store;
        let sqs = sqs(&mut reader, Some(region), Some(keys));
        match account {
            None => {}
            Some(AccountName::Known(name)) => scaled.name_account(name),
            Some(AccountName::Unknown(name)) => reader.no_account(name),
        }
        reader.finish(|| scaled.with(sqs?, Arc::clone(process)))
    }
}

/// What is read of one target, as far as it is valid.
struct Scaled {
    id: Option<TargetId>,
    policy: Option<Policy>,
    schedule: Option<Option<Schedule>>,
    mode: Option<Mode>,
    heroku: Option<HerokuConfig>,
}

impl Scaled {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            id: target_id(reader),
            policy: policy::read(reader),
            schedule: reader.value(&settings::SCHEDULE),
            mode: reader.value(&settings::DRY_RUN),
            heroku: heroku(reader),
        }
    }

    fn name_account(&mut self, name: &str) {
        if let Some(heroku) = &mut self.heroku {
            heroku.account = Some(name.to_owned());
        }
    }

    fn with<S>(
        self,
        sqs: NonEmpty<SqsConfig>,
        process: Arc<ProcessConfig<S>>,
    ) -> Option<Config<S>> {
        let target = Target {
            id: self.id?,
            queues: names_of(&sqs),
            policy: self.policy?,
            schedule: self.schedule?.unwrap_or_default(),
            mode: self.mode?,
        };
        Some(Config { target, heroku: self.heroku?, sqs, process })
    }
}

impl<S> ProcessConfig<S> {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        region: Option<String>,
        role: Option<KeySource>,
        store: ReadStore<S>,
    ) -> Option<Self> {
        let parameter_store = parameter_store(reader, region.clone(), role.clone());
        let event_bus = event_bus(reader, region.clone(), role.clone());
        let dynamodb = store(reader, region, role);
        let elasticsearch = elasticsearch(reader);
        let cycle_seconds = reader.value(&settings::CYCLE_SECONDS);
        let metrics = metrics(reader);
        let function = |text: &str| Ok(text.to_owned());
        let function = reader.optional(variable::FUNCTION_NAME, Privacy::Shown, function);
        let log_level = reader.value(&settings::LOG_LEVEL);
        Some(Self {
            dynamodb: dynamodb?,
            parameter_store: parameter_store?,
            elasticsearch,
            event_bus,
            cycle_seconds: cycle_seconds?,
            metrics: metrics?,
            function,
            log_level: log_level?,
        })
    }
}

/// The metrics of each target of a fleet cost too much to be had without being requested.
fn metrics(reader: &mut Reader<'_>) -> Option<Metrics> {
    let unless_set = match reader.is_set(variable::TARGETS) {
        true => Metrics::OfRounds,
        false => Metrics::On,
    };
    Some(reader.value(&settings::METRICS)?.unwrap_or(unless_set))
}

fn target_id(reader: &mut Reader<'_>) -> Option<TargetId> {
    let app = reader.value(&settings::APP);
    let process = reader.value(&settings::PROCESS);
    let web = reader.value(&settings::ALLOW_WEB);
    if process.as_deref() == Some("web") && web != Some(Web::Allowed) {
        let bound = format!("must not be web unless {} is true", variable::ALLOW_WEB);
        reader.invalid(variable::PROCESS, &bound);
    }
    Some(TargetId { app: app?, process: process? })
}

fn heroku(reader: &mut Reader<'_>) -> Option<HerokuConfig> {
    let token = reader.value(&settings::TOKEN);
    let description = reader.value(&settings::DESCRIPTION);
    let maintenance = reader.value(&settings::RESPECT_MAINTENANCE);
    let api_url = reader.value(&settings::HEROKU_URL);
    Some(HerokuConfig {
        api_url: api_url?,
        token: token?,
        description: description?,
        maintenance: maintenance?,
        account: None,
    })
}

pub(super) fn sqs(
    reader: &mut Reader<'_>,
    home: Option<&String>,
    role: Option<&KeySource>,
) -> Option<NonEmpty<SqsConfig>> {
    let endpoint_url = reader.endpoint(variable::ENDPOINT_URL_SQS);
    let named = reader.value(&settings::SQS_NAME);
    let region = reader.value(&settings::SQS_REGION);
    let keys = queue_keys(reader);
    let queues = queue::each(named?, |named| named.at(endpoint_url.as_ref()))
        .and_then(|queues| queue::each_once(&queues).map(|()| queues))
        .map_err(|bound| reader.invalid(variable::SQS_NAME, &bound))
        .ok()?;
    let region = region?;
    let own = || role.cloned().map(QueueKeys::Own);
    let keys = keys.or_else(own);
    let mut config = |(queue, said)| {
        let region = region_of_queue(reader, said, region.clone(), home)?;
        Some(SqsConfig { queue, region, keys: keys.clone()?, endpoint_url: endpoint_url.clone() })
    };
    queues.try_map(|queue| config(queue).ok_or(())).ok()
}

fn names_of(queues: &NonEmpty<SqsConfig>) -> QueueNames {
    QueueNames(queues.as_ref().map(|config| config.queue.name().to_owned()))
}

/// The region in the queue's name, which no setting may contradict.
fn region_of_queue(
    reader: &mut Reader<'_>,
    said: Region,
    set: Option<String>,
    home: Option<&String>,
) -> Option<String> {
    match (said, set) {
        (Region::Named(said), Some(set)) if said != set => {
            let bound = format!("must be {said}, the region in {}", variable::SQS_NAME);
            reader.invalid(variable::SQS_REGION, &bound);
            None
        }
        (Region::Unnamed, None) => {
            let bound = format!(
                "must name the region of the queue, which the host in {} does not",
                variable::SQS_NAME
            );
            reader.invalid(variable::SQS_REGION, &bound);
            None
        }
        (Region::Named(region), _) | (_, Some(region)) => Some(region),
        (Region::Open, None) => home.cloned(),
    }
}

pub(super) fn dynamodb(
    reader: &mut Reader<'_>,
    region: Option<String>,
    keys: Option<KeySource>,
) -> Option<DynamoDbConfig> {
    let table = reader.value(&settings::TABLE);
    let endpoint_url = reader.endpoint(variable::ENDPOINT_URL_DYNAMODB);
    Some(DynamoDbConfig { table: table?, region: region?, keys: keys?, endpoint_url })
}

fn event_bus(
    reader: &mut Reader<'_>,
    region: Option<String>,
    keys: Option<KeySource>,
) -> Option<EventBusConfig> {
    if reader.value(&settings::EVENTS)? == Events::Off {
        return None;
    }
    let endpoint_url = reader.endpoint(variable::ENDPOINT_URL_EVENTS);
    Some(EventBusConfig { region: region?, keys: keys?, endpoint_url })
}

fn elasticsearch(reader: &mut Reader<'_>) -> Option<ElasticsearchConfig> {
    let doc_type = reader.value(&settings::ELK_TYPE);
    let ca = reader.value(&settings::ELK_CA);
    let wanted = reader.all_or_none(&[
        variable::ELK_URL,
        variable::ELK_USER,
        variable::ELK_PASS,
        variable::ELK_INDEX,
    ]);
    if !wanted {
        for name in [variable::ELK_TYPE, variable::ELK_CA] {
            if reader.is_set(name) {
                reader.invalid(name, "must not be set alone, without the other ELK_ ones");
            }
        }
        return None;
    }
    let url = reader.value(&settings::ELK_URL);
    let user = reader.value(&settings::ELK_USER);
    let password = reader.value(&settings::ELK_PASS);
    let index = reader.value(&settings::ELK_INDEX);
    Some(ElasticsearchConfig {
        url: url??,
        user: user??,
        password: password??,
        ca: ca?,
        index: index??,
        doc_type: doc_type?,
    })
}
