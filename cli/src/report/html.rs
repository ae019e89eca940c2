//! The elements of the page as text. All text of others comes through [`escaped`].
//!
//! Must not know what the page says.

use dynoscaler::visible::visible;

/// Text within an element, or within the quotes of an attribute.
pub(super) fn escaped(text: &str) -> String {
    let text = visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

/// Where numbers are in the account, so that a program finds them on the page.
#[derive(Debug, Clone)]
pub(super) struct Place(String);

impl Place {
    pub(super) fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    pub(super) fn within(&self, name: &str) -> Self {
        Self(format!("{}/{name}", self.0))
    }

    /// The name for an element that may not hold every character.
    pub(super) fn id(&self) -> String {
        self.0.replace('/', "-")
    }

    /// A value for a program and its text for a reader.
    pub(super) fn number(
        &self,
        field: &str,
        value: Option<f64>,
        text: impl FnOnce(f64) -> String,
    ) -> String {
        let Some(value) = value else { return "unknown".to_owned() };
        let (place, text) = (&self.0, escaped(&text(value)));
        format!("<data data-name=\"{place}/{field}\" value=\"{value}\">{text}</data>")
    }
}

/// A table with a heading for each column and each row. A cell is HTML.
pub(super) fn table<const COLUMNS: usize>(
    caption: &str,
    heads: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> String {
    let heads = heads.map(|head| format!("<th scope=\"col\">{}</th>", escaped(head))).concat();
    let rows: String = rows.into_iter().map(row).collect();
    let name = escaped(caption);
    format!(
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{name}\"><table>\
         <caption>{name}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>\n"
    )
}

fn row<const COLUMNS: usize>(cells: [String; COLUMNS]) -> String {
    let cell = |(index, cell): (usize, String)| match index {
        0 => format!("<th scope=\"row\">{cell}</th>"),
        _ => format!("<td>{cell}</td>"),
    };
    format!("<tr>{}</tr>", cells.into_iter().enumerate().map(cell).collect::<String>())
}

/// A part that is closed until it is opened; printed, all of them are open.
pub(super) fn details(summary: &str, content: &str) -> String {
    format!("<details><summary>{}</summary>\n{content}</details>\n", escaped(summary))
}

/// JSON within an element for scripts: no text in it can end the element or begin another.
pub(super) fn script_json(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: [&str; 5] = [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "]]>&lt;&#0;\u{202e}\u{0}",
    ];

    #[test]
    fn no_text_ends_its_element_or_its_attribute() {
        for text in HOSTILE {
            let safe = escaped(text);
            assert!(!safe.contains(['<', '>', '"', '\'', '\u{202e}', '\u{0}']), "{safe}");
        }
    }

    #[test]
    fn json_in_a_script_has_no_markup_and_means_the_same() {
        for text in HOSTILE {
            let json = serde_json::to_string(text).unwrap();
            let safe = script_json(&json);
            assert!(!safe.contains(['<', '>', '&']), "{safe}");
            assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        }
    }
}
