//! The managed policy that lets the function read the tokens of a file's accounts: `targets policy`
//! writes it, and a parameter of the template names it.
//!
//! Pure. Must not know what is in the policy.

use super::sam_config::SamConfig;
use super::targets_place::TargetsPlace;
use dynoscaler::adapters::Caller;

/// The template's parameter.
const PARAMETER: &str = "FleetPolicyArns";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FleetPolicy {
    arn: String,
    origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    New,
    /// The parameter has it already. It may have been made, or not.
    Named,
}

impl FleetPolicy {
    /// The one that `config` names first, or else one of the caller's account for the stack.
    pub(super) fn of(config: &SamConfig, Caller { account, arn }: &Caller) -> Self {
        let named = config.parameter(PARAMETER).unwrap_or_default().split(',').next();
        match named.filter(|arn| !arn.is_empty()) {
            Some(arn) => Self { arn: arn.to_owned(), origin: Origin::Named },
            None => {
                let partition = arn.split(':').nth(1).unwrap_or("aws");
                let stack = config.stack();
                let arn = format!("arn:{partition}:iam::{account}:policy/{stack}-fleet");
                Self { arn, origin: Origin::New }
            }
        }
    }

    /// What the template needs, unless it has it.
    pub(super) fn parameter(&self) -> Option<(&'static str, String)> {
        (self.origin == Origin::New).then(|| (PARAMETER, self.arn.clone()))
    }

    /// What makes the policy as the targets need it.
    pub(super) fn commands(&self, targets: &TargetsPlace) -> [String; 2] {
        let write = match targets {
            TargetsPlace::Packed(file) => format!("dynoscaler targets policy {file} > policy.json"),
            TargetsPlace::Parameter(parameter) => format!(
                "aws ssm get-parameter --name {} --query Parameter.Value --output text \\\n    \
                 | dynoscaler targets policy - > policy.json",
                parameter.name()
            ),
        };
        [write, self.make()]
    }

    fn make(&self) -> String {
        let Self { arn, origin } = self;
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let document = "--policy-document file://policy.json";
        let create = format!("aws iam create-policy --policy-name {name} {document}");
        match origin {
            Origin::New => create,
            Origin::Named => format!(
                "aws iam create-policy-version --policy-arn {arn} {document} --set-as-default \\\n    \
                 || {create}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGETS: &str = "targets.toml";

    fn of(overrides: &str) -> FleetPolicy {
        let text = format!("[default.deploy.parameters]\nparameter_overrides = '{overrides}'\n");
        let arn = "arn:aws-cn:sts::123456789012:assumed-role/admin/me".to_owned();
        let caller = Caller { account: "123456789012".to_owned(), arn };
        FleetPolicy::of(&SamConfig::read(Some(&text)).expect("read"), &caller)
    }

    #[test]
    fn a_new_policy_is_the_stack_s_own_in_the_caller_s_account_and_partition() {
        let policy = of("");
        let arn = "arn:aws-cn:iam::123456789012:policy/dynoscaler-fleet";
        assert_eq!(policy.parameter(), Some(("FleetPolicyArns", arn.to_owned())));
        let expected = [
            "dynoscaler targets policy targets.toml > policy.json",
            "aws iam create-policy --policy-name dynoscaler-fleet \
             --policy-document file://policy.json",
        ];
        assert_eq!(policy.commands(&TargetsPlace::Packed(TARGETS.to_owned())), expected);
    }

    #[test]
    fn a_policy_that_is_named_gets_a_version_or_is_made() {
        let arn = "arn:aws:iam::123456789012:policy/ours";
        let policy = of(&format!("FleetPolicyArns=\"{arn},arn:other\""));
        assert_eq!(policy.parameter(), None);
        let [_, make] = policy.commands(&TargetsPlace::Packed(TARGETS.to_owned()));
        let expected = format!(
            "aws iam create-policy-version --policy-arn {arn} \
             --policy-document file://policy.json --set-as-default \\\n    \
             || aws iam create-policy --policy-name ours --policy-document file://policy.json"
        );
        assert_eq!(make, expected);
    }
}
