//! The service levels of the targets in a file.
//!
//! Must not know what is reported of a target.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

use crate::connection::{block_on, http};
use crate::input::Input;
use dynoscaler::adapters::{ParameterStore, SystemClock, read_targets};
use dynoscaler::config::{
    Environment, KeySource, ParameterStoreConfig, SecretKind, SecretSource, ServiceConfig,
    TargetsFile, TargetsSource,
};

/// By the target, above the settings of `environment`.
pub(super) fn in_file(
    file: &str,
    environment: &Environment,
) -> anyhow::Result<BTreeMap<String, f64>> {
    let text = match SecretSource::parse(file, SecretKind::Targets) {
        Ok(SecretSource::Parameter(parameter)) => {
            let ServiceConfig { region, endpoint_url } = ServiceConfig::ssm(environment)?;
            let config = ParameterStoreConfig { region, keys: KeySource::Chain, endpoint_url };
            let store = ParameterStore::new(&config, &http()?, SystemClock);
            let source = TargetsSource::Parameter(parameter);
            block_on(async { Ok(read_targets(&source, &store).await?) })?
        }
        Ok(SecretSource::Given(_)) | Err(_) => Input::at(Path::new(file)).text()?,
    };
    let targets = TargetsFile::parse(file, &text, environment)?;
    let level = |(id, settings): (_, &Environment)| {
        let level = settings.service_level().with_context(|| format!("{file}, target {id}"))?;
        Ok((format!("{id}"), level))
    };
    targets.settings().map(level).collect()
}
