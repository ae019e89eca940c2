//! The flags for the messages, the work on them and what goes wrong on the way.

use std::io::{Write, stderr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::arrivals::Arrivals;
use crate::input::Input;
use crate::text::plural;
use dynoscaler::config::parse;
use dynoscaler_sim::queueing::{
    CountErrors, Course, DynoSpec, Load, MESSAGES_PER_BATCH_MAX, OnStop, ServiceShape, ServiceTime,
    Shape,
};

/// Flags for the messages.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The messages")]
pub(super) struct LoadArgs {
    /// A synthetic load
    #[arg(long, value_name = "NAME", default_value = "daily", value_parser = shapes())]
    load: Shape,

    /// A file of messages sent per bucket instead: the CSV of the CloudWatch console, a CSV of
    /// timestamp,value lines, or the JSON of aws cloudwatch get-metric-statistics or
    /// get-metric-data; in any order, gzipped or not; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["load", "days"])]
    arrivals: Option<PathBuf>,

    /// Which metric of a file with several, by its label or id, or which statistic; repeated, the
    /// metrics of several queues, which are added
    #[arg(long, value_name = "NAME", requires = "arrivals")]
    column: Vec<String>,

    /// How long the synthetic load lasts, from 0.01 to 3660
    #[arg(long, value_name = "DAYS", value_parser = days, default_value = "7")]
    days: f64,

    /// The mean rate, above 0; by default 5 for a synthetic load, and for a file what it says
    #[arg(long, value_name = "MESSAGES", value_parser = parse::above_0)]
    messages_per_second: Option<f64>,

    /// The mean rate, as the number of dynos that it keeps busy, above 0
    #[arg(long, value_name = "DYNOS", value_parser = parse::above_0,
          conflicts_with = "messages_per_second")]
    mean_dynos: Option<f64>,
}

fn shapes() -> impl TypedValueParser<Value = Shape> {
    PossibleValuesParser::new(Shape::ALL.map(Shape::label)).try_map(|name| {
        let named = Shape::ALL.into_iter().find(|shape| shape.label() == name);
        named.ok_or("must be the name of a load")
    })
}

/// From a quarter of an hour to ten years.
fn days(text: &str) -> Result<f64, &'static str> {
    let number = text.parse().ok().filter(|days| (0.01..=3660.0).contains(days));
    number.ok_or("must be a number from 0.01 to 3660")
}

/// Flags for the work and the dynos that do it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The work")]
pub(super) struct WorkArgs {
    /// The mean time of the work on one message, above 0, at most a day
    #[arg(long, value_name = "SECONDS", value_parser = work_seconds, default_value = "1")]
    pub(super) seconds_per_message: f64,

    /// How single times are distributed around the mean
    #[arg(long, value_name = "SHAPE", default_value = "lognormal")]
    service: ServiceName,

    /// Lognormal times: standard deviation ÷ mean, from 0; 0 if all messages take the same time
    #[arg(long, value_name = "RATIO", value_parser = at_least_0, default_value = "1")]
    service_cv: f64,

    /// The mean time at the end ÷ the mean time at the start, above 0
    #[arg(long, value_name = "RATIO", value_parser = parse::above_0, default_value = "1")]
    service_drift: f64,

    /// Messages on which a dyno works at the same time, 1 to 1000
    #[arg(long, value_name = "THREADS", value_parser = threads, default_value = "1")]
    threads: usize,

    /// Messages that each thread receives at once, 1 to 10
    #[arg(long, value_name = "MESSAGES", value_parser = batch, default_value = "1")]
    batch: usize,

    /// The shortest and the longest boot of a dyno, each from 0 to a day
    #[arg(long, value_name = "SECONDS-SECONDS", value_parser = range, default_value = "10-60")]
    boot_seconds: (f64, f64),

    /// What a worker does on SIGTERM
    #[arg(long, value_name = "HABIT", default_value = "return")]
    on_stop: OnStopName,

    /// How long a message stays hidden if its worker dies without handing it back, from 0
    #[arg(long, value_name = "SECONDS", value_parser = at_least_0, default_value = "30")]
    visibility_timeout_seconds: f64,

    /// The dynos that a shared database bears, above 0: with more at work, each message takes longer
    /// in proportion
    #[arg(long, value_name = "DYNOS", value_parser = parse::above_0)]
    database_dynos: Option<f64>,

    /// Dynos at the start; by default as few as are allowed, at least 1
    #[arg(long, value_name = "DYNOS")]
    pub(super) initial_dynos: Option<u32>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ServiceName {
    /// Memoryless
    Exponential,
    /// With one long tail, see --service-cv
    Lognormal,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnStopName {
    /// Hands back all messages at once; the work on the current one is begun again
    Return,
    /// Finishes the current message if 30 seconds suffice, and hands back the others
    Finish,
    /// Works on for 30 seconds; the rest comes back after the visibility timeout
    Ignore,
}

/// Flags for what goes wrong between the queue and the function.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "SQS and the schedule")]
pub(super) struct SqsArgs {
    /// How old each count of SQS is at most, from 0 to 3600
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(..=3600),
          default_value = "60")]
    count_lag_seconds: u32,

    /// The standard deviation of each count, relative to it, from 0
    #[arg(long, value_name = "RATIO", value_parser = at_least_0, default_value = "0.05")]
    count_noise: f64,

    /// The time between two cycles of the function, from 15 to 3600
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(15..=3600),
          default_value = "60")]
    pub(super) cycle_seconds: u32,

    /// The share of the function's cycles that never run, from 0 to less than 1
    #[arg(long, value_name = "SHARE", value_parser = parse::tolerance, default_value = "0")]
    pub(super) missed_ticks: f64,
}

fn at_least_0(text: &str) -> Result<f64, &'static str> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && 0.0 <= *number);
    number.ok_or("must be a finite number, at least 0")
}

fn threads(text: &str) -> Result<usize, &'static str> {
    let number = text.parse().ok().filter(|threads| (1..=1000).contains(threads));
    number.ok_or("must be a whole number from 1 to 1000")
}

fn batch(text: &str) -> Result<usize, &'static str> {
    let number = text.parse().ok().filter(|batch| (1..=MESSAGES_PER_BATCH_MAX).contains(batch));
    number.ok_or("must be a whole number from 1 to 10")
}

fn range(text: &str) -> Result<(f64, f64), &'static str> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let range = at_least_0(first.trim()).and_then(|first| Ok((first, at_least_0(last.trim())?)));
    let range = range.ok().filter(|(first, last)| first <= last && *last <= DAY_SECS);
    range.ok_or("must be two numbers such as 10-60, the smaller one first, at most 86400")
}

const DAY_SECS: f64 = 86_400.0;

fn work_seconds(text: &str) -> Result<f64, &'static str> {
    let number = parse::above_0(text).ok().filter(|seconds| *seconds <= DAY_SECS);
    number.ok_or("must be a number above 0, at most 86400")
}

impl LoadArgs {
    /// The load, whose rate may be given as the dynos that it keeps busy.
    pub(super) fn load(&self, messages_per_dyno_second: f64) -> anyhow::Result<Load> {
        let by_dynos = self.mean_dynos.map(|dynos| dynos * messages_per_dyno_second);
        match (&self.arrivals, self.messages_per_second.or(by_dynos)) {
            (None, rate) => Ok(self.load.load(minutes(self.days), rate.unwrap_or(5.0))),
            (Some(path), None) => read(path, &self.column),
            (Some(path), Some(per_second)) => {
                Ok(read(path, &self.column)?.scaled_to_mean(per_second))
            }
        }
    }
}

impl WorkArgs {
    /// Messages that a dyno finishes in a second at the start.
    pub(super) fn messages_per_dyno_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most 1000")]
        let threads = self.threads as f64;
        threads / self.seconds_per_message
    }

    pub(super) const fn service(&self) -> ServiceTime {
        let shape = match self.service {
            ServiceName::Exponential => ServiceShape::Exponential,
            ServiceName::Lognormal => ServiceShape::Lognormal { cv: self.service_cv },
        };
        let course = Course::Drift { ratio: self.service_drift };
        ServiceTime { mean_secs: self.seconds_per_message, shape, course }
    }

    pub(super) const fn dynos(&self) -> DynoSpec {
        let (boot_min_secs, boot_max_secs) = self.boot_seconds;
        DynoSpec {
            boot_min_secs,
            boot_max_secs,
            threads: self.threads,
            batch: self.batch,
            on_stop: match self.on_stop {
                OnStopName::Return => OnStop::Return,
                OnStopName::Finish => OnStop::Finish,
                OnStopName::Ignore => OnStop::Ignore,
            },
            visibility_timeout_secs: self.visibility_timeout_seconds,
            database_dynos: self.database_dynos,
        }
    }
}

impl SqsArgs {
    pub(super) const fn counts(&self) -> CountErrors {
        CountErrors { lag_max_secs: self.count_lag_seconds, noise: self.count_noise }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0.01 to 3660 days")]
fn minutes(days: f64) -> u32 {
    (days * 1440.0).round() as u32
}

/// The load of a file. Reports points without a value: they count as nothing sent.
fn read(path: &Path, columns: &[String]) -> anyhow::Result<Load> {
    let Some(name) = path.file_stem() else { bail!("--arrivals: {} is no file", path.display()) };
    let input = Input::at(path);
    let text = input.text().context("--arrivals")?;
    let arrivals = Arrivals::read(&name.to_string_lossy(), &text, columns)
        .with_context(|| format!("--arrivals: {}", input.name()))?;
    if 0 < arrivals.missing {
        let points = plural(arrivals.missing, "point");
        writeln!(stderr(), "{}: {points} without a value count as no message", input.name())?;
    }
    Ok(arrivals.load)
}
