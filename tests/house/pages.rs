//! The pages that are written from the code are those that it writes now.

mod bounds;
mod configuration;

use std::fs;
use std::path::Path;

use dynoscaler::policy::{Reason, ReasonKind};

/// A page and what writes it.
type Page = (&'static str, fn() -> String);

/// `make pages` writes them all.
const PAGES: [Page; 4] = [
    ("docs/CONFIGURATION.md", configuration::page),
    ("docs/REASONS.md", reasons),
    ("env.example.json", configuration::example),
    ("tests/template/settings.json", bounds::judged),
];

#[test]
fn every_written_page_is_current() {
    for (page, write) in PAGES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        if std::env::var_os("WRITE_PAGES").is_some() {
            fs::write(&path, write()).unwrap();
        }
        assert!(fs::read_to_string(path).unwrap() == write(), "{page} is old: make pages");
    }
}

/// The reasons by kind, each with what it means and what to do.
fn reasons() -> String {
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
