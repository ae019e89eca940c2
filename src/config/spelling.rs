//! Names that are near a setting's and are none: probably a misspelled setting.
//!
//! Must not know any value.

use super::{settings, variable};

/// Only a setting's name begins so.
const OURS: [&str; 3] = ["DYNOSCALER_", "MY_HEROKU_", "ELK_"];

/// What names of other programs begin with as well, such as an app's own queues. A name of these
/// is a slip only if it is all but a setting's.
const SHARED: [&str; 2] = ["AWS_SQS_", "HEROKU_API_"];

/// A letter that is missing, or too much, or two that changed places.
const SLIP_LETTERS_MAX: usize = 2;

/// Whether a variable's name is probably a misspelled setting. Nothing is compared with every
/// setting unless the name begins like one and is none.
pub(super) fn is_stray(name: &str) -> bool {
    let is_setting = || settings::privacy(name).is_some();
    if begins(name, &OURS) {
        return !is_setting();
    }
    begins(name, &SHARED) && !is_setting() && is_slip(name)
}

/// The name of some that another one is nearest to; none if there is none.
pub fn nearest_of(name: &str, names: impl Iterator<Item = String>) -> Option<String> {
    names.min_by_key(|known| distance(name, known))
}

fn is_slip(name: &str) -> bool {
    distance(&name.to_ascii_uppercase(), nearest(name)) <= SLIP_LETTERS_MAX
}

/// Whatever the case.
fn begins(name: &str, prefixes: &[&str]) -> bool {
    let begins = |prefix: &&str| {
        name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    prefixes.iter().any(begins)
}

/// What is wrong with a name that is no setting's, and what was probably meant.
pub(super) fn correction(name: &str) -> String {
    match settings::replacement(name) {
        Some(replacement) => format!("is gone: {replacement}"),
        None => format!("is no setting: the nearest is {}", nearest(name)),
    }
}

/// The setting that a name is nearest to, whatever its case.
fn nearest(name: &str) -> &'static str {
    let upper = name.to_ascii_uppercase();
    let nearest = variable::ALL.iter().min_by_key(|known| distance(&upper, known));
    nearest.copied().unwrap_or(variable::SETTINGS)
}

/// The letters to insert and to remove: those that two texts do not have in common, in their order.
///
/// A word left out, as `ELASTIC` in a name of Elasticsearch, weighs less than another in its place.
fn distance(a: &str, b: &str) -> usize {
    a.len() + b.len() - 2 * in_common(a.as_bytes(), b.as_bytes())
}

/// The length of the longest common subsequence.
fn in_common(a: &[u8], b: &[u8]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for from_a in a {
        let mut diagonal = 0;
        for (at, from_b) in b.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if from_a == from_b { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_setting_is_the_intended_one() {
        for (name, meant) in [
            ("DYNOSCALER_DRYRUN", "DYNOSCALER_DRY_RUN"),
            ("DYNOSCALER_MAX_DYNO", "DYNOSCALER_MAX_DYNOS"),
            ("DYNOSCALER_MAXDYNOS", "DYNOSCALER_MAX_DYNOS"),
            ("DYNOSCALER_THRESHOLD", "DYNOSCALER_BACKLOG_THRESHOLD"),
            ("dynoscaler_dry_run", "DYNOSCALER_DRY_RUN"),
            ("MY_HEROKU_TOKEN", "MY_HEROKU_AUTH_TOKEN"),
            ("MY_HEROKU_APP", "MY_HEROKU_AS_APP"),
            ("ELK_URL", "ELK_ELASTIC_URL"),
            ("ELK_ELASTIC_PASSWORD", "ELK_ELASTIC_PASS"),
            ("ELK_INDEX", "ELK_INDEX_AS"),
            ("AWS_SQS_NMAE", "AWS_SQS_NAME"),
            ("HEROKU_API_ULR", "HEROKU_API_URL"),
        ] {
            assert!(is_stray(name), "{name}");
            assert_eq!(nearest(name), meant, "{name}");
        }
    }

    #[test]
    fn a_name_of_another_program_is_no_slip() {
        for name in [
            "AWS_SQS_QUEUE_URL",
            "AWS_SQS_ENDPOINT",
            "AWS_SNS_NAME",
            "HEROKU_API_KEY",
            "HEROKU_APP_NAME",
            "LOG_LEVELS",
            "AWS_SECRET_ACCESS_KEY",
            "ELKHOUND",
        ] {
            assert!(!is_stray(name), "{name}");
        }
    }
}
