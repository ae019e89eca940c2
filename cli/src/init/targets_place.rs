//! Where the function reads its targets: a file in its package, or a parameter of SSM.
//!
//! Must not know what is in it, nor read it.

use super::sam_config::SamConfig;
use dynoscaler::config::{Parameter, SecretKind, SecretSource};

/// The targets file, for the function: from the folder of its code on.
pub(super) const TARGETS: &str = "targets.toml";

/// The template's parameter for it.
pub(super) const PLACE: &str = "DynoscalerTargets";

/// Where a template is a source, SAM compiles the function; in a release it is compiled.
pub(super) const BUILDS: &str = "BuildMethod:";

/// The folder of the function's code.
const CODE: &str = "CodeUri:";

/// What a parameter of SSM holds.
const BYTES_MAX: usize = 8_192;

/// Up to here it costs nothing.
const FREE_BYTES_MAX: usize = 4_096;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TargetsPlace {
    /// The file to write, from the folder of the template on.
    Packed(String),
    Parameter(Parameter),
}

/// The targets cannot be there.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlaceFault {
    #[error("the parameter {PLACE} is {place}: change the targets there, or remove it")]
    Elsewhere { place: String },
    #[error(
        "the targets have {bytes} bytes, and {parameter} takes at most {BYTES_MAX}: let the \
         function's package have them, by {PLACE}={TARGETS} in the file"
    )]
    TooLarge { parameter: Parameter, bytes: usize },
}

impl TargetsPlace {
    /// The parameter that was named, or else where `config` has the targets.
    pub(super) fn of(
        named: Option<&Parameter>,
        config: &SamConfig,
        template: &str,
    ) -> Result<Self, PlaceFault> {
        let deployed = config.parameter(PLACE).unwrap_or_default();
        let deployed_parameter = match SecretSource::parse(deployed, SecretKind::Targets) {
            Ok(SecretSource::Parameter(parameter)) => Some(parameter),
            Ok(SecretSource::Given(_)) | Err(_) => None,
        };
        match named.cloned().or(deployed_parameter) {
            Some(parameter) => Ok(Self::Parameter(parameter)),
            None if ["", TARGETS].contains(&deployed) => Ok(Self::Packed(packed(template))),
            None => Err(PlaceFault::Elsewhere { place: deployed.to_owned() }),
        }
    }

    /// As the template takes it.
    pub(super) fn of_function(&self) -> String {
        match self {
            Self::Packed(_) => TARGETS.to_owned(),
            Self::Parameter(parameter) => parameter.to_string(),
        }
    }

    /// As an operator knows it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Packed(file) => file.clone(),
            Self::Parameter(parameter) => parameter.to_string(),
        }
    }

    /// Whether a text costs more there than elsewhere, or its fault.
    pub(super) fn takes(&self, text: &str) -> Result<Room, PlaceFault> {
        match self {
            Self::Parameter(parameter) if BYTES_MAX < text.len() => {
                let (parameter, bytes) = (parameter.clone(), text.len());
                Err(PlaceFault::TooLarge { parameter, bytes })
            }
            Self::Parameter(_) if FREE_BYTES_MAX < text.len() => Ok(Room::Advanced),
            Self::Parameter(_) | Self::Packed(_) => Ok(Room::Free),
        }
    }
}

/// What AWS charges for the place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Free,
    /// An advanced parameter.
    Advanced,
}

/// Where a template packs the targets file: SAM's build copies it from beside the template, and
/// code that is built is packed with its folder.
pub(super) fn packed(template: &str) -> String {
    let code = template.lines().find_map(|line| line.trim().strip_prefix(CODE));
    match code.map(|folder| folder.trim().trim_end_matches('/')) {
        Some(folder) if folder != "." && !template.contains(BUILDS) => {
            format!("{folder}/{TARGETS}")
        }
        Some(_) | None => TARGETS.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_are_where_the_template_packs_them() {
        for (template, place) in [
            ("  CodeUri: .\n  BuildMethod: makefile\n", "targets.toml"),
            ("  CodeUri: x86_64/\n", "x86_64/targets.toml"),
            ("Resources: {}\n", "targets.toml"),
        ] {
            assert_eq!(packed(template), place);
        }
    }

    fn parameter(name: &str) -> Parameter {
        match SecretSource::parse(&format!("ssm:{name}"), SecretKind::Targets) {
            Ok(SecretSource::Parameter(parameter)) => parameter,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_parameter_that_is_named_comes_before_the_deployed_place() {
        let (named, template) = (parameter("/named"), "CodeUri: code/");
        for (deployed, flag, place) in [
            ("", None, "code/targets.toml"),
            ("DynoscalerTargets=targets.toml", None, "code/targets.toml"),
            ("DynoscalerTargets=ssm:/deployed", None, "ssm:/deployed"),
            ("DynoscalerTargets=ssm:/deployed", Some(&named), "ssm:/named"),
            ("DynoscalerTargets=targets.toml", Some(&named), "ssm:/named"),
            ("DynoscalerTargets=/opt/other.toml", Some(&named), "ssm:/named"),
        ] {
            let text = format!("[default.deploy.parameters]\nparameter_overrides = '{deployed}'\n");
            let config = SamConfig::read(Some(&text)).expect("read");
            let found = TargetsPlace::of(flag, &config, template).expect("a place");
            assert_eq!(found.name(), place, "{deployed}");
        }
    }

    #[test]
    fn a_parameter_has_4_kb_for_nothing_and_8_kb_at_most() {
        let place = TargetsPlace::Parameter(parameter("/targets"));
        for (bytes, room) in [(4_096, Room::Free), (4_097, Room::Advanced), (8_192, Room::Advanced)]
        {
            assert_eq!(place.takes(&"x".repeat(bytes)).expect("room"), room, "{bytes}");
        }
        let error = place.takes(&"x".repeat(8_193)).expect_err("too large").to_string();
        assert!(error.contains("8193 bytes, and ssm:/targets takes at most 8192"), "{error}");
        let packed = TargetsPlace::Packed("targets.toml".to_owned());
        assert_eq!(packed.takes(&"x".repeat(8_193)).expect("room"), Room::Free);
    }
}
