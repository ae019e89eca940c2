//! A text that is to change, and its difference as it is shown.
//!
//! Must not know where the text is, nor why it changes.

use similar::TextDiff;

/// Lines of a file that are shown around a change.
const CONTEXT_LINES: usize = 2;

/// A text as it is and as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// A file's from the folder of the template on.
    pub(super) name: String,
    pub(super) before: Option<String>,
    pub(super) after: String,
}

impl Change {
    /// None if both are the same.
    pub(super) fn of(name: String, before: Option<&String>, after: String) -> Option<Self> {
        let before = before.cloned();
        (before.as_ref() != Some(&after)).then_some(Self { name, before, after })
    }

    /// As `diff` shows it. A new file is shown whole.
    pub(super) fn shown(&self) -> String {
        let Self { name, before, after } = self;
        let indented =
            |text: &str| text.lines().map(|line| format!("  {line}\n")).collect::<String>();
        let Some(before) = before else { return format!("{name}, new:\n{}", indented(after)) };
        let changes = TextDiff::from_lines(before, after);
        let hunks = changes.unified_diff().context_radius(CONTEXT_LINES).to_string();
        format!("{name}, changed:\n{}", indented(&hunks))
    }
}
