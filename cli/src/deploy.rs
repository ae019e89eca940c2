//! The settings to deploy: as environment, and as the parameters of the template, with its defaults;
//! or as keys of a targets file.
//!
//! Must not know why these settings.

use std::fmt::Write;

use dynoscaler::config::{key_of, settings};

/// The template that is deployed lists the settings that have a parameter.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// The parameter for settings that have none of their own.
const OTHERS: &str = "DynoscalerSettings";

/// A parameter for the place of a secret, in whose setting it is a reference.
const PLACE: &str = "Parameter";

/// Where settings are deployed.
#[derive(Debug)]
pub(super) enum Place {
    /// In the stack's parameters.
    Stack,
    /// In a file, for one of its targets.
    File { name: String, target: String },
}

impl Place {
    /// What a setting is called there.
    pub(super) fn name_of(&self, setting: &'static str) -> String {
        match self {
            Self::Stack => setting.to_owned(),
            Self::File { .. } => key_of(setting),
        }
    }

    /// As it is written there, to be copied.
    pub(super) fn text(&self, settings: &[(&'static str, String)]) -> String {
        match self {
            Self::Stack => of_stack(settings),
            Self::File { name, target } => {
                let line = |(setting, value): &(&'static str, String)| {
                    format!("  {} = {}\n", key_of(setting), toml(value))
                };
                let lines: String = settings.iter().map(line).collect();
                format!("  # {name}, in the [[target]] of {target}:\n{lines}")
            }
        }
    }
}

/// A number without quotes, as the file's examples have it.
fn toml(value: &str) -> String {
    let is_number = value.parse::<f64>().is_ok_and(f64::is_finite);
    if is_number { value.to_owned() } else { toml_edit::Value::from(value).to_string() }
}

/// The settings that the template gives a function by itself.
pub(super) fn defaults() -> impl Iterator<Item = (&'static str, String)> {
    settings::ALL.iter().filter_map(|setting| {
        let parameter = parameter_name(setting.name);
        let plain = || default_of(&parameter).map(ToOwned::to_owned);
        let place = || default_of(&format!("{parameter}{PLACE}")).map(|at| format!("ssm:{at}"));
        Some((setting.name, plain().or_else(place)?))
    })
}

/// The default of a parameter, if it has one that is not empty.
fn default_of(parameter: &str) -> Option<&'static str> {
    let (_, definition) = TEMPLATE.split_once(&format!("\n  {parameter}:\n"))?;
    let mut lines = definition.lines().take_while(|line| line.starts_with("    "));
    let text = lines.find_map(|line| line.trim().strip_prefix("Default:"))?;
    Some(text.trim().trim_matches('"')).filter(|text| !text.is_empty())
}

fn of_stack(settings: &[(&'static str, String)]) -> String {
    let mut text = String::new();
    for (name, value) in settings {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name}={}", quoted(value));
    }
    let parameters: Vec<String> = parameters(settings).iter().map(parameter).collect();
    format!("{text}\n  sam deploy --parameter-overrides {}\n", parameters.join(" "))
}

/// Each setting's parameter; those without one share one.
fn parameters(settings: &[(&'static str, String)]) -> Vec<(String, String)> {
    let named = settings.iter().map(|(name, value)| (parameter_name(name), name, value));
    let (own, others): (Vec<_>, Vec<_>) =
        named.partition(|(parameter, ..)| has_parameter(parameter));
    let others: Vec<String> =
        others.iter().map(|(_, name, value)| format!("{name}={value}")).collect();
    let own = own.into_iter().map(|(parameter, _, value)| (parameter, value.clone()));
    let others = (!others.is_empty()).then(|| (OTHERS.to_owned(), others.join(" ")));
    own.chain(others).collect()
}

/// `DYNOSCALER_MIN_DYNOS` is `DynoscalerMinDynos`.
fn parameter_name(variable: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(1);
        format!("{first}{}", rest.to_lowercase())
    };
    variable.split('_').filter(|part| !part.is_empty()).map(word).collect()
}

fn has_parameter(name: &str) -> bool {
    TEMPLATE.contains(&format!("\n  {name}:\n"))
}

/// SAM splits at spaces outside double quotes, after the shell has removed its own.
fn parameter((name, value): &(String, String)) -> String {
    if is_plain(value) { format!("{name}={value}") } else { format!("'{name}=\"{value}\"'") }
}

fn quoted(value: &str) -> String {
    if is_plain(value) { value.to_owned() } else { format!("'{value}'") }
}

/// Whether a shell reads it as one word without quotes.
fn is_plain(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "._,-/:=".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynoscaler::config::{Presence, variable};

    #[test]
    fn the_template_gives_a_function_all_but_what_it_scales() {
        let given: Vec<_> = defaults().collect();
        let required = settings::ALL.iter().filter(|it| it.presence == Presence::Required);
        let absent =
            required.map(|it| it.name).filter(|name| given.iter().all(|(it, _)| it != name));
        let expected = [variable::APP, variable::SQS_NAME, variable::TABLE];
        assert_eq!(absent.collect::<Vec<_>>(), expected);
        assert!(given.contains(&(variable::TOKEN, "ssm:/dynoscaler/token".to_owned())));
    }

    // case F20
    #[test]
    fn a_setting_goes_by_its_own_parameter_or_by_the_one_for_all_others() {
        let settings = [
            (variable::MIN_DYNOS, "1".to_owned()),
            (variable::SCHEDULE, "sat,sun 0..3; 2..5".to_owned()),
            ("DYNOSCALER_NEW_SETTING", "0.2".to_owned()),
            ("DYNOSCALER_OTHER", "7".to_owned()),
        ];
        let expected = "  DYNOSCALER_MIN_DYNOS=1
  DYNOSCALER_SCHEDULE='sat,sun 0..3; 2..5'
  DYNOSCALER_NEW_SETTING=0.2
  DYNOSCALER_OTHER=7

  sam deploy --parameter-overrides DynoscalerMinDynos=1 \
             'DynoscalerSchedule=\"sat,sun 0..3; 2..5\"' \
             'DynoscalerSettings=\"DYNOSCALER_NEW_SETTING=0.2 DYNOSCALER_OTHER=7\"'
";
        assert_eq!(Place::Stack.text(&settings), expected.replace("             ", ""));
    }

    #[test]
    fn a_setting_of_a_target_is_a_key_of_its_file() {
        let settings = [
            (variable::POLICY, "rate".to_owned()),
            (variable::MIN_DYNOS, "1".to_owned()),
            (variable::SERVICE_LEVEL, "0.95".to_owned()),
            (variable::MAX_STEP_UP, String::new()),
            (variable::SCHEDULE, "sat,sun 0..3; 2..5".to_owned()),
        ];
        let place = Place::File { name: "targets.toml".into(), target: "shop/worker".into() };
        let expected = "  # targets.toml, in the [[target]] of shop/worker:
  policy = \"rate\"
  min_dynos = 1
  service_level = 0.95
  max_step_up = \"\"
  schedule = \"sat,sun 0..3; 2..5\"
";
        assert_eq!(place.text(&settings), expected);
    }
}
