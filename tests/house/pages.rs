//! The pages that are written from the code are those that it writes now.

mod bounds;
mod configuration;
mod reasons;

use std::fs;
use std::path::Path;

/// A page and what writes it.
type Page = (&'static str, fn() -> String);

/// `make pages` writes them all.
const PAGES: [Page; 4] = [
    ("docs/CONFIGURATION.md", configuration::page),
    ("docs/REASONS.md", reasons::page),
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
