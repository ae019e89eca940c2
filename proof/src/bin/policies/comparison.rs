//! The methods on every load: a table a load, and a summary of all.

use std::fmt::Write;

use dynoscaler_cli::text::{duration, fixed, percent};
use dynoscaler_sim::queueing::{
    Elasticity, Method, Outcome, Progress, Score, elasticity, in_parallel, run,
};

use crate::cases::{Case, LEVEL, Size};
use crate::entrants::{self, Entrant};

/// One run: of which method, with which settings.
struct Row {
    name: &'static str,
    settings: String,
    is_default: bool,
    score: Score,
    figures: Elasticity,
    per_hour: f64,
}

/// What one load showed: each method at its defaults, and in the middle size at its best.
pub(crate) struct Compared {
    case: Case,
    rows: Vec<Row>,
}

pub(crate) fn compared(case: &Case) -> Compared {
    let is_middle = case.size.mean_dynos == Size::MIDDLE.mean_dynos;
    let tried = |entrant: Entrant| {
        let count = if is_middle { entrant.settings.len() } else { 1 };
        let settings = entrant.settings.into_iter().take(count).enumerate();
        settings.map(move |(index, (settings, method))| (entrant.name, index, settings, method))
    };
    let trials: Vec<_> = entrants::all(case).into_iter().flat_map(tried).collect();
    let world = case.world(1);
    let outcome =
        |method: &Method| run(&world, &mut *method.controller(&world), &Progress::default());
    let unavoidable = outcome(&Method::Constant(case.size.max_dynos)).score;
    let rows = in_parallel(&trials, |(name, index, settings, method)| {
        let Outcome { score, supply, .. } = outcome(method);
        let figures = elasticity(&world, case.size.bounds(), &supply);
        let per_hour = 1.0 / case.size.hours();
        let (settings, is_default) = (settings.clone(), *index == 0);
        Row { name, settings, is_default, score, figures, per_hour }
    });
    Compared { case: case.clone(), rows: chosen(rows, unavoidable.above_threshold_share) }
}

/// The defaults, and the best in hindsight: the cheapest that keeps the level, or else the one that
/// is above least.
fn chosen(rows: Vec<Row>, unavoidable: f64) -> Vec<Row> {
    let most = unavoidable + 1.0 - LEVEL;
    let cost = |row: &Row| {
        let above = row.score.above_threshold_share;
        if above <= most { (0.0, row.score.dyno_hours) } else { (above, row.score.dyno_hours) }
    };
    let is_best = |row: &Row| {
        let mut own = rows.iter().filter(|other| other.name == row.name);
        own.all(|other| cost(row) <= cost(other))
    };
    let best: Vec<bool> = rows.iter().map(is_best).collect();
    let kept = rows.into_iter().zip(best).filter(|(row, is_best)| row.is_default || *is_best);
    kept.map(|(row, _)| row).collect()
}

/// The table of one load in all its sizes.
pub(crate) fn table<'a>(sizes: impl Iterator<Item = &'a Compared>) -> String {
    let mut text =
        "| at | method | settings | above | dynos | changes an hour | wait p99 | under | \
                    over | time under | time over | unstable | jitter an hour |\n\
                    |--:|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
    for compared in sizes {
        for row in &compared.rows {
            let cells = cells(row).join(" | ");
            let _ = writeln!(text, "| {} | {cells} |", compared.case.size.mean_dynos);
        }
    }
    text + "\n"
}

fn cells(row: &Row) -> [String; 12] {
    let Elasticity {
        under_accuracy,
        over_accuracy,
        under_timeshare,
        over_timeshare,
        instability,
        jitter_per_hour,
    } = row.figures;
    [
        row.name.to_owned(),
        if row.is_default { row.settings.clone() } else { format!("best: {}", row.settings) },
        percent(row.score.above_threshold_share),
        fixed(row.score.dyno_hours * row.per_hour, 2),
        fixed(changes(row) * row.per_hour, 2),
        duration(row.score.wait_p99_secs),
        percent(under_accuracy),
        percent(over_accuracy),
        percent(under_timeshare),
        percent(over_timeshare),
        percent(instability),
        fixed(jitter_per_hour, 2),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 changes")]
const fn changes(row: &Row) -> f64 {
    row.score.changes as f64
}

/// The defaults of each method over all loads: means, and the share of pairwise comparisons won.
pub(crate) fn summary(all: &[&Compared]) -> String {
    let mut text = "| method, at its defaults | won | above | dynos ÷ needed | changes an hour | \
                    under | over | time under | time over | unstable |\n\
                    |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    let names: Vec<&str> = all.first().map_or_else(Vec::new, |first| {
        first.rows.iter().filter(|row| row.is_default).map(|row| row.name).collect()
    });
    for name in names {
        let _ = writeln!(text, "| {} |", summed(all, name).join(" | "));
    }
    text + "\n"
}

fn summed(all: &[&Compared], name: &str) -> [String; 10] {
    let own: Vec<(&Compared, &Row)> =
        all.iter().flat_map(|it| defaults(it).map(move |row| (*it, row))).collect();
    let own: Vec<_> = own.into_iter().filter(|(_, row)| row.name == name).collect();
    #[expect(clippy::cast_precision_loss, reason = "a few loads")]
    let count = own.len().max(1) as f64;
    let mean = |of: &dyn Fn(&Compared, &Row) -> f64| {
        own.iter().map(|(compared, row)| of(compared, row)).sum::<f64>() / count
    };
    [
        name.to_owned(),
        percent(mean(&|compared, row| won(compared, row))),
        percent(mean(&|_, row| row.score.above_threshold_share)),
        fixed(
            mean(&|compared, row| {
                row.score.dyno_hours * row.per_hour / f64::from(compared.case.size.mean_dynos)
            }),
            2,
        ),
        fixed(mean(&|_, row| changes(row) * row.per_hour), 2),
        percent(mean(&|_, row| row.figures.under_accuracy)),
        percent(mean(&|_, row| row.figures.over_accuracy)),
        percent(mean(&|_, row| row.figures.under_timeshare)),
        percent(mean(&|_, row| row.figures.over_timeshare)),
        percent(mean(&|_, row| row.figures.instability)),
    ]
}

fn defaults(compared: &Compared) -> impl Iterator<Item = &Row> {
    compared.rows.iter().filter(|row| row.is_default)
}

/// The share of all comparisons with another method in one figure that a method wins; half of a
/// draw. An oracle takes part, and takes no win from any other.
fn won(compared: &Compared, row: &Row) -> f64 {
    let is_rival = |other: &&Row| other.name != row.name && !other.name.starts_with("oracle");
    let points = |other: &Row| -> f64 {
        let pairs = judged(row).into_iter().zip(judged(other));
        pairs.map(|(mine, its)| f64::from(i8::from(mine < its) - i8::from(its < mine))).sum()
    };
    let rivals: Vec<f64> = defaults(compared).filter(is_rival).map(points).collect();
    #[expect(clippy::cast_precision_loss, reason = "a few methods")]
    let comparisons = (rivals.len() * judged(row).len()) as f64;
    f64::midpoint(1.0, rivals.iter().sum::<f64>() / comparisons)
}

fn judged(row: &Row) -> [f64; 9] {
    let figures = row.figures;
    [
        row.score.above_threshold_share,
        row.score.dyno_hours,
        changes(row),
        figures.under_accuracy,
        figures.over_accuracy,
        figures.under_timeshare,
        figures.over_timeshare,
        figures.instability,
        figures.jitter_per_hour,
    ]
}
