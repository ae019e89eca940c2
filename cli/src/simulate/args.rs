//! The flags of `simulate`, and the world and contenders that they describe.

use clap::builder::PossibleValuesParser;

use super::flags::{LoadArgs, SqsArgs, WorkArgs};
use super::{Basis, limits, line_up, sweep};
use crate::connection::block_on;
use crate::deploy::Place;
use crate::fleet::FleetArgs;
use crate::output::{OutputFile, page_file, picture_file};
use crate::price::PriceArgs;
use crate::settings::PolicyArgs;
use crate::text::short;
use dynoscaler::config::{Environment, parse, variable};
use dynoscaler::policy::{Policy, RuleName};
use dynoscaler_sim::queueing::{Contender, World};

const EXAMPLES: &str = "\
Examples:
  A week of a load that swings with the day, 5 messages a second, every policy:
    dynoscaler simulate

  Last month's queue, as CloudWatch's console exports NumberOfMessagesSent; 0.4 s per message:
    dynoscaler simulate --arrivals sent.csv --seconds-per-message 0.4 --plot month.svg

  The same from its CLI:
    aws cloudwatch get-metric-statistics --namespace AWS/SQS --metric-name NumberOfMessagesSent \
      --dimensions Name=QueueName,Value=jobs --statistics Sum --period 300 \
      --start-time 2026-01-01 --end-time 2026-01-05 | dynoscaler simulate --arrivals -

  The cost and the benefit of different settings of `rate` and of KEDA:
    dynoscaler simulate --load spike --policies rate,keda --sweep --plot sweep.svg

The policy's settings come from the same environment variables as the function's, or from a target
of a targets file. What is not set:
1 to 20 dynos, 2 cycles up, 5 down, and a threshold of one minute's work per dyno. A synthetic load
begins on a Thursday at midnight, UTC. In a sweep the thresholds that are tried go up to the one that
is set.";

/// Which policy and numbers should I deploy? Tries them on a simulated queue.
///
/// One message is one event: messages come by chance around the load's rate, workers receive them
/// in batches and take random times, dynos take a while to boot, and SQS's counts are late. All
/// policies get the same messages; the same --seed gives the same result.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    load: LoadArgs,
    #[command(flatten)]
    work: WorkArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    sqs: SqsArgs,
    #[command(flatten)]
    fleet: FleetArgs,

    /// The contenders, between commas; docs/POLICIES.md says what each one is
    #[arg(long, value_delimiter = ',', value_name = "NAMES", value_parser = PossibleValuesParser::new(names()),
          default_values_t = names().map(str::to_owned))]
    policies: Vec<String>,

    /// The seed of all chance: the same seed gives the same messages, boots and counts
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Try a range of settings of each policy, and show those that no other of it beats
    #[arg(long)]
    pub(super) sweep: bool,

    /// Write a picture: the course of each policy, or with --sweep cost against yield; - for
    /// standard output, and the table then goes to standard error
    #[arg(long, value_name = "FILE.svg", value_parser = picture_file)]
    pub(super) plot: Option<OutputFile>,

    /// Write the page of `report`, on which each of the project's own policies is a target
    #[arg(long, value_name = "FILE.html", value_parser = page_file, conflicts_with = "sweep")]
    pub(super) report: Option<OutputFile>,

    /// Write JSON instead of a table
    #[arg(long)]
    pub(super) json: bool,

    /// The share of the time that may be above the threshold, from 0 to less than 1: of the
    /// settings that keep it the cheapest are printed at the end, to deploy
    #[arg(long, value_name = "SHARE", value_parser = parse::tolerance, default_value = "0.01")]
    pub(super) above_at_most: f64,

    #[command(flatten)]
    pub(super) price: PriceArgs,
}

/// The project's own rules, then the others.
fn names() -> impl Iterator<Item = &'static str> {
    let others = ["constant", "original", "keda", "aws", "oracle"];
    RuleName::ALL.map(RuleName::label).into_iter().chain(others)
}

impl Args {
    /// The settings of the chosen target, or of this shell, and where they are deployed.
    pub(super) fn settings(&self) -> anyhow::Result<(Environment, Place)> {
        block_on(async { Ok(self.fleet.settings().await?) })
    }

    /// The world that the flags describe above the settings, and its contenders.
    ///
    /// # Errors
    /// What is not valid, or more than a simulation takes.
    pub(super) fn contest(
        &self,
        settings: &Environment,
    ) -> anyhow::Result<(World, Vec<Contender>)> {
        let basis = self.basis(settings)?;
        let bounds = basis.usual.bounds;
        let max = basis.schedule.highest_max(bounds);
        let initial = self.work.initial_dynos.unwrap_or(bounds.min.max(1));
        limits::dynos("--max-dynos", max)?;
        limits::dynos("--initial-dynos", initial)?;
        let world = self.world(&basis, initial)?;
        let contenders = self.contenders(&basis, &world);
        limits::events(&world, contenders.len(), max)?;
        Ok((world, contenders))
    }

    /// The variables to deploy for a policy that took part.
    pub(super) fn to_deploy(
        &self,
        settings: &Environment,
        policy: &Policy,
    ) -> Vec<(&'static str, String)> {
        self.policy.to_deploy(settings, policy)
    }

    fn world(&self, basis: &Basis, initial_dynos: u32) -> anyhow::Result<World> {
        Ok(World {
            load: self.load.load(self.work.messages_per_dyno_second())?,
            service: self.work.service(),
            dynos: self.work.dynos(),
            initial_dynos,
            backlog_threshold: basis.usual.backlog_threshold,
            counts: self.sqs.counts(),
            cycle_secs: self.sqs.cycle_seconds,
            missed_ticks_share: self.sqs.missed_ticks,
            by_hand: Vec::new(),
            seed: self.seed,
        })
    }

    fn contenders(&self, basis: &Basis, world: &World) -> Vec<Contender> {
        let all = if self.sweep { sweep(basis) } else { line_up(basis, world) };
        let named = |contender: &Contender| self.policies.iter().any(|name| name == contender.name);
        all.into_iter().filter(named).collect()
    }

    fn basis(&self, settings: &Environment) -> anyhow::Result<Basis> {
        let defaults = self.defaults();
        let scaling = |rule: RuleName| self.policy.scaling(settings, Some(rule.label()), &defaults);
        let (usual, schedule) = scaling(RuleName::Step)?;
        let rules = RuleName::ALL.into_iter().map(|name| Ok(scaling(name)?.0.rule));
        Ok(Basis { usual, rules: rules.collect::<anyhow::Result<_>>()?, schedule })
    }

    fn defaults(&self) -> [(&'static str, String); 5] {
        [
            (variable::MIN_DYNOS, "1".to_owned()),
            (variable::MAX_DYNOS, "20".to_owned()),
            (variable::UP_CYCLES, "2".to_owned()),
            (variable::DOWN_CYCLES, "5".to_owned()),
            (variable::BACKLOG_THRESHOLD, short(60.0 * self.work.messages_per_dyno_second())),
        ]
    }
}
