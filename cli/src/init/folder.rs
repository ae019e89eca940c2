//! The folder of the template, as it is, and the targets wherever they are.
//!
//! Must not know what will change.

use std::path::Path;

use anyhow::Context as _;

use super::apply;
use super::plan::{Current, SAM_CONFIG};
use super::sam_config::SamConfig;
use super::services::Services;
use super::targets_place::{self, TargetsPlace};
use super::unfinished::Unfinished;
use crate::doctor::Finding;
use dynoscaler::config::Parameter;

/// The files as they are.
pub(super) struct Folder {
    pub(super) template: String,
    pub(super) sam_config: Option<String>,
    pub(super) config: SamConfig,
    pub(super) place: TargetsPlace,
    /// The targets that the function's package would have.
    pub(super) packed: Option<String>,
}

impl Folder {
    /// Without a template there is nothing to deploy.
    pub(super) fn read(folder: &Path, targets: Option<&Parameter>) -> Result<Self, Unfinished> {
        let read = |name: &str| {
            let path = folder.join(name);
            apply::read(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let template = read("template.yaml")?.ok_or_else(|| no_template(folder))?;
        let sam_config = read(SAM_CONFIG)?;
        let config = SamConfig::read(sam_config.as_deref());
        let config = config.with_context(|| format!("cannot read {SAM_CONFIG}"))?;
        let place = TargetsPlace::of(targets, &config, &template);
        let place = place.with_context(|| format!("cannot change {SAM_CONFIG}"))?;
        let packed = read(&targets_place::packed(&template))?;
        Ok(Self { template, sam_config, config, place, packed })
    }

    pub(super) async fn with_targets(&self, services: &Services) -> Result<Current, Unfinished> {
        let Self { template, sam_config, place, packed, .. } = self;
        let (targets, packed) = match place {
            TargetsPlace::Packed(_) => (packed.clone(), None),
            TargetsPlace::Parameter(parameter) => {
                let stored = services.targets(parameter).await.map_err(Unfinished::Fault)?;
                (stored, packed.clone())
            }
        };
        let (template, sam_config) = (template.clone(), sam_config.clone());
        Ok(Current { template, place: place.clone(), targets, packed, sam_config })
    }
}

fn no_template(folder: &Path) -> Unfinished {
    let found = format!("no template.yaml in {}", folder.display());
    let remedy = "Run it where DynoScaler's release is unpacked, or name that place: --folder.";
    Unfinished::Fault(Finding::error("template", found, remedy))
}
