//! Whether an invalid value may be shown: a secret may be in the wrong setting.
//!
//! Must not know which setting has the value.

/// A token, a key or a hash has as many letters and digits in a row; chosen names rarely do.
const RUN_CHARS_MIN: usize = 16;

/// How Heroku's tokens begin.
const TOKEN_PREFIX: &str = "HRKU-";

/// The lengths of the parts of a UUID, which older tokens of Heroku are.
const UUID_PARTS: [usize; 5] = [8, 4, 4, 4, 12];

/// Whether a text may hold a password or a token.
pub(super) fn may_hold_secret(text: &str) -> bool {
    let is_url_with_more = text.contains("://") && text.contains(['?', '#']);
    text.contains('@')
        || is_url_with_more
        || text.to_ascii_uppercase().contains(TOKEN_PREFIX)
        || text.split(|c: char| !c.is_ascii_hexdigit() && c != '-').any(ends_as_uuid)
        || text.split(|c: char| !c.is_ascii_alphanumeric() && c != '+').any(is_random)
}

fn ends_as_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts.windows(UUID_PARTS.len()).any(|lengths| lengths == UUID_PARTS)
}

fn is_random(run: &str) -> bool {
    let has = |kind: fn(&char) -> bool| run.chars().any(|c| kind(&c));
    run.len() >= RUN_CHARS_MIN && has(char::is_ascii_alphabetic) && has(char::is_ascii_digit)
}
