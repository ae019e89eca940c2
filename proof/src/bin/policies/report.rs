//! The measurements as Markdown.

use std::fmt::Write;

use dynoscaler_cli::simulate::{Contest, Entry, heading};
use dynoscaler_cli::text::{duration, fixed, grouped, percent};

/// The text above all tables.
pub(crate) fn opening(synthetic: usize, traces: usize) -> String {
    format!(
        "{synthetic} synthetic loads and {traces} traces. Each keeps 5 dynos busy on average; 1 to 20 are allowed; a message takes 3 s \
         (lognormal, as much deviation as mean), a boot 10 to 60 s, and each of SQS's counts is \
         up to 60 s late and 5 % off. `make bench-policies` writes this section.\n\n"
    )
}

/// One load: every policy once, and the result of the sweep.
pub(crate) fn load(single: &Contest, swept: &Contest) -> String {
    let name = single.world.load.name();
    let mut text = format!("### {name}\n\n{}.\n\n", heading(&single.world));
    text.push_str(&table(&single.entries));
    let _ = write!(
        text,
        "\n![{name} over time](policies/{name}.svg)\n\n\
         ![{name}: cost against yield](policies/{name}-sweep.svg)\n\n"
    );
    text.push_str(&against_keda(swept));
    text.push_str(&against_oracle(single));
    text
}

/// A table of entries.
pub(crate) fn table(entries: &[Entry]) -> String {
    let mut text = "| policy | settings | above | dyno-hours | changes | wait p50 | p99 | max | \
                    done twice |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for entry in entries {
        let score = &entry.outcome.score;
        let cells = [
            entry.contender.name.to_owned(),
            entry.contender.settings.clone(),
            percent(score.above_threshold_share),
            fixed(score.dyno_hours, 0),
            grouped(score.changes),
            duration(score.wait_p50_secs),
            duration(score.wait_p99_secs),
            duration(score.wait_max_secs),
            grouped(score.done_twice),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

/// For each point of KEDA's front, whether a setting of `rate` is better in all three.
fn against_keda(swept: &Contest) -> String {
    let front = swept.own_front("keda");
    let rates = || swept.entries.iter().filter(|entry| entry.contender.name == "rate");
    let unbeaten: Vec<&Entry> = front
        .iter()
        .copied()
        .filter(|keda| !rates().any(|rate| is_better_in_all(rate, keda)))
        .collect();
    let (beaten, all) = (front.len() - unbeaten.len(), front.len());
    let mut text = format!(
        "`rate` beats {beaten} of the {all} points of KEDA's front in all three: no more \
         dyno-hours, less time above the threshold, fewer changes."
    );
    if unbeaten.is_empty() {
        return text + "\n\n";
    }
    text.push_str(" Not beaten, and the nearest of `rate` with no more dyno-hours:\n\n");
    let pairs = unbeaten.iter().flat_map(|keda| {
        let affordable = rates().filter(|rate| hours(rate) <= hours(keda));
        let nearest = affordable.min_by(|a, b| above(a).total_cmp(&above(b)));
        std::iter::once(*keda).chain(nearest)
    });
    text + &table(&pairs.cloned().collect::<Vec<_>>()) + "\n"
}

fn hours(entry: &Entry) -> f64 {
    entry.outcome.score.dyno_hours
}

fn above(entry: &Entry) -> f64 {
    entry.outcome.score.above_threshold_share
}

fn is_better_in_all(rate: &Entry, keda: &Entry) -> bool {
    hours(rate) <= hours(keda)
        && above(rate) < above(keda)
        && rate.outcome.score.changes < keda.outcome.score.changes
}

/// `rate` without a hint, compared with the oracle.
fn against_oracle(single: &Contest) -> String {
    let named = |name| single.entries.iter().find(|entry| entry.contender.name == name);
    let (Some(rate), Some(oracle)) = (named("rate"), named("oracle")) else {
        return String::new();
    };
    format!(
        "Compared with the oracle, which knows the load, `rate` needs {} of the dyno-hours and is \
         above the threshold {} of the time instead of {}.\n\n",
        percent(hours(rate) / hours(oracle)),
        percent(above(rate)),
        percent(above(oracle)),
    )
}
