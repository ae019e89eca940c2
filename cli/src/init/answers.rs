//! Answers -> the target in the file, and the parameters of the template; and back, what both say
//! of a target now.
//!
//! Pure. Must not know how an answer was obtained, nor what else is planned.

use toml_edit::Value;

use super::sam_config::SamConfig;
use super::services::ChosenQueue;
use super::targets_file::{self, Entry};
use super::targets_place::{PLACE, TargetsPlace};
use dynoscaler::config::Parameter;
use dynoscaler::policy::Bounds;
use dynoscaler::target::{Mode, TargetId};

/// The template's parameter for the place of the token.
pub(super) const TOKEN_PARAMETER: &str = "MyHerokuAuthTokenParameter";

/// Its parameters for one target, and for the queues of all.
const APP: &str = "MyHerokuAsApp";
const PROCESS: &str = "MyHerokuAsProcess";
const QUEUES: &str = "AwsSqsName";
const MIN_DYNOS: &str = "DynoscalerMinDynos";
const MAX_DYNOS: &str = "DynoscalerMaxDynos";
const THRESHOLD: &str = "DynoscalerBacklogThreshold";
/// The default of its process type.
const WORKER: &str = "worker";

/// The key of a target that is not scaled yet.
pub(super) const DRY_RUN: &str = "dry_run";

/// What an operator answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answers {
    pub(super) id: TargetId,
    /// The account in the targets file; none for the token of the function's environment.
    pub(super) account: Option<String>,
    /// Heroku's name for the size of its dynos, if it reported one.
    pub(super) size: Option<String>,
    pub(super) queues: Vec<ChosenQueue>,
    pub(super) threshold: f64,
    pub(super) bounds: Bounds,
    /// None leaves it as it is, which is live for a new target.
    pub(super) mode: Option<Mode>,
}

/// The target of the answers; before it the one that the parameters of the template have, which
/// counts no more once there is a file.
pub(super) fn entries(answers: &Answers, config: &SamConfig, targets: Option<&str>) -> Vec<Entry> {
    let deployed = || {
        let process = config.parameter(PROCESS).unwrap_or(WORKER).to_owned();
        let id = TargetId { app: config.parameter(APP)?.to_owned(), process };
        Some(Entry { id, keys: vec![("queue", targets_file::names(&queues_of(config)))] })
    };
    let deployed = if targets.is_none() { deployed() } else { None };
    deployed.into_iter().chain([entry(answers)]).collect()
}

fn entry(answers: &Answers) -> Entry {
    let Answers { id, account, queues, threshold, bounds, mode, .. } = answers;
    let names: Vec<String> = queues.iter().map(|queue| queue.name.clone()).collect();
    let mut keys = vec![
        ("queue", targets_file::names(&names)),
        ("min_dynos", i64::from(bounds.min).into()),
        ("max_dynos", i64::from(bounds.max).into()),
        ("backlog_threshold", number(*threshold)),
    ];
    keys.extend(account.as_ref().map(|name| (targets_file::ACCOUNT, name.into())));
    keys.extend(mode.map(|mode| (DRY_RUN, (mode == Mode::DryRun).into())));
    Entry { id: id.clone(), keys }
}

/// A whole number without a point.
fn number(messages: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "whole, and below 10^9")]
    let whole = messages as i64;
    if messages.fract() == 0.0 { whole.into() } else { messages.into() }
}

/// The template's parameters: where the function reads its targets, and which queues its role may
/// read. The template requires an app, which counts only where the file has none.
pub(super) fn parameters(
    answers: &Answers,
    token: &Parameter,
    readable: &[String],
    place: &TargetsPlace,
    config: &SamConfig,
) -> Vec<(&'static str, String)> {
    let own = answers.queues.iter().map(|queue| &queue.facts.arn);
    let mut arns: Vec<&str> = Vec::new();
    for arn in readable.iter().chain(own) {
        if !arns.contains(&arn.as_str()) {
            arns.push(arn);
        }
    }
    let mut parameters = vec![(QUEUES, arns.join(",")), (PLACE, place.of_function())];
    if config.parameter(APP).is_none() {
        parameters.push((APP, answers.id.app.clone()));
        parameters.push((PROCESS, answers.id.process.clone()));
    }
    if answers.account.is_none() {
        parameters.push((TOKEN_PARAMETER, token.name().to_owned()));
    }
    parameters
}

/// The queues that the parameters name.
pub(super) fn queues_of(config: &SamConfig) -> Vec<String> {
    let names = config.parameter(QUEUES).unwrap_or_default().split(',');
    names.filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect()
}

/// What the files say of a target now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) queues: Option<Vec<String>>,
    pub(super) threshold: Option<String>,
    pub(super) bounds: Option<String>,
}

pub(super) fn known(id: &TargetId, targets: Option<&str>, config: &SamConfig) -> Known {
    let of_file = |key| targets_file::number(targets?, id, key);
    let process = config.parameter(PROCESS).unwrap_or(WORKER);
    let is_deployed = (config.parameter(APP), process) == (Some(&id.app), &id.process);
    let of_target = |name| config.parameter(name).filter(|_| is_deployed).map(ToOwned::to_owned);
    let value = |key, name| of_file(key).or_else(|| of_target(name));
    let bounds = value("min_dynos", MIN_DYNOS).zip(value("max_dynos", MAX_DYNOS));
    let of_parameters = is_deployed && targets.is_none();
    let queues = targets.and_then(|text| targets_file::queues(text, id));
    Known {
        queues: queues.or_else(|| of_parameters.then(|| queues_of(config))),
        threshold: value("backlog_threshold", THRESHOLD),
        bounds: bounds.map(|(min, max)| format!("{min}..{max}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_whole_if_it_can_be() {
        for (messages, shown) in [(100.0, "100"), (3.33, "3.33"), (0.5, "0.5")] {
            assert_eq!(number(messages).to_string(), shown);
        }
    }
}
