//! The finding of a check, its severity, and the remedy.
//!
//! Must not know how anything is checked.

use std::fmt::{self, Write as _};
use std::future::Future;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::text::plural;
use dynoscaler::visible::visible;

/// The longest time of a check: a service that does not answer is a finding.
const CHECK_WITHIN: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    Ok,
    /// It could not be known, or was not checked.
    Unchecked,
    /// It scales, perhaps not as intended.
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    check: &'static str,
    severity: Severity,
    finding: String,
    #[serde(rename = "mend")]
    remedy: Option<String>,
    /// The target that it is about, of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

impl Finding {
    pub(super) const fn severity(&self) -> Severity {
        self.severity
    }

    /// The same of one target of several.
    pub(super) fn of(self, target: &str) -> Self {
        Self { target: Some(target.to_owned()), ..self }
    }

    /// The same with the name of what it is about.
    pub(crate) fn about(self, name: &str) -> Self {
        Self { finding: format!("{}: {}", shown(name), self.finding), ..self }
    }

    /// Whether nothing can scale with it.
    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    pub(crate) fn ok(check: &'static str, finding: impl Into<String>) -> Self {
        Self { check, severity: Severity::Ok, finding: shown(finding), remedy: None, target: None }
    }

    pub(super) fn unchecked(
        check: &'static str,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::with_remedy(check, Severity::Unchecked, finding, remedy)
    }

    pub(super) fn warning(
        check: &'static str,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::with_remedy(check, Severity::Warning, finding, remedy)
    }

    pub(crate) fn error(
        check: &'static str,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::with_remedy(check, Severity::Error, finding, remedy)
    }

    fn with_remedy(
        check: &'static str,
        severity: Severity,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (finding, remedy) = (shown(finding), Some(shown(remedy)));
        Self { check, severity, finding, remedy, target: None }
    }
}

/// It contains names and messages of services.
fn shown(text: impl Into<String>) -> String {
    visible(&text.into()).into_owned()
}

/// Without its remedy.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.finding)
    }
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Findings {
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

    /// The numbers of errors and warnings.
    pub(super) fn sums(&self) -> String {
        let errors = plural(self.count(Severity::Error), "error");
        let warnings = plural(self.count(Severity::Warning), "warning");
        format!("\n{errors}, {warnings}\n")
    }
}

/// Whether findings are shown when they are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// As lines for the terminal.
    AsTheyCome,
    /// All of them together, by the caller.
    AtTheEnd,
}

impl Listing {
    /// The findings of a check, or that it did not end in time.
    pub(super) async fn checked(
        self,
        check: &'static str,
        work: impl Future<Output = Vec<Finding>>,
    ) -> io::Result<Vec<Finding>> {
        let found = tokio::time::timeout(CHECK_WITHIN, work).await.unwrap_or_else(|_| {
            let found = format!("it did not end within {} s", CHECK_WITHIN.as_secs());
            vec![Finding::unchecked(check, found, "Check the network, and try again.")]
        });
        self.shown(found)
    }

    /// The findings, once they are shown.
    pub(crate) fn shown(self, found: Vec<Finding>) -> io::Result<Vec<Finding>> {
        if self == Self::AsTheyCome {
            anstream::stdout().write_all(text(&found).as_bytes())?;
        }
        Ok(found)
    }
}

/// A line for each finding, and one for its remedy.
pub(super) fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { check, severity, finding, remedy, .. } in findings {
        let (style, label) = (severity.style(), severity.label());
        // Writing to a string does not fail.
        let _ = writeln!(text, "{style}{label:<9}{style:#}  {check:<12}  {finding}");
        if let Some(remedy) = remedy {
            let _ = writeln!(text, "{:25}{remedy}", "");
        }
    }
    text
}
