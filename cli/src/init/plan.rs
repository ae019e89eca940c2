//! Answers -> what is to be done: the text of each file and parameter, what follows, the cost.
//!
//! Pure: reads no file, calls nothing. Must not know how an answer was obtained.

use std::fmt::Write as _;
use std::path::Path;

use super::answers::{self, Answers};
use super::change::Change;
use super::commands::{LIVE_AT_ONCE, Next, commands, to_go_live};
use super::cost;
use super::fleet_policy::FleetPolicy;
use super::sam_config::{SamConfig, SamConfigFault};
use super::targets_file::{self, Account, TargetsFault};
use super::targets_place::{PlaceFault, TargetsPlace};
use dynoscaler::adapters::Caller;
use dynoscaler::config::{Environment, Parameter, TargetsFile, TargetsFileError};

pub(super) const SAM_CONFIG: &str = "samconfig.toml";

/// What will be deployed, as it is now.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) template: String,
    pub(super) place: TargetsPlace,
    /// The targets at that place.
    pub(super) targets: Option<String>,
    /// Those of the file, if they move to another place.
    pub(super) packed: Option<String>,
    pub(super) sam_config: Option<String>,
}

impl Current {
    /// The targets as they are, wherever they are.
    pub(super) fn known(&self) -> Option<&str> {
        self.targets.as_deref().or(self.packed.as_deref())
    }
}

/// Where the token is kept, and whether it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TokenPlace {
    pub(super) parameter: Parameter,
    pub(super) step: TokenStep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenStep {
    /// It is there.
    Keep,
    /// There is none.
    Store,
    /// Another one is there.
    Replace,
}

/// Where it will be deployed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) region: &'a str,
    /// The folder of the template.
    pub(super) folder: &'a Path,
    /// The queues that the function's role may read already, by ARN.
    pub(super) readable: &'a [String],
    /// Who makes the policy of a fleet, if it needs one.
    pub(super) caller: Option<&'a Caller>,
}

/// Everything that is done after a yes, and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) token: TokenPlace,
    pub(super) region: String,
    /// The targets, if they change and a parameter has them.
    pub(super) stored: Option<(Parameter, Change)>,
    /// Those that change.
    pub(super) files: Vec<Change>,
    cost: String,
    next: Next,
    commands: Vec<String>,
    /// What must be done before Heroku is changed; none if it is from the first cycle on.
    to_go_live: Option<String>,
}

/// A text to store, and the files to write.
type Changes = (Option<(Parameter, Change)>, Vec<Change>);

/// A file that cannot be changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanFault {
    #[error("cannot change the targets")]
    Targets(#[from] TargetsFault),
    #[error("cannot add to what the function would not read")]
    Unreadable(#[from] TargetsFileError),
    #[error("cannot add a target")]
    NoRoom(#[from] PlaceFault),
    #[error("cannot change {SAM_CONFIG}")]
    SamConfig(#[from] SamConfigFault),
}

impl Plan {
    pub(super) fn new(
        answers: &Answers,
        token: TokenPlace,
        Place { region, folder, readable, caller }: Place<'_>,
        current: &Current,
    ) -> Result<Self, PlanFault> {
        let config = SamConfig::read(current.sam_config.as_deref())?;
        let policy = caller.map(|caller| FleetPolicy::of(&config, caller));
        let text = targets(answers, &token, &config, current)?;
        let cost = cost_a_month(answers, &text, current)?;
        let to_go_live = to_go_live(&current.place, &text, &answers.id)?;
        let own = answers::parameters(answers, &token.parameter, readable, &current.place, &config);
        let of_policy = policy.as_ref().and_then(FleetPolicy::parameter);
        let parameters = own.into_iter().chain(of_policy).collect();
        let stack = config.stack();
        let sam_config = config.with(region, parameters)?;
        let (stored, files) = changes(current, text, sam_config);
        let next = match (&files[..], &stored, &policy) {
            ([], None, _) | ([], Some(_), None) => Next::DeployOnce,
            _ => Next::Deploy,
        };
        let commands = commands(&current.template, &stack, folder, &current.place, policy.as_ref());
        let region = region.to_owned();
        Ok(Self { token, region, stored, files, cost, next, commands, to_go_live })
    }

    /// Whether there is nothing to do.
    pub(super) fn is_done(&self) -> bool {
        let is_kept = self.stored.is_none() && self.files.is_empty();
        is_kept && self.token.step == TokenStep::Keep
    }

    /// What a yes would do, and what it would cost.
    pub(super) fn proposal(&self) -> String {
        let mut text = String::new();
        let TokenPlace { parameter, step } = &self.token;
        let stored = match step {
            TokenStep::Keep => None,
            TokenStep::Store => Some("the token is stored, encrypted"),
            TokenStep::Replace => Some("the token is stored, encrypted, in place of the one there"),
        };
        // Writing to a string does not fail.
        if let Some(stored) = stored {
            let region = &self.region;
            let _ = writeln!(text, "\n{parameter}, Parameter Store, region {region}:\n  {stored}");
        }
        for change in self.stored.iter().map(|(_, change)| change).chain(&self.files) {
            let _ = write!(text, "\n{}", change.shown());
        }
        let _ = write!(text, "\nA month:\n{}", self.cost);
        text.extend(self.to_go_live.is_none().then_some(LIVE_AT_ONCE));
        text
    }

    /// What to type next.
    pub(super) fn next(&self) -> String {
        let lines: String = self.commands.iter().map(|command| format!("  {command}\n")).collect();
        let live = self.to_go_live.as_deref().unwrap_or_default();
        format!("\n{}:\n{lines}{live}", self.next.heading())
    }
}

/// The text of the targets with the target in it, if the function takes it.
fn targets(
    answers: &Answers,
    token: &TokenPlace,
    config: &SamConfig,
    current: &Current,
) -> Result<String, PlanFault> {
    let known = current.known();
    let entries = answers::entries(answers, config, known);
    let account = answers.account.as_deref();
    let account = account.map(|name| Account { name, token: &token.parameter });
    let text = targets_file::merged(known, &entries, account.as_ref())?;
    TargetsFile::parse(&current.place.name(), &text, &Environment::default())?;
    Ok(text)
}

/// What differs from what is there.
fn changes(current: &Current, targets: String, sam_config: String) -> Changes {
    let targets = Change::of(current.place.name(), current.targets.as_ref(), targets);
    let sam_config = Change::of(SAM_CONFIG.to_owned(), current.sam_config.as_ref(), sam_config);
    match &current.place {
        TargetsPlace::Packed(_) => (None, targets.into_iter().chain(sam_config).collect()),
        TargetsPlace::Parameter(parameter) => {
            let stored = targets.map(|change| (parameter.clone(), change));
            (stored, sam_config.into_iter().collect())
        }
    }
}

fn cost_a_month(answers: &Answers, targets: &str, current: &Current) -> Result<String, PlanFault> {
    let room = current.place.takes(targets)?;
    let count = targets_file::count(targets)?;
    let size = answers.size.as_deref();
    Ok(cost::a_month(answers.bounds, size, &current.template, count, room))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::answers::{Known, TOKEN_PARAMETER, known};
    use crate::init::services::ChosenQueue;
    use crate::init::targets_place::TARGETS;
    use dynoscaler::adapters::CountedQueue;
    use dynoscaler::config::{SecretKind, SecretSource};
    use dynoscaler::policy::Bounds;
    use dynoscaler::target::{Mode, TargetId};

    fn answers(queues: &[&str]) -> Answers {
        let queue = |name: &&str| ChosenQueue {
            name: (*name).to_owned(),
            facts: CountedQueue {
                arn: format!("arn:aws:sqs:eu-west-1:123456789012:{name}"),
                visible: 7,
                in_flight: 0,
            },
        };
        Answers {
            id: TargetId { app: "shop".to_owned(), process: "worker".to_owned() },
            account: None,
            size: Some("Standard-1X".to_owned()),
            queues: queues.iter().map(queue).collect(),
            threshold: 100.0,
            bounds: Bounds { min: 1, max: 5 },
            mode: None,
        }
    }

    fn token(step: TokenStep) -> TokenPlace {
        match SecretSource::parse("ssm:/dynoscaler/token", SecretKind::Token) {
            Ok(SecretSource::Parameter(parameter)) => TokenPlace { parameter, step },
            other => panic!("{other:?}"),
        }
    }

    fn empty() -> Current {
        Current {
            template: "BuildMethod: makefile".to_owned(),
            place: TargetsPlace::Packed(TARGETS.to_owned()),
            targets: None,
            packed: None,
            sam_config: None,
        }
    }

    fn planned(answers: &Answers, step: TokenStep, current: &Current) -> Plan {
        let readable = ["arn:aws:sqs:eu-west-1:123456789012:jobs".to_owned()];
        let arn = "arn:aws:iam::123456789012:user/me".to_owned();
        let caller = Caller { account: "123456789012".to_owned(), arn };
        let place = Place {
            region: "eu-west-1",
            folder: Path::new("."),
            readable: &readable,
            caller: answers.account.is_some().then_some(&caller),
        };
        Plan::new(answers, token(step), place, current).expect("a plan")
    }

    fn after(plan: &Plan, current: &Current) -> Current {
        let text = |name: &str| {
            let stored = plan.stored.iter().map(|(_, change)| change);
            let mut changes = stored.chain(&plan.files);
            changes.find(|change| change.name == name).map(|it| it.after.clone())
        };
        Current {
            targets: text(&current.place.name()).or_else(|| current.targets.clone()),
            sam_config: text(SAM_CONFIG).or_else(|| current.sam_config.clone()),
            ..current.clone()
        }
    }

    #[test]
    fn the_same_answers_again_change_nothing() {
        let first = planned(&answers(&["jobs"]), TokenStep::Store, &empty());
        assert!(!first.is_done());
        let written = after(&first, &empty());
        let second = planned(&answers(&["jobs"]), TokenStep::Keep, &written);
        assert!(second.is_done(), "{second:?}");
        let replaced = planned(&answers(&["jobs"]), TokenStep::Replace, &written);
        assert!(!replaced.is_done());
        assert!(replaced.proposal().contains("in place of the one there"));
    }

    #[test]
    fn another_answer_is_the_only_difference() {
        let written = after(&planned(&answers(&["jobs"]), TokenStep::Store, &empty()), &empty());
        let wider = Answers { bounds: Bounds { min: 1, max: 9 }, ..answers(&["jobs"]) };
        let plan = planned(&wider, TokenStep::Keep, &written);
        let [change] = &plan.files[..] else { panic!("one file: {plan:?}") };
        assert_eq!(change.after, written.targets.unwrap_or_default().replace("= 5", "= 9"));
        let proposal = plan.proposal();
        assert!(proposal.contains("  -max_dynos = 5\n  +max_dynos = 9\n"), "{proposal}");
    }

    #[test]
    fn what_the_parameters_scale_is_in_the_file_too() {
        let overrides = "MyHerokuAsApp=\"shop\" MyHerokuAsProcess=\"mailer\" AwsSqsName=\"mail\"";
        let config = format!("[default.deploy.parameters]\nparameter_overrides = '{overrides}'\n");
        let current = Current { sam_config: Some(config), ..empty() };
        let targets =
            after(&planned(&answers(&["jobs"]), TokenStep::Keep, &current), &current).targets;
        let expected = "[[target]]\napp = \"shop\"\nprocess = \"mailer\"\nqueue = \"mail\"\n\n\
            [[target]]\napp = \"shop\"\nprocess = \"worker\"\nqueue = \"jobs\"\n";
        let targets = targets.unwrap_or_default();
        assert!(targets.contains(expected), "{targets}");
    }

    #[test]
    fn the_template_gets_the_file_every_queue_and_the_token_s_place() {
        let plan = planned(&answers(&["jobs", "mail"]), TokenStep::Store, &empty());
        let text = after(&plan, &empty()).sam_config.unwrap_or_default();
        let config = SamConfig::read(Some(&text)).expect("read");
        for (name, value) in [
            ("MyHerokuAsApp", "shop"),
            ("MyHerokuAsProcess", "worker"),
            (
                "AwsSqsName",
                "arn:aws:sqs:eu-west-1:123456789012:jobs,arn:aws:sqs:eu-west-1:123456789012:mail",
            ),
            ("DynoscalerTargets", "targets.toml"),
            ("MyHerokuAuthTokenParameter", "/dynoscaler/token"),
        ] {
            assert_eq!(config.parameter(name), Some(value));
        }
    }

    #[test]
    fn a_target_is_offered_what_the_files_say_of_it() {
        let written = after(&planned(&answers(&["jobs"]), TokenStep::Store, &empty()), &empty());
        let config = SamConfig::read(written.sam_config.as_deref()).expect("read");
        let id = answers(&[]).id;
        let all = Known {
            queues: Some(vec!["jobs".to_owned()]),
            threshold: Some("100".to_owned()),
            bounds: Some("1..5".to_owned()),
        };
        assert_eq!(known(&id, written.targets.as_deref(), &config), all);
        let other = TargetId { process: "mailer".to_owned(), ..id };
        assert_eq!(known(&other, written.targets.as_deref(), &config), Known::default());
    }

    #[test]
    fn an_account_is_in_the_file_and_its_policy_in_the_parameters_and_the_commands() {
        let answers = Answers { account: Some("billing".to_owned()), ..answers(&["jobs"]) };
        let plan = planned(&answers, TokenStep::Store, &empty());
        let written = after(&plan, &empty());
        let targets = written.targets.clone().unwrap_or_default();
        assert!(targets.contains("\naccount = \"billing\"\n"), "{targets}");
        let account = "\n[account.billing]\ntoken = \"ssm:/dynoscaler/token\"\n\
            description = \"dynoscaler\"\n";
        assert!(targets.ends_with(account), "{targets}");
        let config = SamConfig::read(written.sam_config.as_deref()).expect("read");
        let arn = "arn:aws:iam::123456789012:policy/dynoscaler-fleet";
        assert_eq!(config.parameter("FleetPolicyArns"), Some(arn));
        assert_eq!(config.parameter(TOKEN_PARAMETER), None);
        let next = plan.next();
        let (policy, deploy) = (next.find("aws iam create-policy"), next.find("sam deploy"));
        assert!(policy.is_some() && policy < deploy, "{next}");
        assert!(planned(&answers, TokenStep::Keep, &written).is_done());
    }

    #[test]
    fn a_parameter_takes_the_targets_of_the_file_and_its_commands_name_no_file() {
        let file = after(&planned(&answers(&["jobs"]), TokenStep::Store, &empty()), &empty());
        let parameter = SecretSource::parse("ssm:/targets", SecretKind::Targets);
        let Ok(SecretSource::Parameter(parameter)) = parameter else { panic!("{parameter:?}") };
        let place = TargetsPlace::Parameter(parameter);
        let moved = Current { place, packed: file.targets.clone(), targets: None, ..file };
        let dry_run = Answers { mode: Some(Mode::DryRun), ..answers(&["jobs"]) };
        let plan = planned(&dry_run, TokenStep::Keep, &moved);
        let written = after(&plan, &moved);
        let expected = moved.packed.clone().unwrap_or_default() + "dry_run = true\n";
        assert_eq!(written.targets, Some(expected));
        let config = SamConfig::read(written.sam_config.as_deref()).expect("read");
        assert_eq!(config.parameter("DynoscalerTargets"), Some("ssm:/targets"));
        let next = plan.next();
        assert!(next.contains("doctor --stack dynoscaler    #"), "{next}");
        assert!(next.ends_with("dynoscaler init --app shop --process worker --live\n"), "{next}");
        assert!(planned(&dry_run, TokenStep::Keep, &written).is_done());
        let wider = Answers { bounds: Bounds { min: 1, max: 9 }, ..dry_run };
        let next = planned(&wider, TokenStep::Keep, &written).next();
        assert!(next.contains("to deploy it, unless it is deployed already:"), "{next}");
        let account = Answers { account: Some("billing".to_owned()), ..wider };
        assert!(planned(&account, TokenStep::Store, &written).next().contains("to deploy it:"));
    }

    #[test]
    fn a_dry_run_says_how_it_ends() {
        let answers = Answers { mode: Some(Mode::DryRun), ..answers(&["jobs"]) };
        let next = planned(&answers, TokenStep::Store, &empty()).next();
        assert!(next.contains("until you remove dry_run from targets.toml"), "{next}");
        assert!(
            !planned(&self::answers(&["jobs"]), TokenStep::Keep, &empty())
                .next()
                .contains("dry_run")
        );
    }
}
