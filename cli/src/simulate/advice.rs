//! What to deploy after a contest, and what it costs a month.
//!
//! Must not know how a contest runs.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::choice::{Why, choice};
use super::{Args, Contest};
use crate::deploy::Place;
use crate::price::Price;
use crate::text::{fixed, percent};
use dynoscaler::config::Environment;
use dynoscaler_sim::queueing::secs_of_us;

/// Settings to deploy, and why these.
#[derive(Debug)]
pub(super) struct Advice {
    policy: &'static str,
    why: Why,
    above_max: f64,
    above: f64,
    dynos: f64,
    price: Price,
    settings: Vec<(&'static str, String)>,
    place: Place,
}

impl Advice {
    /// None if no policy of the project took part.
    pub(super) fn of(
        args: &Args,
        (settings, place): (&Environment, Place),
        contest: &Contest,
    ) -> Option<Self> {
        let chosen = choice(contest, args.above_at_most)?;
        let score = &chosen.entry.outcome.score;
        let hours = secs_of_us(contest.world.load.duration_us()) / 3600.0;
        Some(Self {
            policy: chosen.policy.name(),
            why: chosen.why,
            above_max: args.above_at_most,
            above: score.above_threshold_share,
            dynos: score.dyno_hours / hours,
            price: args.price.price(),
            settings: args.to_deploy(settings, chosen.policy),
            place,
        })
    }

    /// For the terminal.
    pub(super) fn text(&self) -> String {
        let (policy, most) = (self.policy, percent(self.above_max));
        let why = match self.why {
            Why::Cheapest => format!("the cheapest that is above in at most {most} of the time"),
            Why::LeastAbove => format!("none is above in at most {most} of the time; the least is"),
        };
        format!(
            "\nTo deploy: {policy} ({why}: {}). {} dynos on average are {} a month ({}).\n\n{}",
            percent(self.above),
            fixed(self.dynos, 2),
            self.price.a_month(self.dynos),
            self.price.source(),
            self.place.text(&self.settings),
        )
    }
}

impl Serialize for Advice {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let settings = self.settings.iter();
        let named = |(name, value): &(&'static str, String)| {
            (self.place.name_of(name), value.as_str().into())
        };
        let settings: Map<String, Value> = settings.map(named).collect();
        let fields = json!({
            "policy": self.policy,
            "above_threshold_share": self.above,
            "above_threshold_share_kept": self.why == Why::Cheapest,
            "dynos": self.dynos,
            "cost_a_month": self.price.dollars_a_month(self.dynos),
            "price": self.price.source(),
            "settings": settings,
        });
        fields.serialize(serializer)
    }
}
