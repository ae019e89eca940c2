//! Answers -> what is to be done: the text of each file, the commands that follow, the cost.
//!
//! Pure: reads no file, calls nothing. Must not know how an answer was obtained.

use std::fmt::Write as _;
use std::path::Path;

use similar::TextDiff;

use super::answers::{self, Answers, PlaceFault, TARGETS, TOKEN_PARAMETER};
use super::cost;
use super::sam_config::{SamConfig, SamConfigFault};
use super::targets_file::{self, TargetsFault};
use dynoscaler::config::{Environment, Parameter, TargetsFile, TargetsFileError};
use dynoscaler::target::Mode;

pub(super) const SAM_CONFIG: &str = "samconfig.toml";

/// Lines of a file that are shown around a change.
const CONTEXT_LINES: usize = 2;

/// Where the template is a source, SAM compiles the function; in a release it is compiled.
const BUILDS: &str = "BuildMethod:";

/// The folder of the function's code.
const CODE: &str = "CodeUri:";

/// What will be deployed, as it is now.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) template: String,
    pub(super) targets: Option<String>,
    pub(super) sam_config: Option<String>,
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

/// A file as it is and as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// From the folder of the template on.
    pub(super) name: String,
    pub(super) before: Option<String>,
    pub(super) after: String,
}

/// Where it will be deployed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) region: &'a str,
    /// The folder of the template.
    pub(super) folder: &'a Path,
    /// The queues that the function's role may read already, by ARN.
    pub(super) readable: &'a [String],
}

/// Everything that is done after a yes, and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) token: TokenPlace,
    pub(super) region: String,
    /// Those that change.
    pub(super) files: Vec<Change>,
    cost: String,
    commands: Vec<String>,
    /// The file that must change before Heroku is changed.
    dry_run_in: Option<String>,
}

/// A file that cannot be changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanFault {
    #[error("cannot change {TARGETS}")]
    Targets(#[from] TargetsFault),
    #[error("cannot add to what the function would not read")]
    Unreadable(#[from] TargetsFileError),
    #[error("cannot change {SAM_CONFIG}")]
    Settings(#[from] PlaceFault),
    #[error("cannot change {SAM_CONFIG}")]
    SamConfig(#[from] SamConfigFault),
}

impl Plan {
    pub(super) fn new(
        answers: &Answers,
        token: TokenPlace,
        Place { region, folder, readable }: Place<'_>,
        current: &Current,
    ) -> Result<Self, PlanFault> {
        let config = SamConfig::read(current.sam_config.as_deref())?;
        let commands = commands(&current.template, &config.stack(), folder);
        let targets = targets(answers, &config, current)?;
        let mut parameters = answers::parameters(answers, readable, &config)?;
        parameters.push((TOKEN_PARAMETER, token.parameter.name().to_owned()));
        let sam_config = config.with(region, parameters)?;
        let (bounds, size) = (answers.bounds, answers.size.as_deref());
        let cost = cost::a_month(bounds, size, &current.template, targets_file::count(&targets)?);
        let name = place_of_targets(&current.template);
        let dry_run_in = (answers.mode == Mode::DryRun).then(|| name.clone());
        let targets = Change { name, before: current.targets.clone(), after: targets };
        let before = current.sam_config.clone();
        let sam_config = Change { name: SAM_CONFIG.to_owned(), before, after: sam_config };
        let is_change = |change: &Change| change.before.as_ref() != Some(&change.after);
        Ok(Self {
            token,
            region: region.to_owned(),
            files: [targets, sam_config].into_iter().filter(is_change).collect(),
            cost,
            commands,
            dry_run_in,
        })
    }

    /// Whether there is nothing to do.
    pub(super) fn is_done(&self) -> bool {
        self.files.is_empty() && self.token.step == TokenStep::Keep
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
            let _ = writeln!(text, "\n{parameter}, region {}:\n  {stored}", self.region);
        }
        for change in &self.files {
            let _ = write!(text, "\n{}", difference(change));
        }
        let _ = write!(text, "\nA month:\n{}", self.cost);
        text
    }

    /// What to type next.
    pub(super) fn next(&self) -> String {
        let lines: String = self.commands.iter().map(|command| format!("  {command}\n")).collect();
        let live = self.dry_run_in.as_ref().map(|file| {
            format!(
                "\nHeroku is not changed until you remove dry_run from {file} and deploy again.\n"
            )
        });
        format!("\nNext; until then nothing runs:\n{lines}{}", live.unwrap_or_default())
    }
}

/// The targets file with the target in it, if the function takes it.
fn targets(answers: &Answers, config: &SamConfig, current: &Current) -> Result<String, PlanFault> {
    let current = current.targets.as_deref();
    let text = targets_file::merged(current, &answers::entries(answers, config, current))?;
    TargetsFile::parse(TARGETS, &text, &Environment::default())?;
    Ok(text)
}

/// Where a template packs the targets file: SAM's build copies it from beside the template, and
/// code that is built is packed with its folder.
pub(super) fn place_of_targets(template: &str) -> String {
    let code = template.lines().find_map(|line| line.trim().strip_prefix(CODE));
    match code.map(|folder| folder.trim().trim_end_matches('/')) {
        Some(folder) if folder != "." && !template.contains(BUILDS) => {
            format!("{folder}/{TARGETS}")
        }
        Some(_) | None => TARGETS.to_owned(),
    }
}

/// As `diff` shows it. A new file is shown whole.
fn difference(Change { name, before, after }: &Change) -> String {
    let indented = |text: &str| text.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let Some(before) = before else { return format!("{name}, new:\n{}", indented(after)) };
    let changes = TextDiff::from_lines(before, after);
    let hunks = changes.unified_diff().context_radius(CONTEXT_LINES).to_string();
    format!("{name}, changed:\n{}", indented(&hunks))
}

fn commands(template: &str, stack: &str, folder: &Path) -> Vec<String> {
    let here = Path::new(".");
    let place = (folder != here).then(|| format!("cd {}", quoted(&folder.to_string_lossy())));
    let deploy = if template.contains(BUILDS) { "sam build && sam deploy" } else { "sam deploy" };
    let targets = place_of_targets(template);
    let looks = ["doctor", "status"]
        .map(|command| format!("dynoscaler {command} --stack {stack} --targets {targets}"));
    place.into_iter().chain([deploy.to_owned()]).chain(looks).collect()
}

/// One word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    if text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::answers::known;
    use crate::init::services::ChosenQueue;
    use dynoscaler::adapters::CountedQueue;
    use dynoscaler::config::{SecretKind, SecretSource};
    use dynoscaler::policy::Bounds;
    use dynoscaler::target::TargetId;

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
            size: Some("Standard-1X".to_owned()),
            queues: queues.iter().map(queue).collect(),
            threshold: 100.0,
            bounds: Bounds { min: 1, max: 5 },
            mode: Mode::Live,
        }
    }

    fn token(step: TokenStep) -> TokenPlace {
        match SecretSource::parse("ssm:/dynoscaler/token", SecretKind::Token) {
            Ok(SecretSource::Parameter(parameter)) => TokenPlace { parameter, step },
            other => panic!("{other:?}"),
        }
    }

    fn empty() -> Current {
        Current { template: "BuildMethod: makefile".to_owned(), targets: None, sam_config: None }
    }

    fn planned(answers: &Answers, step: TokenStep, current: &Current) -> Plan {
        let readable = ["arn:aws:sqs:eu-west-1:123456789012:jobs".to_owned()];
        let place = Place { region: "eu-west-1", folder: Path::new("."), readable: &readable };
        Plan::new(answers, token(step), place, current).expect("a plan")
    }

    fn after(plan: &Plan, current: &Current) -> Current {
        let text =
            |name| plan.files.iter().find(|file| file.name == name).map(|it| it.after.clone());
        Current {
            template: current.template.clone(),
            targets: text(TARGETS).or_else(|| current.targets.clone()),
            sam_config: text(SAM_CONFIG).or_else(|| current.sam_config.clone()),
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
        let both = [Some("100".to_owned()), Some("1..5".to_owned())];
        assert_eq!(known(&id, written.targets.as_deref(), &config), both);
        let other = TargetId { process: "mailer".to_owned(), ..id };
        assert_eq!(known(&other, written.targets.as_deref(), &config), [None, None]);
    }

    #[test]
    fn the_commands_are_those_of_the_folder_and_its_template() {
        let (built, packed) = ("BuildMethod: makefile", "CodeUri: code/");
        for (template, folder, expected, file) in [
            (built, ".", vec!["sam build && sam deploy"], "targets.toml"),
            (packed, ".", vec!["sam deploy"], "code/targets.toml"),
            (
                packed,
                "/opt/it's here",
                vec![r"cd '/opt/it'\''s here'", "sam deploy"],
                "code/targets.toml",
            ),
        ] {
            let commands = commands(template, "scaler", Path::new(folder));
            let look = |command| format!("dynoscaler {command} --stack scaler --targets {file}");
            let expected = expected.into_iter().map(ToOwned::to_owned);
            let expected: Vec<_> = expected.chain(["doctor", "status"].map(look)).collect();
            assert_eq!(commands, expected, "{folder}");
        }
    }

    #[test]
    fn a_dry_run_says_how_it_ends() {
        let answers = Answers { mode: Mode::DryRun, ..answers(&["jobs"]) };
        let next = planned(&answers, TokenStep::Store, &empty()).next();
        assert!(next.contains("until you remove dry_run from targets.toml"), "{next}");
        assert!(
            !planned(&self::answers(&["jobs"]), TokenStep::Keep, &empty())
                .next()
                .contains("dry_run")
        );
    }

    #[test]
    fn the_targets_are_where_the_template_packs_them() {
        for (template, place) in [
            ("  CodeUri: .\n  BuildMethod: makefile\n", "targets.toml"),
            ("  CodeUri: x86_64/\n", "x86_64/targets.toml"),
            ("Resources: {}\n", "targets.toml"),
        ] {
            assert_eq!(place_of_targets(template), place);
        }
    }
}
