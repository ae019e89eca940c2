//! The price of dynos.
//!
//! Must not know how many there are.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::text::{fixed, short};
use dynoscaler::config::parse;

/// Heroku counts a month as so many hours.
const HOURS_A_MONTH: f64 = 720.0;

/// The date of Heroku's price list.
const AS_OF: &str = "August 2026";

/// Dollars a month by dyno size: first the sizes of Cedar, then those of Fir. Sizes of which an app
/// has one dyno at most are left out.
const SIZES: [(&str, f64); 36] = [
    ("standard-1x", 25.0),
    ("standard-2x", 50.0),
    ("performance-m", 250.0),
    ("performance-l", 500.0),
    ("performance-l-ram", 500.0),
    ("performance-xl", 750.0),
    ("performance-2xl", 1500.0),
    ("private-s", 225.0),
    ("private-m", 450.0),
    ("private-l", 900.0),
    ("private-l-ram", 500.0),
    ("private-xl", 750.0),
    ("private-2xl", 1500.0),
    ("shield-s", 270.0),
    ("shield-m", 540.0),
    ("shield-l", 1080.0),
    ("shield-l-ram", 600.0),
    ("shield-xl", 900.0),
    ("shield-2xl", 1800.0),
    ("dyno-1c-0.5gb", 25.0),
    ("dyno-2c-1gb", 50.0),
    ("dyno-1c-4gb", 80.0),
    ("dyno-1c-8gb", 100.0),
    ("dyno-2c-4gb", 150.0),
    ("dyno-2c-8gb", 160.0),
    ("dyno-2c-16gb", 250.0),
    ("dyno-4c-8gb", 300.0),
    ("dyno-4c-16gb", 320.0),
    ("dyno-4c-32gb", 500.0),
    ("dyno-8c-16gb", 600.0),
    ("dyno-8c-32gb", 640.0),
    ("dyno-8c-64gb", 750.0),
    ("dyno-16c-32gb", 1200.0),
    ("dyno-16c-64gb", 1000.0),
    ("dyno-16c-128gb", 1500.0),
    ("dyno-32c-64gb", 2400.0),
];

/// Flags for the price.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "The price")]
pub(super) struct PriceArgs {
    /// The size of the dynos, for Heroku's list price of August 2026
    #[arg(long, value_name = "SIZE", value_parser = sizes(), default_value = "standard-1x",
          hide_possible_values = true)]
    dyno_size: &'static (&'static str, f64),

    /// Another price of a dyno for an hour, above 0
    #[arg(long, value_name = "DOLLARS", value_parser = parse::above_0, conflicts_with = "dyno_size")]
    price_per_dyno_hour: Option<f64>,
}

fn sizes() -> impl TypedValueParser<Value = &'static (&'static str, f64)> {
    PossibleValuesParser::new(SIZES.map(|(name, _)| name)).try_map(|name| {
        SIZES.iter().find(|(size, _)| *size == name).ok_or("must be a size of Heroku's dynos")
    })
}

/// A price and its source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Price {
    pub(super) per_dyno_hour: f64,
    source: String,
}

impl PriceArgs {
    pub(super) fn price(&self) -> Price {
        match (self.price_per_dyno_hour, self.dyno_size) {
            (Some(per_dyno_hour), _) => Price {
                per_dyno_hour,
                source: format!("${} a dyno and hour", short(per_dyno_hour)),
            },
            (None, listed) => Price::listed(listed),
        }
    }
}

impl Price {
    /// Heroku's list price of a dyno size, if it is known.
    pub(super) fn of_size(size: &str) -> Option<Self> {
        let found = SIZES.iter().find(|(name, _)| size.eq_ignore_ascii_case(name));
        found.map(Self::listed)
    }

    fn listed((name, a_month): &(&str, f64)) -> Self {
        let source =
            format!("{name} at ${} a month, Heroku's list price of {AS_OF}", short(*a_month));
        Self { per_dyno_hour: a_month / HOURS_A_MONTH, source }
    }

    /// The cost of so many dynos on average in a month.
    pub(super) fn dollars_a_month(&self, dynos: f64) -> f64 {
        dynos * self.per_dyno_hour * HOURS_A_MONTH
    }

    /// The same as text.
    pub(super) fn a_month(&self, dynos: f64) -> String {
        format!("${}", fixed(self.dollars_a_month(dynos), 2))
    }

    /// Its source.
    pub(super) fn source(&self) -> &str {
        &self.source
    }
}

#[cfg(test)]
pub(super) fn a_dollar_an_hour() -> Price {
    Price { per_dyno_hour: 1.0, source: "a test".to_owned() }
}
