//! A contest with a progress bar: at a terminal, and only if it takes longer than a moment.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Contest, Entry};
use dynoscaler_sim::queueing::{Contender, Progress, SECOND_US, World, run_all};

const MOMENT: Duration = Duration::from_millis(700);
const REDRAW: Duration = Duration::from_millis(100);

#[must_use]
pub fn watched(world: World, contenders: Vec<Contender>) -> Contest {
    let progress = Progress::default();
    let seconds = world.load.duration_us() / SECOND_US * contenders.len() as u64;
    let is_done = AtomicBool::new(false);
    let outcomes = thread::scope(|scope| {
        scope.spawn(|| watch(&progress, seconds, &is_done));
        let outcomes = run_all(&world, &contenders, &progress);
        is_done.store(true, Ordering::Relaxed);
        outcomes
    });
    let entries = contenders.into_iter().zip(outcomes);
    let entries = entries.map(|(contender, outcome)| Entry { contender, outcome }).collect();
    Contest { world, entries }
}

fn watch(progress: &Progress, seconds: u64, is_done: &AtomicBool) {
    let start = Instant::now();
    let bar = ProgressBar::with_draw_target(Some(seconds), ProgressDrawTarget::hidden());
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent:>3} %, {eta} left") {
        bar.set_style(style);
    }
    while !is_done.load(Ordering::Relaxed) {
        thread::sleep(REDRAW);
        if MOMENT < start.elapsed() && bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_position(progress.load(Ordering::Relaxed));
    }
    bar.finish_and_clear();
}
