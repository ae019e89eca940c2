//! `dynoscaler pause` and `dynoscaler resume`: every cycle holds, wherever it runs, until a person or
//! a time ends it.
//!
//! The pause is a part of the state, written as a cycle writes: a cycle that looked before the pause
//! loses its race and changes nothing any more. Must not know what a cycle does in a pause.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context;
use jiff::SignedDuration;

use super::text::span;
use super::world::{StateArgs, Variables, World, block_on, instance};
use crate::policy::{Pause, State};
use crate::ports::{Clock, Race, StateStore, Write};

/// Cycles that may come between the look and the write. There is one a minute.
const TRIES_MAX: usize = 5;

const EXAMPLES: &str = "\
Examples:
  Nobody touches the workers while you do:
    dynoscaler pause

  For the two hours of a migration, and then it goes on by itself:
    dynoscaler pause --for 2h

A change that a cycle is sending at this very moment may still arrive. While the pause lasts each
record says Paused, and hold_until if it has an end; counters keep their values. A second pause
replaces the first.";

const RESUME_EXAMPLES: &str = "\
Examples:
  It goes on, whether the pause had an end or not:
    dynoscaler resume

Exit status: 0 if it is not paused any more, also if it was not; 1 if that could not be stored.";

/// Holds every cycle of the target, counters and all.
///
/// The pause is stored with the state, so that it holds the function, a clock process and every
/// other terminal alike.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct PauseArgs {
    /// End by itself after this time, from 1s to 365d, such as 30m, 2h or 1d; without it only resume
    /// ends the pause
    #[arg(long = "for", value_name = "TIME", value_parser = lasts)]
    lasts: Option<SignedDuration>,
    #[command(flatten)]
    state: StateArgs,
}

/// What is meant for longer than a year is meant for good.
fn lasts(text: &str) -> Result<SignedDuration, &'static str> {
    let bounds = SignedDuration::from_secs(1)..=SignedDuration::from_hours(365 * 24);
    span(text, bounds, "must be a time from 1s to 365d, such as 30m, 2h or 1d")
}

/// Ends a pause: the next cycle decides again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = RESUME_EXAMPLES)]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    state: StateArgs,
}

/// Pauses.
pub(super) fn pause(args: &PauseArgs) -> anyhow::Result<ExitCode> {
    block_on(async {
        let (key, world) = world(&args.state).await?;
        let now = world.ports.clock.now();
        let until = args.lasts.map(|lasts| now.checked_add(lasts)).transpose();
        let until = until.context("--for reaches beyond the calendar")?;
        store(&world, Some(Pause { since: now, until })).await?;
        match until {
            Some(until) => tell(&format!("{key}: paused until {until:.0}")),
            None => tell(&format!("{key}: paused until dynoscaler resume")),
        }
    })
}

/// Ends the pause, if there is one.
pub(super) fn resume(args: &ResumeArgs) -> anyhow::Result<ExitCode> {
    block_on(async {
        let (key, world) = world(&args.state).await?;
        match store(&world, None).await? {
            Some(pause) => tell(&format!("{key}: resumed; it was paused at {:.0}", pause.since)),
            None => tell(&format!("{key}: was not paused")),
        }
    })
}

async fn world(state: &StateArgs) -> anyhow::Result<(String, World)> {
    let config = Variables::read().await.config()?;
    Ok((config.state_key(), World::new(&config, state)?))
}

/// The pause that was stored before. What stands already is not written again.
async fn store(world: &World, pause: Option<Pause>) -> anyhow::Result<Option<Pause>> {
    let store = &world.ports.state;
    let at = world.ports.clock.now();
    let by = format!("{}/pause", instance(at).id());
    for _ in 0..TRIES_MAX {
        let stored = store.load().await?;
        let before = stored.state.pause;
        if before == pause {
            return Ok(before);
        }
        let state = State { pause, ..stored.state };
        let write = Write { expected: stored.version, state, at, by: by.clone() };
        if store.commit(&write).await? == Race::Won {
            return Ok(before);
        }
    }
    anyhow::bail!("other cycles wrote the state {TRIES_MAX} times meanwhile: try again")
}

fn tell(line: &str) -> anyhow::Result<ExitCode> {
    writeln!(io::stdout(), "{line}")?;
    Ok(ExitCode::SUCCESS)
}
