//! What to type after `init`.
//!
//! Pure: runs nothing. Must not know what was answered.

use std::path::Path;

use super::answers::DRY_RUN;
use super::fleet_policy::FleetPolicy;
use super::targets_file::{self, TargetsFault};
use super::targets_place::{BUILDS, TargetsPlace};
use dynoscaler::target::TargetId;

/// Shown before a yes that lets Heroku be changed.
pub(super) const LIVE_AT_ONCE: &str =
    "\nHeroku is changed from the first cycle on; with --dry-run nothing is.\n";

/// Whether a deployment is left to do. Whether there has been one, no file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Deploy,
    /// The function reads by itself what has changed, if anything has.
    DeployOnce,
}

impl Next {
    pub(super) const fn heading(self) -> &'static str {
        match self {
            Self::Deploy => "Next, to deploy it",
            Self::DeployOnce => "Next, to deploy it, unless it is deployed already",
        }
    }
}

/// The policy comes before the deployment, whose role takes it.
pub(super) fn commands(
    template: &str,
    stack: &str,
    folder: &Path,
    targets: &TargetsPlace,
    policy: Option<&FleetPolicy>,
) -> Vec<String> {
    let here = Path::new(".");
    let place = (folder != here).then(|| format!("cd {}", quoted(&folder.to_string_lossy())));
    let policy = policy.into_iter().flat_map(|policy| policy.commands(targets));
    let deploy = if template.contains(BUILDS) { "sam build && sam deploy" } else { "sam deploy" };
    let named = match targets {
        TargetsPlace::Packed(file) => format!(" --targets {file}"),
        TargetsPlace::Parameter(_) => String::new(),
    };
    let looks = [("doctor", "checks all of it"), ("status", "shows the next decision")];
    let looks =
        looks.map(|(command, it)| format!("dynoscaler {command} --stack {stack}{named}    # {it}"));
    place.into_iter().chain(policy).chain([deploy.to_owned()]).chain(looks).collect()
}

/// A file is edited; of a parameter this command is the editor, and the function reads it again
/// each minute.
pub(super) fn to_go_live(
    place: &TargetsPlace,
    targets: &str,
    id: &TargetId,
) -> Result<Option<String>, TargetsFault> {
    let how = match place {
        TargetsPlace::Packed(file) => format!("you remove {DRY_RUN} from {file} and deploy again."),
        TargetsPlace::Parameter(_) => {
            let TargetId { app, process } = id;
            format!("you type: dynoscaler init --app {app} --process {process} --live")
        }
    };
    let is_dry_run = targets_file::is_dry_run(targets, id, DRY_RUN)?;
    Ok(is_dry_run.then(|| format!("\nHeroku is not changed until {how}\n")))
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
    use crate::init::targets_place;

    #[test]
    fn they_are_those_of_the_folder_and_its_template() {
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
            let targets = TargetsPlace::Packed(targets_place::packed(template));
            let commands = commands(template, "scaler", Path::new(folder), &targets, None);
            let look = |(command, it)| {
                format!("dynoscaler {command} --stack scaler --targets {file}    # {it}")
            };
            let looks = [("doctor", "checks all of it"), ("status", "shows the next decision")];
            let expected = expected.into_iter().map(ToOwned::to_owned);
            let expected: Vec<_> = expected.chain(looks.map(look)).collect();
            assert_eq!(commands, expected, "{folder}");
        }
    }
}
