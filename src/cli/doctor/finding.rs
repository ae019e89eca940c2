//! What a check found, how bad it is, and how to mend it.
//!
//! Must not know how anything is checked.

use std::fmt::Write as _;
use std::future::Future;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::cli::text::plural;
use crate::visible::visible;

/// So long a check may take: a service that does not answer is a finding.
const CHECK_WITHIN: Duration = Duration::from_secs(15);

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

    /// How many there are to mend.
    pub(super) fn sums(&self) -> String {
        let errors = plural(self.count(Severity::Error), "error");
        let warnings = plural(self.count(Severity::Warning), "warning");
        format!("\n{errors}, {warnings}\n")
    }
}

/// Whether findings are shown when they are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Desk {
    /// As lines for a person.
    AsTheyCome,
    /// All of them together, by somebody else.
    AtTheEnd,
}

impl Desk {
    /// What a check finds, or that it did not end in time.
    pub(super) async fn checked(
        self,
        check: &'static str,
        work: impl Future<Output = Vec<Finding>>,
    ) -> io::Result<Vec<Finding>> {
        let found = tokio::time::timeout(CHECK_WITHIN, work).await.unwrap_or_else(|_| {
            let found = format!("it did not end within {} s", CHECK_WITHIN.as_secs());
            vec![Finding::unchecked(check, found, "Look at the network, and try again.")]
        });
        self.shown(found)
    }

    /// The findings, once they are shown.
    pub(super) fn shown(self, found: Vec<Finding>) -> io::Result<Vec<Finding>> {
        if self == Self::AsTheyCome {
            anstream::stdout().write_all(text(&found).as_bytes())?;
        }
        Ok(found)
    }
}

/// A line for each finding, and one for how to mend it.
fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { check, severity, finding, mend } in findings {
        let (style, label) = (severity.style(), severity.label());
        // Writing to a string does not fail.
        let _ = writeln!(text, "{style}{label:<9}{style:#}  {check:<12}  {finding}");
        if let Some(mend) = mend {
            let _ = writeln!(text, "{:25}{mend}", "");
        }
    }
    text
}
