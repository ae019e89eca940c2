//! Numbers as people read them.

/// A whole number in groups of three digits.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let lead = digits.len() % 3;
    let mut text = digits[..lead].to_owned();
    for group in digits.as_bytes()[lead..].chunks(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.extend(group.iter().map(|digit| char::from(*digit)));
    }
    text
}

/// A number that is not negative, with so many decimals, its whole part in groups.
#[must_use]
pub fn fixed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
}

/// A share, with two decimals where one would be 0.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = if percent < 1.0 { 2 } else { 1 };
    format!("{percent:.decimals$} %")
}

/// A duration, in the unit in which it is a handy number.
#[must_use]
pub fn duration(secs: f64) -> String {
    if secs < 9.95 {
        format!("{secs:.1} s")
    } else if secs < 119.5 {
        format!("{secs:.0} s")
    } else if secs < 597.0 {
        format!("{:.1} min", secs / 60.0)
    } else if secs < 7170.0 {
        format!("{:.0} min", secs / 60.0)
    } else {
        format!("{} h", fixed(secs / 3600.0, 1))
    }
}

/// As short as it can be written: settings that are often whole.
#[must_use]
pub(crate) fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
