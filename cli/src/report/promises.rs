//! The service levels of the targets in a file.
//!
//! Must not know what is reported of a target, nor how a file is read.

use std::collections::BTreeMap;

use anyhow::Context as _;

use crate::connection::{Variables, block_on};
use crate::fleet;
use dynoscaler::config::Environment;

/// By the target, of the file that the variables name.
pub(super) fn in_file(variables: Variables) -> anyhow::Result<BTreeMap<String, f64>> {
    let read = block_on(async { Ok(fleet::file_of(variables).await?) })?;
    let Some((file, targets)) = read else { return Ok(BTreeMap::new()) };
    let level = |(id, settings): (_, &Environment)| {
        let level = settings.service_level().with_context(|| format!("{file}, target {id}"))?;
        Ok((format!("{id}"), level))
    };
    targets.settings().map(level).collect()
}
