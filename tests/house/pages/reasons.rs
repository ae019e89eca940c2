//! The page of reasons, from the table that declares them.

use dynoscaler::policy::{Reason, ReasonKind};

/// The reasons by kind, each with what it means and what to do.
pub(super) fn page() -> String {
    let head = "# Reasons\n\nWritten by `make pages` from `src/policy/reason.rs`.\n\nEvery record has a \
        `reason`; if the cycle failed, it is the `error_type` as well. Search the log for it.\n";
    let kinds = ReasonKind::ALL.iter().map(|kind| {
        let rows = Reason::ALL.iter().filter(|reason| reason.kind() == *kind).map(row);
        let rows: String = rows.collect();
        let head = "| reason | what it means | what to do |\n|---|---|---|\n";
        format!("\n## {}\n\n{}\n\n{head}{rows}", kind.label(), kind.meaning())
    });
    head.to_owned() + &kinds.collect::<String>()
}

fn row(reason: &Reason) -> String {
    let remedy = reason.remedy().map_or_else(String::new, |remedy| format!("{remedy} "));
    format!("| `{reason}` | {} | {remedy}|\n", reason.meaning())
}

#[test]
fn a_reason_means_one_sentence_and_has_one_remedy_at_most() {
    let is_sentence = |text: &str| text.ends_with('.') && !text.contains(". ");
    for reason in Reason::ALL {
        assert!(is_sentence(reason.meaning()), "{reason}");
        assert!(reason.remedy().is_none_or(is_sentence), "{reason}");
    }
}
