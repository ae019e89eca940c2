//! The faults of a targets file that are not one target's own.
//!
//! Must not know how a file is read.

use std::fmt;

/// A targets file that is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is not valid: {}", listed(.faults))]
pub struct TargetsFileError {
    /// The name of the file.
    pub name: String,
    /// At least one.
    pub faults: Vec<FileFault>,
}

/// A fault of a targets file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// From 1 on; none if something is missing in all of the file.
    pub line: Option<usize>,
    pub kind: FileFaultKind,
}

/// What is wrong with a targets file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileFaultKind {
    #[error("no TOML: {0}")]
    NoToml(String),
    #[error("{part} is no part of a targets file, which has defaults, target and account")]
    UnknownPart { part: String },
    #[error("{part} must be {bound}")]
    WrongPart { part: String, bound: &'static str },
    #[error("there must be a [[target]]")]
    NoTarget,
    #[error("{place}: {key} is no setting of {of}: the nearest is {nearest}")]
    UnknownKey { place: String, key: String, of: &'static str, nearest: String },
    #[error("{place}: {key} must be {bound}")]
    WrongValue { place: String, key: String, bound: &'static str },
    #[error("{place} must have {key}: a name that may be shown")]
    Nameless { place: String, key: String },
    #[error("{place} must be another target than {first} in line {line}: both are {id}")]
    Twice { place: String, first: String, line: usize, id: String },
}

impl FileFaultKind {
    pub(super) const fn at(self, line: usize) -> FileFault {
        FileFault { line: Some(line), kind: self }
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

fn listed(faults: &[FileFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
