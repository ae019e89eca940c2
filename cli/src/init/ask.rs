//! Questions at a terminal, and the error if none can be asked.
//!
//! Must not know what an answer is for.

use std::fmt::{self, Display};
use std::io::{self, IsTerminal as _};

use anyhow::Context as _;
use inquire::list_option::ListOption;
use inquire::validator::Validation;
use inquire::{Confirm, InquireError, MultiSelect, Password, PasswordDisplayMode, Select, Text};

use super::unfinished::Unfinished;
use dynoscaler::config::Bound;
use dynoscaler::secret::Secret;

/// Lines of a list that are shown at a time; more of them scroll.
const LIST_LINES: usize = 12;

/// Whether an operator answers. Otherwise flags, defaults, and what can be found have to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    AtTerminal,
    /// The operator has agreed to all of it.
    Unwanted,
    Impossible,
}

/// What answers a question where none can be asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answered {
    Flag(&'static str),
    /// A variable: a token is on no command line.
    Token(&'static str),
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Token(name) => write!(f, "the token in {name}"),
        }
    }
}

/// A question, and what answers it too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    pub(super) text: &'static str,
    pub(super) help: &'static str,
    pub(super) answered_by: Answered,
}

impl Asking {
    /// At a terminal, unless that is unwanted.
    pub(super) fn where_possible() -> Self {
        let is_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        if is_terminal { Self::AtTerminal } else { Self::Impossible }
    }

    pub(super) fn hidden(self, question: Question) -> Result<Secret, Unfinished> {
        self.possible(question)?;
        let asked = Password::new(question.text)
            .with_help_message(question.help)
            .with_display_mode(PasswordDisplayMode::Masked)
            .without_confirmation();
        answered(asked.prompt()).map(|text| Secret::new(text.trim().to_owned()))
    }

    pub(super) fn one_of<T: Display>(
        self,
        question: Question,
        options: Vec<T>,
    ) -> Result<T, Unfinished> {
        self.possible(question)?;
        let asked = Select::new(question.text, options).with_page_size(LIST_LINES);
        answered(asked.with_help_message(question.help).prompt())
    }

    /// At least one of the options, some of which are chosen already, by their places.
    pub(super) fn some_of<T: Display>(
        self,
        question: Question,
        options: Vec<T>,
        chosen: &[usize],
    ) -> Result<Vec<T>, Unfinished> {
        self.possible(question)?;
        let some = |chosen: &[ListOption<&T>]| {
            let none = Validation::Invalid("press the space bar at each that you choose".into());
            Ok(if chosen.is_empty() { none } else { Validation::Valid })
        };
        let asked = MultiSelect::new(question.text, options).with_page_size(LIST_LINES);
        let asked = asked.with_default(chosen).with_keep_filter(false);
        answered(asked.with_help_message(question.help).with_validator(some).prompt())
    }

    /// A text that passes its check. Enter alone takes the default, and so does a silent run.
    pub(super) fn text<T>(
        self,
        question: Question,
        default: &str,
        check: fn(&str) -> Result<T, Bound>,
    ) -> Result<T, Unfinished> {
        let answer = match self {
            Self::Unwanted | Self::Impossible => default.to_owned(),
            Self::AtTerminal => {
                let asked = Text::new(question.text).with_help_message(question.help);
                let asked = asked.with_default(default).with_validator(move |text: &str| {
                    let bound = check(text.trim()).err();
                    Ok(bound.map_or(Validation::Valid, |it| Validation::Invalid(it.into())))
                });
                answered(asked.prompt())?
            }
        };
        let bound = |bound| anyhow::anyhow!("{}: {answer:?} {bound}", question.text);
        Ok(check(answer.trim()).map_err(bound)?)
    }

    /// Enter alone means no.
    pub(super) fn agrees(self, question: &str, flag: &str) -> Result<bool, Unfinished> {
        match self {
            Self::Unwanted => Ok(true),
            Self::Impossible => Err(Unfinished::Unanswered(flag.to_owned())),
            Self::AtTerminal => answered(Confirm::new(question).with_default(false).prompt()),
        }
    }

    /// Whether it can be asked, or what answers it otherwise.
    pub(super) fn possible(self, question: Question) -> Result<(), Unfinished> {
        match self {
            Self::AtTerminal => Ok(()),
            Self::Unwanted | Self::Impossible => {
                Err(Unfinished::Unanswered(question.answered_by.to_string()))
            }
        }
    }
}

/// Escape and Ctrl-C end the command.
fn answered<T>(answer: Result<T, InquireError>) -> Result<T, Unfinished> {
    match answer {
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
            Err(Unfinished::Interrupted)
        }
        Err(InquireError::IO(error)) if error.kind() == io::ErrorKind::Interrupted => {
            Err(Unfinished::Interrupted)
        }
        answer => Ok(answer.context("cannot ask at this terminal")?),
    }
}
