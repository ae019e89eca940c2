//! The page: one file with its style, its scripts and its data, which calls nothing.
//!
//! Must not know what an account says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::html::{escaped, script_json};
use crate::plot;

/// A well-kept library for charts, as its authors publish it; `assets/uplot` has its licence, which
/// the page repeats.
const CHARTS: &str = include_str!("../../assets/uplot/uPlot.iife.min.js");
const CHARTS_STYLE: &str = include_str!("../../assets/uplot/uPlot.min.css");
const CHARTS_LICENCE: &str = include_str!("../../assets/uplot/LICENSE");

const SCRIPT: &str = include_str!("../../assets/report.js");
const STYLE: &str = include_str!("../../assets/report.css");

/// A complete page. `content` is HTML, `data` JSON for the charts.
pub(super) fn page(title: &str, content: &str, data: &str) -> String {
    let [light, dark] = plot::variables();
    let style = format!(
        ":root{{{light}}}@media screen and (prefers-color-scheme: dark){{:root{{{dark}}}}}\n{STYLE}"
    );
    let (styles, scripts) = ([CHARTS_STYLE, &style], [CHARTS, SCRIPT]);
    let policy = format!(
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; \
         style-src {}; script-src {}",
        hashes(styles),
        hashes(scripts)
    );
    let styles = styles.map(|style| format!("<style>{style}</style>\n")).concat();
    let scripts = scripts.map(|script| format!("<script>{script}</script>\n")).concat();
    let (title, data) = (escaped(title), script_json(data));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<link rel=\"icon\" href=\"data:,\">\n{styles}</head>\n<body>\n\
         {content}<!-- uPlot, which draws the charts:\n{CHARTS_LICENCE}\n-->\n\
         <script type=\"application/json\" id=\"data\">{data}</script>\n{scripts}</body>\n</html>\n"
    )
}

/// Only these texts run, whatever else were to get into the page.
fn hashes(texts: [&str; 2]) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    texts.map(hash).join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the npm package uplot 1.6.32, as its registry has it.
    const PUBLISHED: [(&str, &str); 3] = [
        (CHARTS, "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"),
        (CHARTS_STYLE, "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04"),
        (CHARTS_LICENCE, "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd"),
    ];

    #[test]
    fn the_library_is_the_one_that_was_published() {
        for (text, expected) in PUBLISHED {
            let digest = Sha256::digest(text);
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected);
        }
        assert!(CHARTS.starts_with("/*! https://github.com/leeoniya/uPlot (v1.6.32) */"));
    }

    #[test]
    fn a_page_without_data_is_small_and_names_no_other_place_to_load_from() {
        let page = page("title", "", "{}");
        assert!(page.len() < 100_000, "{}", page.len());
        for reference in ["src=", "@import", "url(", "fetch(", "XMLHttpRequest", "WebSocket"] {
            assert!(!page.contains(reference), "{reference}");
        }
    }

    #[test]
    fn no_script_or_style_ends_its_own_element() {
        for text in [CHARTS, SCRIPT, CHARTS_STYLE, STYLE] {
            assert!(!text.contains("</") && !text.contains("<!--"), "an end within");
        }
        assert!(!CHARTS_LICENCE.contains("--"));
    }
}
