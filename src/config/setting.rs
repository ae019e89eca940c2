//! A setting, and the macro in which the table of all settings is written.
//!
//! Must not know any setting.

use super::parse::{Bound, Parsed};

/// A variable of the environment, and how its text is read.
#[derive(Debug, Clone, Copy)]
pub struct Variable<T> {
    pub name: &'static str,
    pub parse: fn(&str) -> Parsed<T>,
    pub presence: Presence,
    pub privacy: Privacy,
}

/// What an unset variable means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// A fault.
    Required,
    /// That there is none.
    Optional,
    /// This text.
    Default(&'static str),
}

impl Presence {
    /// What is read where a variable is not set.
    pub(super) const fn text_if_unset(self) -> Option<&'static str> {
        match self {
            Self::Required => None,
            Self::Optional => Some(""),
            Self::Default(text) => Some(text),
        }
    }
}

/// Whether the text of a variable may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// It may, if it is not valid.
    Shown,
    /// It may not.
    Hidden,
    /// It may not, nor may any text that contains it. A reference to where it is kept may stand in
    /// its place.
    Secret,
}

/// What a setting applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One process type of one app.
    Target,
    /// The process, with all that it scales.
    Process,
}

/// The settings that are explained together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What is scaled.
    Formation,
    /// Where the messages are counted.
    Queue,
    /// How many dynos there are to be, and when.
    Policy,
    /// Who changes the formation.
    Authorization,
    /// Where records go besides the log.
    Elasticsearch,
    /// What is left: how the process runs.
    Operation,
}

impl Group {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 6] = [
        Self::Formation,
        Self::Queue,
        Self::Policy,
        Self::Authorization,
        Self::Elasticsearch,
        Self::Operation,
    ];

    /// What its settings belong to.
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self {
            Self::Formation | Self::Queue | Self::Policy => Scope::Target,
            Self::Authorization | Self::Elasticsearch | Self::Operation => Scope::Process,
        }
    }
}

/// A setting as it is listed, explained and offered as a flag.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The name of its variable.
    pub name: &'static str,
    /// Where it is explained.
    pub group: Group,
    /// What it means that it is not set.
    pub presence: Presence,
    /// Its key in a targets file, if its name does not give it.
    pub(super) key: Option<&'static str>,
    /// A value that an operator might choose.
    pub example: Option<&'static str>,
    /// A sentence; after an empty line perhaps more.
    pub(super) about: &'static str,
    /// The parser, without what it makes.
    pub(super) check: fn(&str) -> Parsed<()>,
}

/// What the names of most settings begin with.
const PREFIX: &str = "DYNOSCALER_";

impl Setting {
    /// Its key in a targets file: the name in small letters, without the prefix that most have, as
    /// `min_dynos`, or a shorter one.
    #[must_use]
    pub fn key(&self) -> String {
        let of_name = || self.name.strip_prefix(PREFIX).unwrap_or(self.name).to_ascii_lowercase();
        self.key.map_or_else(of_name, ToOwned::to_owned)
    }

    /// What it is, in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.paragraphs().next().unwrap_or_default()
    }

    /// What more there is to know.
    #[must_use]
    pub fn details(&self) -> Option<String> {
        self.paragraphs().nth(1)
    }

    fn paragraphs(&self) -> impl Iterator<Item = String> {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.about.split("\n\n").map(words)
    }

    /// Whether a text is valid.
    ///
    /// # Errors
    /// The bound that the text violates, as "must be ...".
    pub fn check(&self, text: &str) -> Result<(), Bound> {
        (self.check)(text)
    }

    /// What a text must be, as "must be ...".
    #[must_use]
    pub fn bound(&self) -> Bound {
        bound(self.check(""))
    }
}

/// Empty text violates every bound, which is how the bound of a value that is not set is found.
pub(super) fn bound<T>(of_empty: Parsed<T>) -> Bound {
    of_empty.err().unwrap_or(Bound::Borrowed("must be set"))
}

/// The table of settings -> a [`Variable`] for each, its name in `name`, all names in `NAMES`, the
/// privacy of each, and what is said of it in `ALL`.
///
/// A row is `ID: type = "NAME", parser, presence, key "key", example "value" [privacy];`, of which
/// the last three may be missing. Its comment is its text: a sentence, perhaps an empty line and more.
macro_rules! settings {
    ($($group:ident {$(
        $(#[doc = $about:literal])+
        $id:ident: $type:ty = $name:literal, $parse:expr, $presence:ident $($default:literal)?
            $(, key $key:literal)? $(, example $example:literal)? $([$privacy:ident])?;
    )+})+) => {
        $($(
            $(#[doc = $about])+
            pub const $id: Variable<type_of!($presence $type)> = Variable {
                name: $name,
                parse: parser!($presence $parse),
                presence: presence!($presence $($default)?),
                privacy: privacy!($($privacy)?),
            };
        )+)+

        /// The names of the settings.
        pub mod name {
            $($(
                $(#[doc = $about])+
                pub const $id: &str = $name;
            )+)+
        }

        /// The name of every setting.
        pub const NAMES: &[&str] = &[$($($name),+),+];

        /// Whether the text of a setting may be shown; nothing if no setting has the name.
        pub fn privacy(name: &str) -> Option<Privacy> {
            match name {
                $($($name => Some(privacy!($($privacy)?)),)+)+
                _ => None,
            }
        }

        /// Every setting.
        pub const ALL: &[Setting] = &[$($(Setting {
            name: $name,
            group: Group::$group,
            presence: presence!($presence $($default)?),
            key: option!($($key)?),
            example: option!($($example)?),
            about: concat!($($about, "\n"),+),
            check: |text| $parse(text).map(drop),
        }),+),+];
    };
}

macro_rules! type_of {
    (optional $type:ty) => { Option<$type> };
    ($presence:ident $type:ty) => { $type };
}

/// Empty text counts as unset.
macro_rules! parser {
    (optional $parse:expr) => {
        |text| if text.is_empty() { Ok(None) } else { $parse(text).map(Some) }
    };
    ($presence:ident $parse:expr) => {
        $parse
    };
}

macro_rules! presence {
    (required) => {
        Presence::Required
    };
    (optional) => {
        Presence::Optional
    };
    (default $text:literal) => {
        Presence::Default($text)
    };
}

macro_rules! privacy {
    () => {
        Privacy::Shown
    };
    (hidden) => {
        Privacy::Hidden
    };
    (secret) => {
        Privacy::Secret
    };
}

macro_rules! option {
    () => {
        None
    };
    ($value:literal) => {
        Some($value)
    };
}

pub(super) use {option, parser, presence, privacy, settings, type_of};
