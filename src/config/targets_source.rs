//! Where the targets file is.
//!
//! Must not know what is in it, nor read it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::parse::{Bound, Parsed};
use super::secret_source::Parameter;
use super::{Environment, variable};

/// A file, or a parameter of AWS Systems Manager (SSM) that has its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetsSource {
    File(PathBuf),
    Parameter(Parameter),
}

impl TargetsSource {
    pub(super) fn parse(text: &str) -> Parsed<Self> {
        let bound = "must be the path of a targets file, or ssm:/name of a parameter with its text";
        match Parameter::of_targets(text) {
            Some(parameter) => parameter.map(Self::Parameter),
            None if text.is_empty() || text.contains(char::is_control) => {
                Err(Bound::Borrowed(bound))
            }
            None => Ok(Self::File(PathBuf::from(text))),
        }
    }

    /// The same with a path that begins in the function's package, if there is one.
    pub(super) fn located(self, environment: &Environment) -> Self {
        match self {
            Self::File(path) => {
                let root = environment.get(variable::TASK_ROOT).map_or(Path::new(""), Path::new);
                Self::File(root.join(path))
            }
            Self::Parameter(parameter) => Self::Parameter(parameter),
        }
    }
}

/// As an operator knows it.
impl fmt::Display for TargetsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Parameter(parameter) => parameter.fmt(f),
        }
    }
}
