//! What a check found, how bad it is, and how to mend it.
//!
//! Must not know how anything is checked.

use std::fmt::Write;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::cli::text::plural;
use crate::visible::visible;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Ok,
    /// It could not be known, or was not asked.
    Unchecked,
    /// It scales, perhaps not as somebody wants.
    Warning,
    /// It does not scale.
    Error,
}

impl Severity {
    const fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unchecked => "unchecked",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    const fn style(self) -> Style {
        match self {
            Self::Ok => AnsiColor::Green.on_default(),
            Self::Unchecked => Style::new().dimmed(),
            Self::Warning => AnsiColor::Yellow.on_default().bold(),
            Self::Error => AnsiColor::Red.on_default().bold(),
        }
    }
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct Finding {
    check: &'static str,
    severity: Severity,
    finding: String,
    mend: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, finding: impl Into<String>) -> Self {
        Self { check, severity: Severity::Ok, finding: shown(finding), mend: None }
    }

    pub(super) fn unchecked(
        check: &'static str,
        finding: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self::to_mend(check, Severity::Unchecked, finding, mend)
    }

    pub(super) fn warning(
        check: &'static str,
        finding: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self::to_mend(check, Severity::Warning, finding, mend)
    }

    pub(super) fn error(
        check: &'static str,
        finding: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self::to_mend(check, Severity::Error, finding, mend)
    }

    fn to_mend(
        check: &'static str,
        severity: Severity,
        finding: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { check, severity, finding: shown(finding), mend: Some(shown(mend)) }
    }
}

/// Names and words of services stand in it.
fn shown(text: impl Into<String>) -> String {
    visible(&text.into()).into_owned()
}

/// All that was found.
#[derive(Debug, Default, Serialize)]
pub(in crate::cli) struct Findings {
    findings: Vec<Finding>,
}

impl Findings {
    pub(super) fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    fn count(&self, severity: Severity) -> u64 {
        self.findings.iter().filter(|finding| finding.severity == severity).map(|_| 1).sum()
    }

    /// 0, 1 or 2, by the worst finding.
    pub(super) fn status(&self) -> ExitCode {
        let worst = |severity| self.count(severity) > 0;
        ExitCode::from(if worst(Severity::Error) { 2 } else { u8::from(worst(Severity::Warning)) })
    }

    pub(super) fn json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for Finding { check, severity, finding, mend } in &self.findings {
            let (style, label) = (severity.style(), severity.label());
            // Writing to a string does not fail.
            let _ = writeln!(text, "{style}{label:<9}{style:#}  {check:<12}  {finding}");
            if let Some(mend) = mend {
                let _ = writeln!(text, "{:25}{mend}", "");
            }
        }
        let errors = plural(self.count(Severity::Error), "error");
        let warnings = plural(self.count(Severity::Warning), "warning");
        let _ = writeln!(text, "\n{errors}, {warnings}");
        text
    }
}
