//! A targets file as a function would read it, with every fault, and nothing called.
//!
//! Beneath it are this shell's settings, and beneath these the template's defaults. Must not know
//! what is shown of it.

use std::path::Path;

use crate::connection::{Variables, block_on};
use crate::deploy;
use crate::input::Input;
use dynoscaler::config::{Config, DynamoDbConfig, FileFault, Member, TargetsFile, variable};

/// Only a queue without a region in its name is in it, and no verdict depends on which it is.
const ANY_REGION: &str = "us-east-1";

/// A targets file as far as it can be read.
pub(super) struct Examined {
    pub(super) name: String,
    pub(super) members: Vec<Member<Option<DynamoDbConfig>>>,
    /// Those that are not one target's own.
    pub(super) faults: Vec<FileFault>,
}

impl Examined {
    /// # Errors
    /// If there is no such text, or this shell's settings of the process are not valid.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let input = Input::at(path);
        let (name, text) = (input.name(), input.text()?);
        let variables = block_on(async { Ok(Variables::of_shell(None).await) })?;
        let region = [(variable::REGION, ANY_REGION.to_owned())];
        let variables = variables.above(deploy::defaults().chain(region));
        let (file, faults) = TargetsFile::examined(&name, &text, variables.environment());
        let targets = variables.with(variable::TARGETS, name.as_str()).targets()?;
        let members = file.members(targets.process());
        Ok(Self { name, members, faults })
    }

    /// The targets, if there is no fault at all.
    pub(super) fn valid(&self) -> Option<Vec<&Config<Option<DynamoDbConfig>>>> {
        let targets: Option<Vec<_>> = self.members.iter().map(Member::valid).collect();
        targets.filter(|_| self.faults.is_empty())
    }
}
