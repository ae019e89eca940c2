//! The progress of reading a log: at a terminal, and only if it takes longer than a moment.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use crate::log_group::Step;

const MOMENT: Duration = Duration::from_millis(700);

/// A bar on standard error, which is removed on drop.
pub(super) struct Progress {
    bar: ProgressBar,
    began: Instant,
    since: Timestamp,
}

impl Progress {
    /// Nothing is read yet of the time from `since` to `now`.
    pub(super) fn new(since: Timestamp, now: Timestamp) -> Self {
        let bar =
            ProgressBar::with_draw_target(Some(seconds(since, now)), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent:>3} %, {msg}") {
            bar.set_style(style);
        }
        Self { bar, began: Instant::now(), since }
    }

    pub(super) fn show(&self, step: Step) {
        if self.bar.is_hidden() && MOMENT < self.began.elapsed() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        match step {
            Step::Through(None) => {}
            Step::Through(Some(through)) => {
                self.bar.set_message(format!("read up to {through:.0}"));
                self.bar.set_position(seconds(self.since, through));
            }
            Step::Pausing(pause) => {
                let pause = pause.as_secs_f64();
                self.bar.set_message(format!("CloudWatch Logs throttles: on in {pause:.1} s"));
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn seconds(since: Timestamp, until: Timestamp) -> u64 {
    u64::try_from(until.duration_since(since).as_secs()).unwrap_or_default()
}
